import type { JsonObject } from "../../common/json";
import {
  type LabelFinding,
  type LabelledWorkload,
  labelFindings,
  labelledWorkload,
} from "../../injection/labelFindings";
import { checkInjection, type InjectionAnswer } from "../../injection/match";
import { injectionWebhooks } from "../../injection/webhooks";
import { type Labels, labelsOf, REVISION_LABEL, wantedRevision } from "../../k8s/istioLabels";
import { nameOf, type Workload } from "../../k8s/workload";
import { MANAGED_REVISIONS } from "../../model/channels";
import type { Read } from "../../snapshot/snapshot";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { validationOf } from "./define";
import type { MeshState } from "./state";

const labelled = findingsOf("namespace-label");
const injected = findingsOf("injection");

function findingOf({ about, severity, object, reason, fix }: LabelFinding): Finding {
  return (about === "namespace" ? labelled : injected)[severity](object, reason, fix);
}

function shapesOf(workloads: readonly Workload[]): LabelledWorkload[] {
  return workloads.flatMap(({ kind, object }) => labelledWorkload(kind, object));
}

type Labelled = Pick<Read<MeshState>, "namespaces" | "workloads" | "mutatingWebhooks">;

function labelFindingsOf({ namespaces, workloads, mutatingWebhooks }: Labelled): LabelFinding[] {
  return labelFindings({
    namespaces: new Map(namespaces.map((each) => [nameOf(each), labelsOf(each)])),
    workloads: shapesOf(workloads),
    webhooks: injectionWebhooks(mutatingWebhooks),
  });
}

/** Checks for labels of namespaces and pods that conflict or have no effect. */
export function checkNamespaceLabels(state: Labelled): Finding[] {
  const found = labelFindingsOf(state);
  const told = found.map(({ object }) => object);
  const fine = state.namespaces.flatMap((namespace) => {
    const [object, revision] = [
      `Namespace ${nameOf(namespace)}`,
      labelsOf(namespace)[REVISION_LABEL],
    ];
    return revision === undefined || told.includes(object)
      ? []
      : [labelled.ok(object, `asks for ${revision}, which is there`)];
  });
  return [...found.map(findingOf), ...fine];
}

/** Pods with the same labels in the same namespace. */
interface Shape {
  readonly object: string;
  readonly namespace: string;
  readonly namespaceLabels: Labels;
  readonly podLabels: Labels;
}

/** A missing certificate is reported for the webhook. */
function isToldElsewhere(
  answer: InjectionAnswer,
  shape: Shape,
  told: ReadonlySet<string>,
): boolean {
  return (
    answer.kind === "noCaBundle" ||
    told.has(shape.object) ||
    told.has(`Namespace ${shape.namespace}`)
  );
}

function shapeFinding(
  shape: Shape,
  mutatingWebhooks: readonly JsonObject[],
  told: ReadonlySet<string>,
): Finding | "ok" | undefined {
  const revision = wantedRevision(shape);
  if (revision === undefined || MANAGED_REVISIONS.includes(revision)) {
    return undefined;
  }
  const answer = checkInjection({ webhooks: mutatingWebhooks, ...shape, revision });
  if (answer.kind === "ok" || isToldElsewhere(answer, shape, told)) {
    return answer.kind === "ok" ? "ok" : undefined;
  }
  return injected.error(shape.object, answer.reason, answer.fix);
}

/** Checks that exactly one webhook, of the right revision, injects pods that ask for a proxy. */
export function checkShapes(state: Labelled): Finding[] {
  const namespaces = new Map(state.namespaces.map((each) => [nameOf(each), labelsOf(each)]));
  const shapes: Shape[] = [
    ...[...namespaces].map(([name, namespaceLabels]) => ({
      object: `Namespace ${name}`,
      namespace: name,
      namespaceLabels,
      podLabels: {},
    })),
    ...shapesOf(state.workloads).map((workload) => ({
      ...workload,
      namespaceLabels: namespaces.get(workload.namespace) ?? {},
    })),
  ];
  const told = new Set(labelFindingsOf(state).map(({ object }) => object));
  const answers = shapes.map((shape) => shapeFinding(shape, state.mutatingWebhooks, told));
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

export const namespaceLabels = validationOf({
  id: "namespace-label",
  needs: ["namespaces", "workloads", "mutatingWebhooks"],
  run: checkNamespaceLabels,
});

export const shapes = validationOf({
  id: "injection",
  needs: ["namespaces", "workloads", "mutatingWebhooks"],
  run: checkShapes,
});
