import type { Command } from "commander";
import { ANSWER_MS } from "../adapters/checks/precheck/images";
import type { PullOptions } from "../adapters/checks/precheck/pullTrial";
import { craneAt, type RegistryReader } from "../adapters/images/crane";
import { craneThatIsThere, findCrane, HOW_TO_GET } from "../adapters/images/craneProgram";
import { CLOCK } from "../components/objects/guards";
import type { Finding } from "../mesh/checks/finding";
import { seconds } from "./seconds";

/** Flags of `mesh precheck` about images. */
export interface ImageCheckFlags {
  /** Absent: registries are asked where crane is there. */
  readonly images?: boolean;
  readonly crane?: string;
  readonly pull?: boolean;
  readonly pullTimeout: number;
}

/** How long nodes may take, in seconds. */
const PULL_SECONDS = 120;

/** Adds the flags that say how registries are asked. */
export function withImageCheckFlags(command: Command): Command {
  return command
    .option(
      "--images",
      "ask registries for the mesh's images, and fail without crane (default: where it is there)",
    )
    .option("--no-images", "ask no registry")
    .option("--crane <program>", "the crane that asks (default: the one on PATH)")
    .option("--pull", "have nodes pull the images, in a namespace that is deleted again")
    .option("--pull-timeout <seconds>", "with --pull: for all of them", seconds, PULL_SECONDS);
}

/** Said where nobody can ask. */
const NOT_ASKED: Finding = {
  check: "images",
  severity: "info",
  object: "images",
  reason: "their registries are not asked: crane is not on PATH",
  fix: `${HOW_TO_GET}; --no-images leaves registries out on purpose`,
};

/** Who asks registries for images, or what is said where nobody does. */
export interface ImageCheck {
  readonly registry?: RegistryReader;
  readonly pull?: PullOptions;
  readonly findings: readonly Finding[];
}

/**
 * Registries are asked unless the flags say otherwise: a wrong tag is what dooms most updates, and
 * whoever runs this at night would not think of a flag. Nothing is built for it unasked.
 *
 * @param signal ends what runs
 * @throws when `--images` wants a crane, and there is none
 */
export function imageCheck(flags: ImageCheckFlags, signal: AbortSignal): ImageCheck {
  return { ...registryCheck(flags, signal), ...(flags.pull === true && pullCheck(flags, signal)) };
}

function registryCheck({ images, crane }: ImageCheckFlags, signal: AbortSignal): ImageCheck {
  if (images === false) {
    return { findings: [] };
  }
  const program =
    images === true ? findCrane({ named: crane }) : craneThatIsThere({ named: crane });
  return program === undefined
    ? { findings: [NOT_ASKED] }
    : { registry: craneAt(program, signal, ANSWER_MS), findings: [] };
}

function pullCheck({ pullTimeout: timeoutSeconds }: ImageCheckFlags, signal: AbortSignal) {
  const progress = (text: string) => void process.stderr.write(`${text}\n`);
  return { pull: { timeoutSeconds, signal, progress, clock: CLOCK } };
}
