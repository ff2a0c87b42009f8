import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { meshProgram } from "../../../cli/program";
import { commandPaths } from "../../../toolchain/docs/commandReference";
import { generatedPages } from "../../../toolchain/docs/pages";
import { askedConfig, declaredConfig } from "../../../toolchain/docs/projectConfig";
import { replaceRegion } from "../../../toolchain/docs/region";
import { ROOT } from "../../support/tools";

describe("generated documents", () => {
  const pages = generatedPages(ROOT);

  for (const { path, text } of pages) {
    it(`${path} is what the code says (npm run docs:generate)`, () => {
      assert.equal(readFileSync(join(ROOT, path), "utf8"), text);
    });
  }

  it("have every command with its exit codes and examples", () => {
    const text = pages.find(({ path }) => path === "docs/reference/command.md")?.text ?? "";
    const sections = text.split("\n## ").filter((section) => section.startsWith("mesh "));
    const paths = commandPaths(meshProgram());
    assert.ok(paths.includes("mesh overlay lint"));
    assert.deepEqual(
      sections.map((section) => section.split("\n")[0]),
      paths,
    );
    for (const section of sections) {
      assert.match(section, /\*\*Exit code:\*\* 0 /, section);
      assert.match(section, /Examples:\n\n```sh\nmesh /, section);
    }
  });
});

describe("the template of pulumi new", () => {
  const read = (path: string) =>
    JSON.parse(readFileSync(join(ROOT, path), "utf8")) as {
      readonly version?: string;
      readonly dependencies: Readonly<Record<string, string>>;
    };

  it("asks for this version of the package, and for the Pulumi that it needs", () => {
    const own = read("package.json");
    const { dependencies } = read("templates/service-mesh-typescript/package.json");
    assert.deepEqual(dependencies, {
      "@pulumi/pulumi": own.dependencies["@pulumi/pulumi"],
      "pulumi-service-mesh": `^${own.version}`,
    });
  });

  it("declares keys that Pulumi takes, each with a description", () => {
    for (const text of [declaredConfig(ROOT), askedConfig(ROOT)]) {
      const keys = load(text) as Readonly<Record<string, { readonly description: string }>>;
      for (const [key, { description }] of Object.entries(keys)) {
        assert.match(description, /^[A-Z`].*\.$/s, key);
      }
    }
    const declared = load(declaredConfig(ROOT)) as Readonly<Record<string, object>>;
    for (const [key, value] of Object.entries(declared)) {
      assert.deepEqual(Object.keys(value), ["value", "description"], key);
    }
  });
});

describe("a region of a page", () => {
  const page = (name: string) =>
    `a\n<!-- region ${name}: made by "npm run docs:generate" -->\nold\n<!-- endregion ${name} -->\nb\n`;

  it("is replaced, and the text around it stays", () => {
    const replaced = replaceRegion(page("one"), "one", "new");
    assert.match(replaced, /^a\n<!-- region one: .* -->\n\nnew\n\n<!-- endregion one -->\nb\n$/);
    assert.equal(replaceRegion(replaced, "one", "new"), replaced);
  });

  it("of a file in YAML is indented as its marks are", () => {
    const note = 'made by "npm run docs:generate"';
    const file = `config:\n  # region one: ${note}\n  old: 1\n  # endregion one\nother: 2\n`;
    assert.equal(
      replaceRegion(file, "one", "new:\n  value: 2", "Pulumi.yaml"),
      `config:\n  # region one: ${note}\n  new:\n    value: 2\n  # endregion one\nother: 2\n`,
    );
  });

  it("that the page does not have, or has twice, is an error", () => {
    assert.throws(() => replaceRegion(page("one"), "two", "new"), /must have the region two once/);
    const twice = page("one") + page("one");
    assert.throws(() => replaceRegion(twice, "one", "new"), /must have the region one once/);
  });
});
