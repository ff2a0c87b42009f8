import assert from "node:assert/strict";
import { nodeFor } from "../node/forTests";
import { liveCluster } from "../support/liveCluster";
import { toolsFor } from "../support/tools";
import { FAULTS } from "./faultTable";
import { checkFault, untilWell } from "./faultTable/check";
import { prepareSite } from "./faultTable/prepare";
import type { Site } from "./faultTable/site";

/**
 * Every fault of the table is found by the commands that are to find it, with nothing else said; the fix
 * that is printed is followed, and then neither command says anything above info.
 */
describe("mesh precheck and validate find what is wrong on a real node", function () {
  // Both the fault and its fix may take as long to be seen as check.ts allows, and a timeout would hide what was said.
  this.timeout(300_000);
  let site: Site;

  before(async function () {
    const node = await nodeFor(this);
    site = await prepareSite(await toolsFor(this), node, liveCluster(node.kubeconfig));
  });

  after(async () => {
    await site?.node.stop();
  });

  it("a good mesh: neither says anything but OK", async () => {
    await untilWell(site);
    const infos = [...(await site.findings("precheck")), ...(await site.findings("validate"))]
      // Whether Istio still supports a version depends on the day.
      .filter(({ severity, check }) => severity === "info" && check !== "support")
      .map(({ check, object, reason }) => `[${check}] ${object}: ${reason}`);
    assert.deepEqual(infos, []);
  });

  for (const [about, faults] of Object.entries(FAULTS)) {
    describe(about, () => {
      for (const fault of faults) {
        it(fault.title, () => checkFault(site, fault));
      }
    });
  }

  // A block of its own: Mocha runs those after the tests beside them.
  describe("afterwards", () => {
    it("neither says anything above info", () => untilWell(site));
  });
});
