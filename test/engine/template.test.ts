import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { load } from "js-yaml";
import { readStackConfiguration } from "../../adapters/pulumi/stackConfiguration";
import { OLD, PREVIOUS } from "../../toolchain/versions";
import { type GitServer, startGitServer } from "../support/gitServer";
import { readManifests } from "../support/manifests";
import { installLibrary, repositoryOfProject } from "../support/package";
import { type Finished, run } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { ROOT, type Tools, toolsFor } from "../support/tools";

const TEMPLATE = "templates/service-mesh-typescript";

interface Declared {
  readonly value?: unknown;
}

interface ProjectFile {
  readonly name: string;
  readonly config: Readonly<Record<string, Declared>>;
  readonly template?: unknown;
}

/** `pulumi new` of a template in this repository, and what one does with the project that it makes. */
describe("pulumi new", () => {
  let tools: Tools;
  let env: NodeJS.ProcessEnv;
  let project: string;

  function pulumi(folder: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
    return run(tools.pulumi, args, { cwd: folder, env: { ...env, ...more } });
  }

  async function succeed(
    folder: string,
    args: readonly string[],
    more?: NodeJS.ProcessEnv,
  ): Promise<Finished> {
    const finished = await pulumi(folder, args, more);
    assert.equal(finished.code, 0, finished.output);
    return finished;
  }

  const projectFile = (folder: string) =>
    load(readFileSync(join(folder, "Pulumi.yaml"), "utf8")) as ProjectFile;

  const stackConfig = (folder: string) =>
    (load(readFileSync(join(folder, "Pulumi.dev.yaml"), "utf8")) as ProjectFile).config;

  before(async function () {
    tools = await toolsFor(this);
    env = {
      PATH: `${dirname(tools.pulumi)}:${process.env.PATH}`,
      PULUMI_HOME: tools.home,
      PULUMI_BACKEND_URL: `file://${temporaryFolder("state")}`,
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
    project = temporaryFolder("new");
    const { output } = await createWithStack(project);
    assert.match(output, /Saved config/);
    await installLibrary(project);
    await succeed(project, ["config", "set", "--path", "mesh:charts.kind", "folder"]);
    await succeed(project, ["config", "set", "--path", "mesh:charts.path", tools.charts]);
  });

  /**
   * Makes the project, its stack and the stack's configuration. What comes then fails, on purpose: there is no
   * registry to install packages from.
   */
  function createWithStack(folder: string): Promise<Finished> {
    const answers = ["--yes", "--name", "shop", "--description", "A shop", "--stack", "dev"];
    const config = ["--config", `mesh:version=${PREVIOUS}`, "--config", `mesh:revision=${OLD}`];
    const args = ["new", join(ROOT, TEMPLATE), ...answers, ...config];
    return pulumi(folder, args, { npm_config_offline: "true" });
  }

  it("makes a project of the name that the user gives, with declared configuration", () => {
    const made = projectFile(project);
    assert.equal(made.name, "shop");
    assert.equal(made.template, undefined);
    assert.deepEqual(made.config["mesh:adopt"]?.value, "none");
    const { name } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as ProjectFile;
    assert.equal(name, "shop");
  });

  it("saves what it asked for in the configuration of the stack, with the answers of --config", () => {
    const { "mesh:charts": _, ...asked } = stackConfig(project);
    assert.deepEqual(asked, {
      "mesh:profile": "default",
      "mesh:revision": OLD,
      "mesh:target": "render",
      "mesh:version": PREVIOUS,
    });
  });

  it("makes a project that type-checks against the package", async () => {
    const tsc = require.resolve("typescript/bin/tsc");
    const { code, output } = await run(process.execPath, [tsc, "--noEmit"], { cwd: project });
    assert.equal(code, 0, output);
  });

  it("mesh --stack reads the declared configuration from the files, as pulumi config has it", async () => {
    const { config } = readStackConfiguration("dev", project, { PATH: "" });
    const { stdout } = await succeed(project, ["config", "--json", "--stack", "dev"]);
    const all = Object.entries(JSON.parse(stdout) as Record<string, { value: string }>);
    const own = all.filter(([key]) => key.startsWith("mesh:"));
    assert.deepEqual(config, Object.fromEntries(own.map(([key, { value }]) => [key, value])));
    assert.equal(config["mesh:target"], "render");
    assert.equal(config["mesh:overlays"], '["./overlays/mesh.yaml"]');
  });

  it("makes a project whose first update is the mesh, with the overlay", async () => {
    const { stdout } = await succeed(project, ["preview", "--stack", "dev"]);
    assert.match(stdout, /servicemesh:index:ServiceMesh +mesh/);
    await succeed(project, ["up", "--yes", "--skip-preview", "--stack", "dev"], {
      PULUMI_SKIP_CHECKPOINTS: "true",
    });
    const manifests = readManifests(join(project, "rendered", "dev"));
    const settings = manifests.find(({ metadata }) => metadata?.name === `istio-${OLD}`);
    assert.match(JSON.stringify(settings), /accessLogFile: \/dev\/stdout/);
  });

  describe("from the address of the repository", () => {
    let server: GitServer;

    before(async () => {
      const bare = join(temporaryFolder("git"), "acme", "mesh.git");
      mkdirSync(dirname(bare));
      execFileSync("git", ["clone", "--quiet", "--bare", repositoryOfProject(), bare]);
      server = await startGitServer(bare);
    });

    after(() => server?.stop());

    async function create(path: string): Promise<string> {
      const folder = temporaryFolder("new");
      const trusted = { SSL_CERT_FILE: server.certificate, GIT_SSL_CAINFO: server.certificate };
      const args = ["new", `${server.url}${path}`, "--yes", "--name", "shop", "--generate-only"];
      await succeed(folder, args, trusted);
      return folder;
    }

    it("takes the template, also by the folder of templates", async () => {
      for (const path of [`/${TEMPLATE}`, "/templates"]) {
        const folder = await create(path);
        assert.deepEqual(readdirSync(folder).sort(), readdirSync(join(ROOT, TEMPLATE)).sort());
      }
    });

    it("takes the repository itself: the whole program", async () => {
      const folder = await create("");
      assert.equal(projectFile(folder).name, "shop");
      assert.equal(projectFile(folder).config["mesh:target"]?.value, "render");
      assert.ok(existsSync(join(folder, "toolchain", "program.cjs")));
    });
  });
});
