import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readFailure } from "../../../adapters/readFailure";
import { pinsIn } from "../../../cli/imagesInput";
import { readOverlayText } from "../../../cli/overlayFiles";
import { readPolicy } from "../../../cli/upgradeContext";
import { removeFolders, temporaryFolder } from "../mesh/support";

describe("files that cannot be read", () => {
  after(removeFolders);

  const folder = () => temporaryFolder({ "a.yaml": "a: [1" });

  it("have one reason, whoever reads them", () => {
    const root = folder();
    for (const [path, reason] of [
      [join(root, "none.yaml"), "no such file"],
      [join(root, "a.yaml", "below"), "no such file"],
      [root, "is a folder"],
    ] as const) {
      assert.throws(
        () => readFileSync(path),
        (error) => readFailure(error) === reason,
      );
      const problem = readOverlayText(path);
      assert.equal(typeof problem === "string" ? problem : problem.reason, reason);
      assert.throws(() => readPolicy(path), { message: new RegExp(`${path}: ${reason}`) });
      assert.throws(() => pinsIn(path), { message: new RegExp(`${path}: ${reason}`) });
    }
  });

  it("differ from those that are no YAML", () => {
    const path = join(folder(), "a.yaml");
    assert.throws(() => readPolicy(path), { message: /a\.yaml: is not valid YAML: / });
  });
});
