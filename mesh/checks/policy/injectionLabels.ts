import { labelFindings, labelledWorkload } from "../../injection/labelFindings";
import { DEFAULT_REVISION, type Labels, labelsOf, REVISION_LABEL } from "../../k8s/istioLabels";
import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import type { DeclaredStack, MeshPolicy, Violation } from "./types";
import {
  knowsControlPlanes,
  POD_KINDS,
  podOf,
  podPlace,
  type StackView,
  viewOf,
  violation,
} from "./view";

/** Every revision that labels name, for a stack whose control planes are in another one. */
function namedRevisions({ namespaces, patched, workloads }: StackView): string[] {
  const all = [
    ...namespaces.values(),
    ...patched.values(),
    ...workloads.map((workload) => labelsOf(podOf(workload))),
  ];
  return [DEFAULT_REVISION, ...all.flatMap((labels) => labels[REVISION_LABEL] ?? [])];
}

/** Labels of the program's own objects are set there, and kubectl's are gone with the next update. */
function inProgram(fix: string): string {
  return fix.startsWith("kubectl ") ? `have the program do what this would: ${fix}` : fix;
}

/** Returns the labels of an object that its finding is about. */
function labelsAt(object: K8sObject): { readonly path: string; readonly value: Labels } {
  return object.kind === "Namespace"
    ? { path: "metadata.labels", value: labelsOf(object) }
    : { path: `${podPlace(object)}metadata.labels`, value: labelsOf(podOf(object)) };
}

function checkLabels(stack: DeclaredStack): Violation[] {
  const view = viewOf(stack);
  const { namespaces, patched, elsewhere } = view;
  const found = labelFindings({
    namespaces: new Map([...patched, ...namespaces]),
    // The labels of other namespaces are not known, and they may ask for an injector.
    workloads: view.workloads
      .filter((workload) => namespaces.has(identityOf(workload).namespace))
      .flatMap((workload) => labelledWorkload(workload.kind, workload)),
    webhooks: view.webhooks,
    elsewhere: knowsControlPlanes(view) ? elsewhere : [...elsewhere, ...namedRevisions(view)],
  });
  const objects = new Map(stack.declared.map(({ object }) => [objectTitle(object), object]));
  return found.flatMap(({ object: title, reason, fix }) => {
    const object = objects.get(title);
    return object === undefined
      ? []
      : [violation(object, { ...labelsAt(object), reason, fix: inProgram(fix) })];
  });
}

export const injectionLabels: MeshPolicy = {
  name: "injection-labels",
  level: "advisory",
  description:
    "Labels of namespaces and pods that ask for a proxy do not contradict each other, and name a revision that there is.",
  kinds: ["Namespace", ...POD_KINDS],
  settings: ["revisions"],
  run: checkLabels,
};
