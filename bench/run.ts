import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { setupProject } from "../toolchain/officialCharts";
import { NEWEST, PREVIOUS } from "../toolchain/versions";
import { BenchContext, type Scenario } from "./context";
import { ROOT } from "./projects";
import { fullMesh } from "./scenarios/fullMesh";
import { generate } from "./scenarios/generate";
import { growth } from "./scenarios/growth";
import { install } from "./scenarios/install";
import { preview } from "./scenarios/preview";
import { header } from "./table";

const SCENARIOS: readonly Scenario[] = [preview, generate, fullMesh, install, growth];

/** @throws Error for a name that no scenario has */
function chosen(names: readonly string[]): readonly Scenario[] {
  const known = SCENARIOS.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`no scenario is called ${unknown}: there are ${known.join(", ")}`);
  }
  return names.length === 0 ? SCENARIOS : SCENARIOS.filter(({ name }) => names.includes(name));
}

async function report(scenario: Scenario, home: string): Promise<void> {
  process.stderr.write(`${scenario.name}: ${scenario.title}\n`);
  const context = new BenchContext(home);
  try {
    const lines = await scenario.run(context);
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
  } finally {
    await context.end();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } });
  const scenarios = chosen(values.only ?? []);
  const { home } = await setupProject({
    istio: [NEWEST, PREVIOUS],
    with: [`istioctl-${NEWEST}`, `istioctl-${PREVIOUS}`, "cluster", "kubectl"],
  });
  spawnSync("npm", ["run", "build", "--silent"], { cwd: ROOT, stdio: "inherit" });
  process.stdout.write(`${header()}\n`);
  for (const scenario of scenarios) {
    await report(scenario, home);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
