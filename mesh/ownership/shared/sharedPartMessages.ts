import { someOf } from "../../common/lists";
import { formatProblem } from "../../common/problem";
import type { Sentence } from "../../common/sentence";
import { checkVersionSkew } from "../../guard/versions";
import type { ControlPlaneFacts } from "../../model/facts";
import type { Claim } from "./claim";
import type { Leaving } from "./leaving";
import type { SharedPart } from "./parts";

const OWN = '`pulumi config set mesh:shared own` (in a program `shared: "own"`)';

/** A shared part that a stack uses. */
export interface Used {
  /** Of the object that stands for the part. */
  readonly title: string;
  readonly part: SharedPart;
  readonly claim: Extract<Claim, { kind: "use" }>;
  /** Its version, where that is known. */
  readonly version?: string;
}

function ownerText({ claim: { owner }, version }: Used): string {
  const of = version === undefined ? "" : ` (Istio ${version})`;
  return owner === undefined ? `, which exists${of}` : ` of the Pulumi stack ${owner}${of}`;
}

/** What is said once, when a stack begins to use a part. */
export function useStartMessage(used: Used): Sentence {
  const { title, claim } = used;
  if (claim.taken) {
    return {
      text:
        `the Pulumi stack ${claim.owner ?? "that owned it"} has taken over the ${title} from this stack, ` +
        `which only uses it from now on; fix, if it shall be this stack's: ${OWN}`,
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
  if (version === undefined || (part !== "cni" && part !== "ztunnel")) {
    return [];
  }
  const { problems, warnings } = checkVersionSkew({ controlPlanes, [part]: version });
  return [...problems, ...warnings].map((problem) => `${title}: ${formatProblem(problem)}`);
}

/** What is said in each preview as long as it is so. */
export function useWarnings(used: Used, controlPlanes: readonly ControlPlaneFacts[]): Sentence[] {
  const { title, claim } = used;
  const orphan = claim.orphan
    ? [
        `no stack owns the ${title} any more, so nobody upgrades it; fix: ${OWN} makes it this stack's`,
      ]
    : [];
  return [...orphan, ...skewWords(used, controlPlanes)].map((text) => ({ text, warning: true }));
}

/** Why a stack that creates no shared part cannot go on. */
export function missingPartsMessage(titles: readonly string[]): string {
  return (
    `with shared: use, these have to be in the cluster, and are not: ${someOf(titles)}; ` +
    "fix: update the stack that owns them first, or leave out `shared`, so that this stack creates them"
  );
}

/** CRDs of other stacks that are older than the stack's own control planes. */
export function olderCrdsMessage(titles: readonly string[]): string {
  return (
    `${someOf(titles)}: older than this stack's control planes, which may miss fields; ` +
    "fix: update the stack that delivers them, or leave out `shared`, so that this stack does"
  );
}

/** What is said of an object that stays in the cluster; `undefined` where it goes. */
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
