import assert from "node:assert/strict";
import { type Schema, schemaReference } from "../../../toolchain/docs/schemaReference";

const PAGE = { title: "Inputs", source: "a test", introduction: "All keys." };

function lines(schema: Schema): readonly string[] {
  return schemaReference(schema, PAGE).split("\n");
}

function row(schema: Schema, key: string): string | undefined {
  return lines(schema).find((line) => line.startsWith(`| \`${key}\` |`));
}

/** The row of a field of the root. */
function rowOf(field: Schema, more: Schema = {}): string | undefined {
  return row({ type: "object", properties: { field }, ...more }, "field");
}

describe("the reference page of a JSON schema", () => {
  it("has a row for each field: type, description and default", () => {
    const field = { type: "number", description: "Pods of all revisions.", default: 2 };
    assert.equal(rowOf(field), "| `field` | number | Pods of all revisions. | `2` |");
  });

  it("shows a default of false, 0 and an empty text", () => {
    assert.match(rowOf({ type: "boolean", default: false }) ?? "", /\| `false` \|$/);
    assert.match(rowOf({ type: "number", default: 0 }) ?? "", /\| `0` \|$/);
    assert.match(rowOf({ type: "array", default: [] }) ?? "", /\| `\[\]` \|$/);
  });

  it("shows a default that is no value in words", () => {
    const field = { type: "string", defaultText: "the version" };
    assert.match(rowOf(field) ?? "", /\| the version \|$/);
  });

  it("shows a default that is another field as that field", () => {
    const field = { type: "number", default: "{@link meshDrainSeconds }" };
    assert.match(rowOf(field) ?? "", /\| `meshDrainSeconds` \|$/);
  });

  it("shows examples behind the description", () => {
    const field = { type: "object", description: "Digests.", examples: [{ istiod: "sha256:…" }] };
    assert.match(rowOf(field) ?? "", /\| Digests\. For example `\{"istiod":"sha256:…"\}`\. \|/);
  });

  it("keeps a list of a description a list", () => {
    const description = "Either\n- `a`: one\n  and more\n- `b`: two";
    assert.match(
      rowOf({ type: "string", description }) ?? "",
      /\| Either<br>• `a`: one and more<br>• `b`: two \|/,
    );
  });

  it("says that a field is required", () => {
    assert.match(rowOf({ type: "string" }, { required: ["field"] }) ?? "", /\| required \|$/);
  });

  it("lists the values of an enum", () => {
    const field = { type: "string", enum: ["STRICT", "PERMISSIVE"] };
    assert.equal(rowOf(field), "| `field` | `STRICT`, `PERMISSIVE` |  |  |");
  });

  it("marks a deprecated field, with the reason if there is one", () => {
    const description = "Registry of images.";
    assert.match(
      rowOf({ type: "string", description, deprecated: true }) ?? "",
      /\| \*\*Deprecated\.\*\* Registry of images\. \|/,
    );
    assert.match(
      rowOf({ type: "string", description, deprecated: "Use `images`." }) ?? "",
      /\| \*\*Deprecated\.\*\* Use `images`\. Registry of images\. \|/,
    );
  });

  it("keeps a table whole: no pipe, line break or tag of a description ends it", () => {
    const description = "a | b\nof `x`,\n  <name>";
    assert.match(rowOf({ type: "string", description }) ?? "", /\| a \\\| b of `x`, &lt;name> \|/);
  });

  it("describes lists, maps and alternatives", () => {
    assert.match(rowOf({ type: "array", items: { type: "string" } }) ?? "", /\| list of text \|/);
    const map = { type: "object", additionalProperties: { type: "integer" } };
    assert.match(rowOf(map) ?? "", /\| map of whole number \|/);
    const either = { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] };
    assert.match(rowOf(either) ?? "", /\| text or list of text \|/);
  });

  it("says the range of a number", () => {
    assert.match(rowOf({ type: "integer", minimum: 0, maximum: 100 }) ?? "", /from 0 up to 100/);
  });

  const gateways: Schema = {
    $ref: "#/definitions/Inputs",
    definitions: {
      Inputs: {
        type: "object",
        properties: {
          gateways: { type: "array", items: { $ref: "#/definitions/Gateway" } },
          mode: { $ref: "#/definitions/Mode" },
        },
      },
      Gateway: {
        type: "object",
        description: "One gateway.",
        properties: {
          name: { type: "string" },
          tls: { $ref: "#/definitions/Tls" },
          parent: { $ref: "#/definitions/Gateway" },
        },
        required: ["name"],
      },
      Mode: { type: "string", enum: ["on", "off"], description: "How it is.", default: "off" },
      Tls: { anyOf: [{ $ref: "#/definitions/Simple" }, { type: "string" }] },
      Simple: { type: "object", properties: { kind: { const: "simple" } } },
      Unused: { type: "object", properties: { never: { type: "string" } } },
    },
  };

  it("gives a definition with fields a section, and links to it", () => {
    assert.match(row(gateways, "gateways") ?? "", /list of \[Gateway\]\(#gateway\)/);
    assert.ok(lines(gateways).includes("## Gateway"));
    assert.ok(lines(gateways).includes("One gateway."));
    assert.equal(row(gateways, "name"), "| `name` | text |  | required |");
  });

  it("puts a definition without fields where it is used, with its description and default", () => {
    assert.equal(row(gateways, "mode"), "| `mode` | `on`, `off` | How it is. | `off` |");
    assert.ok(!lines(gateways).includes("## Mode"));
  });

  it("shows each object that a value may be", () => {
    assert.match(row(gateways, "tls") ?? "", /\[Tls\]\(#tls\)/);
    const page = lines(gateways);
    const tls = page.slice(page.indexOf("## Tls"));
    assert.ok(tls.includes("or") && tls.includes("text"));
    assert.ok(tls.includes("| `kind` | `simple` |  |  |"));
  });

  it("follows a definition that refers to itself once", () => {
    assert.equal(lines(gateways).filter((line) => line === "## Gateway").length, 1);
    assert.match(row(gateways, "parent") ?? "", /\[Gateway\]\(#gateway\)/);
  });

  it("leaves out a definition that nothing refers to", () => {
    assert.ok(!lines(gateways).includes("## Unused"));
  });

  it("joins the fields of objects that a type is composed of", () => {
    const schema: Schema = {
      allOf: [{ $ref: "#/$defs/A" }, { properties: { b: { type: "string" } } }],
      $defs: { A: { type: "object", properties: { a: { type: "boolean" } } } },
    };
    assert.equal(row(schema, "a"), "| `a` | `true` or `false` |  |  |");
    assert.equal(row(schema, "b"), "| `b` | text |  |  |");
  });

  it("refuses a reference to what the schema does not define", () => {
    const schema = { properties: { a: { $ref: "#/definitions/Missing" } } };
    assert.throws(() => schemaReference(schema, PAGE), /refers to Missing/);
  });
});
