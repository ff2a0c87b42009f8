import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PRECHECKS, VALIDATIONS } from "../../../mesh/checks/registry";
import { ROOT } from "../../support/tools";

/** The ids in the first column of a page's table of checks. */
function documented(page: string): readonly string[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  const section = /^## Checks\n([\s\S]*?)(?=^## )/m.exec(text)?.[1] ?? "";
  return [...section.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([a-z-]+)`/g)].map(([, id = ""]) => id),
  );
}

const idsOf = (checks: readonly { readonly id: string }[]) => checks.map(({ id }) => id);

/** Ids of findings that are made where a registry, node, project or permission is asked. */
const ASKED = [
  ...["permissions", "proxy-versions", "injection-target"],
  ...["images", "image-pull", "gcp", "gcp-iam"],
];

describe("the tables of checks", () => {
  it("of precheck have every check, and no other", () => {
    const known = [...new Set([...idsOf(PRECHECKS), ...ASKED])];
    assert.deepEqual([...documented("docs/precheck.md")].sort(), known.sort());
  });

  it("of validate have every check, and no other", () => {
    const known = [...new Set(idsOf(VALIDATIONS))];
    assert.deepEqual([...documented("docs/validate.md")].sort(), known.sort());
  });
});
