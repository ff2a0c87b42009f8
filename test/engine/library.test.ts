import assert from "node:assert/strict";
import { join } from "node:path";
import { filesBelow, readManifests } from "../support/manifests";
import { exampleWithLibrary } from "../support/package";
import { type Finished, run } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

describe("the package in another project", () => {
  let tools: Tools;
  let example: string;
  let installed: string;

  async function succeed(program: string, args: readonly string[], cwd: string): Promise<Finished> {
    const finished = await run(program, args, { cwd });
    assert.equal(finished.code, 0, finished.output);
    return finished;
  }

  before(async function () {
    tools = await toolsFor(this);
    ({ example, installed } = await exampleWithLibrary("library"));
  });

  it("holds what it needs and no more", () => {
    const files = filesBelow(installed).map((file) => file.slice(installed.length + 1));
    const top = new Set(files.map((file) => file.split("/").slice(0, 2).join("/")));
    assert.deepEqual([...top].filter((path) => !path.endsWith(".md")).sort(), [
      "LICENSE",
      "dist/adapters",
      "dist/cli",
      "dist/components",
      "dist/mesh",
      "dist/policy",
      "dist/provider",
      "overlays/options",
      "overlays/profiles",
      "package.json",
      "policy/pack",
    ]);
    const kinds = files.filter((file) => file.startsWith("dist/"));
    assert.deepEqual(
      kinds.filter((file) => !/\.(js|d\.ts|json)$/.test(file)),
      [],
    );
    assert.ok(files.includes("dist/mesh/data/istioOperator.schema.json"));
  });

  it("lets programs import its entries and overlays, and none of its insides", async () => {
    const found = ["", "/policy", "/package.json", "/overlays/options/cni-gcp.yaml"];
    const names = [...found, "/dist/components"];
    const script = `for (const name of ${JSON.stringify(names)}) {
      try { require.resolve("pulumi-service-mesh" + name); console.log("found"); }
      catch ({ code }) { console.log(code); }
    }`;
    const { stdout } = await succeed(process.execPath, ["-e", script], example);
    const answers = [...found.map(() => "found"), "ERR_PACKAGE_PATH_NOT_EXPORTED"];
    assert.deepEqual(stdout.trim().split("\n"), answers);
  });

  it("lets the example type-check", async () => {
    await succeed(process.execPath, [require.resolve("typescript/bin/tsc"), "--noEmit"], example);
  });

  it("previews and renders the example on the real engine", async () => {
    const env = {
      PULUMI_HOME: tools.home,
      PULUMI_BACKEND_URL: `file://${temporaryFolder("state")}`,
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const pulumi = async (...args: readonly string[]) => {
      const finished = await run(tools.pulumi, args, { cwd: example, env });
      assert.equal(finished.code, 0, finished.output);
      return finished;
    };
    await pulumi("stack", "init", "dev");
    await pulumi("config", "set", "charts", tools.charts);
    const { stdout } = await pulumi("preview");
    assert.match(stdout, /\+ \d+ to create/);
    assert.match(stdout, /servicemesh:index:ControlPlane +istiod-canary/);

    await pulumi("up", "--yes", "--skip-preview");
    const titles = readManifests(join(example, "rendered")).map(
      ({ kind, metadata }) => `${kind} ${metadata.name}`,
    );
    for (const title of [
      "CustomResourceDefinition telemetries.telemetry.istio.io",
      "Deployment istiod-stable",
      "Deployment istiod-canary",
      "DaemonSet istio-cni-node",
      "Telemetry default",
      "PeerAuthentication default",
      "PeerAuthentication legacy",
    ]) {
      assert.ok(titles.includes(title), `${title} is not among ${titles.join(", ")}`);
    }
    assert.match((await pulumi("preview")).stdout, /\d+ unchanged/);
    assert.match((await pulumi("stack", "output", "--json")).stdout, /"stable",\s+"canary"/);
  });

  it("has a `mesh` command", async () => {
    const bin = join(installed, "dist", "cli", "main.js");
    const help = await succeed(process.execPath, [bin, "--help"], example);
    assert.match(help.stdout, /Usage: mesh/);
    const args = ["manifest", "generate", "--profile", "empty", "--charts", tools.charts];
    const { stdout } = await succeed(process.execPath, [bin, ...args], example);
    assert.match(stdout, /kind: Namespace/);
    const version = await succeed(process.execPath, [bin, "--version"], example);
    assert.equal(version.stdout.trim(), "0.1.0");
  });
});
