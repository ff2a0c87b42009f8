import { createHash } from "node:crypto";
import { isObject, type JsonObject } from "../../common/json";
import { annotationsOf } from "../../k8s/istioLabels";
import { isInstaller, managersOf, STACK_MANAGER } from "../../k8s/managers";
import { identityOf, type K8sObject, type ObjectIdentity } from "../../k8s/objects";

/**
 * The field manager of all marks. Neither an apply of a stack nor a take-over removes what it has
 * written.
 */
export const MARKS_MANAGER = "pulumi-service-mesh-marks";

/**
 * What stacks record on a shared object, as annotations:
 *
 * - `user`: a stack that uses the object without owning it
 * - `former`: a stack that owned the object until another one took it over
 * - `found`: a stack that found the Namespace already created by someone else
 * - `left`: an object that its owner has left to the other stacks. It is recorded on the anchor
 *   object of the part, so that the last stack can delete it.
 */
export type MarkKind = "user" | "former" | "found" | "left";

const PREFIX = "pulumi-service-mesh";
const HASH_LENGTH = 12;

function prefixOf(kind: MarkKind): string {
  return `${PREFIX}/${kind}-`;
}

/**
 * Returns the key of a mark.
 *
 * @example markKey("user", "pulumi-service-mesh/acme/mesh/prod") // "pulumi-service-mesh/user-4f0d…"
 */
export function markKey(kind: MarkKind, subject: string): string {
  const hash = createHash("sha256").update(subject).digest("hex").slice(0, HASH_LENGTH);
  return `${prefixOf(kind)}${hash}`;
}

/**
 * Returns the name of the stack that a field manager acts for.
 *
 * @example stackTitle("pulumi-service-mesh/acme/mesh/prod") // "acme/mesh/prod"
 */
export function stackTitle(manager: string): string {
  return manager.slice(STACK_MANAGER.length);
}

/** Returns the annotation with which a stack marks an object. */
export function stackMark(
  kind: Exclude<MarkKind, "left">,
  manager: string,
): Readonly<Record<string, string>> {
  return { [markKey(kind, manager)]: stackTitle(manager) };
}

function entriesOf(object: JsonObject, kind: MarkKind): [string, string][] {
  return Object.entries(annotationsOf(object)).filter(([key]) => key.startsWith(prefixOf(kind)));
}

/** Returns the stacks with a mark of the given kind on an object, without one stack. */
export function markedBy(object: JsonObject, kind: MarkKind, except = ""): string[] {
  const own = markKey(kind, except);
  return entriesOf(object, kind)
    .filter(([key]) => key !== own)
    .map(([, value]) => value);
}

export function hasMark(object: JsonObject, kind: MarkKind, manager: string): boolean {
  return annotationsOf(object)[markKey(kind, manager)] !== undefined;
}

/** Returns the annotation that names an object which its owner has left. */
export function leftMark(object: K8sObject): Readonly<Record<string, string>> {
  const { apiVersion, kind, namespace, name } = identityOf(object);
  const text = JSON.stringify([apiVersion, kind, namespace, name]);
  return { [markKey("left", text)]: text };
}

function isTexts(value: unknown): value is [string, string, string, string] {
  return Array.isArray(value) && value.length === 4 && value.every((v) => typeof v === "string");
}

function parseLeft(text: string): ObjectIdentity[] {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isTexts(parsed)) {
      return [];
    }
    const [apiVersion, kind, namespace, name] = parsed;
    return [{ apiVersion, kind, namespace, name }];
  } catch {
    return [];
  }
}

/** Returns the objects that owners of a part have left, as recorded on the anchor object. */
export function leftObjects(anchor: JsonObject): ObjectIdentity[] {
  return entriesOf(anchor, "left").flatMap(([, text]) => parseLeft(text));
}

/**
 * Returns whether a manager acts for a stack, or for one of the stack's parts with their own
 * managers.
 */
export function actsFor(manager: string, stack: string): boolean {
  return manager === stack || manager.startsWith(`${stack}/`);
}

/** A manager that only labels Namespaces for a stack and does not own them. */
const LABELS_ONLY = /^pulumi-service-mesh\/[^/]+\/[^/]+\/[^/]+\/namespaces$/;

/** Returns the managers of stacks that have applied something to an object, without one stack's. */
export function stackManagers(object: JsonObject, except?: string): string[] {
  const managers = managersOf(object)
    .map(({ manager }) => manager)
    .filter((manager) => manager.startsWith(STACK_MANAGER))
    .filter((manager) => except === undefined || !actsFor(manager, except));
  return [...new Set(managers)];
}

/** Returns the managers of stacks that own an object, without one stack's. */
export function owningStacks(object: JsonObject, except?: string): string[] {
  return stackManagers(object, except).filter((manager) => !LABELS_ONLY.test(manager));
}

/** Returns whether stacks have used or left an object, and no one owns it any more. */
export function isOrphan(object: JsonObject): boolean {
  const marks = (["user", "former", "left"] as const).flatMap((kind) => markedBy(object, kind));
  const owners = managersOf(object).filter(
    ({ manager }) => isInstaller(manager) && !LABELS_ONLY.test(manager),
  );
  return marks.length > 0 && owners.length === 0;
}

const LABELS = "f:labels";
const NAME_LABEL = "f:kubernetes.io/metadata.name";

/**
 * Returns whether someone other than a stack has created a Namespace: a stack has recorded so, or
 * an installer manages it, or it has the manager that the API server records for create requests.
 */
export function madeByOthers(namespace: JsonObject): boolean {
  return (
    markedBy(namespace, "found").length > 0 ||
    managersOf(namespace)
      .filter(({ manager }) => !manager.startsWith(STACK_MANAGER) && manager !== MARKS_MANAGER)
      .some(({ manager, operation, fieldsV1 }) => {
        const metadata = isObject(fieldsV1["f:metadata"]) ? fieldsV1["f:metadata"] : {};
        const labels = isObject(metadata[LABELS]) ? metadata[LABELS] : {};
        return isInstaller(manager) || operation === "Apply" || Object.hasOwn(labels, NAME_LABEL);
      })
  );
}
