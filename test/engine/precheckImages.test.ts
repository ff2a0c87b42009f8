import assert from "node:assert/strict";
import { join } from "node:path";
import { precheck } from "../../adapters/checks/precheck/precheck";
import { craneAt } from "../../adapters/images/crane";
import { overlayLibrary } from "../../adapters/overlays";
import { renderTools } from "../../adapters/renderTools";
import type { Finding } from "../../mesh/checks/finding";
import type { JsonObject } from "../../mesh/common/json";
import { generateManifests } from "../../mesh/plan/generate";
import { planMesh } from "../../mesh/plan/meshPlan";
import { NEWEST } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { type LiveCluster, liveCluster, namespace } from "../support/liveCluster";
import { patchAfter } from "../support/minors";
import { pattern } from "../support/pattern";
import {
  craneFor,
  ImageMaker,
  type Listening,
  serveFront,
  serveRegistry,
} from "../support/registry";
import { mesh } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { toolsFor } from "../support/tools";

/** A tag that the registry does not have, next to one that it has. */
const MISSING = patchAfter(NEWEST);

/** A port that nobody listens at: 9 is for a service that no machine runs any more. */
const NOBODY = "127.0.0.1:9";

describe("precheck: images, with a real registry and a real API server", () => {
  const folder = temporaryFolder("precheck-images");
  const running: Listening[] = [];
  let api: ApiServer;
  let live: LiveCluster;
  let crane: string;
  let env: NodeJS.ProcessEnv;
  let charts: string;
  let make: ImageMaker;
  let registry: string;

  async function started(server: Promise<Listening>): Promise<string> {
    const listening = await server;
    running.push(listening);
    return listening.address;
  }

  before(async function () {
    const provided = await craneFor(this);
    crane = provided.crane;
    charts = (await toolsFor(this)).charts;
    env = { PULUMI_HOME: provided.home, DOCKER_CONFIG: temporaryFolder("docker") };
    api = await startKwokCluster({ webhooks: false });
    live = liveCluster(api.kubeconfig);
    const nodeInfo = { operatingSystem: "linux", architecture: "amd64" };
    await patchNode({ nodeInfo });
    make = new ImageMaker(crane);
    registry = await started(serveRegistry(crane));
    await make.pushIndex(`${registry}/mesh/pilot:${NEWEST}`);
    await make.push(`${registry}/mesh/proxyv2:${NEWEST}`);
  });

  after(async () => {
    await Promise.all(running.map((server) => server.stop()));
    await api?.stop();
  });

  const lines = (findings: readonly Finding[]) =>
    findings
      .filter(({ check }) => /^(images|image-pull|pull-secrets)$/.test(check))
      .filter(({ severity, check }) => check !== "pull-secrets" || severity !== "ok")
      .map(({ severity, object, reason, fix }) => `${severity} ${object}: ${reason}; fix: ${fix}`);

  /** What is said of images, and of Secrets for them, as one line each. */
  async function check(hub: string, ...set: readonly string[]): Promise<string[]> {
    const source = { kind: "folder", path: charts } as const;
    const inputs = { version: NEWEST, profile: "minimal", set: [`hub=${hub}`, ...set] };
    const plan = planMesh({ ...inputs, charts: source }, overlayLibrary());
    const { objects } = await generateManifests(plan, renderTools(source));
    const asking = craneAt(crane, new AbortController().signal, 10_000);
    const desired = { plan, objects, adopt: "none" } as const;
    return lines((await precheck(live.cluster, desired, { registry: asking })).findings);
  }

  const asCommand = (hub: string, ...flags: readonly string[]) => {
    const args = ["precheck", "--kubeconfig", api.kubeconfig, "--charts", charts, "--json"];
    const own = ["--profile", "minimal", "--set", `hub=${hub}`, ...flags];
    return mesh([...args, ...own], { cwd: folder, env });
  };

  async function patchNode(status: JsonObject): Promise<void> {
    const answer = await live.cluster.call(
      "PATCH",
      "/api/v1/nodes/node-1/status",
      { status },
      "merge",
    );
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  }

  const hub = () => `${registry}/mesh`;

  it("all there, for the node's platform: one line", async () => {
    assert.deepEqual(await check(hub()), [
      "ok images: their registries have 2, for linux/amd64; fix: undefined",
    ]);
  });

  it("a tag that is not there is an error with the near one and the mirror's command", async () => {
    const found = await check(hub(), `tag=${MISSING}`);
    assert.equal(found.length, 2, found.join("\n"));
    assert.match(
      found[0] ?? "",
      pattern`^error image 127\.0\.0\.1:\d+/mesh/pilot:${MISSING}: the registry does not have it; it is for Deployment istio-system/istiod; fix: correct hub or tag \(near: ${NEWEST}\), or put it there: mesh images mirror --to 127`,
    );
    assert.match(found[1] ?? "", pattern`proxyv2:${MISSING}: .*it is for injection template`);
  });

  it("what the node has already needs no registry", async () => {
    const image = (name: string, tag: string) => ({
      names: [`${hub()}/${name}:${tag}`],
      sizeBytes: 1,
    });
    await patchNode({ images: [image("pilot", MISSING), image("proxyv2", MISSING)] });
    try {
      assert.deepEqual(await check(hub(), `tag=${MISSING}`), [
        "ok images: the nodes have 2; fix: undefined",
      ]);
      const always = ["values.global.imagePullPolicy=Always"];
      assert.match((await check(hub(), `tag=${MISSING}`, ...always)).join(), /^error image/);
    } finally {
      await patchNode({ images: [] });
    }
  });

  it("an image without the node's platform is an error, also where there is no index", async () => {
    await patchNode({ nodeInfo: { architecture: "arm64" } });
    try {
      const found = await check(hub());
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(
        found[0] ?? "",
        /^error image .*\/proxyv2:.*: is for linux\/amd64 only, .*may come to nodes of linux\/arm64: node-1; fix: take an image for linux\/arm64 too/,
      );
    } finally {
      await patchNode({ nodeInfo: { architecture: "amd64" } });
    }
  });

  it("a registry that refuses this machine, or does not answer, is a warning", async () => {
    const closed = await started(
      serveFront(registry, {
        gate: (_request, response) => {
          const errors = [{ code: "UNAUTHORIZED", message: "who are you" }];
          response.writeHead(401, { "content-type": "application/json" });
          response.end(JSON.stringify({ errors }));
          return true;
        },
      }),
    );
    const refused = await check(`${closed}/mesh`);
    assert.equal(refused.length, 2, refused.join("\n"));
    assert.match(
      refused[0] ?? "",
      /^warning image .*does not show it to this machine .*credentials of their own; fix: docker login 127/,
    );
    const silent = await check(`${NOBODY}/mesh`);
    assert.equal(silent.length, 2, silent.join("\n"));
    assert.match(silent[0] ?? "", /^warning image .*: is not checked: its registry did not answer/);
  });

  it("--pull has pods pull in a namespace that is gone afterwards; what they got is not asked for", async () => {
    const pulling = await asCommand(`${NOBODY}/mesh`, "--crane", crane, "--pull");
    assert.equal(pulling.code, 0, pulling.output);
    // kwok plays the node: it says that every pod runs.
    assert.deepEqual(lines(JSON.parse(pulling.stdout)), [
      "ok images: 2 pulled by node-1; fix: undefined",
    ]);
    const [, name = ""] = /images in (mesh-precheck-[0-9a-f]+)/.exec(pulling.stderr) ?? [];
    assert.match(pulling.stderr, new RegExp(`namespace ${name} is deleted`));
    const { status, body } = await live.cluster.call("GET", `/api/v1/namespaces/${name}`);
    assert.ok(status === 404 || (body.metadata as JsonObject).deletionTimestamp !== undefined);
  });

  it("the command asks by the crane it is given, or not at all; exit codes say what was found", async () => {
    const wrong = await asCommand(hub(), "--crane", crane, "--set", `tag=${MISSING}`);
    assert.equal(wrong.code, 1, wrong.output);
    assert.match(
      lines(JSON.parse(wrong.stdout)).join("\n"),
      pattern`^error image .*\(near: ${NEWEST}\)`,
    );
    const unasked = await asCommand(hub(), "--no-images", "--set", `tag=${MISSING}`);
    assert.equal(unasked.code, 0, unasked.output);
    assert.deepEqual(lines(JSON.parse(unasked.stdout)), []);
    const missing = await asCommand(hub(), "--crane", join(folder, "no-crane"));
    assert.equal(missing.code, 2, missing.output);
    assert.match(missing.stderr, /no-crane is no program; fix: install crane/);
  });

  it("Secrets for pulling are looked at in the namespaces of the pods", async () => {
    const named = ["values.global.imagePullSecrets[0]=pull"];
    assert.match(
      (await check(hub(), ...named)).join("\n"),
      /warning Secret istio-system\/pull: is not there; .*fix: kubectl create namespace istio-system, then kubectl/,
    );
    await live.apply(namespace("istio-system"));
    assert.match(
      (await check(hub(), ...named)).join("\n"),
      /error Secret istio-system\/pull: is not there/,
    );
    const secret = (server: string) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "pull", namespace: "istio-system" },
      type: "kubernetes.io/dockerconfigjson",
      stringData: {
        ".dockerconfigjson": JSON.stringify({ auths: { [server]: { auth: "dTpw" } } }),
      },
    });
    await live.apply(secret("registry.example.com"));
    assert.match(
      (await check(hub(), ...named)).join("\n"),
      /error Secret istio-system\/pull: has credentials for registry\.example\.com only, and Deployment istio-system\/istiod pulls from 127/,
    );
    await live.apply(secret(registry));
    assert.match((await check(hub(), ...named)).join("\n"), /^ok images/);
  });
});
