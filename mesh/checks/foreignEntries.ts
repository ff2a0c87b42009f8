import { isObject, type JsonObject } from "../common/json";
import { patchCommand } from "../k8s/kubectl";
import { identityOf, type K8sObject, objectTitle } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { WORKLOAD_KINDS } from "../k8s/workload";
import { type ForeignEntry, foreignEntries, removal } from "../ownership/foreignEntries";
import type { Finding } from "./finding";
import { findingsOf } from "./findings";

const report = findingsOf("foreign-entries");

/** Returns the key of a ConfigMap that a variable needs and that the ConfigMap will not have. */
function missingKey(
  { value }: ForeignEntry,
  namespace: string,
  planned: readonly K8sObject[],
): string | undefined {
  const needed = isObject(value) ? getPath(value, "valueFrom.configMapKeyRef") : undefined;
  if (!isObject(needed) || needed.optional === true) {
    return undefined;
  }
  const { name, key } = needed;
  const map = planned.find(
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
 * Returns entries of other field managers in the lists of a workload's pods. An update does not change them.
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

/** Returns the same findings for all objects that exist and will be applied. */
export function foreignEntriesBefore(
  existing: readonly { readonly planned: K8sObject; readonly live: JsonObject }[],
  objects: readonly K8sObject[],
): Finding[] {
  return existing
    .filter(({ planned }) => WORKLOAD_KINDS.includes(planned.kind))
    .flatMap(({ planned, live }) => {
      const { apiVersion, kind } = planned;
      const whole = { ...live, apiVersion, kind } as K8sObject;
      return foreignEntryFindings(whole, { workload: planned, objects });
    });
}
