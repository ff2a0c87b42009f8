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

/** A Service that selects nobody, beside the pods that it is nearest to. */
export interface Stranded {
  readonly nearest: Candidate;
  /** Labels of its selector that those pods do not have so. */
  readonly wrong: readonly string[];
  /** It would select them but for labels that tell revisions apart. */
  readonly byRevision: boolean;
}

/**
 * Whether a Service selects none of some pods, and what keeps it from the nearest of them. A Service
 * that selects pods of one revision has no endpoints once they have moved to another (istio#46052).
 *
 * @returns `undefined` if it selects some of them, or if there are none
 * @example
 * strandedBy({ app: "web", "istio.io/rev": "1-28-2" }, [{ title: "web-1-29-1", labels }])?.wrong // ["istio.io/rev"]
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

/** What a stranded Service selects in vain, as `key=value`. */
export function wrongText({ wrong }: Stranded, selector: Labels): string {
  return wrong.map((key) => `${key}=${selector[key]}`).join(",");
}

/**
 * The command that has a Service select the pods that it is nearest to: by no label of a revision, where
 * others are left to select them by.
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
