import type { Workload } from "../../guard/rollout";
import { nameOf, namespaceOf } from "../../guard/workload";
import {
  DEFAULT_REVISION,
  INJECTION_LABEL,
  type Labels,
  labelsOf,
  POD_INJECTION_LABEL,
  REVISION_LABEL,
} from "../../injection/labels";
import { checkInjection, type InjectionAnswer, matchingWebhooks } from "../../injection/match";
import { injectionWebhooks } from "../../injection/webhooks";
import { isObject, type JsonObject } from "../../json";
import { labelCommand } from "../../kubectl";
import { MANAGED_REVISIONS } from "../../managed/channels";
import { nearest } from "../../suggest";
import { getPath } from "../../translate";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { knownLabels } from "./planes";
import type { MeshState, Read } from "./state";

const labelled = findingsOf("namespace-label");
const injected = findingsOf("injection");

/** Revision or tag that a namespace asks for; `undefined` when it asks for none. */
export function askedRevision(labels: Labels): string | undefined {
  const injection = labels[INJECTION_LABEL];
  if (injection === undefined) {
    return labels[REVISION_LABEL];
  }
  return injection === "enabled" ? DEFAULT_REVISION : undefined;
}

function unknownLabel(name: string, revision: string, known: readonly string[]): Finding {
  const object = `Namespace ${name}`;
  const there = known.length === 0 ? "there is none at all" : `there are: ${known.join(", ")}`;
  const next = nearest(revision, known) ?? known[0] ?? "REVISION";
  return labelled.error(
    object,
    `has the label ${REVISION_LABEL}=${revision}, but no webhook is of a revision or tag of that name, so its pods get no proxy; ${there}`,
    `${labelCommand(name, REVISION_LABEL, next)}, then restart its workloads`,
  );
}

/** `istio-injection` wins, so what the other label says is not what happens. */
function bothLabels(name: string, labels: Labels, injectors: readonly JsonObject[]): Finding {
  const object = `Namespace ${name}`;
  const revision = labels[REVISION_LABEL] ?? "";
  const [webhook] = matchingWebhooks(injectionWebhooks(injectors), {
    namespaceLabels: labels,
    podLabels: {},
  });
  const isSame = webhook?.revision === revision || webhook?.tag === revision;
  const happens =
    webhook === undefined ? "no webhook injects its pods" : `${webhook.revision} injects its pods`;
  const reason = `has both labels ${INJECTION_LABEL}=${labels[INJECTION_LABEL]} and ${REVISION_LABEL}=${revision}; the first wins: ${happens}`;
  const fix = `keep one: ${labelCommand(name, INJECTION_LABEL)}`;
  return isSame ? labelled.warning(object, reason, fix) : labelled.error(object, reason, fix);
}

function namespaceFindings(namespace: JsonObject, injectors: readonly JsonObject[]): Finding[] {
  const labels = labelsOf(namespace);
  const name = nameOf(namespace);
  const revision = labels[REVISION_LABEL];
  if (revision === undefined) {
    return [];
  }
  if (labels[INJECTION_LABEL] !== undefined) {
    return [bothLabels(name, labels, injectors)];
  }
  const known = [...knownLabels(injectors), ...MANAGED_REVISIONS];
  return known.includes(revision)
    ? [labelled.ok(`Namespace ${name}`, `asks for ${revision}, which is there`)]
    : [unknownLabel(name, revision, knownLabels(injectors))];
}

/** Namespaces ask for a revision or tag that is there, by one label only. */
export function checkNamespaceLabels(
  state: Pick<Read<MeshState>, "namespaces" | "injectors">,
): Finding[] {
  return state.namespaces.flatMap((namespace) => namespaceFindings(namespace, state.injectors));
}

/** Pods that would be made alike: by the same labels, in the same namespace. */
interface Shape {
  readonly object: string;
  readonly namespace: string;
  readonly namespaceLabels: Labels;
  readonly podLabels: Labels;
}

function workloadShape({ kind, object }: Workload, namespaces: ReadonlyMap<string, Labels>): Shape {
  const template = getPath(object, "spec.template");
  return {
    object: `${kind} ${namespaceOf(object)}/${nameOf(object)}`,
    namespace: namespaceOf(object),
    namespaceLabels: namespaces.get(namespaceOf(object)) ?? {},
    podLabels: isObject(template) ? labelsOf(template) : {},
  };
}

/** Which revision is to inject a shape; `undefined` when it asks for none. */
function wish({ namespaceLabels, podLabels }: Shape): string | undefined {
  const own = podLabels[POD_INJECTION_LABEL];
  if (own === "false" || (namespaceLabels[INJECTION_LABEL] === "disabled" && own === undefined)) {
    return undefined;
  }
  const asked = podLabels[REVISION_LABEL] ?? askedRevision(namespaceLabels);
  return asked ?? (own === "true" ? DEFAULT_REVISION : undefined);
}

/** A missing certificate is the webhook's finding, and an unknown label the namespace's. */
function isToldElsewhere(answer: InjectionAnswer, shape: Shape): boolean {
  const { namespaceLabels: labels } = shape;
  const hasBoth = labels[INJECTION_LABEL] !== undefined && labels[REVISION_LABEL] !== undefined;
  const isUnknown = answer.kind === "none" && answer.nearest === undefined;
  return (
    answer.kind === "noCaBundle" || hasBoth || (isUnknown && labels[REVISION_LABEL] !== undefined)
  );
}

function shapeFinding(shape: Shape, injectors: readonly JsonObject[]): Finding | "ok" | undefined {
  const revision = wish(shape);
  if (revision === undefined || MANAGED_REVISIONS.includes(revision)) {
    return undefined;
  }
  const answer = checkInjection({ webhooks: injectors, ...shape, revision });
  if (answer.kind === "ok" || isToldElsewhere(answer, shape)) {
    return answer.kind === "ok" ? "ok" : undefined;
  }
  return injected.error(shape.object, answer.reason, answer.fix);
}

/** Exactly one webhook, of the right revision, injects what asks for a proxy (pains 4 and 6). */
export function checkShapes(
  state: Pick<Read<MeshState>, "namespaces" | "workloads" | "injectors">,
): Finding[] {
  const namespaces = new Map(state.namespaces.map((each) => [nameOf(each), labelsOf(each)]));
  const shapes: Shape[] = [
    ...[...namespaces].map(([name, namespaceLabels]) => ({
      object: `Namespace ${name}`,
      namespace: name,
      namespaceLabels,
      podLabels: {},
    })),
    ...state.workloads.map((workload) => workloadShape(workload, namespaces)),
  ];
  const answers = shapes.map((shape) => shapeFinding(shape, state.injectors));
  const faults = answers.filter((answer) => typeof answer === "object");
  const fine = answers.filter((answer) => answer === "ok").length;
  return faults.length > 0 || fine === 0
    ? faults
    : [
        injected.ok(
          "namespaces and workloads",
          `exactly one webhook injects the pods of each; ${fine} ask for a proxy`,
        ),
      ];
}
