import type { JsonObject } from "../common/json";
import { changedInjection } from "../guard/liveTemplates";
import { matchingWebhooks } from "../injection/match";
import {
  annotationsOf,
  INJECTION_LABEL,
  type Labels,
  labelsOf,
  MODE_LABEL,
  POD_INJECTION_LABEL,
  REVISION_LABEL,
} from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { listAt, nameOf } from "../k8s/workload";
import { hasEnded, injectedRevision, isOlder, proxyOf } from "../snapshot/proxies";
import type { NamespacePods, NamespaceStatus, RevisionStatus } from "./types";
import { byText, isRead, podsIn, type View } from "./view";

/** The annotation that the CNI agent writes on pods whose traffic goes through ztunnel. */
const REDIRECTION = "ambient.istio.io/redirection";

/** The version of each control plane, by revision. */
export type PlaneVersions = ReadonlyMap<string, string | undefined>;

export function planeVersions(revisions: readonly RevisionStatus[]): PlaneVersions {
  return new Map(revisions.map(({ name, version }) => [name, version]));
}

/** How a pod takes part in the mesh. */
interface PodState {
  /** The revision that injected its proxy. Empty if unknown, `undefined` without a proxy. */
  readonly revision: string | undefined;
  readonly isAmbient: boolean;
  readonly needsRestart: boolean;
  /** What a restart would change although revision and version stay. */
  readonly changed: string | undefined;
  readonly isUnclaimed: boolean;
}

/** The injector skips pods in the node's network. A restart does not replace pods of a Job. */
function isLeftAlone(pod: JsonObject): boolean {
  const owners = listAt(pod, "metadata.ownerReferences");
  return getPath(pod, "spec.hostNetwork") === true || owners.some(({ kind }) => kind === "Job");
}

function stateOf(
  pod: JsonObject,
  namespaceLabels: Labels,
  view: View,
  versions: PlaneVersions,
): PodState {
  const proxy = proxyOf(pod);
  const podLabels = labelsOf(pod);
  const annotations = annotationsOf(pod);
  const at = { namespaceLabels, podLabels };
  const matching = isLeftAlone(pod) ? [] : matchingWebhooks(view.webhooks, at);
  const next = matching.length === 1 ? matching[0]?.revision : undefined;
  const isOther = injectedRevision(annotations) !== next || proxy === undefined;
  const isOld = isOlder(proxy?.version, versions.get(proxy?.revision ?? ""));
  const changed = isOther || isOld ? undefined : changedInjection(pod, next, view.templates);
  const mayBeInjected = podLabels[POD_INJECTION_LABEL] !== "false" && !isLeftAlone(pod);
  return {
    revision: proxy?.revision,
    isAmbient: annotations[REDIRECTION] === "enabled",
    needsRestart: next !== undefined && (isOther || isOld || changed !== undefined),
    changed,
    isUnclaimed: proxy !== undefined && matching.length === 0 && mayBeInjected,
  };
}

function countPods(states: readonly PodState[], view: View): NamespacePods {
  const injected = states.flatMap(({ revision }) => (revision === undefined ? [] : [revision]));
  const count = (test: (state: PodState) => boolean) => states.filter(test).length;
  const names = [...new Set(injected)].sort(byText);
  const changes = states.flatMap(({ changed }) => changed ?? []);
  return {
    injected: injected.length,
    uninjected: states.length - injected.length,
    ambient: count(({ isAmbient }) => isAmbient),
    byRevision: Object.fromEntries(
      names.map((name) => [name, injected.filter((revision) => revision === name).length]),
    ),
    ...(changes.length > 0 && {
      changed: Object.fromEntries(
        [...new Set(changes)]
          .sort(byText)
          .map((change) => [change, changes.filter((one) => one === change).length]),
      ),
    }),
    ...(isRead(view, "mutatingWebhooks") && {
      toRestart: count(({ needsRestart }) => needsRestart),
      unclaimed: count(({ isUnclaimed }) => isUnclaimed),
    }),
  };
}

/** Returns the label that decides. `istio-injection` takes precedence. */
function labelOf(labels: Labels): string | undefined {
  const keys = [INJECTION_LABEL, REVISION_LABEL, MODE_LABEL];
  const key = keys.find((name) => labels[name] !== undefined);
  return key === undefined ? undefined : `${key}=${labels[key]}`;
}

function modeOf(labels: Labels, revision: string | undefined): NamespaceStatus["mode"] {
  if (revision !== undefined) {
    return "sidecar";
  }
  return labels[MODE_LABEL] === "ambient" ? "ambient" : "none";
}

function read(namespace: JsonObject, view: View, versions: PlaneVersions): NamespaceStatus {
  const name = nameOf(namespace);
  const labels = labelsOf(namespace);
  const label = labelOf(labels);
  const matching = matchingWebhooks(view.webhooks, { namespaceLabels: labels, podLabels: {} });
  const revision = matching.length === 1 ? matching[0]?.revision : undefined;
  const pods = podsIn(view, name).filter((pod) => !hasEnded(pod));
  return {
    name,
    ...(label !== undefined && { label }),
    mode: modeOf(labels, revision),
    ...(revision !== undefined && { revision }),
    ...(isRead(view, "pods") && {
      pods: countPods(
        pods.map((pod) => stateOf(pod, labels, view, versions)),
        view,
      ),
    }),
  };
}

function isOfMesh({ label, mode, pods }: NamespaceStatus): boolean {
  return label !== undefined || mode !== "none" || (pods?.injected ?? 0) > 0;
}

/** Returns the namespaces that are labelled for a mesh or have proxies, by name. */
export function namespaceStatus(view: View, versions: PlaneVersions): NamespaceStatus[] {
  return view.lists.namespaces
    .map((namespace) => read(namespace, view, versions))
    .filter(isOfMesh)
    .sort((a, b) => byText(a.name, b.name));
}
