import { isObject, type JsonObject } from "../common/json";
import { patchCommand } from "../k8s/kubectl";
import { identityOf, type K8sObject, objectTitle } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { WORKLOAD_KINDS } from "../k8s/workload";
import { type ForeignEntry, foreignEntries, removal } from "../ownership/foreignEntries";
import type { Finding } from "./finding";
import { findingsOf } from "./findings";

const report = findingsOf("foreign-entries");

/** A ConfigMap's key that a variable needs, and that the ConfigMap is not going to have. */
function missingKey(
  { value }: ForeignEntry,
  namespace: string,
  wished: readonly K8sObject[],
): string | undefined {
  const needed = isObject(value) ? getPath(value, "valueFrom.configMapKeyRef") : undefined;
  if (!isObject(needed) || needed.optional === true) {
    return undefined;
  }
  const { name, key } = needed;
  const map = wished.find(
    (object) =>
      object.kind === "ConfigMap" &&
      identityOf(object).namespace === namespace &&
      identityOf(object).name === name,
  );
  const has = isObject(map?.data) && Object.hasOwn(map.data, String(key));
  return map === undefined || has ? undefined : `ConfigMap ${namespace}/${name} has no key ${key}`;
}

function entryText({ path, manager }: ForeignEntry): string {
  return `${path} (by ${manager})`;
}

/**
 * Entries of others in the lists of a workload's pods, which an update leaves as they are.
 *
 * @param live the workload, with its managed fields
 * @param after the workload and all other objects as they are going to be applied, for a check before
 * an update
 * @returns an error if pods could not start with them
 */
export function foreignEntryFindings(
  live: K8sObject,
  after?: { readonly workload: K8sObject; readonly objects: readonly K8sObject[] },
): Finding[] {
  const entries = foreignEntries(live, after?.workload);
  if (entries.length === 0) {
    return [];
  }
  const { namespace, name } = identityOf(live);
  const missing = entries.flatMap((entry) => missingKey(entry, namespace, after?.objects ?? []));
  const lost = missing.filter((text) => text !== undefined);
  const list = entries.map(entryText).join(", ");
  const what = `has what the mesh does not have it have: ${list}`;
  const fix = `take them away: ${patchCommand({ kind: live.kind, namespace, name }, removal(entries))}`;
  const stay = "an update leaves them as they are";
  return [
    lost.length > 0
      ? report.error(
          objectTitle(live),
          `${what}; ${stay}, and its pods will not start: ${lost.join(", ")} after it`,
          fix,
        )
      : report.warning(objectTitle(live), `${what}; ${stay}`, fix),
  ];
}

/** The same of all that is going to be applied and exists. */
export function foreignEntriesBefore(
  existing: readonly { readonly wished: K8sObject; readonly live: JsonObject }[],
  objects: readonly K8sObject[],
): Finding[] {
  return existing
    .filter(({ wished }) => WORKLOAD_KINDS.includes(wished.kind))
    .flatMap(({ wished, live }) => {
      const { apiVersion, kind } = wished;
      const whole = { ...live, apiVersion, kind } as K8sObject;
      return foreignEntryFindings(whole, { workload: wished, objects });
    });
}
