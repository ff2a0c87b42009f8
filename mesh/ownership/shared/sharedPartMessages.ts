import { someOf } from "../../common/lists";
import { formatProblem } from "../../common/problem";
import type { Sentence } from "../../common/sentence";
import { checkVersionSkew } from "../../guard/versions";
import type { ControlPlaneFacts } from "../../model/facts";
import type { Claim } from "./claim";
import type { Leaving } from "./leaving";
import { isNodeAgent, type SharedPart } from "./parts";

const OWN = '`pulumi config set mesh:shared own` (in a program `shared: "own"`)';

/** A shared part that a stack uses. */
export interface Used {
  /** The title of the part's anchor object. */
  readonly title: string;
  readonly part: SharedPart;
  readonly claim: Extract<Claim, { kind: "use" }>;
  /** Its version, if it is known. */
  readonly version?: string;
}

function ownerText({ claim: { owner }, version }: Used): string {
  const of = version === undefined ? "" : ` (Istio ${version})`;
  return owner === undefined ? `, which exists${of}` : ` of the Pulumi stack ${owner}${of}`;
}

/** Returns the message that is shown once, when a stack begins to use a part. */
export function useStartMessage(used: Used): Sentence {
  const { title, claim } = used;
  if (claim.taken) {
    return {
      text:
        `the Pulumi stack ${claim.owner ?? "that owned it"} has taken over the ${title} from this stack, ` +
        `which only uses it from now on; fix, if this stack should own it: ${OWN}`,
      warning: true,
    };
  }
  return {
    text: `uses the ${title}${ownerText(used)}; ${OWN} would take it over`,
    warning: false,
  };
}

function skewWords(used: Used, controlPlanes: readonly ControlPlaneFacts[]): string[] {
  const { part, version, title } = used;
  if (version === undefined || !isNodeAgent(part)) {
    return [];
  }
  const { problems, warnings } = checkVersionSkew({ controlPlanes, [part]: version });
  return [...problems, ...warnings].map((problem) => `${title}: ${formatProblem(problem)}`);
}

/** Returns the warnings that every preview shows while their reason lasts. */
export function useWarnings(used: Used, controlPlanes: readonly ControlPlaneFacts[]): Sentence[] {
  const { title, claim } = used;
  const orphan = claim.orphan
    ? [
        `no stack owns the ${title} any more, so nobody upgrades it; fix: ${OWN} makes it this stack's`,
      ]
    : [];
  return [...orphan, ...skewWords(used, controlPlanes)].map((text) => ({ text, warning: true }));
}

/** Says why a stack that may not create shared parts cannot continue. */
export function missingPartsMessage(titles: readonly string[]): string {
  return (
    `with shared: use, these have to be in the cluster, and are not: ${someOf(titles)}; ` +
    "fix: update the stack that owns them first, or leave out `shared`, so that this stack creates them"
  );
}

/** Warns about CRDs of other stacks that are older than the stack's own control planes. */
export function olderCrdsMessage(titles: readonly string[]): string {
  return (
    `${someOf(titles)}: older than this stack's control planes, which may miss fields; ` +
    "fix: update the stack that delivers them, or leave out `shared`, so that this stack does"
  );
}

/** Says why an object stays in the cluster. Returns `undefined` if it is deleted. */
export function keptInClusterMessage(
  title: string,
  leaving: Leaving,
  preview: boolean,
): string | undefined {
  if (leaving.kind === "delete") {
    return undefined;
  }
  const reasons =
    leaving.kind === "lost" ? ["this stack does not own it (any more)"] : leaving.reasons;
  return `${title} ${preview ? "will stay" : "stays"} in the cluster: ${reasons.join("; ")}`;
}
