import { counted, groupBy, someOf } from "../common/lists";
import type { Sentence } from "../common/sentence";
import { NODE_AGENTS } from "../model/component";
import type { ObjectEffects, PodBounds, WorkloadEffects } from "../model/effects";
import { changedKeys, compareMaps } from "./compare";
import { inputValue, say, type Told, warn } from "./sentences";

/** What is told of the pods of some workloads by the cluster: how many there are now, by title. */
export type LivePods = Readonly<Record<string, number>>;

function boundsText({ min, max, autoscaled }: PodBounds): string {
  return autoscaled && min !== max
    ? `${min} to ${max} pods by its autoscaler`
    : counted(min, "pod");
}

function podsText(title: string, { pods, budget }: WorkloadEffects, live: LivePods): string {
  const now = live[title];
  const count = now === undefined ? pods && boundsText(pods) : `${counted(now, "pod")} now`;
  const kept = budget === undefined ? undefined : `disruption budget ${budget}`;
  const known = [count, kept].filter((text) => text !== undefined);
  return known.length === 0 ? "" : ` (${known.join(", ")})`;
}

const repository = (image: string) => image.replace(/[:@][^/]*$/, "");

/** `image docker.io/istio/pilot:1.28.2 becomes 1.29.1`; the whole image if its place changes too. */
function imageText(before: string, after: string): string {
  const isMoved = repository(before) !== repository(after);
  const next = isMoved ? after : after.slice(repository(after).length + 1);
  return `image ${inputValue(before)} becomes ${inputValue(next)}`;
}

/** Labels that say what an image says already. */
const OF_VERSION = ["label app.kubernetes.io/version", "label helm.sh/chart"];

/** Several parts, or one whose name is a plural, such as `resources of container discovery`. */
function isPlural([part = "", ...more]: readonly string[]): boolean {
  const isNamed = /^(label|annotation|variable) /.test(part);
  return more.length > 0 || (!isNamed && /^\w+s\b/.test(part));
}

/** Returns why the pods of a workload are replaced, or nothing if they stay. */
function reasonsOf(before: WorkloadEffects, after: WorkloadEffects): string[] {
  const images = changedKeys(before.images, after.images).map((name) => {
    const [from, to] = [before.images[name], after.images[name]];
    if (from === undefined || to === undefined) {
      return `container ${name} ${to === undefined ? "is removed" : "is new"}`;
    }
    return imageText(from, to);
  });
  const parts = changedKeys(before.parts, after.parts).filter(
    (part) => images.length === 0 || !OF_VERSION.includes(part),
  );
  return [
    ...new Set(images),
    ...(parts.length === 0 ? [] : [`${someOf(parts)} ${isPlural(parts) ? "change" : "changes"}`]),
  ];
}

interface Restart {
  readonly title: string;
  readonly reason: string;
  readonly after: WorkloadEffects;
}

function restartsOf(before: ObjectEffects, after: ObjectEffects): Restart[] {
  return compareMaps(before.workloads, after.workloads).both.flatMap(([title, old, now]) => {
    const reasons = reasonsOf(old, now);
    return reasons.length === 0 ? [] : [{ title, reason: reasons.join(", "), after: now }];
  });
}

const isOnNodes = ({ after }: Restart) => after.nodesAtOnce !== undefined;

/** What the restart of an agent interrupts on its node. */
const INTERRUPTED: Readonly<Record<string, string>> = {
  cni: "new pods on a node wait until its agent is back",
  ztunnel: "connections of ambient pods on a node end when its agent restarts",
};

function nodeMessages(restarts: readonly Restart[], live: LivePods): Sentence[] {
  return restarts.filter(isOnNodes).map(({ title, reason, after }) => {
    const name = title.split("/").at(-1) ?? "";
    const agent = NODE_AGENTS.find(({ nodeAgent }) => nodeAgent.test(name))?.name;
    const interrupted = INTERRUPTED[agent ?? ""];
    const effect = interrupted === undefined ? "" : `; ${interrupted}`;
    const nodes = live[title];
    const where =
      nodes === 1
        ? "its only node"
        : `${nodes === undefined ? "every node" : counted(nodes, "node")}, ${after.nodesAtOnce} at a time`;
    return warn(`${title} restarts on ${where} (${reason})${effect}.`);
  });
}

/** One sentence for all workloads that restart for the same reason. */
function podMessages(restarts: readonly Restart[], live: LivePods): Sentence[] {
  const groups = groupBy(
    restarts.filter((restart) => !isOnNodes(restart)),
    ({ reason }) => reason,
  );
  return [...groups].map(([reason, group]) => {
    const names = group.map(({ title, after }) => `${title}${podsText(title, after, live)}`);
    return warn(`the pods of ${someOf(names)} restart: ${reason}.`);
  });
}

function boundsMessages(before: ObjectEffects, after: ObjectEffects, told: Told): Sentence[] {
  return compareMaps(before.workloads, after.workloads)
    .both.filter(([title]) => !told.hasPods(title))
    .flatMap(([title, { pods: old, budget: oldBudget }, { pods: now, budget }]) => {
      // Another rule says what happens when an autoscaler comes or goes.
      const isSame = old?.min === now?.min && old?.max === now?.max;
      const pods =
        old === undefined || now === undefined || isSame || old.autoscaled !== now.autoscaled
          ? []
          : [say(`${title}: ${boundsText(old)} before, ${boundsText(now)} from now on.`)];
      const kept = oldBudget === budget ? [] : [budgetMessage(title, oldBudget, budget)];
      return [...pods, ...kept];
    });
}

function budgetMessage(title: string, before: string | undefined, after: string | undefined) {
  if (after === undefined) {
    return warn(
      `${title} loses its disruption budget (${before}): draining nodes may evict all of its pods at once.`,
    );
  }
  return before === undefined
    ? say(`${title} gets a disruption budget (${after}).`)
    : say(`${title}: its disruption budget changes from ${before} to ${after}.`);
}

function serviceOf(title: string, effects: ObjectEffects) {
  const service = `Service ${title.split(" ")[1]}`;
  return effects.services[service]?.type;
}

function comeAndGo(before: ObjectEffects, after: ObjectEffects, told: Told): Sentence[] {
  const { added, removed } = compareMaps(before.workloads, after.workloads);
  const onNodes = ({ nodesAtOnce }: WorkloadEffects) =>
    nodesAtOnce === undefined ? "" : " on every node";
  return [
    ...removed
      .filter(([title]) => !told.hasWorkload(title))
      .map(([title, old]) => {
        const type = serviceOf(title, after) === undefined ? serviceOf(title, before) : undefined;
        const address = type === "LoadBalancer" ? ": its address is lost" : "";
        const service = type === undefined ? "" : ` and its ${type} Service${address}`;
        return warn(`${title} is deleted with its pods${onNodes(old)}${service}.`);
      }),
    ...added
      .filter(([title]) => !told.hasWorkload(title))
      .map(([title, now]) => {
        const type = serviceOf(title, before) === undefined ? serviceOf(title, after) : undefined;
        const service = type === undefined ? "" : `, with a new ${type} Service`;
        return say(`${title} is created${podsText(title, now, {})}${onNodes(now)}${service}.`);
      }),
  ];
}

/** Returns the titles of workloads whose pods restart in a step. */
export function restartingWorkloads(before: ObjectEffects, after: ObjectEffects): string[] {
  return restartsOf(before, after).map(({ title }) => title);
}

/** Returns what a step does to the workloads of a mesh and their pods. */
export function workloadMessages(
  before: ObjectEffects,
  after: ObjectEffects,
  { told, live }: { readonly told: Told; readonly live: LivePods },
): Sentence[] {
  const restarts = restartsOf(before, after);
  return [
    ...comeAndGo(before, after, told),
    ...podMessages(restarts, live),
    ...nodeMessages(restarts, live),
    ...boundsMessages(before, after, told),
  ];
}
