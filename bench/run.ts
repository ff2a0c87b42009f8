import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";
import { startKwokCluster } from "../test/cluster/kwokCluster";
import { setupProject } from "../toolchain/officialCharts";
import { chartsFolder, extraProgram, pulumiProgram, versions } from "../toolchain/setup";
import { type Command, type Comparison, compare, median } from "./measure";

const ROOT = join(__dirname, "..");
const STACK = "bench";
const PAIRS = 7;

const OVERLAYS = [
  "envoy-access-log",
  "cni-gcp",
  "distroless-proxy",
  "termination-drain-30s",
  "cloud-tracing",
];

/** A Pulumi project with its own state, in a folder of its own. */
interface Project {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  preview(): Command;
}

function project(
  home: string,
  name: string,
  main: string,
  config: object,
  options: object = {},
): Project {
  const folder = mkdtempSync(join(tmpdir(), `mesh-bench-${name}-`));
  const state = join(folder, "state");
  mkdirSync(state);
  const runtime = { name: "nodejs", options: { typescript: false, ...options } };
  writeFileSync(join(folder, "Pulumi.yaml"), dump({ name, runtime, main }));
  writeFileSync(join(folder, `Pulumi.${STACK}.yaml`), dump({ config }));
  const env = {
    ...process.env,
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  return {
    folder,
    env,
    preview: () => ({
      program: pulumiProgram({ home }),
      args: ["preview", "--stack", STACK, "--non-interactive"],
      cwd: folder,
      env,
    }),
  };
}

function pulumi({ folder, env }: Project, home: string, args: readonly string[]): void {
  const program = pulumiProgram({ home });
  const done = spawnSync(program, args, { cwd: folder, env, encoding: "utf8" });
  if (done.status !== 0) {
    throw new Error(`pulumi ${args.join(" ")}\n${done.stdout}\n${done.stderr}`);
  }
}

function install(target: Project, home: string): void {
  pulumi(target, home, ["stack", "init", STACK]);
  pulumi(target, home, ["up", "--yes", "--skip-preview", "--stack", STACK]);
}

function emptyProject(home: string): Project {
  const target = project(home, "empty", "index.js", {});
  writeFileSync(join(target.folder, "package.json"), "{}");
  writeFileSync(join(target.folder, "index.js"), 'require("@pulumi/pulumi");\n');
  symlinkSync(join(ROOT, "node_modules"), join(target.folder, "node_modules"));
  pulumi(target, home, ["stack", "init", STACK]);
  return target;
}

function meshProject(home: string, name: string, target: object): Project {
  const main = join(ROOT, "index.ts");
  const options = { nodeargs: `--require ${join(ROOT, "toolchain", "program.cjs")}` };
  const config = {
    "mesh:version": versions.istio.default,
    "mesh:revision": "1-29-1",
    "mesh:overlays": OVERLAYS,
    "mesh:charts": { kind: "folder", path: chartsFolder() },
    // No cloud gives out load balancers here.
    "mesh:set": [
      "components.ingressGateways.[name:istio-ingressgateway].k8s.service.type=ClusterIP",
    ],
    ...target,
  };
  return project(home, name, main, config, options);
}

function stateKib({ folder }: Project): number {
  const stacks = join(folder, "state", ".pulumi", "stacks");
  const files = readdirSync(stacks, { recursive: true }).map(String);
  const file = files.find((name) => name.endsWith(`${STACK}.json`)) ?? "";
  return statSync(join(stacks, file)).size / 1024;
}

function row(title: string, { ours, peer, ratio }: Comparison, limit: number): string {
  const seconds = (runs: Comparison["ours"]) => median(runs.map((r) => r.seconds)).toFixed(2);
  const memory = (runs: Comparison["ours"]) => Math.max(...runs.map((r) => r.peakMib)).toFixed(0);
  const verdict = ratio <= limit ? "" : "  OVER";
  return [
    title.padEnd(58),
    `${seconds(ours)} s`.padStart(8),
    `${seconds(peer)} s`.padStart(8),
    `${ratio.toFixed(2)}x`.padStart(7),
    `<= ${limit}x`.padStart(8),
    `${memory(ours)} / ${memory(peer)} MiB${verdict}`.padStart(18),
  ].join(" ");
}

function generateCommands(): { ours: Command; peer: Command } {
  const files = OVERLAYS.map((name) => join("overlays", "options", `${name}.yaml`));
  const flags = files.flatMap((file) => ["-f", file]);
  const set = ["--set", "revision=1-29-1"];
  return {
    ours: {
      program: process.execPath,
      args: ["dist/cli/main.js", "manifest", "generate", ...flags, ...set],
      cwd: ROOT,
    },
    peer: {
      program: extraProgram(`istioctl-${versions.istio.default}`),
      args: ["manifest", "generate", "--manifests", chartsFolder(), ...flags, ...set],
      cwd: ROOT,
    },
  };
}

async function main(): Promise<void> {
  const { home } = await setupProject({
    istio: [versions.istio.default],
    with: ["istioctl", "cluster"],
  });
  spawnSync("npm", ["run", "build", "--silent"], { cwd: ROOT, stdio: "inherit" });
  const cluster = await startKwokCluster({ webhooks: false });
  const empty = emptyProject(home);
  const rendered = meshProject(home, "rendered", { "mesh:target": "render" });
  const live = meshProject(home, "live", {
    "mesh:target": "cluster",
    "mesh:kubeconfig": cluster.kubeconfig,
  });
  try {
    process.stderr.write("installing the mesh twice: rendered, and on an API server\n");
    install(rendered, home);
    install(live, home);
    process.stderr.write(`timing ${PAIRS} pairs of each\n`);
    const generate = generateCommands();
    const lines = [
      row(
        "preview, unchanged mesh, rendered / empty program",
        await compare(rendered.preview(), empty.preview(), PAIRS),
        2.5,
      ),
      row(
        "preview, unchanged mesh, live API server / empty program",
        await compare(live.preview(), empty.preview(), PAIRS),
        2.5,
      ),
      row(
        "mesh manifest generate / istioctl manifest generate",
        await compare(generate.ours, generate.peer, PAIRS),
        3,
      ),
    ];
    const header = `${"".padEnd(58)} ${"ours".padStart(8)} ${"peer".padStart(8)} ${"ratio".padStart(7)} ${"goal".padStart(8)} ${"peak memory".padStart(18)}`;
    process.stdout.write(`${[header, ...lines].join("\n")}\n`);
    process.stdout.write(
      `state file: ${stateKib(rendered).toFixed(0)} KiB rendered, ${stateKib(live).toFixed(0)} KiB on the API server\n`,
    );
  } finally {
    await cluster.stop();
    for (const { folder } of [empty, rendered, live]) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
