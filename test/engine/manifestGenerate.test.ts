import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import type { K8sObject } from "../../mesh/k8s/objects";
import { NEWEST } from "../../toolchain/versions";
import { byTitle, parseManifests, readManifests } from "../support/manifests";
import { pattern } from "../support/pattern";
import { mesh } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

function meshConfig(objects: Record<string, K8sObject>, name = "istio"): string {
  const config = objects[`ConfigMap istio-system/${name}`];
  assert.ok(config, Object.keys(objects).join(", "));
  return (config.data as { mesh: string }).mesh;
}

describe("mesh manifest generate", () => {
  let tools: Tools;
  const folder = temporaryFolder("generate");

  before(async function () {
    tools = await toolsFor(this);
  });

  async function print(...flags: readonly string[]): Promise<string> {
    const args = ["manifest", "generate", "--charts", tools.charts, ...flags];
    const { code, stdout, stderr } = await mesh(args, { cwd: folder });
    assert.equal(code, 0, stderr);
    return stdout;
  }

  const generate = async (...flags: readonly string[]) =>
    byTitle(parseManifests(await print("--profile", "minimal", ...flags)));

  function overlay(name: string, accessLogFormat: string): string {
    const file = join(folder, `${name}.yaml`);
    const spec = { meshConfig: { accessLogFormat } };
    const head = { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator" };
    writeFileSync(file, dump({ ...head, spec }));
    return file;
  }

  it("prints the same bytes every time, without a standard input", async () => {
    const flags = ["--option", "cni-gcp", "--revision", "blue"];
    assert.equal(await print(...flags), await print(...flags));
  });

  it("prints objects in the order in which they are applied, CRDs first", async () => {
    const kinds = parseManifests(await print()).map(({ kind }) => kind);
    assert.equal(kinds[0], "Namespace");
    assert.deepEqual([...new Set(kinds.slice(1, 15))], ["CustomResourceDefinition"]);
    assert.ok(kinds.indexOf("CustomResourceDefinition") < kinds.indexOf("Deployment"));
  });

  it("--strict: a warning is an error, and nothing is printed", async () => {
    const file = join(folder, "twice.yaml");
    const head = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n";
    writeFileSync(
      file,
      `${head}spec:\n  hub: a.example\n  values:\n    global: { hub: b.example }\n`,
    );
    const args = [
      "manifest",
      "generate",
      "--charts",
      tools.charts,
      "--profile",
      "minimal",
      "-f",
      file,
    ];
    const [lax, strict] = [await mesh(args), await mesh([...args, "--strict"])];
    assert.equal(lax.code, 0);
    assert.match(lax.stderr, /^warning: \S+twice\.yaml:4: spec\.hub: has no effect/m);
    assert.match(lax.stdout, /b\.example\/pilot/);
    assert.deepEqual([strict.code, strict.stdout], [1, ""]);
    assert.match(strict.stderr, /twice\.yaml:4: spec\.hub: has no effect/);
  });

  it("-f: a later file wins, whichever it is", async () => {
    const [a, b] = [overlay("a", "from-a"), overlay("b", "from-b")];
    assert.match(meshConfig(await generate("-f", a, "-f", b)), /accessLogFormat: from-b/);
    assert.match(meshConfig(await generate("-f", b, "-f", a)), /accessLogFormat: from-a/);
  });

  it("-f without a slash or an extension is still a file; files and options keep their order", async () => {
    const head = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n";
    writeFileSync(
      join(folder, "cni-gcp"),
      `${head}spec:\n  meshConfig:\n    accessLogEncoding: TEXT\n`,
    );
    const fileLast = await generate("--option", "access-log-json", "-f", "cni-gcp");
    assert.match(meshConfig(fileLast), /accessLogEncoding: TEXT/);
    assert.ok(!("DaemonSet kube-system/istio-cni-node" in fileLast));
    const optionLast = await generate("-f", "cni-gcp", "--option", "access-log-json");
    assert.match(meshConfig(optionLast), /accessLogEncoding: JSON/);
  });

  it("--set wins over every file, and a later one over an earlier one", async () => {
    const file = overlay("set", "from-file");
    const set = (text: string) => ["--set", `meshConfig.accessLogFormat=${text}`];
    const objects = await generate(...set("first"), ...set("second"), "-f", file);
    assert.match(meshConfig(objects), /accessLogFormat: second/);
  });

  it("--revision names the control plane's objects", async () => {
    const objects = await generate("--revision", "blue");
    assert.ok("Deployment istio-system/istiod-blue" in objects);
    assert.ok(!("Deployment istio-system/istiod" in objects));
  });

  it("--profile takes the profile's components", async () => {
    const objects = byTitle(parseManifests(await print("--profile", "ambient")));
    assert.ok("DaemonSet istio-system/ztunnel" in objects);
  });

  it("--stack starts from a stack's file; what is typed goes on top", async () => {
    const config = {
      "mesh:version": NEWEST,
      "mesh:revision": "blue",
      "mesh:profile": "minimal",
      "mesh:overlays": ["envoy-access-log"],
      "mesh:mtls": { mode: "STRICT" },
    };
    writeFileSync(join(folder, "Pulumi.test.yaml"), dump({ config }));
    const objects = byTitle(
      parseManifests(
        await print("--stack", "test", "--revision", "green", "--option", "access-log-json"),
      ),
    );
    assert.match(meshConfig(objects, "istio-green"), /accessLogEncoding: JSON/);
    assert.match(meshConfig(objects, "istio-green"), /accessLogFile: \/dev\/stdout/);
    assert.ok("PeerAuthentication istio-system/default" in objects);
  });

  it("--stack has a placeholder for what the stack keeps encrypted, and says so", async () => {
    const config = {
      "mesh:version": NEWEST,
      "mesh:profile": "minimal",
      "mesh:hub": { secure: "v1:AAAA:BBBB" },
    };
    writeFileSync(join(folder, "Pulumi.secret.yaml"), dump({ config }));
    const args = ["manifest", "generate", "--charts", tools.charts, "--stack", "secret"];
    const { code, stdout, stderr } = await mesh(args, { cwd: folder });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /warning: Pulumi\.secret\.yaml: mesh:hub: is encrypted; .*\[secret\]/);
    assert.match(stdout, pattern`image: '?\[secret\]/pilot:${NEWEST}`);
    assert.doesNotMatch(stdout, /AAAA/);
  });

  it("-o writes what would be printed, one file an object, in the same order", async () => {
    const output = join(folder, "manifests", "blue");
    const stdout = await print("--profile", "minimal", "--out-dir", output);
    assert.equal(stdout, "");
    const printed = await print("--profile", "minimal");
    const files = readdirSync(output).sort();
    const text = files.map((file) => `---\n${readFileSync(join(output, file), "utf8")}`).join("");
    assert.equal(text, printed);
    assert.equal(readManifests(output).length, files.length);
  });
});
