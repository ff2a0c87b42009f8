import { isObject, type JsonObject } from "../../common/json";
import { platformName } from "../../images/platforms";
import { labelsOf, textEntries } from "../../k8s/istioLabels";
import { getPath } from "../../k8s/path";
import { matches } from "../../k8s/selector";
import { listAt } from "../../k8s/workload";

/** Operators of a node's terms that a label selector has too; the others count as met. */
const KNOWN: readonly unknown[] = ["In", "NotIn", "Exists", "DoesNotExist"];

const REQUIRED_TERMS =
  "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

function termMeets(term: JsonObject, node: JsonObject): boolean {
  const matchExpressions = listAt(term, "matchExpressions").filter(({ operator }) =>
    KNOWN.includes(operator),
  );
  const labels = labelsOf(node);
  return matches({ matchExpressions }, labels);
}

function isChosen(spec: JsonObject, node: JsonObject): boolean {
  const labels = labelsOf(node);
  const selected = Object.entries(textEntries(spec.nodeSelector)).every(
    ([key, value]) => labels[key] === value,
  );
  const terms = listAt(spec, REQUIRED_TERMS);
  return selected && (terms.length === 0 || terms.some((term) => termMeets(term, node)));
}

function tolerates(toleration: JsonObject, taint: JsonObject): boolean {
  const { key, operator = "Equal", value = "", effect } = toleration;
  const sameEffect = effect === undefined || effect === "" || effect === taint.effect;
  if (key === undefined || key === "") {
    return sameEffect && operator === "Exists";
  }
  const sameValue = operator === "Exists" || value === (taint.value ?? "");
  return sameEffect && key === taint.key && sameValue;
}

function isTolerated(spec: JsonObject, node: JsonObject): boolean {
  const taints = listAt(node, "spec.taints").filter(({ effect }) => effect !== "PreferNoSchedule");
  const tolerations = listAt(spec, "tolerations");
  return taints.every((taint) => tolerations.some((own) => tolerates(own, taint)));
}

/** @example platformOf(node) // "linux/amd64"; undefined where the node does not say */
export function platformOf(node: JsonObject): string | undefined {
  const info = getPath(node, "status.nodeInfo");
  const { operatingSystem: os, architecture } = isObject(info) ? info : {};
  const labels = labelsOf(node);
  return (
    platformName({ os: os ?? null, architecture: architecture ?? null }) ??
    platformName({
      os: labels["kubernetes.io/os"] ?? null,
      architecture: labels["kubernetes.io/arch"] ?? null,
    })
  );
}

/**
 * Whether the scheduler may put pods onto a node: by node selector, required node affinity, taints and
 * tolerations. Istio has no images for Windows, so that those nodes take none of its pods.
 *
 * @param spec of the pods
 */
export function mayRunOn(spec: JsonObject, node: JsonObject): boolean {
  const isWindows = platformOf(node)?.startsWith("windows/") === true;
  return !isWindows && isChosen(spec, node) && isTolerated(spec, node);
}
