import { isObject, type Json, type JsonObject } from "../common/json";
import { pathText } from "../common/propertyPath";
import { MESH_TYPE, meshesAmong, nameIn, type RecordedMesh, resourcesIn } from "./recordedMesh";

/** A value that only an update will know. */
export interface UnknownValue {
  /** The path of the input. @example "gateways[0].serviceAnnotations" */
  readonly path: string;
  /** What the update has to make or change first, such as `ip (gcp:compute/address:Address)`. */
  readonly after: readonly string[];
}

/** A `ServiceMesh` of a stack, as a preview of the program has it. */
export interface PlannedMesh extends RecordedMesh {
  /** Inputs without a value. Empty if everything is known. */
  readonly unknown: readonly UnknownValue[];
  /** Whether only an update will know the cluster or the folder. */
  readonly isTargetUnknown: boolean;
}

/** What a plan says of the meshes of a program. */
export interface PlannedMeshes {
  readonly meshes: readonly PlannedMesh[];
  /**
   * Names of meshes and Kubernetes providers that had another name or parent at the last update. The
   * plan has only what changes of them, and it is not known of what.
   */
  readonly moved: readonly string[];
}

/**
 * Stands in a plan for a value that is not known. Source: Pulumi `pkg/resource/stack`
 * (computedValuePlaceholder).
 */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Steps after which a resource has all of its inputs in the plan. */
const CREATES = ["create", "create-replacement", "replace"];

const PROVIDER_TYPE = "pulumi:providers:kubernetes";

/** A resource of a program. */
interface PlannedResource {
  /** As a state has it. */
  readonly resource: JsonObject;
  readonly steps: readonly Json[];
  /** Whether the inputs of the last update are missing, to which the plan adds. */
  readonly isMoved: boolean;
}

function listIn(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function objectIn(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** Returns inputs after the changes that a plan names. */
function changedInputs(before: JsonObject, { adds, updates, deletes }: JsonObject): JsonObject {
  const kept = Object.entries(before).filter(([key]) => !listIn(deletes).includes(key));
  return { ...Object.fromEntries(kept), ...objectIn(adds), ...objectIn(updates) };
}

function plannedResources({ resourcePlans }: JsonObject, state: JsonObject): PlannedResource[] {
  const recorded = new Map(resourcesIn(state).map((resource) => [resource.urn, resource]));
  return Object.entries(objectIn(resourcePlans)).flatMap(([urn, plan]) => {
    const { goal, steps: all } = objectIn(plan);
    if (!isObject(goal)) {
      return [];
    }
    const former = [urn, ...listIn(goal.aliases)].map((name) => recorded.get(name));
    const before = former.find((resource) => resource !== undefined);
    const steps = listIn(all);
    const inputs = changedInputs(objectIn(before?.inputs), objectIn(goal.inputDiff));
    const isMoved = before === undefined && !steps.some((step) => CREATES.includes(String(step)));
    return [{ resource: { ...goal, urn, inputs }, steps, isMoved }];
  });
}

/** Returns the paths of all values that are not known. */
function unknownPaths(value: unknown, path: readonly (string | number)[] = []): string[] {
  if (value === UNKNOWN) {
    return [pathText(path)];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => unknownPaths(item, [...path, index]));
  }
  return isObject(value)
    ? Object.entries(value).flatMap(([key, item]) => unknownPaths(item, [...path, key]))
    : [];
}

/** Returns the resources on which an input depends and that an update changes, as messages name them. */
function changedBefore(
  mesh: JsonObject,
  input: string,
  planned: readonly PlannedResource[],
): string[] {
  const urns = listIn(objectIn(mesh.propertyDependencies)[input]);
  return planned
    .filter(({ resource, steps }) => urns.includes(resource.urn ?? "") && !steps.includes("same"))
    .map(({ resource: { urn, type } }) => `${nameIn(urn)} (${type})`);
}

/** @example firstKey("gateways[0].name") // "gateways" */
function firstKey(path: string): string {
  return /^[^.[]*/.exec(path)?.[0] ?? path;
}

/**
 * Returns each `ServiceMesh` of a program, with the inputs of the program as it is now.
 *
 * A plan has what changes of a resource's inputs; the rest is in the state.
 *
 * @param plan what `pulumi preview --save-plan FILE --show-secrets` writes
 * @param state what `pulumi stack export --show-secrets` prints
 * @example plannedMeshes(plan, state).meshes.map(({ inputs }) => inputs.version) // ["1.31.0"]
 */
export function plannedMeshes(plan: JsonObject, state: JsonObject): PlannedMeshes {
  const planned = plannedResources(plan, state);
  const resources = planned.map(({ resource }) => resource);
  const own = resources.filter(({ type }) => type === MESH_TYPE);
  const lost = planned.filter(
    ({ resource: { type }, isMoved }) => isMoved && (type === MESH_TYPE || type === PROVIDER_TYPE),
  );
  return {
    meshes: meshesAmong(resources).map((mesh, index) => ({
      ...mesh,
      unknown: unknownPaths(mesh.inputs).map((path) => ({
        path,
        after: changedBefore(own[index] ?? {}, firstKey(path), planned),
      })),
      isTargetUnknown: unknownPaths(mesh.target).length > 0,
    })),
    moved: lost.map(({ resource }) => nameIn(resource.urn)),
  };
}
