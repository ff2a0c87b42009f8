import { deepEqual, isObject, type Json, type JsonObject } from "../common/json";
import { checkInjection, type InjectionAnswer } from "../injection/match";
import type { InjectionWebhook } from "../injection/webhooks";
import {
  askedRevision,
  type Labels,
  labelsOf,
  REVISION_LABEL,
  revisionLabel,
} from "../k8s/istioLabels";
import { labelCommand } from "../k8s/kubectl";
import { getPath } from "../k8s/path";
import {
  deploymentTrouble,
  describeTrouble,
  firstTrouble,
  isAvailable,
  nameOf,
} from "../k8s/workload";
import { MANAGED_REVISIONS } from "../model/channels";
import type { Read, Snapshot } from "../snapshot/snapshot";
import { type Decision, fail, OK, wait } from "./decision";

export { MANAGED_REVISIONS };

/**
 * The lists that decide about the injection of a pod: Deployments with `app: istiod` in the control
 * plane's namespace, and their pods.
 */
export interface InjectionState
  extends Read<Snapshot<"mutatingWebhooks" | "deployments" | "pods">> {
  /** Labels of the pod's namespace. Absent if the namespace does not exist yet. */
  readonly namespaceLabels: Labels | undefined;
}

/** The pod that should be injected, and the revision that should inject it. */
export interface InjectionTarget {
  readonly namespace: string;
  readonly podLabels: Labels;
  /** Revision or tag; empty for Istio's default revision. */
  readonly revision: string;
  /** @default decided by the revision's name, see {@link MANAGED_REVISIONS} */
  readonly managed?: boolean;
  /** Whether the namespace's label has to name the revision. @default false */
  readonly byNamespace?: boolean;
}

/** Without a label of the namespace, the default revision may inject the pods, or none. */
function unlabelled({ namespace }: InjectionTarget, revision: string): Decision {
  return fail(
    `the namespace ${namespace} has no label ${REVISION_LABEL}, which alone decides about the pods (\`injection: namespace\`)`,
    `add the namespace to \`namespaces\` with revision ${revision}, or ${labelCommand(namespace, REVISION_LABEL, revision)}`,
  );
}

/** Whether Google runs the control plane of a revision. */
export function isManagedTarget({
  revision,
  managed,
}: Omit<InjectionTarget, "namespace" | "podLabels">) {
  return managed ?? MANAGED_REVISIONS.includes(revision);
}

function ofRevision(objects: readonly JsonObject[], revision: string): JsonObject[] {
  return objects.filter((object) => labelsOf(object)[REVISION_LABEL] === revision);
}

function decideIstiod({ deployments, pods }: InjectionState, revision: string): Decision {
  const own = ofRevision(deployments, revision);
  if (own.length === 0) {
    return wait(`the cluster has no istiod of revision ${revision}`);
  }
  const broken = own.find((deployment) => !isAvailable(deployment));
  if (broken === undefined) {
    return OK;
  }
  const title = `istiod of revision ${revision} (Deployment ${nameOf(broken)}) is not available`;
  const trouble = firstTrouble(ofRevision(pods, revision));
  return trouble === undefined
    ? wait(`${title}: ${deploymentTrouble(broken)}`)
    : wait(`${title}: ${describeTrouble(trouble)}`, trouble);
}

type Found = Extract<InjectionAnswer, { kind: "ok" | "noCaBundle" }>;

/** Decides whether the control plane behind the only matching webhook can answer. */
function decideServer(found: Found, state: InjectionState, target: InjectionTarget): Decision {
  const webhook: InjectionWebhook = found.webhook;
  const isLocal = webhook.service.kind === "service" && !isManagedTarget(target);
  const istiod = isLocal ? decideIstiod(state, webhook.revision) : OK;
  if (istiod.kind !== "ok") {
    return istiod;
  }
  return found.kind === "noCaBundle" ? wait(`${found.reason}; ${found.fix}`) : OK;
}

/** Returns whether a missing webhook will exist shortly, because the revision's istiod does. */
function isOnItsWay(answer: InjectionAnswer, state: InjectionState, revision: string): boolean {
  const hasWebhook = answer.kind === "none" && answer.nearest !== undefined;
  return !hasWebhook && ofRevision(state.deployments, revision).length > 0;
}

/**
 * Decides whether a gateway's pods may be created now.
 *
 * - ok: exactly one webhook of the revision matches, it has a certificate, and its istiod is
 *   available.
 * - wait: istiod is not available yet, or has not written the certificate
 * - fail: because of a label or selector, the right webhook does not match the pod. Waiting does
 *   not help.
 */
export function decideInjection(state: InjectionState, target: InjectionTarget): Decision {
  const { namespaceLabels, mutatingWebhooks: webhooks } = state;
  const { namespace, podLabels } = target;
  if (namespaceLabels === undefined) {
    return wait(`the namespace ${namespace} does not exist yet`);
  }
  const revision = revisionLabel(target.revision);
  if (target.byNamespace === true && askedRevision(namespaceLabels) === undefined) {
    return unlabelled(target, revision);
  }
  const managed = isManagedTarget(target);
  const answer = checkInjection({ webhooks, namespaceLabels, podLabels, revision, managed });
  switch (answer.kind) {
    case "ok":
    case "noCaBundle":
      return decideServer(answer, state, target);
    case "none":
      if (isOnItsWay(answer, state, revision)) {
        return wait(`the webhook of revision ${revision} is not there yet`);
      }
      return fail(answer.reason, answer.fix);
    case "several":
    case "wrongRevision":
      return fail(answer.reason, answer.fix);
    default:
      return answer satisfies never;
  }
}

function templateOf(deployment: JsonObject): Json {
  return getPath(deployment, "spec.template") ?? null;
}

/**
 * Returns whether an update of a workload creates pods. A rollback that only removes pods must not
 * wait for the control plane that it leaves.
 *
 * @param before `undefined` if the workload is created
 */
export function makesNewPods(before: JsonObject | undefined, after: JsonObject): boolean {
  if (before === undefined || !isObject(before.spec)) {
    return true;
  }
  const count = (object: JsonObject) => {
    const replicas = getPath(object, "spec.replicas");
    return typeof replicas === "number" ? replicas : undefined;
  };
  const [old, now] = [count(before), count(after)];
  const grows = now !== undefined && (old === undefined || now > old);
  return grows || !deepEqual(templateOf(before), templateOf(after));
}
