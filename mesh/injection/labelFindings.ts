import { isObject, type JsonObject } from "../common/json";
import { nearest } from "../common/suggest";
import {
  annotationsOf,
  DEFAULT_REVISION,
  INJECTION_LABEL,
  type Labels,
  labelsOf,
  POD_INJECTION_LABEL,
  REVISION_LABEL,
  wantedRevision,
} from "../k8s/istioLabels";
import { labelCommand } from "../k8s/kubectl";
import { getPath } from "../k8s/path";
import { nameOf, namespaceOf, WORKLOAD_KINDS } from "../k8s/workload";
import { MANAGED_REVISIONS } from "../model/channels";
import { injectionAnswer, matchingWebhooks } from "./match";
import { type InjectionWebhook, knownNames } from "./webhooks";

/** A label or annotation that does not have the effect it suggests. */
export interface LabelFinding {
  readonly about: "namespace" | "workload";
  /** `error` if pods that should have a proxy get none, or get one of another revision. */
  readonly severity: "warning" | "error";
  /** `Namespace shop`, `Deployment shop/cart` */
  readonly object: string;
  readonly reason: string;
  readonly fix: string;
}

/** The pods that a workload creates. */
export interface LabelledWorkload {
  /** `Deployment shop/cart` */
  readonly object: string;
  readonly namespace: string;
  readonly podLabels: Labels;
  readonly podAnnotations: Labels;
}

/** Returns the workload in an object, or nothing for other kinds. */
export function labelledWorkload(kind: string, object: JsonObject): LabelledWorkload[] {
  const template = getPath(object, "spec.template");
  if (!WORKLOAD_KINDS.includes(kind) || !isObject(template)) {
    return [];
  }
  const namespace = namespaceOf(object);
  return [
    {
      object: `${kind} ${namespace}/${nameOf(object)}`,
      namespace,
      podLabels: labelsOf(template),
      podAnnotations: annotationsOf(template),
    },
  ];
}

/** The objects to check: those of a cluster as it is, or as an update would leave it. */
export interface LabelledCluster {
  /** The labels of each namespace, by its name. */
  readonly namespaces: ReadonlyMap<string, Labels>;
  readonly workloads: readonly LabelledWorkload[];
  readonly webhooks: readonly InjectionWebhook[];
  /** Revisions and tags whose webhooks are not among these, though they are there. @default none */
  readonly elsewhere?: readonly string[];
}

type Found = Omit<LabelFinding, "about" | "object">;

/** The only values that Istio's webhooks match. */
const INJECTION_VALUES: readonly string[] = ["enabled", "disabled"];
const POD_VALUES: readonly string[] = ["true", "false"];

/** Values with which people mean "no". */
const NO = /^(false|no|off|0|disable|none)$/i;

const RESTART = "then restart its workloads";

/**
 * Returns the command that gives a namespace's pods a proxy, and replaces the label that does not.
 */
function enrolCommand(name: string, known: readonly string[]): string {
  if (known.includes(DEFAULT_REVISION)) {
    return `${labelCommand(name, INJECTION_LABEL, "enabled")}, ${RESTART}`;
  }
  const revision = known[0] ?? "REVISION";
  return `${labelCommand(name, INJECTION_LABEL)} and ${labelCommand(name, REVISION_LABEL, revision)}, ${RESTART}`;
}

/**
 * Finds `istio-injection` with a value that no webhook matches. Even so, the label keeps all other
 * webhooks from matching.
 */
function valueWithoutEffect(
  name: string,
  labels: Labels,
  webhooks: readonly InjectionWebhook[],
): Found {
  const value = labels[INJECTION_LABEL] ?? "";
  const revision = labels[REVISION_LABEL];
  const label = `has the label ${INJECTION_LABEL}=${value}, but only ${INJECTION_VALUES.join(" and ")} have an effect`;
  if (revision !== undefined) {
    const reason = `${label}; it also keeps ${REVISION_LABEL}=${revision} from working, so its pods get no proxy`;
    return {
      severity: "error",
      reason,
      fix: `${labelCommand(name, INJECTION_LABEL)}, ${RESTART}`,
    };
  }
  const reason = `${label}: its pods get no proxy, whatever labels they have`;
  return NO.test(value)
    ? { severity: "warning", reason, fix: labelCommand(name, INJECTION_LABEL, "disabled") }
    : { severity: "error", reason, fix: enrolCommand(name, knownNames(webhooks)) };
}

/**
 * Finds both labels on a namespace. `istio-injection` takes precedence, so the other label has no
 * effect.
 */
function bothLabels(name: string, labels: Labels, webhooks: readonly InjectionWebhook[]): Found {
  const revision = labels[REVISION_LABEL] ?? "";
  const [webhook] = matchingWebhooks(webhooks, { namespaceLabels: labels, podLabels: {} });
  const isSame = webhook?.revision === revision || webhook?.tag === revision;
  const happens =
    webhook === undefined ? "no webhook injects its pods" : `${webhook.revision} injects its pods`;
  return {
    severity: isSame ? "warning" : "error",
    reason: `has both labels ${INJECTION_LABEL}=${labels[INJECTION_LABEL]} and ${REVISION_LABEL}=${revision}; the first wins: ${happens}`,
    fix: `keep one: ${labelCommand(name, INJECTION_LABEL)}`,
  };
}

/** Finds `istio.io/rev` with the name of a revision or tag that does not exist. */
function unknownRevision(
  name: string,
  revision: string,
  webhooks: readonly InjectionWebhook[],
): Found {
  const known = knownNames(webhooks);
  const there = known.length === 0 ? "there is none at all" : `there are: ${known.join(", ")}`;
  const next = nearest(revision, known) ?? known[0] ?? "REVISION";
  return {
    severity: "error",
    reason: `has the label ${REVISION_LABEL}=${revision}, but no webhook is of a revision or tag of that name, so its pods get no proxy; ${there}`,
    fix: `${labelCommand(name, REVISION_LABEL, next)}, ${RESTART}`,
  };
}

function namespaceFinding(
  name: string,
  labels: Labels,
  { webhooks, elsewhere }: Known,
): Found | undefined {
  const { [INJECTION_LABEL]: injection, [REVISION_LABEL]: revision } = labels;
  if (injection !== undefined && !INJECTION_VALUES.includes(injection)) {
    const matching = matchingWebhooks(webhooks, { namespaceLabels: labels, podLabels: {} });
    // A webhook that is not Istio's may match this value.
    return matching.length > 0 ? undefined : valueWithoutEffect(name, labels, webhooks);
  }
  if (injection !== undefined && revision !== undefined) {
    return bothLabels(name, labels, webhooks);
  }
  const known = [...knownNames(webhooks), ...elsewhere];
  return revision === undefined || known.includes(revision)
    ? undefined
    : unknownRevision(name, revision, webhooks);
}

/**
 * Finds a label on pods whose value no webhook matches, or an annotation that contradicts the
 * label.
 */
function podValueFinding({ podLabels, podAnnotations }: LabelledWorkload): Found | undefined {
  const label = podLabels[POD_INJECTION_LABEL];
  const annotation = podAnnotations[POD_INJECTION_LABEL];
  if (label !== undefined && label !== "" && !POD_VALUES.includes(label)) {
    const values = POD_VALUES.join(" and ");
    return {
      severity: "warning",
      reason: `its pods have the label ${POD_INJECTION_LABEL}=${label}, but only ${values} have an effect: the namespace decides`,
      fix: `write ${POD_INJECTION_LABEL}: "${NO.test(label) ? "false" : "true"}" into the labels of its pod template`,
    };
  }
  return label === undefined || label === "" || annotation === undefined || annotation === label
    ? undefined
    : {
        severity: "warning",
        reason: `its pods have the label ${POD_INJECTION_LABEL}=${label} and the annotation ${POD_INJECTION_LABEL}=${annotation}; the label wins`,
        fix: `take the annotation ${POD_INJECTION_LABEL} out of its pod template`,
      };
}

/** The webhooks that are known, and the revisions and tags of others, see {@link LabelledCluster}. */
interface Known {
  readonly webhooks: readonly InjectionWebhook[];
  readonly elsewhere: readonly string[];
}

/** Finds pods that ask for a proxy in a way, or in a namespace, that no webhook matches. */
function withoutWebhook(
  workload: LabelledWorkload,
  namespaceLabels: Labels,
  { webhooks, elsewhere }: Known,
): Found | undefined {
  const { namespace, podLabels, podAnnotations } = workload;
  const at = { namespaceLabels, podLabels, namespace };
  const asked = wantedRevision(at);
  const isElsewhere = asked !== undefined && elsewhere.includes(asked);
  if (isElsewhere || matchingWebhooks(webhooks, at).length > 0) {
    return undefined;
  }
  const label = podLabels[POD_INJECTION_LABEL] ?? "";
  if (label === "" && podAnnotations[POD_INJECTION_LABEL] === "true") {
    return {
      severity: "warning",
      reason: `its pods ask for a proxy by the annotation ${POD_INJECTION_LABEL}, which no webhook looks at: they get none`,
      fix: `write ${POD_INJECTION_LABEL}: "true" into the labels of its pod template`,
    };
  }
  if (label !== "true" || asked === undefined) {
    return undefined;
  }
  const answer = injectionAnswer(webhooks, { ...at, revision: asked });
  return answer.kind === "none"
    ? { severity: "error", reason: answer.reason, fix: answer.fix }
    : undefined;
}

/**
 * Finds labels and annotations of namespaces and pod templates that conflict or have no effect.
 * The preview, `mesh precheck` and `mesh validate` use it. It finds:
 *
 * - `istio-injection` with a value other than `enabled` and `disabled`
 * - `istio-injection` beside `istio.io/rev`
 * - `istio.io/rev` with a name that no revision or tag has
 * - `sidecar.istio.io/inject` on pods: a value other than `true` and `false`; an annotation that
 *   contradicts the label; an annotation without the label; a label that the namespace's labels
 *   override
 *
 * @example
 * labelFindings({ namespaces: new Map([["shop", { "istio-injection": "true" }]]), workloads: [], webhooks })[0]?.fix
 * // "kubectl label namespace shop istio-injection=enabled --overwrite, then restart its workloads"
 * @see https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy
 */
export function labelFindings({
  namespaces,
  workloads,
  webhooks,
  elsewhere = [],
}: LabelledCluster): LabelFinding[] {
  const known = { webhooks, elsewhere: [...elsewhere, ...MANAGED_REVISIONS] };
  const wrong = new Set<string>();
  const ofNamespaces = [...namespaces].flatMap(([name, labels]): LabelFinding[] => {
    const found = namespaceFinding(name, labels, known);
    if (found === undefined) {
      return [];
    }
    wrong.add(name);
    return [{ about: "namespace", object: `Namespace ${name}`, ...found }];
  });
  const ofWorkloads = workloads.flatMap((workload): LabelFinding[] => {
    const { object, namespace } = workload;
    const labels = namespaces.get(namespace) ?? {};
    const isTold = wrong.has(namespace);
    const found =
      podValueFinding(workload) ?? (isTold ? undefined : withoutWebhook(workload, labels, known));
    return found === undefined ? [] : [{ about: "workload", object, ...found }];
  });
  return [...ofNamespaces, ...ofWorkloads];
}
