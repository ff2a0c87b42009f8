import type { JsonObject } from "../common/json";
import { getPath } from "../k8s/path";
import { nameOf, namespaceOf } from "../k8s/workload";
import { proxyOf } from "../snapshot/proxies";
import type { Pending } from "./types";
import { byText, resolveRevision, type View } from "./view";

/** How much longer than its grace period Kubernetes' clean-up of a pod may take. */
const LATE_SECONDS = 60;

interface Leaving {
  readonly name: string;
  readonly namespace: string;
  readonly revision: string;
  /** The time until Kubernetes ends it. Negative if that time is over. */
  readonly seconds: number;
}

/** The deletion timestamp of a pod is the latest time at which Kubernetes ends it. */
function leaving(pod: JsonObject, view: View): Leaving[] {
  const end = getPath(pod, "metadata.deletionTimestamp");
  const proxy = proxyOf(pod);
  if (typeof end !== "string" || proxy === undefined) {
    return [];
  }
  const seconds = Math.round((Date.parse(end) - view.source.now) / 1000);
  const revision = resolveRevision(proxy.revision, view);
  return [{ name: nameOf(pod), namespace: namespaceOf(pod), revision, seconds }];
}

const pods = (count: number) => (count === 1 ? "1 pod" : `${count} pods`);

function group(namespace: string, all: readonly Leaving[]): Pending {
  const last = Math.max(...all.map(({ seconds }) => seconds));
  const late = all.filter(({ seconds }) => seconds < -LATE_SECONDS);
  const [stuck] = late;
  const revisions = [...new Set(all.map(({ revision }) => revision))].sort(byText);
  const shared = {
    check: "draining",
    object: `Namespace ${namespace}`,
    namespace,
    revisions,
  } as const;
  return stuck === undefined
    ? {
        ...shared,
        severity: "info",
        reason: `${pods(all.length)} on the way out (proxy of ${revisions.join(", ")}), ${Math.max(0, last)} s left at most`,
        fix: "wait",
      }
    : {
        ...shared,
        severity: "warning",
        reason: `${pods(late.length)} should have been gone for ${-stuck.seconds} s: ${stuck.name}`,
        fix: `see whether its node is there, and what holds the pod: kubectl -n ${namespace} get pod ${stuck.name} -o yaml`,
      };
}

/** Returns the pods with a proxy that are being deleted, by namespace. */
export function drainingPending(view: View): Pending[] {
  const all = view.lists.pods.flatMap((pod) => leaving(pod, view));
  const namespaces = [...new Set(all.map(({ namespace }) => namespace))].sort(byText);
  return namespaces.map((name) =>
    group(
      name,
      all.filter(({ namespace }) => namespace === name),
    ),
  );
}
