import { groupOf, identityOf, type K8sObject, objectTitle, sortObjects } from "../k8s/objects";
import { diffFields, type FieldDiff } from "./fields";

/** One object that differs. */
export interface ObjectDiff {
  /** `Deployment istio-system/istiod`. */
  readonly title: string;
  readonly change: "added" | "removed" | "changed";
  /** The fields that differ, if both sides have the object. */
  readonly fields: readonly FieldDiff[];
}

/** Fields that the API server maintains and that are not part of the wanted object. */
const BOOKKEEPING = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"];

function wished(object: K8sObject): K8sObject {
  const { status: _, ...rest } = object;
  const metadata = Object.entries(object.metadata).filter(([key]) => !BOOKKEEPING.includes(key));
  return { ...rest, metadata: Object.fromEntries(metadata) } as K8sObject;
}

/** An object counts as the same one if its API moves to another version. */
function keyOf(object: K8sObject): string {
  const { apiVersion } = identityOf(object);
  return `${groupOf(apiVersion)} ${objectTitle(object)}`;
}

/**
 * Returns the objects that differ between two sets, in the order in which they are applied.
 *
 * @example
 * diffObjects(before, after).map(({ change, title }) => `${change} ${title}`)
 * // ["changed ConfigMap istio-system/istio"]
 */
export function diffObjects(
  before: readonly K8sObject[],
  after: readonly K8sObject[],
): ObjectDiff[] {
  const old = new Map(before.map((object) => [keyOf(object), object]));
  const next = new Map(after.map((object) => [keyOf(object), object]));
  const all = new Map([...old, ...next]);
  return sortObjects([...all.values()]).flatMap((object): ObjectDiff[] => {
    const [key, title] = [keyOf(object), objectTitle(object)];
    const [from, to] = [old.get(key), next.get(key)];
    if (from === undefined || to === undefined) {
      return [{ title, change: from === undefined ? "added" : "removed", fields: [] }];
    }
    const fields = diffFields(wished(from), wished(to));
    return fields.length === 0 ? [] : [{ title, change: "changed", fields }];
  });
}
