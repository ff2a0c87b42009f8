import { NEW } from "../../toolchain/versions";
import type { Scenario } from "../context";
import { compare } from "../measure";
import { CHARTS, OVERLAYS } from "../meshes";
import { generateSmall } from "../peers";
import { ROOT } from "../projects";
import { row } from "../table";

const PAIRS = 7;
const GOAL = 3;

function ours() {
  const options = OVERLAYS.flatMap((name) => ["--option", name]);
  return {
    program: process.execPath,
    args: ["dist/cli/main.js", "manifest", "generate", ...options, "-r", NEW, "--charts", CHARTS],
    cwd: ROOT,
  };
}

async function run(): Promise<string[]> {
  const times = await compare({ command: ours() }, { command: generateSmall() }, PAIRS);
  return [row("mesh manifest generate / istioctl manifest generate", times, GOAL)];
}

export const generate: Scenario = {
  name: "generate",
  title: "manifests of one revision",
  run,
};
