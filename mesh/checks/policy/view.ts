import type { JsonObject } from "../../common/json";
import { type InjectionWebhook, injectionWebhooks, knownNames } from "../../injection/webhooks";
import { type Labels, labelsOf } from "../../k8s/istioLabels";
import { identityOf, type K8sObject, objectTitle, sortObjects } from "../../k8s/objects";
import { templateOf } from "../../k8s/workload";
import { MANAGED_REVISIONS } from "../../model/channels";
import { hasPods, WITH_PODS } from "../../objectFaults/parts";
import { controlPlanes } from "../../snapshot/controlPlanes";
import { isGateway } from "../../snapshot/gateways";
import type { DeclaredStack, Violation } from "./types";

/** What the policies look at in a stack. */
export interface StackView {
  /** All objects whose values are known. */
  readonly objects: readonly K8sObject[];
  /** Objects of which some values are not known yet. */
  readonly open: readonly K8sObject[];
  /** Objects that make pods, and pods. */
  readonly workloads: readonly K8sObject[];
  /** Workloads whose pods are gateways. */
  readonly gateways: readonly K8sObject[];
  /** The labels of namespaces that the stack declares, by name. */
  readonly namespaces: ReadonlyMap<string, Labels>;
  /** Labels that the stack gives to namespaces of others. */
  readonly patched: ReadonlyMap<string, Labels>;
  readonly webhooks: readonly InjectionWebhook[];
  /** Revisions and tags whose webhooks the stack does not declare. */
  readonly elsewhere: readonly string[];
  /** Namespaces whose PeerAuthentications are for the whole mesh. */
  readonly roots: readonly string[];
}

/** Kinds of objects that make pods, and pods. */
export const POD_KINDS: readonly string[] = [...WITH_PODS, "Pod"];

/** The root namespace that Istio has by default. */
const DEFAULT_ROOT = "istio-system";

export function ofKind(objects: readonly K8sObject[], kind: string, group?: string): K8sObject[] {
  return objects.filter(
    (object) =>
      object.kind === kind && (group === undefined || object.apiVersion.startsWith(`${group}/`)),
  );
}

/** Returns the pod that an object makes, or is; empty for other kinds. */
export function podOf(object: K8sObject): JsonObject {
  if (object.kind === "Pod") {
    return object;
  }
  return hasPods(object) ? templateOf(object) : {};
}

/** Returns the place of the pod in an object, with a dot at its end. */
export function podPlace({ kind }: K8sObject): string {
  return kind === "Pod" ? "" : "spec.template.";
}

/** The API server labels each namespace with its name. */
const named = (name: string, labels: Labels): Labels => ({
  ...labels,
  "kubernetes.io/metadata.name": name,
});

function namespacesIn(objects: readonly K8sObject[]): Map<string, Labels> {
  return new Map(
    ofKind(objects, "Namespace").map((object) => {
      const { name } = identityOf(object);
      return [name, named(name, labelsOf(object))];
    }),
  );
}

/** Returns what the policies look at. */
export function viewOf({ declared, revisions = [], rootNamespace }: DeclaredStack): StackView {
  const of = (wanted: { readonly isPatch: boolean }) =>
    // Sorted, because the order in which Pulumi registers resources differs from run to run.
    sortObjects(
      declared
        .filter(({ isPatch = false, isOpen = false }) => !isOpen && isPatch === wanted.isPatch)
        .map(({ object }) => object),
    );
  const objects = of({ isPatch: false });
  const open = declared.filter(({ isOpen = false }) => isOpen).map(({ object }) => object);
  const workloads = objects.filter(({ kind }) => POD_KINDS.includes(kind));
  const planes = controlPlanes(ofKind([...objects, ...open], "Deployment"));
  const ownRoots = planes.map(({ namespace }) => namespace);
  const roots = ownRoots.length === 0 ? [DEFAULT_ROOT] : [...new Set(ownRoots)];
  return {
    objects,
    open,
    workloads,
    gateways: workloads.filter((object) => isGateway(podOf(object))),
    namespaces: namespacesIn(objects),
    patched: namespacesIn(of({ isPatch: true })),
    webhooks: injectionWebhooks(ofKind(objects, "MutatingWebhookConfiguration")),
    elsewhere: [...revisions, ...MANAGED_REVISIONS],
    roots: rootNamespace === undefined ? roots : [rootNamespace],
  };
}

/** Returns whether the stack has an object of a kind with values that are not known yet. */
export function hasOpen({ open }: StackView, isIt: (object: K8sObject) => boolean): boolean {
  return open.some(isIt);
}

/** Returns whether the control planes of the cluster are known: the stack has them, or names them. */
export function knowsControlPlanes({ webhooks, elsewhere, open }: StackView): boolean {
  return (
    !open.some(({ kind }) => kind === "MutatingWebhookConfiguration") &&
    (webhooks.length > 0 || elsewhere.length > MANAGED_REVISIONS.length)
  );
}

/** Returns the names of revisions and tags that pods and namespaces may ask for. */
export function revisionNames({ webhooks, elsewhere }: StackView): string[] {
  return [...new Set([...knownNames(webhooks), ...elsewhere])];
}

/** Returns the labels of a namespace as far as the stack knows them. */
export function knownLabels({ namespaces, patched }: StackView, name: string): Labels {
  return named(name, { ...namespaces.get(name), ...patched.get(name) });
}

/** Returns a revision that a fix can name. */
export function someRevision(view: StackView): string {
  const [own = view.elsewhere[0]] = knownNames(view.webhooks);
  return own === undefined || MANAGED_REVISIONS.includes(own) ? "REVISION" : own;
}

/** Creates a violation of an object. */
export function violation(
  object: K8sObject,
  rest: Omit<Violation, "object" | "source">,
): Violation {
  return { object, source: objectTitle(object), ...rest };
}
