import { isObject, type Json, type JsonObject } from "../common/json";
import { child, type FieldTree, fieldKeyOf, ITSELF, ownsItself, unite } from "../k8s/fieldTree";
import { isInstaller, managersOf, STACK_MANAGER } from "../k8s/managers";
import type { K8sObject } from "../k8s/objects";

/** An entry in a list of a workload's pods that someone other than its installer has added. */
export interface ForeignEntry {
  /** The field manager that added it. */
  readonly manager: string;
  /** @example "containers[install-cni].env[AMBIENT_ENABLED]" */
  readonly path: string;
  /** The path as in a JSON patch, such as `/spec/template/spec/containers/0/env/3`. */
  readonly pointer: string;
  readonly value: Json;
}

/** The path of the pod spec, whose lists are examined. */
const POD_SPEC = ["f:spec", "f:template", "f:spec"];

/**
 * Returns a function that tells whether a field manager is the installer of an object: the stack,
 * if a stack has applied the object, or else any tool that installs. Fields that admission
 * webhooks add to an apply are recorded under the stack's own name, so they count as the
 * installer's.
 */
function installerTest(object: JsonObject): (manager: string) => boolean {
  const isStack = (manager: string) => manager.startsWith(STACK_MANAGER);
  const isOfStack = managersOf(object).some(({ manager }) => isStack(manager));
  return isOfStack ? isStack : isInstaller;
}

/** A place in an object, as a field tree, as a JSON patch and as a readable path. */
interface Place {
  readonly value: Json | undefined;
  /** What the installer owns at this place. */
  readonly own: FieldTree | undefined;
  /** What the applied object has at this place. */
  readonly wished: Json | undefined;
  readonly isWishKnown: boolean;
  readonly pointer: string;
  readonly path: string;
}

function valueAt(value: Json | undefined, key: string | number | undefined): Json | undefined {
  return key === undefined || value === undefined || value === null
    ? undefined
    : (value as JsonObject)[key as string];
}

const escaped = (key: string | number) => String(key).replaceAll("~", "~0").replaceAll("/", "~1");

function nameOf(item: Json | undefined, index: number): string {
  const { name, mountPath, containerPort } = isObject(item) ? item : {};
  return String(name ?? mountPath ?? containerPort ?? index);
}

function stepInto(place: Place, step: string): Place | undefined {
  const key = fieldKeyOf(place.value ?? null, step);
  if (key === undefined) {
    return undefined;
  }
  const value = valueAt(place.value, key);
  const part = typeof key === "number" ? `[${nameOf(value, key)}]` : `.${key}`;
  return {
    value,
    own: place.own && child(place.own, step),
    wished: valueAt(place.wished, fieldKeyOf(place.wished ?? null, step)),
    isWishKnown: place.isWishKnown,
    pointer: `${place.pointer}/${escaped(key)}`,
    path: `${place.path}${part}`,
  };
}

/**
 * Returns whether the installer owns no part of a list item, or of a list that Kubernetes treats
 * as a whole.
 *
 * A whole list is judged only if the workload to be applied is known: the last writer owns all of
 * it. After `kubectl rollout undo`, kubectl owns the arguments that the installer has set.
 */
function isForeign(tree: FieldTree, step: string, at: Place): boolean {
  const isEntry = !step.startsWith("f:");
  const isWholeList =
    at.isWishKnown &&
    Array.isArray(at.value) &&
    at.value.length > 0 &&
    Object.keys(tree).length === 0;
  return (
    (isEntry || isWholeList) && ownsItself(tree) && at.own === undefined && at.wished === undefined
  );
}

function entriesBelow(manager: string, tree: FieldTree, place: Place): ForeignEntry[] {
  return Object.keys(tree)
    .filter((step) => step !== ITSELF)
    .flatMap((step) => {
      const [below, at] = [child(tree, step) ?? {}, stepInto(place, step)];
      if (at === undefined) {
        return [];
      }
      const { path, pointer, value = null } = at;
      return isForeign(below, step, at)
        ? [{ manager, path: path.replace(/^\./, ""), pointer, value }]
        : entriesBelow(manager, below, at);
    });
}

function treeAt(tree: FieldTree): FieldTree | undefined {
  return POD_SPEC.reduce<FieldTree | undefined>((at, step) => at && child(at, step), tree);
}

function podSpecOf(object: JsonObject | undefined): Json | undefined {
  return ["spec", "template", "spec"].reduce<Json | undefined>(valueAt, object);
}

/**
 * Returns the entries in the lists of a workload's pods that belong to a field manager other than
 * the installer: containers, environment variables, volumes and the like. An update leaves them in
 * place, whatever it applies (istio#54846).
 *
 * Entries that controllers write on purpose are not among them: the API server's defaults have no
 * manager, autoscalers only write the number of pods, a vertical autoscaler changes pods and not
 * their workload, and a restart is an annotation.
 *
 * @param live the workload, with its managed fields
 * @param wished the workload to be applied; the installer becomes the owner of what it contains
 * @example foreignEntries(daemonSet)[0].path // "containers[install-cni].env[AMBIENT_ENABLED]"
 */
export function foreignEntries(live: JsonObject, wished?: K8sObject): ForeignEntry[] {
  const isOwn = installerTest(live);
  const managers = managersOf(live).filter(({ subresource }) => subresource === undefined);
  const own = managers
    .filter(({ manager }) => isOwn(manager))
    .map(({ fieldsV1 }) => fieldsV1)
    .reduce(unite, {});
  if (Object.keys(own).length === 0) {
    return [];
  }
  const place: Place = {
    value: podSpecOf(live),
    own: treeAt(own),
    wished: podSpecOf(wished),
    isWishKnown: wished !== undefined,
    pointer: "/spec/template/spec",
    path: "",
  };
  return managers
    .filter(({ manager }) => !isOwn(manager))
    .flatMap(({ manager, fieldsV1 }) => entriesBelow(manager, treeAt(fieldsV1) ?? {}, place));
}

/** Sorts later items of a list first, so that removing one does not move the others. */
function lastFirst(one: ForeignEntry, other: ForeignEntry): number {
  return other.pointer.localeCompare(one.pointer, "en", { numeric: true });
}

/**
 * Returns the JSON patch that removes entries. The API server refuses it if one of them has moved.
 *
 * @example removal(entries) // [{ op: "test", … }, { op: "remove", path: "/spec/template/spec/containers/0/env/3" }]
 */
export function removal(entries: readonly ForeignEntry[]): JsonObject[] {
  return [...entries].sort(lastFirst).flatMap(({ pointer, value }) => {
    const name = isObject(value) ? value.name : undefined;
    const remove = { op: "remove", path: pointer };
    return name === undefined
      ? [remove]
      : [{ op: "test", path: `${pointer}/name`, value: name }, remove];
  });
}
