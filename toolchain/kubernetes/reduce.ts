import { isObject, type Json, type JsonObject } from "../../mesh/common/json";

/** The definitions of a Kubernetes release by name, as `api/openapi-spec/swagger.json` has them. */
export type Definitions = Readonly<Record<string, JsonObject>>;

/** The kinds that Istio's charts, overlays and typed inputs render, or that patches may add. */
const KINDS: readonly string[] = [
  "io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration",
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy",
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding",
  "io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration",
  "io.k8s.api.apps.v1.DaemonSet",
  "io.k8s.api.apps.v1.Deployment",
  "io.k8s.api.apps.v1.StatefulSet",
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
  "io.k8s.api.batch.v1.CronJob",
  "io.k8s.api.batch.v1.Job",
  "io.k8s.api.core.v1.ConfigMap",
  "io.k8s.api.core.v1.Endpoints",
  "io.k8s.api.core.v1.Namespace",
  "io.k8s.api.core.v1.Pod",
  "io.k8s.api.core.v1.ResourceQuota",
  "io.k8s.api.core.v1.Secret",
  "io.k8s.api.core.v1.Service",
  "io.k8s.api.core.v1.ServiceAccount",
  "io.k8s.api.discovery.v1.EndpointSlice",
  "io.k8s.api.networking.v1.NetworkPolicy",
  "io.k8s.api.policy.v1.PodDisruptionBudget",
  "io.k8s.api.rbac.v1.ClusterRole",
  "io.k8s.api.rbac.v1.ClusterRoleBinding",
  "io.k8s.api.rbac.v1.Role",
  "io.k8s.api.rbac.v1.RoleBinding",
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
];

/** What the API server takes for types that Swagger describes in words. */
const SPECIAL: Readonly<Record<string, JsonObject>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": {
    type: ["string", "number"],
    format: "quantity",
  },
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": { type: ["integer", "string"] },
};

/** Fields that the server itself writes, and that nobody applies. */
const WRITTEN_BY_SERVER = ["status", "managedFields", "ownerReferences"];

/** @example shortName("io.k8s.api.core.v1.PodSpec") // "core.v1.PodSpec" */
function shortName(name: string): string {
  return name
    .replace(/^io\.k8s\.apiextensions-apiserver\.pkg\.apis\./, "")
    .replace(/^io\.k8s\.(api|apimachinery\.pkg\.apis)\./, "");
}

const nameOf = (reference: Json | undefined) => String(reference).split("/").at(-1) ?? "";

/** The words that a field may have, by definition and field: `io.k8s.api.core.v1.Container.imagePullPolicy`. */
export type Words = ReadonlyMap<string, readonly string[]>;

const FUNCTION = /^func schema_k8sio_(api_\w+)\(ref /;
const FIELD = /^\t{5}"(\w+)": \{$/;
const ENUM = /^\t+Enum:\s+\[\]interface\{\}\{(.*)\},$/;

/**
 * Reads the words that fields may have out of Kubernetes' generated Go code, since its Swagger names
 * them in no field of their own. Those of a list are the words of its items.
 *
 * @param source the text of `pkg/generated/openapi/zz_generated.openapi.go`
 */
export function wordsIn(source: string): Words {
  const words = new Map<string, readonly string[]>();
  let type = "";
  let field = "";
  for (const line of source.split("\n")) {
    const name = FUNCTION.exec(line)?.[1];
    type = name === undefined ? type : `io.k8s.${name.replaceAll("_", ".")}`;
    field = FIELD.exec(line)?.[1] ?? field;
    const found = ENUM.exec(line)?.[1];
    if (found !== undefined) {
      words.set(`${type}.${field}`, JSON.parse(`[${found}]`));
    }
  }
  return words;
}

/** An empty text means "not set" to the API server. */
const withEmpty = (words: readonly string[]): Json => [...new Set([...words, ""])].sort();

/** The API server merges such a list by these fields of its items, and refuses two with the same. */
function uniqueness(schema: JsonObject): JsonObject {
  const keys = schema["x-kubernetes-list-map-keys"];
  return {
    ...(keys !== undefined && { uniqueKeys: keys }),
    ...(schema["x-kubernetes-list-type"] === "set" && { uniqueItems: true }),
  };
}

class Reduction {
  readonly definitions: Record<string, JsonObject> = {};

  constructor(
    private readonly all: Definitions,
    private readonly words: Words,
  ) {}

  /** Kubernetes reads a missing `spec` as an empty one, and so refuses it for the fields that it lacks. */
  private withNeededSpec(schema: JsonObject): JsonObject {
    const spec = isObject(schema.properties) ? schema.properties.spec : undefined;
    const definition = isObject(spec) ? this.definitions[String(spec.definition)] : undefined;
    return definition?.required === undefined || schema.required !== undefined
      ? schema
      : { type: schema.type ?? "object", required: ["spec"], ...schema };
  }

  addKind(name: string): void {
    this.add(name);
    const short = shortName(name);
    this.definitions[short] = this.withNeededSpec(this.definitions[short] ?? {});
  }

  add(name: string): void {
    const short = shortName(name);
    const definition = this.all[name];
    if (definition === undefined || this.definitions[short] !== undefined) {
      return;
    }
    // Definitions that contain themselves end here.
    this.definitions[short] = {};
    this.definitions[short] = this.schema(definition, name);
  }

  private schema(schema: JsonObject, place: string): JsonObject {
    if (schema.$ref !== undefined) {
      return this.reference(nameOf(schema.$ref));
    }
    const words = this.words.get(place);
    const { type, format, required, items, additionalProperties, properties } = schema;
    return {
      ...(type !== undefined && { type }),
      ...(format === "byte" && { format }),
      ...(words !== undefined && type === "string" && { enum: withEmpty(words) }),
      ...(required !== undefined && { required }),
      ...uniqueness(schema),
      ...(isObject(items) && { items: this.schema(items, place) }),
      ...(isObject(additionalProperties) && {
        additionalProperties: this.schema(additionalProperties, ""),
      }),
      ...(isObject(properties) && {
        additionalProperties: false,
        properties: this.fields(properties, place),
      }),
    };
  }

  private fields(properties: JsonObject, type: string): JsonObject {
    return Object.fromEntries(
      Object.entries(properties).map(([field, schema]) => [
        field,
        WRITTEN_BY_SERVER.includes(field)
          ? {}
          : this.schema(schema as JsonObject, `${type}.${field}`),
      ]),
    );
  }

  private reference(name: string): JsonObject {
    const special = SPECIAL[name];
    if (special !== undefined) {
      return special;
    }
    const { type, properties } = this.all[name] ?? {};
    if (type !== "object" || properties === undefined) {
      return this.schema(this.all[name] ?? {}, name);
    }
    this.add(name);
    return { definition: shortName(name) };
  }
}

function kindKey(definition: JsonObject): string | undefined {
  const [kind] = definition["x-kubernetes-group-version-kind"] as unknown as Record<
    string,
    string
  >[];
  return kind && `${kind.group ? `${kind.group}/` : ""}${kind.version} ${kind.kind}`;
}

/** Schemas of one release. */
export interface ReducedSchemas {
  /** The name of its definition by `apiVersion kind`. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly definitions: Readonly<Record<string, JsonObject>>;
}

/**
 * Reduces the definitions of a release to JSON schemas of the kinds that a mesh renders: no
 * descriptions, no lists of kinds, no fields that only the API server writes, and no field beside the
 * known ones.
 */
export function reduceSchemas(all: Definitions, words: Words): ReducedSchemas {
  const reduction = new Reduction(all, words);
  const kinds = KINDS.filter((name) => all[name] !== undefined);
  for (const name of kinds) {
    reduction.addKind(name);
  }
  return {
    kinds: Object.fromEntries(
      kinds.map((name) => [kindKey(all[name] ?? {}) ?? "", shortName(name)]),
    ),
    definitions: Object.fromEntries(
      Object.entries(reduction.definitions).sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}
