import assert from "node:assert/strict";
import fc from "fast-check";
import { dump } from "js-yaml";
import { useTestCache } from "../support/temporary";
import { anyCase } from "./arbitrary";
import type { Case } from "./cases";
import { compareOutcomes, unintended } from "./compare";
import { COMPARED, istioctl, ours, type Side, sideOf, toolsForCompared, withFiles } from "./tools";

/** `npm run conformance -- --random N --seed S` sets them. */
const RUNS = Number(process.env.CONFORMANCE_RANDOM ?? 20);
const SEED = Number(process.env.CONFORMANCE_SEED ?? 1);

/** The input as files to try it with. */
function show({ overlays, set }: Case): string {
  const files = overlays.map((overlay) => dump(overlay));
  return [files.join("---\n"), ...set.map((setting) => `--set ${setting}`)].join("\n");
}

for (const version of COMPARED) {
  describe(`conformance with istioctl ${version}: random inputs`, () => {
    const count = { compared: 0, refused: 0, objects: 0 };
    let side: Side;
    let undo: () => void;

    before(async function () {
      const { home } = await toolsForCompared(this);
      process.env.PULUMI_HOME ??= home;
      undo = useTestCache();
      side = sideOf(version);
    });

    after(() => {
      undo?.();
      const { compared, refused, objects } = count;
      console.log(
        `    istioctl ${version}: ${compared} random inputs equal (${refused} refused by both), ` +
          `${objects} objects compared, seed ${SEED}`,
      );
    });

    async function differences(one: Case): Promise<string[]> {
      const input = withFiles(one);
      const [mine, theirs] = await Promise.all([ours(side, input), istioctl(side, input)]);
      const unmeant = unintended(compareOutcomes(mine, theirs));
      count.compared += unmeant.length === 0 ? 1 : 0;
      count.refused += "refusal" in mine && "refusal" in theirs ? 1 : 0;
      count.objects += "objects" in theirs ? Object.keys(theirs.objects).length : 0;
      return unmeant;
    }

    it(`${RUNS} of them, seed ${SEED}`, async function () {
      this.timeout(0);
      const property = fc.asyncProperty(anyCase(version), async (one) => {
        const found = await differences(one);
        assert.deepEqual(found, []);
      });
      const { failed, counterexample, counterexamplePath, errorInstance } = await fc.check(
        property,
        {
          numRuns: RUNS,
          seed: SEED,
        },
      );
      if (failed) {
        const [input] = counterexample ?? [];
        const words = errorInstance instanceof Error ? errorInstance.message : "";
        assert.fail(
          `differs (seed ${SEED}, path ${counterexamplePath}):\n${input ? show(input) : ""}\n${words}`,
        );
      }
    });
  });
}
