import {
  DEFAULT_REVISION,
  INJECTION_LABEL,
  type Labels,
  POD_INJECTION_LABEL,
  REVISION_LABEL,
} from "../k8s/istioLabels";
import { labelCommand } from "../k8s/kubectl";
import type { Requirement } from "../k8s/selector";
import { type InjectionWebhook, webhookTitle } from "./webhooks";

/** A label that keeps a webhook from matching. */
export interface Fault {
  readonly on: "namespace" | "pod";
  readonly requirement: Requirement;
  /** The label's value, or `undefined` if the label is absent. */
  readonly value: string | undefined;
}

interface Explanation {
  readonly reason: string;
  readonly fix: string;
}

/**
 * The label that istioctl adds to the webhook of a default revision that a `default` tag replaces.
 */
export const DEACTIVATED_LABEL = "istio.io/deactivated";

function reasonOf({ on, requirement, value }: Fault): string {
  const { key } = requirement;
  return value === undefined
    ? `the ${on} has no label ${key}`
    : `the ${on} has the label ${key}=${value}`;
}

/** If the name of the namespace is known, the fix is a command. */
function labelFix(on: Fault["on"], key: string, value?: string, namespace?: string): string {
  if (on === "namespace" && namespace !== undefined) {
    return labelCommand(namespace, key, value);
  }
  return value === undefined
    ? `remove the label ${key} from the ${on}`
    : `label the ${on} ${key}=${value}`;
}

function fixOf({ on, requirement }: Fault, namespace?: string): string {
  const { key, operator, values } = requirement;
  const isWanted = operator === "In" || operator === "Exists";
  return labelFix(on, key, isWanted ? (values[0] ?? "true") : undefined, namespace);
}

function unique(texts: readonly string[]): string {
  return [...new Set(texts)].join(" and ");
}

/** Explains that no webhook matches, and which webhook of the wanted revision comes closest. */
export function explainNone(
  nearest: string,
  wanted: string,
  faults: readonly Fault[],
  namespace?: string,
): Explanation {
  if (faults.some(({ requirement }) => requirement.key === DEACTIVATED_LABEL)) {
    return {
      reason: `the webhook ${nearest} is deactivated, since the tag ${DEFAULT_REVISION} took its place`,
      fix: `name the revision that the tag ${DEFAULT_REVISION} points to`,
    };
  }
  return {
    reason: `no webhook injects the pod; ${nearest} of ${wanted} would, but ${unique(faults.map(reasonOf))}`,
    fix: unique(faults.map((fault) => fixOf(fault, namespace))),
  };
}

/** Explains that the wanted revision has no webhook. */
export function explainUnknown(wanted: string, known: readonly string[]): Explanation {
  const others = known.length === 0 ? "there is none at all" : `there are: ${known.join(", ")}`;
  return {
    reason: `no webhook of a revision or tag ${wanted} is in the cluster; ${others}`,
    fix: `install the revision ${wanted} first${known.length === 0 ? "" : ", or name one of these"}`,
  };
}

function revisionText({ tag, revision }: InjectionWebhook): string {
  return tag === undefined ? revision : `${revision} (tag ${tag})`;
}

/** Explains that more than one webhook matches, so that a pod would be injected twice. */
export function explainSeveral(webhooks: readonly InjectionWebhook[]): Explanation {
  const named = webhooks.map((webhook) => `${webhookTitle(webhook)} of ${revisionText(webhook)}`);
  const tagged = webhooks.find(({ tag }) => tag === DEFAULT_REVISION);
  const own = webhooks.find(
    ({ tag, revision }) => tag === undefined && revision === DEFAULT_REVISION,
  );
  const fix =
    tagged !== undefined && own !== undefined
      ? `the tag ${DEFAULT_REVISION} and the default revision serve the same pods: deactivate the webhooks in ${own.config}, or remove the tag`
      : `leave one of the configurations ${unique(webhooks.map(({ config }) => config))}`;
  return { reason: `more than one webhook injects the pod: ${named.join(", ")}`, fix };
}

/** Returns the label that made a webhook match the pod. */
function decidingLabel(
  namespaceLabels: Labels,
  podLabels: Labels,
): { on: Fault["on"]; key: string; value: string } | undefined {
  const candidates = [
    { on: "namespace", key: INJECTION_LABEL, value: namespaceLabels[INJECTION_LABEL] },
    { on: "namespace", key: REVISION_LABEL, value: namespaceLabels[REVISION_LABEL] },
    { on: "pod", key: REVISION_LABEL, value: podLabels[REVISION_LABEL] },
    { on: "pod", key: POD_INJECTION_LABEL, value: podLabels[POD_INJECTION_LABEL] },
  ] as const;
  const found = candidates.find(({ value }) => value !== undefined);
  return found?.value === undefined ? undefined : { ...found, value: found.value };
}

/** Explains that exactly one webhook matches, but of another revision. */
export function explainWrong(
  webhook: InjectionWebhook,
  wanted: string,
  at: { readonly namespaceLabels: Labels; readonly podLabels: Labels; readonly namespace?: string },
): Explanation {
  const label = decidingLabel(at.namespaceLabels, at.podLabels);
  const cause =
    label === undefined
      ? `${webhook.config} injects pods without labels`
      : `the ${label.on} has the label ${label.key}=${label.value}`;
  const on = label?.on ?? "namespace";
  const fixes = [
    ...(label?.key === INJECTION_LABEL
      ? [labelFix("namespace", INJECTION_LABEL, undefined, at.namespace)]
      : []),
    labelFix(on, REVISION_LABEL, wanted, at.namespace),
  ];
  return {
    reason: `${webhookTitle(webhook)} of ${revisionText(webhook)} injects the pod and not ${wanted}: ${cause}`,
    fix: fixes.join(" and "),
  };
}
