import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { extraProgram } from "../../toolchain/setup";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import { nodeFor } from "../node/forTests";
import type { Node } from "../node/node";
import { copyOfProject } from "../support/checkout";
import { copyOfHome } from "../support/home";
import { liveCluster } from "../support/liveCluster";
import { runnableScript } from "../support/markdownBlocks";
import { type Finished, run } from "../support/run";
import { shellWord } from "../support/shellWord";
import { type Tools, toolsFor } from "../support/tools";

/** Fourteen updates, with the pods that they wait for. */
const LIMIT_MS = 14 * 60_000;

const PAGE = "docs/tutorial.md";

/** A PATH on which `kubectl` is the one that set-up provides. */
function pathWithKubectl(folder: string): string {
  const bin = join(folder, ".toolchain", "tutorial-bin");
  mkdirSync(bin);
  const kubectl = join(bin, "kubectl");
  writeFileSync(kubectl, `#!/bin/sh\nexec ${shellWord(extraProgram("kubectl"))} "$@"\n`);
  chmodSync(kubectl, 0o755);
  return [bin, process.env.PATH].join(delimiter);
}

/** The commands of the tutorial, as the page has them, on a real node in a fresh clone. */
describe("the tutorial", () => {
  let node: Node;
  let tools: Tools;

  before(async function () {
    node = await nodeFor(this);
    tools = await toolsFor(this);
  });

  after(async () => {
    await node?.stop();
  });

  function follow(): Promise<Finished> {
    const folder = copyOfProject();
    const env = {
      KUBECONFIG: node.kubeconfig,
      NODE_NETWORK: node.namespaceFile,
      PATH: pathWithKubectl(folder),
      PULUMI_HOME: copyOfHome(tools.home),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
    return run("bash", ["-c", runnableScript(PAGE)], { cwd: folder, env });
  }

  it("does what it says: install, canary, cutover, tag, removal", async function () {
    this.timeout(LIMIT_MS);
    const { code, output } = await follow();
    assert.equal(code, 0, output);
    for (const sentence of [
      `control plane ${OLD} (Istio ${PREVIOUS}) is installed.`,
      `tutorial: from ${OLD} (Istio ${PREVIOUS}) to ${NEW} (Istio ${NEWEST}), in 8 stages.`,
      `control plane ${NEW} (Istio ${NEWEST}) is installed beside ${OLD}.`,
      "Stopped as asked, in stage install",
      `gateway istio-gateways/web: ${OLD} 100 % (2 pods) → ${OLD} 50 % (1 pod), ${NEW} 50 % (1 pod). Its Service and address stay.`,
      `tag stable moves from ${OLD} to ${NEW}.`,
      "Stopped as asked, in stage gateway-web-50",
      `control plane ${OLD} (Istio ${PREVIOUS}) is removed.`,
      `Done, in stage finish: the mesh is on Istio ${NEWEST}`,
      "tutorial: no upgrade is under way",
    ]) {
      assert.ok(output.includes(sentence), `${sentence}\n${output}`);
    }
    assert.equal(output.match(/^served$/gm)?.length, 4, output);
    const { items } = await liveCluster(node.kubeconfig).get("/api/v1/namespaces");
    const names = (items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
    assert.deepEqual(
      names.filter((name) => name.startsWith("istio")),
      [],
    );
  });
});
