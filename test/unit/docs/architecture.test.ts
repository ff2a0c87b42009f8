import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../support/tools";

const PAGE = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");

function foldersIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`);
}

/** The folders of the page's tables. */
function documented(): readonly string[] {
  return [...PAGE.matchAll(/^\| `([a-z/A-Z0-9]+)` \|/gm)].map(([, name = ""]) => name);
}

describe("the map of folders", () => {
  it("has each folder of mesh, adapters and components, and no other", () => {
    const folders = ["mesh", "adapters", "components"].flatMap(foldersIn);
    const below = documented().filter((name) => name.includes("/"));
    assert.deepEqual([...below].sort(), [...folders].sort());
  });

  it("names files that exist", () => {
    const files = [...PAGE.matchAll(/`((?:mesh|adapters|components|cli)\/[\w/]+\.ts)`/g)];
    assert.ok(files.length >= 5);
    for (const [, file = ""] of files) {
      assert.ok(readdirSync(join(ROOT, file, "..")).includes(file.split("/").at(-1) ?? ""), file);
    }
  });
});
