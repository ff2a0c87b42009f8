import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { create } from "tar";
import type { Finding } from "../../mesh/checks/finding";
import { TRIAL_LABEL } from "../../mesh/checks/ownNamespace";
import type { JsonObject } from "../../mesh/common/json";
import { NEWEST } from "../../toolchain/versions";
import { nodeFor } from "../node/forTests";
import { NODE_NAME } from "../node/kubelet";
import { type Node, upstreamEnvoyOverlay } from "../node/node";
import { until } from "../node/wait";
import { type LiveCluster, liveCluster } from "../support/liveCluster";
import { craneFor } from "../support/registry";
import { mesh, meshCommand } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { toolsFor } from "../support/tools";

/** A registry that the node reaches, and this machine does not. */
const REGISTRY = "127.0.0.1:5123";
/** A port of the node that nobody listens at. */
const NOBODY = "127.0.0.1:9";

const SEEN_MS = 60_000;

/** What a kubelet and containerd make of `mesh precheck --pull`. */
describe("mesh precheck on a real node", () => {
  let node: Node;
  let live: LiveCluster;
  let crane: string;
  let charts: string;
  let registry: ChildProcess | undefined;

  before(async function () {
    crane = (await craneFor(this)).crane;
    charts = (await toolsFor(this)).charts;
    node = await nodeFor(this);
    live = liveCluster(node.kubeconfig);
  });

  after(async () => {
    registry?.kill("SIGKILL");
    await node?.stop();
  });

  const flags = (...more: readonly string[]) => [
    ...["precheck", "--kubeconfig", node.kubeconfig, "--charts", charts, "--json"],
    ...["--profile", "minimal", "-f", upstreamEnvoyOverlay, "--pull", "--no-images", ...more],
  ];

  /** What nodes are said to get, as one line each. */
  async function pulls(...more: readonly string[]): Promise<string[]> {
    const { stdout, output } = await mesh(flags(...more));
    assert.ok(stdout.startsWith("["), output);
    assert.deepEqual(await trials(), []);
    return (JSON.parse(stdout) as Finding[])
      .filter(({ check }) => check === "image-pull")
      .map(({ severity, object, reason, fix }) => `${severity} ${object}: ${reason}; fix: ${fix}`);
  }

  /** Namespaces of trials that are not on their way out. */
  async function trials(): Promise<string[]> {
    const list = await live.get(`/api/v1/namespaces?labelSelector=${TRIAL_LABEL}%3Dtrue`);
    return (list.items as JsonObject[])
      .map(({ metadata }) => metadata as JsonObject)
      .filter(({ deletionTimestamp }) => deletionTimestamp === undefined)
      .map(({ name }) => String(name));
  }

  async function inNode(program: string, ...args: readonly string[]): Promise<void> {
    const { code, output } = await node.run(program, args);
    assert.equal(code, 0, output);
  }

  /** An image of some random bytes, with nothing in it that could run. */
  async function push(image: string): Promise<void> {
    const folder = temporaryFolder("layer");
    const layer = join(folder, "layer.tar");
    writeFileSync(join(folder, "content"), randomBytes(20_000));
    await create({ file: layer, cwd: folder }, ["content"]);
    await inNode(crane, "append", "--oci-empty-base", "-f", layer, "-t", image);
    await inNode(crane, "mutate", image, "--set-platform", "linux/amd64", "-t", image);
  }

  async function serveRegistry(): Promise<void> {
    const [program, args] = node.inNetns(crane, ["registry", "serve", "--address", REGISTRY]);
    registry = spawn(program, args, { stdio: "ignore" });
    await until(
      async () => (await node.run(crane, ["catalog", REGISTRY])).code === 0,
      SEEN_MS,
      () => "the registry does not answer",
    );
  }

  it("images that the node has are not pulled", async () => {
    assert.deepEqual(await pulls(), ["ok images: no node has to pull any; fix: undefined"]);
  });

  it("images that the node gets from a registry are pulled, though nothing in them could run", async () => {
    await serveRegistry();
    for (const name of ["pilot", "proxyv2"]) {
      await push(`${REGISTRY}/mesh/${name}:${NEWEST}`);
    }
    assert.deepEqual(await pulls("--set", `hub=${REGISTRY}/mesh`), [
      `ok images: 2 pulled by ${NODE_NAME}; fix: undefined`,
    ]);
  });

  it("a tag that is not there is an error in the node's words", async () => {
    const [first = "", ...others] = await pulls("--set", `hub=${REGISTRY}/mesh`, "--set", "tag=9");
    assert.match(
      first,
      /^error image 127\.0\.0\.1:5123\/mesh\/pilot:9: node .* does not get it: .*not found.*; fix: correct hub or tag/,
    );
    assert.equal(others.length, 1);
  });

  it("Ctrl-C takes the namespace along", async () => {
    const command = meshCommand(flags("--set", `hub=${NOBODY}/mesh`));
    const child = spawn(...command, { stdio: "ignore" });
    await until(
      async () => (await trials()).length > 0,
      SEEN_MS,
      () => "no namespace is made",
    );
    child.kill("SIGINT");
    assert.equal(await new Promise((resolve) => child.once("exit", resolve)), 130);
    assert.deepEqual(await trials(), []);
  });
});
