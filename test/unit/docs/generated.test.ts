import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { meshProgram } from "../../../cli/program";
import { commandPaths } from "../../../toolchain/docs/commandReference";
import { generatedPages } from "../../../toolchain/docs/pages";
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

describe("a region of a page", () => {
  const page = (name: string) =>
    `a\n<!-- region ${name}: made by "npm run docs:generate" -->\nold\n<!-- endregion ${name} -->\nb\n`;

  it("is replaced, and the text around it stays", () => {
    const replaced = replaceRegion(page("one"), "one", "new");
    assert.match(replaced, /^a\n<!-- region one: .* -->\n\nnew\n\n<!-- endregion one -->\nb\n$/);
    assert.equal(replaceRegion(replaced, "one", "new"), replaced);
  });

  it("that the page does not have, or has twice, is an error", () => {
    assert.throws(() => replaceRegion(page("one"), "two", "new"), /must have the region two once/);
    const twice = page("one") + page("one");
    assert.throws(() => replaceRegion(twice, "one", "new"), /must have the region one once/);
  });
});
