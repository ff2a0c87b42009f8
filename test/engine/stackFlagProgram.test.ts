import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump, load } from "js-yaml";
import { NEWEST, PREVIOUS } from "../../toolchain/versions";
import { readManifests } from "../support/manifests";
import { programStack } from "../support/programStack";
import { type Finished, mesh } from "../support/run";
import type { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";

const HUB = "registry.private.example/mesh-builds";

/** Programs that use the library have no configuration of the mesh. */
describe("--stack of a program with its own inputs", () => {
  let tools: Tools;
  let stack: TestStack;
  let env: NodeJS.ProcessEnv;

  /** The program's meshes by name. */
  function write(meshes: object, more: object = {}): void {
    const config = { "shop:meshes": meshes, ...more };
    const file = join(stack.folder, "Pulumi.test.yaml");
    const { config: _, ...others } = load(readFileSync(file, "utf8")) as { config: object };
    writeFileSync(file, dump({ ...others, config }));
  }

  before(async function () {
    tools = await toolsFor(this);
    stack = await programStack(tools, "twoMeshes");
    env = stack.shell;
    const head = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n";
    const overlay = `${head}spec:\n  meshConfig:\n    accessLogFormat: from-team\n`;
    writeFileSync(join(stack.folder, "team.yaml"), overlay);
  });

  const charts = () => ({ kind: "folder", path: tools.charts });
  const generate = (...flags: readonly string[]) => [
    "manifest",
    "generate",
    "--stack",
    "test",
    ...flags,
  ];
  const run = (args: readonly string[]): Promise<Finished> =>
    mesh(args, { cwd: stack.folder, env });

  const blue = () => ({
    version: NEWEST,
    revision: "blue",
    profile: "minimal",
    overlays: [join(stack.folder, "team.yaml")],
    hub: HUB,
    charts: charts(),
    target: { kind: "render", directory: join(stack.folder, "blue") },
  });

  it("before the first update, it says that there is nothing to read", async () => {
    write({ blue: blue() });
    const { code, stderr } = await run(generate());
    assert.equal(code, 2);
    assert.match(
      stderr,
      /--stack: has no configuration mesh:… and no ServiceMesh .*got "test".*fix: pulumi up/,
    );
  });

  it("--program runs the program: generate prints what an update would apply, without its secrets", async () => {
    const { code, stdout, output } = await run(generate("--program"));
    assert.equal(code, 0, output);
    assert.match(stdout, /name: istiod-blue/);
    assert.match(stdout, /accessLogFormat: from-team/);
    assert.match(stdout, new RegExp(`\\[secret\\]/pilot:${NEWEST}`));
    assert.ok(!output.includes(HUB));
    assert.ok(!existsSync(join(stack.folder, "blue")));
  });

  it("after it, generate prints what the update has applied, without its secrets", async () => {
    await stack.up();
    const { code, stdout, output } = await run(generate());
    assert.equal(code, 0, output);
    assert.match(stdout, /name: istiod-blue/);
    assert.match(stdout, /accessLogFormat: from-team/);
    assert.match(stdout, new RegExp(`\\[secret\\]/pilot:${NEWEST}`));
    assert.ok(!output.includes(HUB));
  });

  it("diff compares with the folder of the mesh's provider, and finds nothing", async () => {
    assert.ok(readManifests(join(stack.folder, "blue")).length > 0);
    const args = ["manifest", "diff", "--stack", "test", "--show-secrets"];
    const { code, output } = await run(args);
    assert.equal(code, 0, output);
  });

  it("images and explain work on it", async () => {
    const images = await run(["images", "list", "--stack", "test", "--show-secrets"]);
    assert.equal(images.code, 0, images.output);
    assert.match(images.stdout, new RegExp(`${HUB}/pilot:${NEWEST}`));
    const explained = await run(["overlay", "explain", "--stack", "test", "--field", "revision"]);
    assert.equal(explained.code, 0, explained.output);
    assert.match(explained.stdout, /blue/);
  });

  it("--program has what the program says since the update, and leaves everything as it is", async () => {
    const state = await stack.stateText();
    write({ blue: { ...blue(), profile: "default", mtls: { mode: "STRICT" } } });
    const diff = ["manifest", "diff", "--stack", "test", "--show-secrets"];
    assert.equal((await run(diff)).code, 0);
    const { code, stdout, output } = await run([...diff, "--program"]);
    assert.equal(code, 1, output);
    assert.match(stdout, /PeerAuthentication/);
    assert.equal(await stack.stateText(), state);
  });

  it("--program names inputs that only an update will know, and what it has to make first", async () => {
    write({ blue: blue() }, { "shop:other": join(stack.folder, "other") });
    const { code, stderr } = await run(generate("--program"));
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /--program: tags\.prod: is known only in an update, after other \(pulumi:providers:kubernetes\); fix: pulumi up, or/,
    );
  });

  it("--program says why the program fails", async () => {
    write({ blue: { ...blue(), version: "1.1" } });
    const { code, stderr } = await run(generate("--program"));
    assert.equal(code, 2);
    assert.match(stderr, /--program: the preview of test ends with an error: .*version: /s);
  });

  it("a secret of a gateway is in no state in plain text, and a preview still compares", async () => {
    const value = "kept-token";
    const gateway = {
      name: "web",
      namespace: "edge",
      protect: false,
      revisions: [{ revision: "blue" }],
      podAnnotations: { token: value },
    };
    write({ blue: { ...blue(), gateways: [{ ...gateway, replicas: 4 }] } });
    await stack.up();
    const state = await stack.stateText();
    assert.ok(state.includes("edge/web"));
    assert.ok(!state.includes(value), state.slice(state.indexOf(value) - 500));
    write({ blue: { ...blue(), gateways: [{ ...gateway, replicas: 6 }] } });
    const { output } = await stack.preview();
    assert.match(output, /gateway edge\/web: blue 100 % \(4 pods\) → blue 100 % \(6 pods\)/);
    assert.ok(!output.includes(value), output);
  });

  it("--mesh names one of several, and is refused with their names", async () => {
    const green = { ...blue(), version: PREVIOUS, revision: "green", hub: undefined };
    const target = { kind: "render", directory: join(stack.folder, "green") };
    write(JSON.parse(JSON.stringify({ blue: blue(), green: { ...green, target } })));
    await stack.up();
    const several = await run(generate());
    assert.equal(several.code, 2);
    assert.match(several.stderr, /--mesh: test has several; allowed: blue, green; fix: name one/);
    const unknown = await run(generate("--mesh", "red"));
    assert.equal(unknown.code, 2);
    assert.match(
      unknown.stderr,
      /--mesh: test has none of this name \(got "red"\); allowed: blue, green/,
    );
    const named = await run(generate("--mesh", "green"));
    assert.equal(named.code, 0, named.output);
    assert.match(named.stdout, new RegExp(`/pilot:${PREVIOUS}`));
    const alone = await run(["manifest", "generate", "--mesh", "green"]);
    assert.match(alone.stderr, /--mesh: goes with --stack only/);
    const program = await run(generate("--program"));
    assert.match(program.stderr, /--mesh: test has several; allowed: blue, green; fix: name one/);
    const both = await run(["manifest", "generate", "--program"]);
    assert.match(both.stderr, /--program: goes with --stack only/);
  });
});
