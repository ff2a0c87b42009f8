import { failureOf, type RegistryFailure } from "../../mesh/images/failure";
import type { ImageProbe } from "../../mesh/images/step";
import { execute } from "../outsideCalls";

/** What a call may do beyond the safe default. */
export interface CallOptions {
  /** Accepts plain HTTP and untrusted certificates. @default false */
  readonly insecure?: boolean;
  /** Only this platform of an image for several, such as `linux/amd64`. @default all */
  readonly platform?: string;
}

/** A call that failed, with the reason as data. */
export class CraneFailure extends Error {
  constructor(readonly failure: RegistryFailure) {
    super(failure.reason);
    this.name = "CraneFailure";
  }
}

/** Queries registries. */
export interface RegistryReader {
  /**
   * Returns the manifest of an image, or its index for several platforms, as JSON. @throws
   * CraneFailure
   */
  manifest(image: string): Promise<string>;
  /** Returns the configuration of an image for one platform, as JSON. @throws CraneFailure */
  config(image: string): Promise<string>;
  /** Returns the tags of a repository. @throws CraneFailure */
  tags(repository: string): Promise<string[]>;
}

/** Copies images. */
export interface Crane extends RegistryReader {
  /** Returns the digest of an image. */
  digest(image: string, options?: CallOptions): Promise<ImageProbe>;
  /** Copies an image with all of its platforms. @throws CraneFailure */
  copy(source: string, target: string, options?: CallOptions): Promise<void>;
  /** Adds an image to an OCI layout. @throws CraneFailure */
  pull(source: string, layout: string, options?: CallOptions): Promise<void>;
  /** Pushes the one image of an OCI layout. @throws CraneFailure */
  push(layout: string, target: string, options?: CallOptions): Promise<void>;
}

/** The time limit of a query to a registry, in milliseconds. Transfers have none. */
const QUESTION_MS = 60_000;
const TRANSFER_MS = 30 * 60_000;

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

const TIMED_OUT = (milliseconds: number): RegistryFailure => ({
  kind: "unreachable",
  reason: `no answer within ${milliseconds / 1000} s`,
  fix: "look at the network and the proxy settings (HTTPS_PROXY)",
  passing: true,
});

/** Returns whether the program ran and failed, in contrast to a program that could not start. */
function hasEnded(error: unknown): error is Error & { readonly stderr: string } {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code !== "string" &&
    "stderr" in error &&
    typeof error.stderr === "string"
  );
}

function flagsOf({ insecure, platform }: CallOptions): string[] {
  return [
    ...(insecure === true ? ["--insecure"] : []),
    ...(platform === undefined ? [] : ["--platform", platform]),
  ];
}

/**
 * Returns a client that runs crane.
 *
 * @param program the path of crane
 * @param signal ends the running processes
 * @param questionMs the time limit of one query, in milliseconds
 */
export function craneAt(
  program: string,
  signal: AbortSignal,
  questionMs: number = QUESTION_MS,
): Crane {
  async function call(args: readonly string[], milliseconds: number): Promise<string> {
    const limit = AbortSignal.timeout(milliseconds);
    const options = { signal: AbortSignal.any([signal, limit]), maxBuffer: MAX_OUTPUT_BYTES };
    try {
      const { stdout } = await execute(program, args, options);
      return stdout.trim();
    } catch (error) {
      signal.throwIfAborted();
      if (limit.aborted) {
        throw new CraneFailure(TIMED_OUT(milliseconds));
      }
      throw hasEnded(error) ? new CraneFailure(failureOf(error.stderr)) : error;
    }
  }
  const transfer = async (verb: readonly string[], options: CallOptions = {}) =>
    void (await call([...verb, ...flagsOf(options)], TRANSFER_MS));
  const ask = (...args: readonly string[]) => call(args, questionMs);
  return {
    manifest: (image) => ask("manifest", image),
    config: (image) => ask("config", image),
    tags: async (repository) =>
      (await ask("ls", repository)).split("\n").filter((tag) => tag !== ""),
    async digest(image, options = {}) {
      try {
        return { digest: await ask("digest", image, ...flagsOf(options)) };
      } catch (error) {
        if (error instanceof CraneFailure) {
          return { failure: error.failure };
        }
        throw error;
      }
    },
    copy: (source, target, options) => transfer(["copy", source, target], options),
    pull: (source, layout, options) => transfer(["pull", "--format=oci", source, layout], options),
    push: (layout, target, options) => transfer(["push", layout, target], options),
  };
}
