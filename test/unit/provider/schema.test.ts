import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as components from "../../../components";
import * as gke from "../../../components/gke";
import { COMPONENTS, tokenOf } from "../../../provider/components";
import type { Schema } from "../../../toolchain/docs/schemaReference";
import { PACKAGE_SCHEMA_FILE, packageSchemaFile } from "../../../toolchain/provider/packageSchema";
import {
  type ComplexTypeSpec,
  type PropertySpec,
  PulumiTypes,
  type TypeSpec,
} from "../../../toolchain/provider/pulumiTypes";
import { ROOT } from "../../support/tools";

interface ResourceSpec {
  readonly description: string;
  readonly properties: Readonly<Record<string, PropertySpec>>;
  readonly inputProperties: Readonly<Record<string, PropertySpec>>;
  readonly requiredInputs: readonly string[];
}

const text = readFileSync(join(ROOT, PACKAGE_SCHEMA_FILE), "utf8");
const { types, resources } = JSON.parse(text) as {
  readonly types: Readonly<Record<string, ComplexTypeSpec>>;
  readonly resources: Readonly<Record<string, ResourceSpec>>;
};

const resource = (name: string) => resources[tokenOf(name)] as ResourceSpec;
const type = (name: string) => types[tokenOf(name)] as ComplexTypeSpec;

/** Whether a class of the package is a component that a program creates. */
function isComponent(value: unknown): boolean {
  return typeof value === "function" && "isInstance" in value;
}

function references(spec: TypeSpec): string[] {
  const { $ref, items, additionalProperties, oneOf = [] } = spec;
  const below = [items, additionalProperties, ...oneOf].filter((own) => own !== undefined);
  return [...($ref === undefined ? [] : [$ref]), ...below.flatMap(references)];
}

/** Every property of the schema, with the place where it stands. */
function properties(): [string, PropertySpec][] {
  const tables = [
    ...Object.entries(types).map(([token, own]) => [token, own.properties ?? {}] as const),
    ...Object.entries(resources).flatMap(([token, own]) => [
      [`${token} (outputs)`, own.properties] as const,
      [`${token} (inputs)`, own.inputProperties] as const,
    ]),
  ];
  return tables.flatMap(([place, table]) =>
    Object.entries(table).map(([name, spec]): [string, PropertySpec] => [`${place}.${name}`, spec]),
  );
}

describe("the schema of the Pulumi package", function () {
  this.timeout(120_000);

  it("is what the types say (npm run docs:generate)", () => {
    const isFresh = packageSchemaFile(ROOT).text === text;
    assert.ok(isFresh, `${PACKAGE_SCHEMA_FILE} is not fresh: run "npm run docs:generate"`);
  });

  it("has every component of the package", () => {
    const exported = Object.entries({ ...components, ...gke }).filter(([, own]) =>
      isComponent(own),
    );
    const names = exported.map(([name]) => name).sort();
    assert.ok(names.includes("ServiceMesh"));
    assert.deepEqual(Object.keys(COMPONENTS).sort(), names);
    assert.deepEqual(Object.keys(resources).sort(), names.map(tokenOf));
  });

  it("refers to nothing that it does not define", () => {
    const found = properties().flatMap(([, spec]) => references(spec));
    const known = [...Object.keys(types).map((token) => `#/types/${token}`), "pulumi.json#/Any"];
    assert.deepEqual(
      found.filter((reference) => !known.includes(reference)),
      [],
    );
    const unused = Object.keys(types).filter((token) => !found.includes(`#/types/${token}`));
    assert.deepEqual(unused, []);
  });

  it("says of every input and output what it means", () => {
    const undocumented = properties()
      .filter(
        ([place, { description, const: tag }]) =>
          !description &&
          tag === undefined &&
          // The names of these properties are components, which the type's own text says.
          !place.startsWith(tokenOf("ReleaseNames")),
      )
      .map(([place]) => place);
    assert.deepEqual(undocumented, []);
    assert.deepEqual(
      Object.values(resources).filter(({ description }) => !description),
      [],
    );
  });

  it("has no default that a program would send: it would take precedence over overlays", () => {
    assert.deepEqual(
      properties().filter(([, spec]) => "default" in spec),
      [],
    );
  });

  it("has required inputs, enums, lists and objects as the types have them", () => {
    const { inputProperties, requiredInputs } = resource("Gateway");
    assert.deepEqual(requiredInputs, ["name", "namespace", "revisions"]);
    assert.deepEqual(inputProperties.kind?.$ref, `#/types/${tokenOf("GatewayKind")}`);
    assert.deepEqual(
      type("GatewayKind").enum?.map(({ value }) => value),
      ["ingress", "egress", "east-west"],
    );
    const revisions = inputProperties.revisions;
    assert.deepEqual(revisions?.items, { $ref: `#/types/${tokenOf("GatewayRevision")}` });
    assert.equal(inputProperties.replicas?.type, "integer");
    assert.deepEqual(resource("ServiceMesh").inputProperties.tags?.additionalProperties, {
      type: "string",
    });
  });

  it("has overlays by name or as an object of any content", () => {
    assert.deepEqual(resource("ServiceMesh").inputProperties.overlays?.items?.oneOf, [
      { type: "string" },
      { type: "object", additionalProperties: { $ref: "pulumi.json#/Any" } },
    ]);
  });

  it("tells the kinds of a target apart", () => {
    const { target } = resource("Cni").inputProperties;
    assert.deepEqual(target?.discriminator, {
      propertyName: "kind",
      mapping: {
        render: `#/types/${tokenOf("TargetRender")}`,
        cluster: `#/types/${tokenOf("TargetCluster")}`,
      },
    });
    assert.equal(type("TargetRender").properties?.kind?.const, "render");
    assert.deepEqual(type("TargetRender").required, ["kind", "directory"]);
  });

  it("has outputs that may be absent, and none that is internal", () => {
    const { properties: outputs } = resource("Gateway");
    assert.ok(outputs.address);
    assert.match(outputs.address.description ?? "", /load balancer/);
    assert.ok(!("last" in resource("ControlPlane").properties));
    assert.deepEqual(type("MeshControlPlane").required, ["managed", "revision"].reverse());
  });

  it("marks a private key as secret", () => {
    assert.equal(type("CaPlugInCerts").properties?.caKey?.secret, true);
    assert.equal(type("CaPlugInCerts").properties?.caCert?.secret, undefined);
  });
});

describe("a type of the Pulumi package", () => {
  const made = (definitions: Readonly<Record<string, Schema>>, schema: Schema) => {
    const table = new PulumiTypes(definitions, tokenOf);
    return { spec: table.typeOf(schema, "Owner", "field"), types: table.types };
  };

  it("without a name is named after its owner and its property", () => {
    const { spec, types: all } = made(
      {},
      { type: "object", properties: { on: { type: "boolean" } } },
    );
    assert.deepEqual(spec, { $ref: `#/types/${tokenOf("OwnerField")}` });
    assert.deepEqual(all[tokenOf("OwnerField")]?.properties, { on: { type: "boolean" } });
  });

  it("may be one of several plain types", () => {
    assert.deepEqual(made({}, { type: ["number", "string"] }).spec, {
      oneOf: [{ type: "number" }, { type: "string" }],
    });
  });

  it("has words with a name that each language takes", () => {
    const { types: all } = made({}, { type: "string", enum: ["1.2", "auto", "STRICT_TLS"] });
    assert.deepEqual(all[tokenOf("OwnerField")]?.enum, [
      { name: "V1_2", value: "1.2" },
      { value: "auto" },
      { name: "StrictTls", value: "STRICT_TLS" },
    ]);
  });

  it("that is not defined is an error", () => {
    assert.throws(() => made({}, { $ref: "#/definitions/Nothing" }), /no definition Nothing/);
  });

  it("says that it is deprecated", () => {
    const table = new PulumiTypes({}, tokenOf);
    const schema: Schema = {
      type: "object",
      properties: { old: { type: "string", description: "Old.", deprecated: "Use `new`." } },
    };
    assert.deepEqual(table.properties(schema, "Owner").old, {
      type: "string",
      description: "Old.",
      deprecationMessage: "Use `new`.",
    });
  });
});
