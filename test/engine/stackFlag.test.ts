import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dump, load } from "js-yaml";
import { readStackConfiguration } from "../../adapters/pulumi/stackConfiguration";
import { NEWEST, PREVIOUS } from "../../toolchain/versions";
import { type Finished, mesh } from "../support/run";
import { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";

const HUB = "registry.private.example/mesh-builds";

interface ConfigValue {
  readonly value: string;
  readonly secret: boolean;
}

/** Which configuration `--stack` reads, beside what `pulumi config` says. */
describe("--stack and pulumi config", () => {
  let tools: Tools;
  let stack: TestStack;
  let env: NodeJS.ProcessEnv;
  let below: string;

  function settings(change: (project: Record<string, unknown>) => object): void {
    const file = join(stack.folder, "Pulumi.yaml");
    const project = load(readFileSync(file, "utf8")) as Record<string, unknown>;
    writeFileSync(file, dump(change(project)));
  }

  const stackText = () => join(stack.folder, "conf", "Pulumi.dev.yaml");

  before(async function () {
    tools = await toolsFor(this);
    stack = await TestStack.create(tools, "dev", {});
    env = { ...process.env, ...stack.shell };
    below = join(stack.folder, "deeper");
    mkdirSync(below);
    mkdirSync(join(stack.folder, "conf"));
    rmSync(join(stack.folder, "Pulumi.dev.yaml"));
    settings(({ config: _, ...project }) => ({
      ...project,
      name: "shop",
      main: "infra/",
      stackConfigDir: "conf",
      config: {
        "mesh:version": PREVIOUS,
        "mesh:profile": { value: "minimal" },
        "mesh:overlays": ["./team.yaml"],
        "mesh:charts": { value: { kind: "folder", path: tools.charts } },
      },
    }));
    assert.equal((await stack.pulumi(["stack", "init", "dev"])).code, 0);
    const head = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n";
    const overlay = `${head}spec:\n  meshConfig:\n    accessLogFormat: from-team\n`;
    mkdirSync(join(stack.folder, "infra"));
    writeFileSync(join(stack.folder, "infra", "team.yaml"), overlay);
  });

  /** What Pulumi says of the keys `mesh:…`, as a program gets them. */
  async function ofPulumi(name: string): Promise<Record<string, string>> {
    const args = ["config", "--json", "--show-secrets", "--stack", name];
    const { code, stdout, output } = await stack.pulumi(args);
    assert.equal(code, 0, output);
    const all = Object.entries(JSON.parse(stdout) as Record<string, ConfigValue>);
    const own = all.filter(([key]) => key.startsWith("mesh:"));
    return Object.fromEntries(own.map(([key, { value }]) => [key, value]));
  }

  const parsed = (texts: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [
        key,
        text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text,
      ]),
    );

  async function same(name: string): Promise<void> {
    for (const folder of [stack.folder, below]) {
      const { config, note } = readStackConfiguration(name, folder, env);
      assert.equal(note, undefined);
      assert.deepEqual(parsed(config), parsed(await ofPulumi(name)));
    }
  }

  const generate = (
    flags: readonly string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Finished> =>
    mesh(["manifest", "generate", ...flags], {
      cwd: stack.folder,
      ...options,
      env: { ...env, ...options.env },
    });

  it("a stack without a file has the project's configuration", async () => {
    await same("dev");
    const { code, stdout, stderr } = await generate(["--stack", "dev"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`istio/pilot:${PREVIOUS}`));
    assert.match(stdout, /accessLogFormat: from-team/);
  });

  it("a stack that is not there is an error with Pulumi's reason", async () => {
    const { code, stderr } = await generate(["--stack", "prod"]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /conf\/Pulumi\.prod\.yaml: no such file, and pulumi config failed: no stack named 'prod' found \(got "prod"\); fix: name a stack of the project shop/,
    );
  });

  it("the stack's own values in stackConfigDir override those of the project", async () => {
    for (const [key, value] of [
      ["mesh:version", NEWEST],
      ["mesh:revision", "blue"],
    ] as const) {
      const { code, output } = await stack.pulumi(["config", "set", key, value, "--stack", "dev"]);
      assert.equal(code, 0, output);
    }
    assert.match(readFileSync(stackText(), "utf8"), /mesh:revision: blue/);
    await same("dev");
  });

  it("files that say everything are enough, without the command pulumi", async () => {
    const bare = { PATH: dirname(process.execPath) };
    const { code, stdout, stderr } = await generate(["--stack", "dev"], { env: bare });
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /pulumi config/);
    assert.match(stdout, new RegExp(`istio/pilot:${NEWEST}`));
  });

  it("names with organization and project are the same stack", async () => {
    for (const name of ["organization/dev", "organization/shop/dev"]) {
      await same(name);
      const { code, stdout, stderr } = await generate(["--stack", name]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /name: istiod-blue/);
    }
    const { code, stderr } = await generate(["--stack", "organization/other/dev"]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /names a stack of the project other, but this is shop .*allowed: .*Pulumi\.yaml/,
    );
  });

  it("in a folder below the project, its files are still found", async () => {
    const { code, stdout, stderr } = await generate(["--stack", "dev"], { cwd: below });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /accessLogFormat: from-team/);
  });

  it("explain says which of the files has a value", async () => {
    const args = ["overlay", "explain", "--stack", "dev", "-o", "json"];
    const { code, stdout, stderr } = await mesh(args, { cwd: stack.folder, env });
    assert.equal(code, 0, stderr);
    const fields = JSON.parse(stdout) as { path: string; place?: string }[];
    const place = (path: string) => fields.find((field) => field.path === path)?.place;
    assert.match(String(place("spec.revision")), /^conf\/Pulumi\.dev\.yaml:\d+$/);
  });

  it("what is wrong is named with the file that it stands in", async () => {
    settings((project) => ({
      ...project,
      config: { ...(project.config as object), "mesh:mtls": { value: { mode: "SOMETIMES" } } },
    }));
    const { code, stderr } = await generate(["--stack", "dev"]);
    assert.equal(code, 1);
    assert.match(stderr, /^Pulumi\.yaml: mesh:mtls\.mode: .*SOMETIMES/m);
    settings((project) => {
      const { "mesh:mtls": _, ...config } = project.config as Record<string, unknown>;
      return { ...project, config };
    });
  });

  it("secrets are decrypted by Pulumi, used, and never printed without --show-secrets", async () => {
    await stack.setSecret("mesh:hub", HUB);
    await same("dev");
    const hidden = await generate(["--stack", "dev"]);
    assert.equal(hidden.code, 0, hidden.stderr);
    assert.ok(!hidden.output.includes(HUB));
    assert.match(hidden.stdout, new RegExp(`image: \\[secret\\]/pilot:${NEWEST}`));
    assert.match(hidden.stderr, /note: \[secret\] stands for secrets of the stack; --show-secrets/);
    const output = join(stack.folder, "written");
    const written = await generate(["--stack", "dev", "--out-dir", output]);
    assert.equal(written.code, 0, written.stderr);
    const files = readdirSync(output).map((name) => readFileSync(join(output, name), "utf8"));
    assert.ok(![written.output, ...files].join("\n").includes(HUB));
    const shown = await generate(["--stack", "dev", "--show-secrets"]);
    assert.match(shown.stdout, new RegExp(`image: ${HUB}/pilot:${NEWEST}`));
    const wrong = await generate(["--stack", "dev", "--set", `hub.${HUB}=a`]);
    assert.notEqual(wrong.code, 0);
    assert.ok(!wrong.output.includes(HUB));
  });

  it("without the passphrase, one line says what is missing", async () => {
    const { code, stdout, stderr } = await generate(["--stack", "dev"], {
      env: { PULUMI_CONFIG_PASSPHRASE: "another" },
    });
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /^warning: conf\/Pulumi\.dev\.yaml: only the files were read, because pulumi config failed \(incorrect passphrase\), and they do not say everything: mesh:hub is encrypted/m,
    );
    assert.match(stdout, /\[secret\]\/pilot/);
  });

  it("without a login, one line says so", async () => {
    const { code, stderr } = await generate(["--stack", "dev"], {
      env: { PULUMI_BACKEND_URL: "", PULUMI_ACCESS_TOKEN: "" },
    });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^warning: .* pulumi config failed \(.*PULUMI_ACCESS_TOKEN.*\)/m);
  });

  it("a key that is declared as Pulumi does not take it is left to Pulumi", async () => {
    settings((project) => ({
      ...project,
      config: { ...(project.config as object), "mesh:tag": { type: "string", default: "1.0" } },
    }));
    const { stderr } = await generate(["--stack", "dev"]);
    assert.match(stderr, /mesh:tag is declared with a type or a default/);
    assert.match(stderr, /pulumi config failed \(.*mesh:tag.* should not define/);
  });
});
