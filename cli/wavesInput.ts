import { dirname, resolve } from "node:path";
import { throwIfAny } from "../mesh/common/problem";
import type { WaveStack, WavesInputs } from "../mesh/model/waveInputs";
import { type PlannedWave, plannedWaves, wavesProblems } from "../mesh/waves/waves";
import { readYaml } from "./readFile";
import { type RunFlags, refusal } from "./upgradeRun";

/** The flags that name several stacks. */
export interface WavesFlags extends RunFlags {
  /** Stacks of the project, with commas between them. */
  readonly stacks?: string;
  /** A file with waves of stacks. */
  readonly waves?: string;
}

/** Several stacks, as the flags name them. */
export interface ReadWaves {
  /** As the flag or the file says. */
  readonly to?: string;
  readonly waves: readonly PlannedWave[];
  /** The folder that a stack's `folder` starts from. */
  readonly base: string;
  /** The flag with which a person goes on. */
  readonly flag: string;
}

/** Returns whether the flags name several stacks. @throws InvalidInput if they contradict each other */
export function namesSeveral(flags: WavesFlags): boolean {
  const ways = (["stack", "stacks", "waves"] as const).filter((flag) => flags[flag] !== undefined);
  if (ways.length > 1) {
    const given = ways.map((flag) => `--${flag}`).join(" and ");
    throw refusal(given, "contradict each other", "keep one of them");
  }
  const isSeveral = flags.stacks !== undefined || flags.waves !== undefined;
  const single = (["until", "report"] as const).find((flag) => flags[flag] !== undefined);
  if (isSeveral && single !== undefined) {
    throw refusal(`--${single}`, "goes with one stack", `leave it out, or name the stack: --stack`);
  }
  return isSeveral;
}

function listed(stacks: string): WavesInputs {
  const names = stacks.split(",").map((name) => name.trim());
  return { waves: [{ name: "stacks", stacks: names.filter((name) => name !== "") }] };
}

/** Reads the waves that the flags name. @throws InvalidInput with all that is wrong with them */
export function readWaves(flags: WavesFlags): ReadWaves {
  const { stacks, waves: file, to } = flags;
  const given = file === undefined ? listed(stacks ?? "") : readYaml(file);
  const source = file ?? "--stacks";
  throwIfAny(wavesProblems(given).map((problem) => ({ source, ...problem })));
  const inputs = given as WavesInputs;
  const chosen = to ?? inputs.to;
  return {
    ...(chosen !== undefined && { to: chosen }),
    waves: plannedWaves(inputs),
    base: file === undefined ? process.cwd() : dirname(resolve(file)),
    flag: file === undefined ? `--stacks ${stacks}` : `--waves ${file}`,
  };
}

/** Returns the folder of a stack's project. */
export function folderOf({ folder = "." }: WaveStack, { base }: ReadWaves): string {
  return resolve(base, folder);
}
