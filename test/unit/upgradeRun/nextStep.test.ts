import assert from "node:assert/strict";
import { nextStep } from "../../../mesh/runner/nextStep";

describe("what a person does after a run", () => {
  const ended = { stack: "prod", isAtStart: false };

  it("is nothing if the upgrade is done", () => {
    assert.equal(nextStep({ ...ended, command: "start", result: "done" }), undefined);
  });

  it("is to look at the gate if that has taken the gateways back", () => {
    assert.equal(
      nextStep({ ...ended, command: "start", result: "rolledBack" }),
      "look at what the gate saw; then mesh upgrade start --stack prod, or mesh upgrade rollback --stack prod",
    );
  });

  it("is to go forward or to give the upgrade up if a person went back to its beginning", () => {
    const next = nextStep({
      ...{ stack: "prod", command: "rollback" },
      ...{ result: "rolledBack", isAtStart: true },
    });
    assert.equal(
      next,
      "mesh upgrade start --stack prod to go forward again; to give the upgrade up, pulumi config rm mesh:upgrade --stack prod, and pulumi up",
    );
  });

  it("is to go on in the direction of the command that did not end well", () => {
    for (const [command, first] of [
      ["rollback", "rollback"],
      ["start", "resume"],
    ] as const) {
      const next = nextStep({ ...ended, command, result: "interrupted" });
      assert.match(String(next), new RegExp(`^mesh upgrade ${first} --stack prod`));
      assert.match(
        String(nextStep({ ...ended, command, result: "failed" })),
        new RegExp(`^correct what the error names; then mesh upgrade ${first} --stack prod`),
      );
    }
  });
});
