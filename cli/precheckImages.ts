import type { Command } from "commander";
import { ANSWER_MS } from "../adapters/checks/precheck/images";
import type { PullOptions } from "../adapters/checks/precheck/pullTrial";
import { craneAt, type RegistryReader } from "../adapters/images/crane";
import { craneThatIsThere, findCrane, HOW_TO_GET } from "../adapters/images/craneProgram";
import { CLOCK } from "../components/objects/guards";
import type { Finding } from "../mesh/checks/finding";
import { seconds } from "./seconds";

/** The flags of `mesh precheck` about images. */
export interface ImageCheckFlags {
  /** Absent: registries are queried if crane is available. */
  readonly images?: boolean;
  readonly crane?: string;
  readonly pull?: boolean;
  readonly pullTimeout: number;
}

/** How long nodes may take to pull an image, in seconds. */
const PULL_SECONDS = 120;

/** Adds the flags that say how to query registries. */
export function withImageCheckFlags(command: Command): Command {
  return command
    .option(
      "--images",
      "ask registries for the mesh's images, and fail without crane (default: only if crane is installed)",
    )
    .option("--no-images", "ask no registry")
    .option("--crane <program>", "the crane that asks (default: the one on PATH)")
    .option("--pull", "have nodes pull the images, in a namespace that is deleted again")
    .option("--pull-timeout <seconds>", "with --pull: for all of them", seconds, PULL_SECONDS);
}

/** The finding if no registry can be queried. */
const NOT_ASKED: Finding = {
  check: "images",
  severity: "info",
  object: "images",
  reason: "their registries are not asked: crane is not on PATH",
  fix: `${HOW_TO_GET}; --no-images leaves registries out on purpose`,
};

/** The client that queries registries, or the finding if there is none. */
export interface ImageCheck {
  readonly registry?: RegistryReader;
  readonly pull?: PullOptions;
  readonly findings: readonly Finding[];
}

/**
 * Registries are queried unless the flags say otherwise: a wrong tag is the most common reason for
 * failed updates, and few people would think of a flag for it. They are
 * skipped if crane is not installed.
 *
 * @param signal ends the running programs
 * @throws Error if `--images` requires crane and there is none
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
