import type { JsonObject } from "../common/json";
import { type Labels, revisionLabel } from "../k8s/istioLabels";
import { meets, type Requirement } from "../k8s/selector";
import { explainNone, explainSeveral, explainUnknown, explainWrong, type Fault } from "./explain";
import {
  type InjectionWebhook,
  injectionWebhooks,
  knownNames,
  revisionsNamed,
  webhookTitle,
} from "./webhooks";

/** The facts that decide which webhook injects a pod. */
export interface InjectionQuestion {
  /** MutatingWebhookConfigurations from the cluster or from rendered charts. */
  readonly webhooks: readonly JsonObject[];
  /** The namespace's labels from the API server, including `kubernetes.io/metadata.name`. */
  readonly namespaceLabels: Labels;
  readonly podLabels: Labels;
  /** The name of the namespace, for commands in fixes. @default fixes are described in words */
  readonly namespace?: string;
  /** The revision or tag that should inject the pod. Empty for Istio's default revision. */
  readonly revision: string;
  /**
   * Whether Google runs the control plane, in which case the webhook's certificate is not checked.
   * @default false
   *
   * @default false
   */
  readonly managed?: boolean;
}

/** Which webhook injects a pod, or why none or the wrong one does. */
export type InjectionAnswer =
  | { readonly kind: "ok"; readonly webhook: InjectionWebhook }
  | {
      readonly kind: "none";
      readonly reason: string;
      readonly fix: string;
      /** The revision's webhook that comes closest to a match. Absent if the revision has none. */
      readonly nearest?: InjectionWebhook;
      /** The labels that keep `nearest` from matching. */
      readonly faults: readonly Fault[];
    }
  | {
      readonly kind: "several";
      readonly webhooks: readonly InjectionWebhook[];
      readonly reason: string;
      readonly fix: string;
    }
  | {
      readonly kind: "wrongRevision";
      readonly webhook: InjectionWebhook;
      readonly reason: string;
      readonly fix: string;
    }
  | {
      readonly kind: "noCaBundle";
      readonly webhook: InjectionWebhook;
      readonly reason: string;
      readonly fix: string;
    };

type PodAndNamespace = Pick<InjectionQuestion, "namespaceLabels" | "podLabels" | "namespace">;

function failing(on: Fault["on"], requirements: readonly Requirement[], labels: Labels): Fault[] {
  return requirements
    .filter((requirement) => !meets(requirement, labels))
    .map((requirement) => ({ on, requirement, value: labels[requirement.key] }));
}

function faultsOf(webhook: InjectionWebhook, at: PodAndNamespace): Fault[] {
  return [
    ...failing("namespace", webhook.namespaceSelector, at.namespaceLabels),
    ...failing("pod", webhook.objectSelector, at.podLabels),
  ];
}

/** Returns the webhooks that match a new pod. */
export function matchingWebhooks(
  webhooks: readonly InjectionWebhook[],
  at: PodAndNamespace,
): InjectionWebhook[] {
  return webhooks.filter((webhook) => faultsOf(webhook, at).length === 0);
}

interface Near {
  readonly webhook: InjectionWebhook;
  readonly faults: readonly Fault[];
}

/** Returns the webhook with the fewest faults, the first one if several are equal. */
function nearestOf(webhooks: readonly InjectionWebhook[], at: PodAndNamespace): Near | undefined {
  return webhooks
    .map((webhook): Near => ({ webhook, faults: faultsOf(webhook, at) }))
    .reduce<Near | undefined>(
      (best, next) =>
        best !== undefined && best.faults.length <= next.faults.length ? best : next,
      undefined,
    );
}

function answerNone(
  all: readonly InjectionWebhook[],
  wanted: string,
  at: PodAndNamespace,
): InjectionAnswer {
  const own = all.filter(({ tag, revision }) => (tag ?? revision) === wanted);
  const near = nearestOf(own, at);
  if (near === undefined) {
    return { kind: "none", ...explainUnknown(wanted, knownNames(all)), faults: [] };
  }
  const { webhook, faults } = near;
  const text = explainNone(webhookTitle(webhook), wanted, faults, at.namespace);
  return { kind: "none", ...text, nearest: webhook, faults };
}

function answerOne(
  webhook: InjectionWebhook,
  all: readonly InjectionWebhook[],
  question: Omit<InjectionQuestion, "webhooks">,
): InjectionAnswer {
  const wanted = revisionLabel(question.revision);
  const accepted = revisionsNamed(wanted, all);
  if (!accepted.includes(webhook.revision)) {
    const text = accepted.length === 0 ? explainUnknown(wanted, knownNames(all)) : undefined;
    const wrong = explainWrong(webhook, wanted, question);
    return { kind: "wrongRevision", webhook, ...wrong, ...(text && { fix: text.fix }) };
  }
  if (question.managed !== true && !webhook.hasCaBundle) {
    return {
      kind: "noCaBundle",
      webhook,
      reason: `the webhook ${webhookTitle(webhook)} has no caBundle yet, so the API server cannot call it`,
      fix: `istiod of revision ${webhook.revision} writes it once it is ready; look at its pods and their log`,
    };
  }
  return { kind: "ok", webhook };
}

/**
 * Returns which webhook injects the proxy into a pod, and what is wrong unless exactly one webhook
 * of the right revision does. A tag counts as the revision that it points to.
 *
 * @example
 * checkInjection({ webhooks, revision: "1-31-0", podLabels: {}, namespaceLabels: { "istio-injection": "enabled" } })
 * // { kind: "none", reason: "… the namespace has the label istio-injection=enabled …", fix: …, … }
 * @see https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy
 */
export function checkInjection(question: InjectionQuestion): InjectionAnswer {
  return injectionAnswer(injectionWebhooks(question.webhooks), question);
}

/** Does what {@link checkInjection} does, for webhooks that were already read. */
export function injectionAnswer(
  all: readonly InjectionWebhook[],
  question: Omit<InjectionQuestion, "webhooks">,
): InjectionAnswer {
  const [first, ...others] = matchingWebhooks(all, question);
  if (first === undefined) {
    return answerNone(all, revisionLabel(question.revision), question);
  }
  if (others.length > 0) {
    const webhooks = [first, ...others];
    return { kind: "several", webhooks, ...explainSeveral(webhooks) };
  }
  return answerOne(first, all, question);
}
