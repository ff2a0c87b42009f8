import type { Json, JsonObject } from "../common/json";

/** Returns how many of some pods a value of a budget means. Kubernetes rounds percentages up. */
function podsOf(value: Json, pods: number): number | undefined {
  const [, number, percent] = /^([\d.]+)(%?)$/.exec(String(value)) ?? [];
  if (number === undefined) {
    return undefined;
  }
  return percent === "%" ? Math.ceil((pods * Number(number)) / 100) : Number(number);
}

/** How many pods a budget lets go while all are well, and the field that says so. */
export interface Evictable {
  readonly field: "maxUnavailable" | "minAvailable";
  readonly value: Json;
  readonly count: number;
}

/**
 * Returns how many of some pods a budget lets Kubernetes evict. `undefined` if the budget says nothing.
 *
 * @param spec of a PodDisruptionBudget
 * @example evictable({ minAvailable: "50%" }, 3) // { field: "minAvailable", value: "50%", count: 1 }
 * @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/
 */
export function evictable(spec: JsonObject, pods: number): Evictable | undefined {
  for (const field of ["maxUnavailable", "minAvailable"] as const) {
    const { [field]: value = null } = spec;
    const said = value === null ? undefined : podsOf(value, pods);
    if (said !== undefined) {
      return { field, value, count: field === "maxUnavailable" ? said : pods - said };
    }
  }
  return undefined;
}
