import { load } from "js-yaml";
import { durationSeconds } from "../../common/duration";
import { isObject, type Json } from "../../common/json";
import { groupBy, someOf } from "../../common/lists";
import { matchingWebhooks } from "../../injection/match";
import { annotationsOf } from "../../k8s/istioLabels";
import { graceCommand } from "../../k8s/kubectl";
import { identityOf, type K8sObject, objectTitle, podTemplate } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { nameOf } from "../../k8s/workload";
import type { Finding } from "../finding";
import { finder } from "./finder";
import { injectorsAfter, namespacesAfter } from "./overlaps";
import { podLabels, podSpec, workloadsOf } from "./pods";
import type { LiveState, Wish } from "./types";

const found = finder("drain");

/** What Kubernetes gives a pod that says nothing. */
const DEFAULT_GRACE = 30;
const PROXY_CONFIG = "proxy.istio.io/config";

function parsed(text: string): Json {
  try {
    return (load(text) ?? {}) as Json;
  } catch {
    return {};
  }
}

function drainOf(config: Json): number | undefined {
  const duration = isObject(config) ? config.terminationDrainDuration : undefined;
  return typeof duration === "string" ? durationSeconds(duration) : undefined;
}

function ownDrain(workload: K8sObject): number | undefined {
  const text = annotationsOf(podTemplate(workload))[PROXY_CONFIG];
  return text === undefined ? undefined : drainOf(parsed(text));
}

function graceOf(workload: K8sObject): number {
  const grace = podSpec(workload).terminationGracePeriodSeconds;
  return typeof grace === "number" ? grace : DEFAULT_GRACE;
}

/** The drain of every proxy of the mesh. */
function meshDrain({ plan }: Wish): number | undefined {
  const config = getPath(plan.primary.document, "spec.meshConfig.defaultConfig");
  return drainOf(config ?? {});
}

interface Cut {
  readonly workload: K8sObject;
  readonly drain: number;
  readonly grace: number;
}

function cutShort(workload: K8sObject, mesh: number | undefined): Cut[] {
  const drain = ownDrain(workload) ?? mesh;
  const grace = graceOf(workload);
  return drain !== undefined && drain >= grace ? [{ workload, drain, grace }] : [];
}

function hasProxy(wish: Wish, live: LiveState) {
  const webhooks = injectorsAfter(wish, live);
  const namespaces = namespacesAfter(wish, live);
  return (workload: K8sObject) => {
    const namespaceLabels = namespaces.get(identityOf(workload).namespace) ?? {};
    const at = { namespaceLabels, podLabels: podLabels(workload) };
    return matchingWebhooks(webhooks, at).length > 0;
  };
}

/**
 * Workloads whose proxy would be killed before it has drained, since their pods' grace period is not
 * longer than the drain. Gateways of the inputs are checked where they are read.
 */
export function checkDrain(wish: Wish, live: LiveState): Finding[] {
  const mesh = meshDrain(wish);
  const wished = workloadsOf(wish.objects);
  const titles = new Set(wished.map(objectTitle));
  const others = live.workloads.filter((workload) => !titles.has(objectTitle(workload)));
  const cuts = [...wished, ...others]
    .filter(hasProxy(wish, live))
    .flatMap((workload) => cutShort(workload, mesh));
  const groups = groupBy(
    cuts,
    ({ workload, drain, grace }) => `${identityOf(workload).namespace} ${drain} ${grace}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) {
      return [];
    }
    const { workload, drain, grace } = first;
    const { kind, namespace, name } = identityOf(workload);
    const names = someOf(group.map((one) => `${one.workload.kind} ${nameOf(one.workload)}`));
    const reason = `the proxies of ${names} drain for ${drain} s, and Kubernetes kills the pods after ${grace} s`;
    return [
      found(
        "warning",
        `Namespace ${namespace}`,
        reason,
        graceCommand({ kind, namespace, name }, drain),
      ),
    ];
  });
}
