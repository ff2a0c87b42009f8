import assert from "node:assert/strict";
import { mesh } from "../../support/run";

const COMMANDS = [
  [],
  ["manifest", "generate"],
  ["manifest", "diff"],
  ["profile", "list"],
  ["profile", "dump"],
  ["profile", "diff"],
  ["overlay", "explain"],
  ["overlay", "lint"],
  ["overlay", "migrate"],
  ["images", "list"],
  ["images", "mirror"],
  ["precheck"],
  ["validate"],
  ["status"],
  ["version"],
  ["completion"],
];

describe("mesh --help", () => {
  for (const command of COMMANDS) {
    it(`mesh ${[...command, "--help"].join(" ")} shows examples of itself`, async () => {
      const { code, stdout } = await mesh([...command, "--help"]);
      assert.equal(code, 0);
      assert.match(stdout, /^Usage: mesh/);
      const [, examples = ""] = stdout.split("Examples:");
      assert.match(examples, new RegExp(`^ {2}.*mesh ${command.join(" ")}`, "m"));
    });
  }

  for (const command of [["manifest"], ["profile"], ["overlay"], ["images"]]) {
    it(`mesh ${command[0]} alone shows what there is`, async () => {
      const { code, output } = await mesh(command);
      assert.equal(code, 0);
      assert.match(output, /Commands:/);
    });
  }

  it("a mistyped command is answered with the near one", async () => {
    const { code, stderr } = await mesh(["overlay", "explan"]);
    assert.equal(code, 2);
    assert.match(stderr, /Did you mean explain\?/);
  });
});
