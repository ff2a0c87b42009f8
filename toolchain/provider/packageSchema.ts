import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CheckedName } from "../../mesh/model/checkedInputs";
import { type ComponentName, PACKAGE_NAME, tokenOf } from "../../provider/components";
import type { Schema } from "../docs/schemaReference";
import type { InputFile } from "../inputs/files";
import { SCHEMA_FILE } from "../inputs/schema";
import { type ComponentType, componentTypes } from "./componentTypes";
import { PulumiTypes } from "./pulumiTypes";

/** Written by `npm run docs:generate`, and kept in the repository, because the provider answers with it. */
export const PACKAGE_SCHEMA_FILE = "provider/schema.json";

/** The types of each component's inputs, by their names in the schema of the inputs. */
const INPUTS: Readonly<Record<ComponentName, readonly CheckedName[]>> = {
  ControlPlane: ["MeshInputs", "ClusterInputs"],
  ServiceMesh: ["ServiceMeshInputs", "ClusterInputs"],
  Base: ["MeshInputs"],
  Crds: ["MeshInputs", "ClusterInputs"],
  Cni: ["MeshInputs", "ClusterInputs"],
  Ztunnel: ["MeshInputs", "ClusterInputs"],
  OverlayGateways: ["MeshInputs", "ClusterInputs"],
  Gateway: ["GatewayComponentInputs"],
  RevisionTag: ["RevisionTagInputs", "ClusterInputs"],
  MeshNamespace: ["MeshNamespaceInputs"],
  PeerAuthentication: ["PeerAuthenticationInputs"],
  Telemetry: ["TelemetryInputs"],
  ManagedControlPlane: ["ManagedInputs", "ClusterInputs"],
  GkeFoundation: ["GkeInputs"],
};

interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly homepage: string;
  readonly license: string;
  readonly repository: { readonly url: string };
}

/** The inputs of a component: names and docstrings of its class, types of the schema of the inputs. */
function inputsOf(
  component: ComponentName,
  { args }: ComponentType,
  definitions: Readonly<Record<string, Schema>>,
): Schema {
  const given = INPUTS[component].flatMap((name) =>
    Object.entries(definitions[name]?.properties ?? {}),
  );
  const known: Readonly<Record<string, Schema>> = Object.fromEntries(given.reverse());
  const properties = args.map(({ name, description }): [string, Schema] => {
    const schema = known[name];
    if (schema === undefined) {
      throw new Error(`${component} has an input ${name} that the schema of the inputs lacks`);
    }
    const { default: _, defaultText: __, ...rest } = schema;
    return [name, { ...rest, ...(description !== "" && { description }) }];
  });
  const required = args.filter((own) => own.required).map(({ name }) => name);
  return { type: "object", properties: Object.fromEntries(properties), required };
}

/** A component as a resource of the package. */
function resourceSpec(
  component: ComponentName,
  type: ComponentType,
  inputs: Schema,
  types: PulumiTypes,
) {
  const described = (schema: Schema) => {
    const all = types.properties(schema, component);
    return Object.fromEntries(Object.entries(all).sort(([a], [b]) => a.localeCompare(b)));
  };
  return {
    isComponent: true,
    description: type.description,
    properties: described(type.outputs),
    required: [...(type.outputs.required ?? [])].sort(),
    inputProperties: described(inputs),
    requiredInputs: [...(inputs.required ?? [])].sort(),
  };
}

function sorted<T>(table: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** How SDKs are named, and that they ask for the provider of their own version. */
function languages(module: string) {
  return {
    csharp: { respectSchemaVersion: true },
    go: {
      importBasePath: `${module}/sdk/go/${PACKAGE_NAME}`,
      generateResourceContainerTypes: true,
      respectSchemaVersion: true,
    },
    nodejs: { respectSchemaVersion: true },
    python: { pyproject: { enabled: true }, respectSchemaVersion: true },
  };
}

/**
 * The schema of the Pulumi package `servicemesh`, from the same TypeScript types as the schema of the
 * inputs: every component with its inputs and outputs.
 *
 * @param root the project's folder
 * @see https://www.pulumi.com/docs/iac/using-pulumi/pulumi-packages/schema/
 */
export function packageSchema(root: string) {
  const read = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));
  const manifest = read("package.json") as Manifest;
  const inputs = read(SCHEMA_FILE).definitions as Readonly<Record<string, Schema>>;
  const { components, definitions } = componentTypes(root, new Set(Object.keys(inputs)));
  const types = new PulumiTypes({ ...definitions, ...inputs }, tokenOf);
  const resources = (Object.keys(INPUTS) as ComponentName[]).map((name) => {
    const type = components[name];
    const spec = resourceSpec(name, type, inputsOf(name, type, inputs), types);
    return [tokenOf(name), spec] as const;
  });
  const repository = manifest.repository.url.replace(/^git\+|\.git$/g, "");
  return {
    name: PACKAGE_NAME,
    displayName: "Service Mesh",
    version: manifest.version,
    description: manifest.description,
    keywords: manifest.keywords,
    homepage: manifest.homepage,
    license: manifest.license,
    repository,
    language: languages(repository.replace("https://", "")),
    types: sorted(types.types),
    resources: sorted(Object.fromEntries(resources)),
  };
}

/** The file of the package schema, as it has to be. */
export function packageSchemaFile(root: string): InputFile {
  return {
    path: PACKAGE_SCHEMA_FILE,
    text: `${JSON.stringify(packageSchema(root), undefined, 1)}\n`,
  };
}
