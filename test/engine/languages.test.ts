import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump, load } from "js-yaml";
import { COMPONENTS } from "../../provider/components";
import { findProgram } from "../../toolchain/programs";
import { PACKAGE_SCHEMA_FILE } from "../../toolchain/provider/packageSchema";
import { extraProgram } from "../../toolchain/setup";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { LANGUAGES, useLanguages } from "../support/languages";
import { type Finished, run } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { ROOT, type Tools, toolsFor } from "../support/tools";

/** Where the generator of each language puts the class of a component. */
const CLASS_FILES: Readonly<Record<string, (name: string) => string>> = {
  go: (name) => `servicemesh/${name.charAt(0).toLowerCase()}${name.slice(1)}.go`,
  python: (name) => `pulumi_servicemesh/${name.replace(/(?<!^)([A-Z])/g, "_$1").toLowerCase()}.py`,
  dotnet: (name) => `${name}.cs`,
  java: (name) => `src/main/java/com/pulumi/servicemesh/${name}.java`,
};

/** The Go module of the SDK, and the version of Pulumi's that the generators come with. */
const GO_MODULE = "github.com/pulumi-service-mesh/pulumi-service-mesh/sdk/go/servicemesh";

interface Preview {
  readonly steps: readonly { readonly op: string; readonly urn: string }[];
}

/** Types and names of resources, without the stack and default providers, which not every command lists. */
function resourcesIn(urns: readonly string[]): string[] {
  return urns
    .map((urn) => urn.split("::").slice(2).join(" "))
    .filter((title) => !/^pulumi:(?:providers:\w+|pulumi:Stack) /.test(title))
    .sort();
}

/** SDKs, and the examples that use them. */
describe("programs in other languages", () => {
  let tools: Tools;
  let sdks: string;
  let undo: () => void;

  before(async function () {
    tools = await toolsFor(this, LANGUAGES);
    undo = useLanguages();
    sdks = temporaryFolder("sdks");
    await succeed(extraProgram("sdks"), [join(ROOT, PACKAGE_SCHEMA_FILE), sdks], sdks);
  });

  after(() => undo?.());

  async function succeed(
    program: string,
    args: readonly string[],
    cwd: string,
    env: NodeJS.ProcessEnv = {},
  ): Promise<Finished> {
    const finished = await run(program, args, { cwd, env });
    assert.equal(finished.code, 0, finished.output);
    return finished;
  }

  function copyOfExample(name: string): string {
    const folder = temporaryFolder(`example-${name}`);
    cpSync(join(ROOT, "examples", name), folder, { recursive: true });
    return folder;
  }

  it("have an SDK in Go, Python, C# and Java, generated without a warning", () => {
    for (const [language, fileOf] of Object.entries(CLASS_FILES)) {
      for (const name of Object.keys(COMPONENTS)) {
        const file = join(sdks, language, fileOf(name));
        assert.ok(existsSync(file), `${language} has no ${name}: ${file}`);
      }
    }
  });

  it("the example in Go compiles", async function () {
    this.timeout(0);
    const go = findProgram({ env: process.env }, "go", ["/usr/local/go/bin"]);
    if (go === undefined) {
      this.skip(); // go was not found on PATH
    }
    const example = copyOfExample("go");
    const sdk = join(example, "sdks", "servicemesh");
    cpSync(join(sdks, "go", "servicemesh"), sdk, { recursive: true });
    const [required = ""] =
      /github.com\/pulumi\/pulumi\/sdk\/v3 \S+/.exec(
        readFileSync(join(example, "go.mod"), "utf8"),
      ) ?? [];
    writeFileSync(join(sdk, "go.mod"), `module ${GO_MODULE}\n\ngo 1.24\n\nrequire ${required}\n`);
    const env = { GOFLAGS: "-mod=mod", GOWORK: "off" };
    await succeed(go, ["vet", "."], example, env);
  });

  describe("on a real API server", () => {
    let api: ApiServer;
    let previewed: Promise<readonly string[]> | undefined;

    before(async () => {
      api = await startKwokCluster({ webhooks: false });
    });

    after(async () => {
      await api?.stop();
    });

    const environment = (folder: string): NodeJS.ProcessEnv => {
      mkdirSync(join(folder, "state"));
      return {
        KUBECONFIG: api.kubeconfig,
        PATH: `${join(tools.pulumi, "..")}:${process.env.PATH}`,
        PULUMI_HOME: tools.home,
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      };
    };

    /** The YAML example with charts of a folder, and with the provider of PATH. */
    function yamlExample(): string {
      const folder = copyOfExample("yaml");
      const file = join(folder, "Pulumi.yaml");
      const { packages: _, ...project } = load(readFileSync(file, "utf8")) as {
        packages: unknown;
        resources: { mesh: { properties: Record<string, unknown> } };
      };
      project.resources.mesh.properties.charts = { kind: "folder", path: tools.charts };
      writeFileSync(file, dump(project));
      return folder;
    }

    async function previewYaml(): Promise<readonly string[]> {
      const folder = yamlExample();
      const env = environment(folder);
      await succeed(tools.pulumi, ["stack", "init", "dev"], folder, env);
      const { stdout } = await succeed(tools.pulumi, ["preview", "--json"], folder, env);
      return resourcesIn((JSON.parse(stdout) as Preview).steps.map(({ urn }) => urn));
    }

    /** What the example in YAML would make. It is previewed once. */
    function resourcesOfYaml(): Promise<readonly string[]> {
      previewed ??= previewYaml();
      return previewed;
    }

    it("the example in YAML previews a mesh with a gateway", async () => {
      const resources = await resourcesOfYaml();
      for (const title of [
        /servicemesh:index:ServiceMesh mesh$/,
        /servicemesh:index:Telemetry errors$/,
        /kubernetes:core\/v1:Service .*istio-gateways\/web$/,
      ]) {
        const isThere = resources.some((own) => title.test(own));
        assert.ok(isThere, `${title} is not among\n${resources.join("\n")}`);
      }
    });

    it("the example in Python passes mypy, and previews the same mesh", async function () {
      this.timeout(0);
      const packages = temporaryFolder("python");
      const requirements = join(ROOT, "toolchain", "python", "sdk.txt");
      const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
      const wanted = ["--target", packages, "--requirement", requirements, join(sdks, "python")];
      const installed = await run("python3", [...pip, ...wanted], { cwd: packages }).catch(
        ({ message }: Error) => ({ code: 1, output: message }),
      );
      if (installed.code !== 0) {
        console.log(`      pip installed nothing: ${installed.output.trim().split("\n").at(-1)}`);
        this.skip();
      }
      const folder = copyOfExample("python");
      const env = { ...environment(folder), PYTHONPATH: packages };
      await succeed("python3", ["-m", "mypy", "--strict", "__main__.py"], folder, env);
      const script = join(ROOT, "test", "support", "previewExample.py");
      const args = [script, folder, tools.charts];
      const { stdout } = await succeed("python3", args, folder, env);
      assert.deepEqual(resourcesIn(JSON.parse(stdout) as string[]), await resourcesOfYaml());
    });
  });
});
