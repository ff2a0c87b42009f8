import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { MeshSummary } from "../mesh/plan/summary";
import { messageOf } from "./errors";
import { setupProject } from "./officialCharts";
import { pulumiProgram, versions } from "./setup";

const ROOT = join(__dirname, "..");
const STACK = "dev";
const STATE = join(ROOT, ".state");
const RENDERED = join("rendered", STACK);

/** Uses a state backend in this folder, so that the user's login and stacks are not changed. */
function stackEnvironment(home: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${STATE}`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Set-up has installed what the stack needs. Otherwise Pulumi would fetch the plugin of each
    // installed package.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

class PulumiFailed extends Error {}

function runner(env: NodeJS.ProcessEnv) {
  const program = pulumiProgram({ home: env.PULUMI_HOME });
  return (args: readonly string[], stdout: "inherit" | "pipe" | "ignore" = "inherit"): string => {
    const run = spawnSync(program, args, {
      cwd: ROOT,
      env,
      stdio: ["ignore", stdout, "inherit"],
      encoding: "utf8",
    });
    if (run.status !== 0) {
      throw new PulumiFailed(`pulumi ${args[0]} ended with code ${run.status ?? run.signal}`);
    }
    return run.stdout ?? "";
  };
}

function filesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  ).length;
}

function list(items: readonly string[]): string {
  return items.map((item) => `    ${item}`).join("\n");
}

function describe(summary: MeshSummary): string {
  const { version, revision, profile, namespace } = summary;
  const files = filesBelow(join(ROOT, RENDERED));
  return `
Istio ${version}, revision ${revision === "" ? "default" : revision}, profile ${profile}, in ${namespace}
  mutual TLS  ${summary.mtlsMode}
  components
${list(summary.components)}
  overlays, a later one wins
${list(summary.overlays)}
  images
${list(summary.images)}
  ${files} files in ${RENDERED}

What to run next
  kubectl apply --server-side -f ${RENDERED}/0-crd -f ${RENDERED}/1-manifest
      applies the manifests as they are
  export PULUMI_BACKEND_URL=file://$PWD/.state PULUMI_CONFIG_PASSPHRASE=
  npx pulumi preview --stack ${STACK} --diff
      after an edit of Pulumi.${STACK}.yaml: what would change
  npx pulumi stack init NAME && npx pulumi config set mesh:version ${version} && npx pulumi config set mesh:target cluster
      a stack that applies to your cluster
`;
}

async function main(): Promise<void> {
  const { home } = await setupProject({ istio: [versions.istio.default] });
  mkdirSync(STATE, { recursive: true });
  const pulumi = runner(stackEnvironment(home));
  pulumi(["stack", "select", "--create", STACK], "ignore");
  pulumi(["preview", "--stack", STACK]);
  pulumi(["up", "--yes", "--skip-preview", "--stack", STACK]);
  const outputs = JSON.parse(pulumi(["stack", "output", "--json", "--stack", STACK], "pipe"));
  process.stdout.write(describe((outputs as { summary: MeshSummary }).summary));
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});
