import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { minVersion } from "semver";
import { findProvider } from "../../adapters/helm/pluginProcess";
import { pathWithNode } from "../support/oldNode";
import { packedLibrary } from "../support/package";
import { type Finished, run } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { ROOT, type Tools, toolsFor } from "../support/tools";

const SDKS = ["@pulumi/pulumi", "@pulumi/kubernetes"] as const;

type Versions = Readonly<Record<(typeof SDKS)[number], string>>;

interface Package {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

function readPackage(folder: string): Package {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Package;
}

const OWN = readPackage(ROOT);

function lowest(range: string | undefined): string {
  const version = minVersion(range ?? "");
  assert.ok(version);
  return version.version;
}

/** What Pulumi's own TypeScript templates have: module resolution from before `exports`. */
const TEMPLATE = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    target: "es2020",
    module: "commonjs",
    moduleResolution: "node",
    types: ["node"],
  },
  files: ["index.ts", "unit.ts"],
};

/** A consumer's unit test, with Pulumi's mocks: no engine, no cluster. */
const UNIT_TEST = `
import { runtime } from "@pulumi/pulumi";

const made: string[] = [];
runtime.setMocks({
  newResource: ({ type, name, inputs }) => {
    made.push(\`\${type} \${inputs.spec?.mtls?.mode ?? ""}\`);
    return { id: name, state: inputs };
  },
  call: ({ inputs }) => inputs,
});
async function main() {
  const { PeerAuthentication } = await import("pulumi-service-mesh");
  new PeerAuthentication("shop", { namespace: "shop", name: "shop", mode: "STRICT" });
  await runtime.disconnect();
  console.log(made.join("\\n"));
}
main();
`;

/** Versions of the SDKs, and the machine's Node.js: `undefined` is the one that runs the tests. */
const CASES = {
  "lowest SDKs of its ranges": {
    versions: () => ({
      "@pulumi/pulumi": lowest(OWN.dependencies["@pulumi/pulumi"]),
      "@pulumi/kubernetes": lowest(OWN.dependencies["@pulumi/kubernetes"]),
    }),
    // npm has no older one for Macs.
    node: process.platform === "linux" ? lowest(OWN.engines.node) : "22.23.2",
  },
  "newest SDKs that npm has": {
    versions: () => ({ "@pulumi/pulumi": "latest", "@pulumi/kubernetes": "latest" }),
    node: undefined,
  },
};

for (const [title, { versions, node }] of Object.entries(CASES)) {
  describe(`the library beside the ${title}`, function () {
    this.timeout(0); // npm fetches packages
    let tools: Tools;
    let project: string;
    let env: NodeJS.ProcessEnv;

    async function succeed(program: string, ...args: readonly string[]): Promise<Finished> {
      const finished = await run(program, args, { cwd: project, env });
      assert.equal(finished.code, 0, finished.output);
      return finished;
    }

    function setUpProject(sdks: Versions, archive: string): void {
      cpSync(join(ROOT, "examples", "library"), project, { recursive: true });
      const example = readPackage(project);
      const dependencies = { ...sdks, "pulumi-service-mesh": `file:${archive}` };
      const files = {
        "package.json": { ...example, dependencies: dependencies },
        "tsconfig.template.json": TEMPLATE,
      };
      for (const [name, content] of Object.entries(files)) {
        writeFileSync(join(project, name), JSON.stringify(content));
      }
      writeFileSync(join(project, "unit.ts"), UNIT_TEST);
    }

    before(async function () {
      tools = await toolsFor(this);
      project = temporaryFolder("consumer");
      env = {
        PULUMI_HOME: tools.home,
        PULUMI_BACKEND_URL: `file://${temporaryFolder("state")}`,
        PULUMI_CONFIG_PASSPHRASE: "",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PATH: node === undefined ? process.env.PATH : await pathWithNode(node),
      };
      setUpProject(versions(), await packedLibrary());
      await succeed("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund");
    });

    it("shares one copy of each SDK with the project", () => {
      const lock = readFileSync(join(project, "node_modules", ".package-lock.json"), "utf8");
      const paths = Object.keys((JSON.parse(lock) as { packages: object }).packages);
      for (const sdk of SDKS) {
        const copies = paths.filter((path) => path.endsWith(`node_modules/${sdk}`));
        assert.deepEqual(copies, [`node_modules/${sdk}`]);
        const wanted = versions()[sdk];
        const { version } = readPackage(join(project, "node_modules", sdk));
        assert.ok(wanted === "latest" || version === wanted, `${sdk} ${version}`);
      }
    });

    it("type-checks", async () => {
      const tsc = join(project, "node_modules", "typescript", "bin", "tsc");
      await succeed("node", tsc);
      await succeed("node", tsc, "--project", "tsconfig.template.json");
    });

    it("runs unit tests with Pulumi's mocks", async () => {
      const tsx = join(project, "node_modules", "tsx", "dist", "cjs", "index.cjs");
      const { stdout } = await succeed("node", "--require", tsx, "unit.ts");
      assert.match(stdout, /PeerAuthentication STRICT/);
    });

    // The provider is the one that set-up provides, also beside a newer SDK: no newer provider can be had
    // without its official releases. Pulumi takes a provider that is on PATH whatever its version.
    it("previews and renders on the real engine, with the provider of set-up", async () => {
      const plugin = dirname(findProvider({ ...process.env, PULUMI_HOME: tools.home }));
      env.PATH = `${plugin}:${env.PATH}`;
      await succeed(tools.pulumi, "stack", "init", "dev");
      await succeed(tools.pulumi, "config", "set", "charts", tools.charts);
      const { stdout } = await succeed(tools.pulumi, "preview");
      assert.match(stdout, /\+ \d+ to create/);
      assert.match(stdout, /servicemesh:index:ControlPlane +istiod-canary/);
      const update = await succeed(tools.pulumi, "up", "--yes", "--skip-preview");
      assert.match(update.stdout, /\+ \d+ created/);
    });
  });
}
