import { isObject, type JsonObject } from "../../common/json";
import { someOf } from "../../common/lists";
import { getPath } from "../../k8s/path";
import { conditionText, listAt, unscheduled } from "../../k8s/workload";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import type { Pull } from "./pullPlan";

const found = findingsOf("image-pull");

/** The result of a pull. */
export type PullResult =
  | { readonly kind: "pulled" }
  | { readonly kind: "waiting"; readonly reason: string }
  /** `passing`: another try may help. */
  | { readonly kind: "failed"; readonly reason: string; readonly passing: boolean }
  /** The pod failed before the node pulled. */
  | { readonly kind: "untried"; readonly reason: string };

/** Reasons of a kubelet for images that another try does not get. */
const PULL_FAILS: readonly unknown[] = [
  ...["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "RegistryUnavailable"],
  ...["ImageInspectError", "SignatureValidationFailed", "ErrImageNeverPull"],
];

const BEFORE_PULL: readonly unknown[] = ["ContainerCreating", "PodInitializing"];

/** Of a container that the kubelet knows nothing of: its pod was evicted, say. */
const LOST = "ContainerStatusUnknown";

interface Rule {
  readonly said: RegExp;
  readonly fix: string;
  readonly passing?: boolean;
}

/** The first that fits. Texts of containerd, and of registries through it. */
const FIXES: readonly Rule[] = [
  {
    said: /no match for platform/i,
    fix: "take an image for the node's platform too: mesh images mirror without --image-platform copies all",
  },
  {
    said: /\b40[13]\b|unauthorized|denied|authoriz|no basic auth/i,
    fix: "give the nodes or the pods credentials for it: values.global.imagePullSecrets, or a role for the nodes' account",
  },
  {
    said: /not found|manifest unknown|InvalidImageName/i,
    fix: "correct hub or tag; mesh precheck --images names the near tag",
  },
  {
    said: /x509|tls:|HTTP response to HTTPS/i,
    fix: "let the nodes' container runtime trust the registry's certificate",
  },
  {
    said: /no such host|lookup|timeout|refused|unreachable|reset|EOF/i,
    fix: "let the nodes reach the registry: NAT, firewall, proxy or DNS of the nodes; or mirror the images: mesh images mirror",
    passing: true,
  },
];

const OTHERWISE = "fix what it names";

function ruleFor(reason: string): Rule | undefined {
  return FIXES.find(({ said }) => said.test(reason));
}

/**
 * Reads a pod of the trial. Whatever a container does but wait for its image says that the node has it.
 *
 * @see Kubernetes `pkg/kubelet/images` (reasons)
 */
export function pullResult(pod: JsonObject | undefined): PullResult {
  const [status] = listAt(pod ?? {}, "status.containerStatuses");
  return status === undefined ? beforeContainer(pod ?? {}) : ofContainer(status);
}

function beforeContainer(pod: JsonObject): PullResult {
  if (getPath(pod, "status.phase") === "Failed") {
    return { kind: "untried", reason: conditionText(pod.status as JsonObject) };
  }
  const homeless = unscheduled(pod);
  const reason = homeless === undefined ? "no node has begun" : conditionText(homeless);
  return { kind: "waiting", reason };
}

function ofContainer(status: JsonObject): PullResult {
  const waiting = getPath(status, "state.waiting");
  const { reason } = isObject(waiting) ? waiting : {};
  if (isObject(waiting) && PULL_FAILS.includes(reason)) {
    const text = conditionText(waiting);
    return { kind: "failed", reason: text, passing: ruleFor(text)?.passing === true };
  }
  const ended = getPath(status, "state.terminated");
  if (getPath(ended ?? null, "reason") === LOST) {
    return { kind: "untried", reason: conditionText(ended as JsonObject) };
  }
  return BEFORE_PULL.includes(reason)
    ? { kind: "waiting", reason: "the node is at it" }
    : { kind: "pulled" };
}

function ofPull({ image, node }: Pull, result: PullResult, timeoutSeconds: number): Finding[] {
  const title = `image ${image}`;
  switch (result.kind) {
    case "pulled":
      return [];
    case "failed": {
      const fix = ruleFor(result.reason)?.fix ?? OTHERWISE;
      return [found.error(title, `node ${node} does not get it: ${result.reason}`, fix)];
    }
    case "waiting": {
      const reason = `node ${node} has not pulled it after ${timeoutSeconds} s: ${result.reason}`;
      const fix = "look at the node, or give it more time: --pull-timeout SECONDS";
      return [found.warning(title, reason, fix)];
    }
    case "untried":
      return [
        found.warning(title, `node ${node} has not tried: ${result.reason}`, "look at the node"),
      ];
    default:
      return result satisfies never;
  }
}

/** Returns the findings about the pulls, once they have ended or their time is over. */
export function pullFindings(
  pulls: readonly Pull[],
  resultOf: (pull: Pull) => PullResult,
  timeoutSeconds: number,
): Finding[] {
  const worse = pulls.flatMap((pull) => ofPull(pull, resultOf(pull), timeoutSeconds));
  const nodes = [...new Set(pulls.map(({ node }) => node))];
  const images = new Set(pulls.map(({ image }) => image));
  const fine =
    pulls.length === 0 ? "no node has to pull any" : `${images.size} pulled by ${someOf(nodes)}`;
  return worse.length > 0 ? worse : [found.ok("images", fine)];
}

/** Returns the images that every node that tried has pulled. */
export function pulledImages(
  pulls: readonly Pull[],
  resultOf: (pull: Pull) => PullResult,
): ReadonlySet<string> {
  const isPulled = (image: string) =>
    pulls.filter((pull) => pull.image === image).every((pull) => resultOf(pull).kind === "pulled");
  return new Set(pulls.map(({ image }) => image).filter(isPulled));
}

/** Returns the finding for a trial that could not run. */
export function notTried(reason: string, fix: string): Finding {
  return found.warning("images", `no node was asked to pull: ${reason}`, fix);
}
