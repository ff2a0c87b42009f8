import { type Labels, REVISION_LABEL } from "../k8s/istioLabels";
import { patchCommand } from "../k8s/kubectl";
import { selects } from "../k8s/selector";
import { DEPLOYMENT_LABEL } from "./plan";

/** Labels whose values change when pods move to another revision. */
const REVISION_LABELS: readonly string[] = [
  REVISION_LABEL,
  "service.istio.io/canonical-revision",
  DEPLOYMENT_LABEL,
];

/** Pods that a Service might select. */
export interface Candidate {
  readonly title: string;
  readonly labels: Labels;
}

/** A Service that selects no pods, and the pods that come closest to its selector. */
export interface Stranded {
  readonly nearest: Candidate;
  /** Labels of its selector that those pods lack, or have with another value. */
  readonly wrong: readonly string[];
  /** True if only labels of revisions keep it from selecting the pods. */
  readonly byRevision: boolean;
}

/**
 * Returns whether a Service selects none of the given pods, and which labels keep it from the
 * closest ones. A Service that selects pods of one revision has no endpoints after they have moved
 * to another (istio#46052).
 *
 * @returns `undefined` if the Service selects some of the pods, or if there are no pods
 * @example
 * strandedBy({ app: "web", "istio.io/rev": "1-30-4" }, [{ title: "web-1-31-0", labels }])?.wrong
 * // ["istio.io/rev"]
 */
export function strandedBy(
  selector: Labels,
  candidates: readonly Candidate[],
): Stranded | undefined {
  if (candidates.some(({ labels }) => selects(selector, labels))) {
    return undefined;
  }
  const [best] = candidates
    .map((nearest) => ({
      nearest,
      wrong: Object.keys(selector).filter((key) => nearest.labels[key] !== selector[key]),
    }))
    .sort((one, other) => one.wrong.length - other.wrong.length);
  return best && { ...best, byRevision: best.wrong.every((key) => REVISION_LABELS.includes(key)) };
}

/** Returns the labels of the selector that no pod matches, as `key=value`. */
export function wrongText({ wrong }: Stranded, selector: Labels): string {
  return wrong.map((key) => `${key}=${selector[key]}`).join(",");
}

/**
 * Returns the command after which the Service selects the closest pods. It removes the labels of
 * revisions if other labels remain to select by.
 */
export function strandedFix(
  service: { readonly namespace: string; readonly name: string },
  { wrong, nearest, byRevision }: Stranded,
  selector: Labels,
): string {
  const othersLeft = wrong.length < Object.keys(selector).length;
  const wanted = (key: string) => (byRevision && othersLeft ? null : (nearest.labels[key] ?? null));
  const change = Object.fromEntries(wrong.map((key) => [key, wanted(key)]));
  return patchCommand({ kind: "Service", ...service }, { spec: { selector: change } });
}
