import { isObject, type JsonObject } from "../common/json";
import type { ServiceMeshInputs } from "../model/serviceMeshInputs";
import type { StackTarget } from "../model/target";
import { textsIn } from "./stackFiles";

/** A `ServiceMesh` of a stack, as the last update recorded it. */
export interface RecordedMesh {
  /** The name of the component. */
  readonly name: string;
  readonly inputs: ServiceMeshInputs;
  readonly target: StackTarget;
  /** Texts that must not be printed. */
  readonly secrets: readonly string[];
}

/** The type of a `ServiceMesh` in a state. */
export const MESH_TYPE = "servicemesh:index:ServiceMesh";

/** Marks a secret in a state. Source: Pulumi `sdk/go/common/resource` (SigKey, SecretSig). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/** Returns a value of a state without marks. `keep` gets each secret. */
function plainValue(value: unknown, keep: (secret: unknown) => void): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => plainValue(item, keep));
  }
  if (!isObject(value)) {
    return value;
  }
  if (value[SIGNATURE] === SECRET_SIGNATURE) {
    const secret: unknown = plainValue(JSON.parse(String(value.plaintext)), keep);
    keep(secret);
    return secret;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, plainValue(item, keep)]),
  );
}

/** @example nameIn("urn:pulumi:dev::shop::servicemesh:index:ServiceMesh::mesh") // "mesh" */
export function nameIn(urn: unknown): string {
  return String(urn).split("::").slice(3).join("::");
}

/** Returns where a provider applies objects. */
function targetOf(inputs: JsonObject): StackTarget {
  const { renderYamlToDirectory: directory, kubeconfig, context } = inputs;
  if (typeof directory === "string" && directory !== "") {
    return { kind: "render", directory };
  }
  return {
    kind: "cluster",
    ...(typeof kubeconfig === "string" && { kubeconfig }),
    ...(typeof context === "string" && { context }),
  };
}

/** Returns the inputs of the Kubernetes provider of the first object below a component. */
function providerInputs(resources: readonly JsonObject[], mesh: JsonObject): JsonObject {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const isBelow = ({ parent }: JsonObject): boolean => {
    const above = byUrn.get(parent);
    return above !== undefined && (above.urn === mesh.urn || isBelow(above));
  };
  const child = resources.find((one) => String(one.type).startsWith("kubernetes:") && isBelow(one));
  // A reference to a provider is its URN and its ID.
  const urn = String(child?.provider).split("::").slice(0, -1).join("::");
  const provider = byUrn.get(urn);
  return isObject(provider?.inputs) ? provider.inputs : {};
}

/**
 * Returns the resources in a state, without those that an update is deleting.
 *
 * @param state what `pulumi stack export` prints
 */
export function resourcesIn({ deployment }: JsonObject): JsonObject[] {
  const listed = isObject(deployment) ? deployment.resources : undefined;
  const resources = Array.isArray(listed) ? listed.filter(isObject) : [];
  return resources.filter(({ delete: isLeaving }) => isLeaving !== true);
}

/**
 * Returns each `ServiceMesh` in a state, with the inputs that the last update recorded. Its target
 * is that of the provider of its objects.
 *
 * @param state what `pulumi stack export --show-secrets` prints
 * @example recordedMeshes(state).map(({ name }) => name) // ["mesh"]
 */
export function recordedMeshes(state: JsonObject): RecordedMesh[] {
  return meshesAmong(resourcesIn(state));
}

/** Returns each `ServiceMesh` among resources, in their order. @see recordedMeshes */
export function meshesAmong(resources: readonly JsonObject[]): RecordedMesh[] {
  return resources
    .filter(({ type }) => type === MESH_TYPE)
    .map((mesh) => {
      const secrets: string[] = [];
      const keep = (secret: unknown) => void secrets.push(...textsIn(secret));
      const { target: _, ...inputs } = plainValue(mesh.inputs ?? {}, keep) as JsonObject;
      const provider = plainValue(providerInputs(resources, mesh), keep) as JsonObject;
      return {
        name: nameIn(mesh.urn),
        inputs: inputs as unknown as ServiceMeshInputs,
        target: targetOf(provider),
        secrets,
      };
    });
}
