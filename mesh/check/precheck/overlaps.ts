import { managersOf, STACK_MANAGER } from "../../adopt/managers";
import { nameOf } from "../../guard/workload";
import { explainSeveral } from "../../injection/explain";
import { labelFindings, labelledWorkload } from "../../injection/labelFindings";
import {
  INJECTION_LABEL,
  type Labels,
  labelsOf,
  POD_INJECTION_LABEL,
  REVISION_LABEL,
} from "../../injection/labels";
import { matchingWebhooks } from "../../injection/match";
import { type InjectionWebhook, injectionWebhooks, knownNames } from "../../injection/webhooks";
import type { K8sObject } from "../../patch/types";
import type { MeshPlan } from "../../plan/meshPlan";
import { identityOf, objectTitle } from "../../render/objects";
import type { Finding } from "../finding";
import { finder, groupBy, someOf } from "./finder";
import type { LiveState, Wish } from "./types";

const found = finder("injection-overlap");

/** Objects of a stack that the wish does not have go in the update. */
function goes(live: K8sObject): boolean {
  return managersOf(live).some(({ manager }) => manager.startsWith(STACK_MANAGER));
}

/** The injectors that there will be: the wished ones, and those of others. */
export function injectorsAfter(
  wish: Pick<Wish, "objects">,
  live: Pick<LiveState, "mutatingWebhooks">,
): InjectionWebhook[] {
  const wished = wish.objects.filter(({ kind }) => kind === "MutatingWebhookConfiguration");
  const names = wished.map((object) => identityOf(object).name);
  const others = live.mutatingWebhooks.filter(
    (own) => !names.includes(identityOf(own).name) && !goes(own),
  );
  return injectionWebhooks([...wished, ...others]);
}

function isWished({ objects }: Wish, config: string): boolean {
  return objects.some(
    (object) =>
      object.kind === "MutatingWebhookConfiguration" && identityOf(object).name === config,
  );
}

interface Probe {
  readonly title: string;
  readonly namespaceLabels: Labels;
  readonly podLabels: Labels;
}

/** Labels of the namespaces after the update: that of the wished ones moves. */
export function namespacesAfter(
  { plan }: { readonly plan: Pick<MeshPlan, "namespaces"> },
  live: Pick<LiveState, "namespaces">,
): Map<string, Labels> {
  const moved = new Map(plan.namespaces.map(({ name, revision }) => [name, revision]));
  const all = live.namespaces.map((namespace): [string, Labels] => {
    const { [INJECTION_LABEL]: injection, ...others } = labelsOf(namespace);
    const name = nameOf(namespace);
    const revision = moved.get(name);
    const own: Labels =
      injection === undefined ? others : { ...others, [INJECTION_LABEL]: injection };
    return [name, revision === undefined ? own : { ...others, [REVISION_LABEL]: revision }];
  });
  return new Map(all);
}

/** What people label: each revision and tag, and Istio's own default. */
function usualProbes(webhooks: readonly InjectionWebhook[]): Probe[] {
  const none = { namespaceLabels: {}, podLabels: {} };
  const byName = knownNames(webhooks).map((name) => ({
    ...none,
    title: `namespaces with the label ${REVISION_LABEL}=${name}`,
    namespaceLabels: { [REVISION_LABEL]: name },
  }));
  const enabled = `${INJECTION_LABEL}=enabled`;
  return [
    ...byName,
    {
      ...none,
      title: `namespaces with the label ${enabled}`,
      namespaceLabels: { [INJECTION_LABEL]: "enabled" },
    },
    {
      ...none,
      title: `pods with the label ${POD_INJECTION_LABEL}=true`,
      podLabels: { [POD_INJECTION_LABEL]: "true" },
    },
  ];
}

/**
 * Pods that more than one injector would match once the update is done (pain 6), by the labels of the
 * namespaces that there are and by those that people use.
 */
export function checkOverlaps(wish: Wish, live: LiveState): Finding[] {
  const webhooks = injectorsAfter(wish, live);
  const real = [...namespacesAfter(wish, live)].map(([name, namespaceLabels]) => ({
    title: `namespace ${name}`,
    namespaceLabels,
    podLabels: {},
  }));
  const hits = [...real, ...usualProbes(webhooks)].flatMap((probe) => {
    const matching = matchingWebhooks(webhooks, probe);
    return matching.length > 1 ? [{ probe, matching }] : [];
  });
  const groups = groupBy(hits, ({ matching }) => matching.map(({ config }) => config).join(" "));
  return [...groups].flatMap(([configs, group]) => {
    const [first] = group;
    if (first === undefined) {
      return [];
    }
    const { reason, fix } = explainSeveral(first.matching);
    const strange = first.matching.find(({ config }) => !isWished(wish, config));
    const command =
      strange === undefined
        ? ""
        : `; the inputs do not have ${strange.config}: kubectl delete mutatingwebhookconfiguration ${strange.config}`;
    const where = someOf(group.map(({ probe }) => probe.title));
    return [
      found(
        "error",
        `MutatingWebhookConfiguration ${configs}`,
        `${reason} (${where})`,
        fix + command,
      ),
    ];
  });
}

/** What the labels of the cluster are judged by. */
export interface LabelWish extends Pick<Wish, "objects"> {
  readonly plan: Pick<MeshPlan, "namespaces">;
}

/** Those that the update makes, and those that are there. */
function allNamespaces(wish: LabelWish, live: Pick<LiveState, "namespaces">): Map<string, Labels> {
  const wished = wish.objects
    .filter(({ kind }) => kind === "Namespace")
    .map((object): [string, Labels] => [nameOf(object), labelsOf(object)]);
  return new Map([...wished, ...namespacesAfter(wish, live)]);
}

/** Labels as they will be after the update that clash or have no effect: see `labelFindings`. */
export function checkInjectionLabels(
  wish: LabelWish,
  live: Pick<LiveState, "mutatingWebhooks" | "namespaces" | "workloads">,
): Finding[] {
  const wished = new Set(wish.objects.map(objectTitle));
  // What the update changes is judged as it will be.
  const others = live.workloads.filter((object) => !wished.has(objectTitle(object)));
  const found = labelFindings({
    namespaces: allNamespaces(wish, live),
    workloads: [...wish.objects, ...others].flatMap((each) => labelledWorkload(each.kind, each)),
    webhooks: injectorsAfter(wish, live),
  });
  // An update does not fail for these.
  return found.map(({ object, reason, fix }) =>
    finder("injection-target")("warning", object, reason, fix),
  );
}
