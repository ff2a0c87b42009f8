import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { basename, join } from "node:path";
import { isObject, type Json } from "../../mesh/common/json";
import { NEW, NEWEST } from "../../toolchain/versions";
import { byTitle, filesBelow, parseManifests, readManifests } from "../support/manifests";
import { DEV_OBJECTS, ISTIO_CRDS } from "../support/newestObjects";
import { mesh } from "../support/run";
import { type Step, TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { testCache } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

const UNITS: Readonly<Record<string, number>> = { m: 1e-3, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };

function quantity(value: Json): Json {
  const [, digits = "", unit = ""] = /^(\d+)(\w*)$/.exec(String(value)) ?? [];
  return digits === "" ? value : Number(digits) * (UNITS[unit] ?? 1);
}

/**
 * The provider writes `2000m` as `2` and leaves empty texts of known kinds out; both mean the same
 * to Kubernetes.
 */
function canonical(value: Json, key = ""): Json {
  if (Array.isArray(value)) {
    return value.map((item) => canonical(item));
  }
  if (!isObject(value)) {
    return value;
  }
  const entries = Object.entries(value)
    .filter(([name, item]) => !(name === "value" && item === ""))
    .map(([name, item]) => [
      name,
      key === "limits" || key === "requests" ? quantity(item) : canonical(item, name),
    ]);
  return Object.fromEntries(entries);
}

function kubeconfig(port: number): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "a", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "a", user: { token: "unused" } }],
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    "current-context": "a",
  });
}

function stepsOf(changes: readonly Step[], op: string): string[] {
  return changes
    .filter((step) => step.op === op && step.type.startsWith("kubernetes:"))
    .map(({ name }) => name)
    .sort();
}

/** Every test continues where the one before it ended, as a user would. */
describe("the dev stack on the real engine", () => {
  const stage = stages();
  let tools: Tools;
  let stack: TestStack;

  before(async function () {
    tools = await toolsFor(this);
    stack = await TestStack.dev(tools);
  });

  stage("previews as creates only, and writes nothing", async () => {
    const { changes } = await stack.preview();
    assert.deepEqual([...new Set(changes.map(({ op }) => op))], ["create"]);
    assert.ok(!existsSync(stack.rendered), "a preview wrote manifests");
  });

  stage("asks for no plugin of what the stack does not use: Google Cloud's", async () => {
    const verbose = ["--logtostderr", "-v=1"];
    const { stderr } = await stack.preview(verbose, {
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "false",
    });
    assert.match(stderr, /"msg":/, "the log is not what this test reads");
    assert.doesNotMatch(stderr, /resource-gcp|gcp (trying|downloading)/);
  });

  stage(
    "applies, and the files are what `mesh manifest generate` prints, object by object",
    async () => {
      await stack.up();
      const { code, stdout, stderr } = await mesh(["manifest", "generate", "--stack", "dev"], {
        cwd: stack.folder,
      });
      assert.equal(code, 0, stderr);
      const written = byTitle(readManifests(stack.rendered));
      const printed = byTitle(parseManifests(stdout));
      assert.equal(Object.keys(written).length, DEV_OBJECTS);
      assert.deepEqual(Object.keys(written).sort(), Object.keys(printed).sort());
      for (const [title, object] of Object.entries(printed)) {
        assert.deepEqual(canonical(written[title] as Json), canonical(object), title);
      }
    },
  );

  stage("keeps CRDs in a folder of their own, to be applied first", () => {
    const crds = filesBelow(join(stack.rendered, "0-crd"));
    assert.equal(crds.length, ISTIO_CRDS.length);
    const others = readManifests(join(stack.rendered, "1-manifest"));
    assert.ok(others.every(({ kind }) => kind !== "CustomResourceDefinition"));
  });

  stage("holds what the overlays ask for", () => {
    const objects = byTitle(readManifests(stack.rendered));
    const config = objects[`ConfigMap istio-system/istio-${NEW}`]?.data as { mesh: string };
    assert.match(config.mesh, /accessLogFile: \/dev\/stdout/);
    assert.match(config.mesh, /imageType: distroless/);
    assert.match(config.mesh, /terminationDrainDuration: 30s/);
    assert.match(config.mesh, /name: cloud-trace/);
    const cni = objects["ConfigMap kube-system/istio-cni-config"]?.data as Record<string, string>;
    assert.equal(cni.CURRENT_AGENT_VERSION, NEWEST);
    assert.equal(cni.EXCLUDE_NAMESPACES, "istio-system,kube-system");
    const policy = objects["PeerAuthentication istio-system/default"]?.spec;
    assert.deepEqual(policy, { mtls: { mode: "STRICT" } });
  });

  stage("changes nothing when applied again, nor after a refresh", async () => {
    assert.deepEqual((await stack.up()).changes, []);
    await stack.refresh();
    assert.deepEqual((await stack.preview()).changes, []);
  });

  stage("does not look at the cluster that kubectl would use", async () => {
    let calls = 0;
    const cluster = createServer((socket) => {
      calls++;
      socket.destroy();
    });
    await once(cluster.listen(0, "127.0.0.1"), "listening");
    const env = { KUBECONFIG: join(stack.folder, "kubeconfig") };
    writeFileSync(env.KUBECONFIG, kubeconfig((cluster.address() as AddressInfo).port));
    try {
      assert.deepEqual((await stack.preview([], env)).changes, []);
      assert.equal(calls, 0);
    } finally {
      cluster.close();
    }
  });

  stage("previews an edit as the objects it touches, updated in place", async () => {
    stack.configure({ "mesh:accessLog": { encoding: "JSON" } });
    const { changes } = await stack.preview();
    const touched = changes.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.deepEqual(touched.map(({ op, name }) => `${op} ${name}`).sort(), [
      `update mesh-${NEW}:istio-system/istio-${NEW}`,
      `update mesh-${NEW}:istio-system/values-${NEW}`,
    ]);
  });

  stage("applies that edit, and the state it was in before, as files", async () => {
    const file = filesBelow(stack.rendered).find((path) =>
      basename(path).startsWith(`v1-configmap-istio-system-istio-${NEW}`),
    );
    assert.ok(file);
    const before = readFileSync(file, "utf8");
    await stack.up();
    assert.match(readFileSync(file, "utf8"), /accessLogEncoding: JSON/);
    stack.configure({ "mesh:accessLog": undefined });
    await stack.up();
    assert.equal(readFileSync(file, "utf8"), before);
  });

  stage(
    "previews another revision as a new control plane, and no gateway is replaced",
    async () => {
      stack.configure({ "mesh:revision": "canary" });
      const { changes } = await stack.preview();
      stack.configure({ "mesh:revision": NEW });
      const [created, deleted] = [stepsOf(changes, "create"), stepsOf(changes, "delete")];
      assert.ok(
        created.every((name) => name.startsWith("mesh-canary:")),
        created.join(),
      );
      assert.ok(
        deleted.every((name) => name.startsWith(`mesh-${NEW}:`)),
        deleted.join(),
      );
      assert.deepEqual(created.map((name) => name.replaceAll("canary", NEW)).sort(), deleted);
      assert.deepEqual(stepsOf(changes, "replace"), []);
      assert.deepEqual(
        changes.filter(({ type }) => type === "servicemesh:index:CrdSet"),
        [],
      );
    },
  );

  stage("leaves the CRDs behind when destroyed, and nothing else", async () => {
    const { output } = await stack.failure("destroy");
    assert.match(output, /istio-ingressgateway.* cannot be deleted/);
    stack.configure({
      "mesh:overlayGateways": [{ name: "istio-ingressgateway", protect: false }],
    });
    await stack.up();
    await stack.destroy();
    const left = filesBelow(stack.rendered);
    assert.equal(left.length, ISTIO_CRDS.length);
    assert.ok(left.every((path) => path.startsWith(join(stack.rendered, "0-crd"))));
  });
});

describe("secrets on the real engine", () => {
  let tools: Tools;

  before(async function () {
    tools = await toolsFor(this);
  });

  it("of plug-in certificates are in the manifest and, in plain, nowhere else", async () => {
    const ca = {
      type: "plug-in-certs",
      caCert: "-----BEGIN CERTIFICATE----- certificate-of-the-test",
      caKey: "-----BEGIN PRIVATE KEY----- key-of-the-test",
      rootCert: "-----BEGIN CERTIFICATE----- root-of-the-test",
      certChain: "-----BEGIN CERTIFICATE----- chain-of-the-test",
    };
    const stack = await TestStack.create(tools, "certs", {
      "mesh:version": NEWEST,
      "mesh:profile": "minimal",
      "mesh:ca": { ...ca, caKey: undefined },
    });
    await stack.setSecret("mesh:ca.caKey", ca.caKey);
    const { output } = await stack.up();
    const secret = byTitle(readManifests(stack.rendered))["Secret istio-system/cacerts"];
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    assert.deepEqual(secret?.data, { ...(secret?.data as object), "ca-key.pem": base64(ca.caKey) });
    const state = await stack.stateText();
    for (const [name, text] of Object.entries({ output, state })) {
      for (const pem of [ca.caKey, base64(ca.caKey)]) {
        assert.ok(!text.includes(pem), `the key is in plain text in the ${name}`);
      }
    }
    const kept = filesBelow(stack.folder).filter((file) => !file.startsWith(stack.rendered));
    const leaks = [...kept, ...filesBelow(testCache())].filter((file) =>
      readFileSync(file, "utf8").includes("key-of-the-test"),
    );
    assert.deepEqual(leaks, []);
    assert.match(state, /istio-system\/istiod/, "the rest of the mesh is hidden too");
  });
});
