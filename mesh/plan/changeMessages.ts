import { isDeepStrictEqual } from "node:util";
import { counted } from "../common/lists";
import type { Sentence } from "../common/sentence";
import { effectMessages, type LiveEffects } from "../effects/effectMessages";
import { gatewayApiMessages } from "../effects/gatewayApi";
import type { Told } from "../effects/sentences";
import { type LivePods, restartingWorkloads } from "../effects/workloadMessages";
import { gatewayService, portWords } from "../gateway/change";
import { isInjectedByNamespace, planGateway } from "../gateway/plan";
import { isPublic } from "../gateway/service";
import { REVISION_LABEL } from "../k8s/istioLabels";
import { restartCommand } from "../k8s/kubectl";
import { managedControlPlaneMessages } from "../managed/controlPlaneMessages";
import { dataPlaneMessages } from "../managed/dataPlaneMessages";
import {
  type ControlPlaneFacts,
  type GatewayFacts,
  type GatewayRevisionFacts,
  gatewayTitle,
  isChangedInPlace,
  type MeshFacts,
  type NamespaceFacts,
  planesBefore,
  planeVersionText,
  revisionTitle,
} from "../model/facts";
import { labelMoves } from "./labelMoves";

const say = (text: string): Sentence => ({ text, warning: false });
const warn = (text: string): Sentence => ({ text, warning: true });

/** Returns what is only in the first list, only in the second, and in both, by a key. */
function compareBy<T>(before: readonly T[], after: readonly T[], key: (item: T) => string) {
  const old = new Map(before.map((item) => [key(item), item]));
  const now = new Map(after.map((item) => [key(item), item]));
  return {
    added: after.filter((item) => !old.has(key(item))),
    removed: before.filter((item) => !now.has(key(item))),
    both: after.flatMap((item) => {
      const previous = old.get(key(item));
      return previous === undefined ? [] : [[previous, item] as const];
    }),
  };
}

function installed(plane: ControlPlaneFacts, others: readonly ControlPlaneFacts[]) {
  const title = `control plane ${revisionTitle(plane.revision)} (Istio ${planeVersionText(plane)}) is installed`;
  const beside = others.map((other) => revisionTitle(other.revision)).join(", ");
  return others.length === 0
    ? say(`${title}.`)
    : say(`${title} beside ${beside}. No gateway and no workload moves to it by itself.`);
}

/** @param restarts that istiod restarts, unless another sentence says it with its pods */
function upgradedInPlace(
  before: ControlPlaneFacts,
  after: ControlPlaneFacts,
  restarts: string,
): Sentence[] {
  if (!isChangedInPlace(before, after)) {
    return [];
  }
  const [from, to] = [planeVersionText(before), planeVersionText(after)];
  return [
    warn(
      `control plane ${revisionTitle(after.revision)} is changed in place from Istio ${from} to ${to}${restarts}. ` +
        "Proxies continue to serve and keep their version until their pods restart.",
    ),
  ];
}

function foreignWords(before: MeshFacts, after: MeshFacts): Sentence[] {
  const { foreignRevisions: known = [] } = before;
  const { foreignRevisions: now = [] } = after;
  return now
    .filter((revision) => !known.includes(revision))
    .map((revision) =>
      say(
        `no control plane ${revisionTitle(revision)} is installed: this stack uses the one that another stack or installer runs.`,
      ),
    );
}

function controlPlaneWords(before: MeshFacts, after: MeshFacts): Sentence[] {
  const former = planesBefore(before, after);
  const restarts = effectsKnown(before, after) ? "" : ": istiod restarts";
  const planes = compareBy(former, after.controlPlanes, ({ revision }) => revision);
  const stay = former.filter(({ revision }) =>
    after.controlPlanes.some((plane) => plane.revision === revision),
  );
  return [
    ...planes.added.map((plane) => installed(plane, stay)),
    ...planes.both.flatMap(([old, now]) => upgradedInPlace(old, now, restarts)),
    ...planes.removed.map((plane) =>
      say(
        `control plane ${revisionTitle(plane.revision)} (Istio ${planeVersionText(plane)}) is removed.`,
      ),
    ),
    ...foreignWords(before, after),
  ];
}

function share(revision: GatewayRevisionFacts, all: readonly GatewayRevisionFacts[]): string {
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  return total === 0 ? "0 %" : `${Math.round((100 * revision.weight) / total)} %`;
}

const deploymentTitle = (namespace: string, name: string) => `Deployment ${namespace}/${name}`;

/**
 * Returns the pods of a revision: a number, or the bounds of its autoscaler.
 *
 * @param live the pods that run, if that is asked for and the cluster says it
 */
function podsOf(
  { namespace, inputs }: GatewayFacts,
  { revision, pods }: GatewayRevisionFacts,
  live: LivePods = {},
): string {
  const plan = planGateway(inputs).revisions.find((own) => own.revision === revision);
  const now = plan && live[deploymentTitle(namespace, plan.deployment)];
  const scaled = plan?.autoscaling;
  if (scaled === undefined) {
    return now === undefined || now === pods ? counted(pods, "pod") : `${counted(now, "pod")} now`;
  }
  const range = `${scaled.min} to ${scaled.max}`;
  return now === undefined
    ? `${range} pods by its autoscaler`
    : `${counted(now, "pod")} now, ${range} by its autoscaler`;
}

function revisionText(
  gateway: GatewayFacts,
  revision: GatewayRevisionFacts,
  live: LivePods,
): string {
  const pods = podsOf(gateway, revision, live);
  if (gateway.traffic === "active") {
    const role = revision.revision === gateway.active ? "active" : "warm";
    return `${revisionTitle(revision.revision)} ${role} (${pods})`;
  }
  return `${revisionTitle(revision.revision)} ${share(revision, gateway.revisions)} (${pods})`;
}

function weightsText(gateway: GatewayFacts, live: LivePods = {}): string {
  return gateway.revisions.map((revision) => revisionText(gateway, revision, live)).join(", ");
}

const SERVICE_STAYS = "Its Service and address stay.";

function leaving(gateway: GatewayFacts, revision: GatewayRevisionFacts, live: LivePods): string {
  const plan = planGateway(gateway.inputs).revisions.find(
    (own) => own.revision === revision.revision,
  );
  const now = plan && live[deploymentTitle(gateway.namespace, plan.deployment)];
  if (now !== undefined) {
    return counted(now, "pod");
  }
  return gateway.inputs.autoscaling === undefined ? counted(revision.pods, "pod") : "all pods";
}

function leavingWords(before: GatewayFacts, after: GatewayFacts, live: LivePods): Sentence[] {
  const { removed } = compareBy(before.revisions, after.revisions, ({ revision }) => revision);
  return removed
    .filter(({ pods }) => pods > 0)
    .map((revision) => {
      const pods = leaving(before, revision, live);
      const each = pods === counted(1, "pod") ? "It" : "Each";
      return warn(
        `gateway ${gatewayTitle(after)}: this update deletes ${pods} of ${revisionTitle(revision.revision)} once the other pods are ready. ` +
          `${each} has ${after.drainSeconds} s to finish its requests.`,
      );
    });
}

function hasMoved(before: GatewayFacts, after: GatewayFacts): boolean {
  return weightsText(before) !== weightsText(after) || before.traffic !== after.traffic;
}

function portSentences(before: GatewayFacts, after: GatewayFacts): Sentence[] {
  const title = `gateway ${gatewayTitle(after)}`;
  return portWords(gatewayService(before.inputs), gatewayService(after.inputs)).map((text) =>
    say(`${title}: ${text}.`),
  );
}

const deploymentsOf = ({ inputs }: GatewayFacts) =>
  planGateway(inputs).revisions.map(({ deployment }) => deployment);

/** Says who restarts the pods of a gateway that its namespace's label has moved. */
function restartText(before: GatewayFacts, after: GatewayFacts, mesh: MeshFacts): string {
  const { restart } = after.inputs;
  if (restart !== undefined && restart !== before.inputs.restart) {
    return "this update restarts them, because `restart` of the gateway has changed.";
  }
  const namespace = mesh.namespaces.find(({ name }) => name === after.namespace);
  if (namespace?.restarts === true) {
    return "this update restarts them, because the namespace has `restart`.";
  }
  const named = { kind: "Deployment", namespace: after.namespace, name: after.name };
  return `set \`restart\` of the gateway to another text, or run ${restartCommand(named)}`;
}

/** A gateway whose pods have no revision of their own is moved by the label of its namespace. */
function labelMove(before: GatewayFacts, after: GatewayFacts, mesh: MeshFacts): Sentence[] {
  const isByLabel = [before, after].every(({ inputs }) => isInjectedByNamespace(inputs));
  const [from, to] = [before, after].map(({ revisions }) => revisions[0]?.revision ?? "");
  return !isByLabel || from === to
    ? []
    : [
        warn(
          `the label of namespace ${after.namespace} moves gateway ${gatewayTitle(after)} from ${from} to ${to}. ` +
            `Its pods get the new proxy when they restart: ${restartText(before, after, mesh)}`,
        ),
      ];
}

/** Says that another label decides from now on, by which the Deployments get other names. */
function injectionWords(before: GatewayFacts, after: GatewayFacts): Sentence[] {
  const now = isInjectedByNamespace(after.inputs);
  if (now === isInjectedByNamespace(before.inputs)) {
    return [];
  }
  const label = now ? `label of namespace ${after.namespace}` : "pods' own label";
  const [old, next] = [before, after].map((gateway) => deploymentsOf(gateway).join(", "));
  const taken =
    old === next ? "Its pods are replaced" : `Deployment ${next} takes over from ${old}`;
  return [
    warn(
      `gateway ${gatewayTitle(after)}: the ${label} decides its revision from now on. ${taken}. ${SERVICE_STAYS}`,
    ),
  ];
}

function gatewayChange(
  before: GatewayFacts,
  after: GatewayFacts,
  mesh: MeshFacts,
  live: LivePods,
): Sentence[] {
  const ports = [...portSentences(before, after), ...injectionWords(before, after)];
  if (!hasMoved(before, after)) {
    return ports;
  }
  const moved = labelMove(before, after, mesh);
  if (moved.length > 0) {
    return [...ports, ...moved];
  }
  return [
    ...ports,
    warn(
      `gateway ${gatewayTitle(after)}: ${weightsText(before, live)} → ${weightsText(after)}. ${SERVICE_STAYS}`,
    ),
    ...leavingWords(before, after, live),
  ];
}

/**
 * East-west gateways are public unless somebody says otherwise, as in Google's guides; who makes one
 * public should know.
 */
function publicWords(before: GatewayFacts | undefined, after: GatewayFacts): Sentence[] {
  const wasPublic = before !== undefined && isPublic(before.inputs);
  return after.kind === "east-west" && isPublic(after.inputs) && !wasPublic
    ? [
        say(
          `gateway ${gatewayTitle(after)}: everyone can reach its load balancer, which passes on mutual TLS of the mesh only. ` +
            "Write eastWest.access: internal, or a list of CIDR blocks, to admit fewer.",
        ),
      ]
    : [];
}

function gatewayWords(before: MeshFacts, after: MeshFacts, live: LivePods): Sentence[] {
  const gateways = compareBy(before.gateways, after.gateways, gatewayTitle);
  return [
    ...gateways.added.flatMap((gateway) => [
      say(
        `gateway ${gatewayTitle(gateway)} (${gateway.kind}) is created: ${weightsText(gateway)}, with a new ${gateway.serviceType} Service.`,
      ),
      ...publicWords(undefined, gateway),
    ]),
    ...gateways.both.flatMap(([old, now]) => [
      ...gatewayChange(old, now, after, live),
      ...publicWords(old, now),
    ]),
    ...gateways.removed.map((gateway) =>
      warn(`gateway ${gatewayTitle(gateway)} is removed, with its Service and address.`),
    ),
  ];
}

function podsOfNamespaces(facts: MeshFacts, label: string): string {
  const names = facts.namespaces
    .filter(({ revision }) => revision === label)
    .map(({ name }) => name);
  if (names.length === 0) {
    return "Pods of namespaces with this tag";
  }
  return `Pods of ${names.length === 1 ? "namespace" : "namespaces"} ${names.join(", ")}`;
}

/** Says who restarts the pods of a gateway that names a tag, and how. */
function taggedRestart(before: GatewayFacts | undefined, after: GatewayFacts): string {
  const { restart } = after.inputs;
  if (restart !== undefined && restart !== before?.inputs.restart) {
    return "this update restarts them, because `restart` of the gateway has changed.";
  }
  const { namespace } = after;
  const commands = deploymentsOf(after).map((name) =>
    restartCommand({ kind: "Deployment", namespace, name }),
  );
  return `set \`restart\` of the gateway to another text, or run ${commands.join("; ")}`;
}

const KEEPS = "keep the old proxy until they restart";

function theirPods(gateway: GatewayFacts, revision: GatewayRevisionFacts, live: LivePods): string {
  const pods = podsOf(gateway, revision, live);
  return /^\d+ pods?$/.test(pods) ? `Its ${pods}` : `Its pods (${pods})`;
}

/** A gateway whose pods name a tag moves with it, but only when they restart. */
function taggedGateways(
  tag: string,
  before: MeshFacts,
  after: MeshFacts,
  live: LivePods,
): Sentence[] {
  const typed = after.gateways.flatMap((gateway) => {
    const title = gatewayTitle(gateway);
    const old = before.gateways.find((own) => gatewayTitle(own) === title);
    return gateway.revisions
      .filter(({ revision }) => revision === tag)
      .map((revision) =>
        warn(
          `gateway ${title} names tag ${tag}. ${theirPods(gateway, revision, live)} ${KEEPS}: ${taggedRestart(old, gateway)}`,
        ),
      );
  });
  const workloads = after.podLabels?.workloads ?? [];
  const ofOverlays = workloads
    .filter(({ labels }) => labels[REVISION_LABEL] === tag)
    .map(({ title, namespace }) => {
      const name = title.split("/").at(-1) ?? "";
      const command = restartCommand({ kind: "Deployment", namespace, name });
      return warn(`${title} names tag ${tag}. Its pods ${KEEPS}: ${command}`);
    });
  return [...typed, ...ofOverlays];
}

function tagWords(before: MeshFacts, after: MeshFacts, live: LivePods): Sentence[] {
  const tags = compareBy(Object.entries(before.tags), Object.entries(after.tags), ([tag]) => tag);
  return [
    ...tags.added.map(([tag, revision]) => say(`tag ${tag} is set to ${revisionTitle(revision)}.`)),
    ...tags.both
      .filter(([[, old], [, now]]) => old !== now)
      .flatMap(([[tag, old], [, now]]) => [
        say(
          `tag ${tag} moves from ${revisionTitle(old)} to ${revisionTitle(now)}. ` +
            `${podsOfNamespaces(after, tag)} get the new proxy when they restart.`,
        ),
        ...taggedGateways(tag, before, after, live),
      ]),
    ...tags.removed.map(([tag]) => say(`tag ${tag} is removed.`)),
  ];
}

function namespaceMove(before: NamespaceFacts, after: NamespaceFacts): Sentence[] {
  if (before.revision === after.revision) {
    return [];
  }
  const move = `namespace ${after.name} moves from ${before.revision} to ${after.revision}.`;
  return after.restarts
    ? [warn(`${move} This update restarts its workloads in batches.`)]
    : [
        say(
          `${move} Its pods keep the old proxy until they restart: kubectl rollout restart deployment -n ${after.name}`,
        ),
      ];
}

function namespaceWords(before: MeshFacts, after: MeshFacts): Sentence[] {
  const namespaces = compareBy(before.namespaces, after.namespaces, ({ name }) => name);
  return [
    ...namespaces.added.map(({ name, revision }) =>
      say(
        `namespace ${name} joins the mesh and is injected by ${revision}. Its pods get a proxy when they restart.`,
      ),
    ),
    ...namespaces.both.flatMap(([old, now]) => namespaceMove(old, now)),
    ...namespaces.removed.map(({ name }) =>
      say(`namespace ${name} leaves the mesh. Its pods keep their proxy until they restart.`),
    ),
  ];
}

function effectsKnown({ effects: before }: MeshFacts, { effects: after }: MeshFacts): boolean {
  return before !== undefined && after !== undefined;
}

/** Returns the titles of workloads whose pods a sentence counts, by which the cluster is asked. */
export function countedWorkloads(before: MeshFacts, after: MeshFacts): string[] {
  const isTagMoved = !isDeepStrictEqual(before.tags, after.tags);
  const gateways = before.gateways.filter(
    (gateway) => isTagMoved || !after.gateways.some((other) => isDeepStrictEqual(gateway, other)),
  );
  const deployments = gateways.flatMap((gateway) =>
    deploymentsOf(gateway).map((name) => deploymentTitle(gateway.namespace, name)),
  );
  const { effects: old } = before;
  const { effects: now } = after;
  const restarting = old === undefined || now === undefined ? [] : restartingWorkloads(old, now);
  return [...new Set([...deployments, ...restarting])];
}

/** What the sentences about control planes and gateways say already. */
function toldOf(before: MeshFacts, after: MeshFacts): Told {
  const gateways = [...before.gateways, ...after.gateways];
  const deployments = gateways.flatMap((gateway) =>
    deploymentsOf(gateway).map((name) => deploymentTitle(gateway.namespace, name)),
  );
  const overlays = [...(before.overlayGateways ?? []), ...(after.overlayGateways ?? [])];
  const services = [...gateways, ...overlays].map((own) => `Service ${gatewayTitle(own)}`);
  const inPlace = after.controlPlanes.filter((plane) =>
    before.controlPlanes.some(
      (old) => old.revision === plane.revision && isChangedInPlace(old, plane),
    ),
  );
  const proxies = inPlace.map(({ revision }) => revisionTitle(revision));
  // The sentences about control planes and tags mean their webhooks too.
  const namesOf = ({ controlPlanes, tags }: MeshFacts) => [
    ...controlPlanes.map(({ revision }) => revision),
    ...Object.keys(tags),
  ];
  const hasOtherWebhooks = !isDeepStrictEqual(namesOf(before), namesOf(after));
  const isIstiod = (title: string) => /\/istiod(-|$)/.test(title);
  return {
    hasWorkload: (title) => deployments.includes(title) || isIstiod(title),
    hasPods: (title) => deployments.includes(title),
    hasService: (title) => services.includes(title),
    hasProxies: (revision) => proxies.includes(revision),
    hasWebhooks: () => hasOtherWebhooks,
  };
}

const NOT_RECORDED =
  "this preview does not know which pods restart and what changes for traffic: the version of this package that made the last update did not record it. This update does; mesh manifest diff --stack compares with the cluster meanwhile.";

/** Says what follows from the objects, which overlays, profiles and versions change too. */
function objectWords(
  before: MeshFacts,
  after: MeshFacts,
  live: LiveEffects,
  isSecret: boolean,
): Sentence[] {
  const { effects: old } = before;
  const { effects: now } = after;
  if (now === undefined) {
    return [];
  }
  if (old === undefined) {
    const isNew = before.controlPlanes.length === 0 && before.gateways.length === 0;
    return isNew ? [] : [say(NOT_RECORDED)];
  }
  return effectMessages(old, now, { told: toldOf(before, after), live, isSecret });
}

/**
 * Describes what an update will do: control planes, gateways with their weights and pods, which
 * Service stays, which tag moves, which pods need a restart. Returns nothing if nothing of this
 * changes.
 *
 * @param live what the cluster says to it @default nothing
 * @param isSecret whether values may come from secrets, for which `[secret]` then stands @default false
 * @example
 * describeChange(before, after).map(({ text }) => text)
 * // ["gateway istio-ingress/web: 1-30-4 100 % (4 pods) → 1-30-4 90 % (3 pods), 1-31-0 10 % (1 pod). Its Service and address stay."]
 */
export function describeChange(
  before: MeshFacts,
  after: MeshFacts,
  live: LiveEffects = {},
  isSecret = false,
): Sentence[] {
  return [
    ...controlPlaneWords(before, after),
    ...managedControlPlaneMessages(before.managed, after.managed, after.controlPlanes),
    ...gatewayWords(before, after, live.pods ?? {}),
    ...tagWords(before, after, live.pods ?? {}),
    ...namespaceWords(before, after),
    ...gatewayApiMessages(live.gatewayApi ?? [], labelMoves(before, after)),
    ...dataPlaneMessages(before, after),
    ...objectWords(before, after, live, isSecret),
  ];
}
