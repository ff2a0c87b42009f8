import { cosignFlags, cosignReason, verifiedDigests } from "../mesh/images/cosign";
import type { CosignSigner } from "../mesh/model/meshInputs";
import { execute } from "./outsideCalls";
import { findProgram, type OutsideProgram, type ProgramSearch } from "./programs";

const COSIGN: OutsideProgram = {
  name: "cosign",
  purpose: "which verifies signatures",
  howToGet:
    "install cosign (brew install cosign, or go install github.com/sigstore/cosign/v2/cmd/cosign@latest, " +
    "or a release of github.com/sigstore/cosign) and put it on PATH",
};

/** Returns cosign, or throws an Error that says how to get it. */
export const findCosign = (search?: ProgramSearch) => findProgram(COSIGN, search);

/** How long one verification may take, in milliseconds. cosign itself gives up after 3 minutes. */
const LIMIT_MS = 200_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** What cosign found out about an image or chart. */
export type SignatureVerdict =
  /** The digests that the signatures are for. Empty if cosign did not say. */
  | { readonly kind: "signed"; readonly digests: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string };

/** How cosign is called. */
export interface CosignCall {
  /** Accepts plain HTTP and unknown certificates. @default false; loopback needs neither */
  readonly insecure?: boolean;
  /** Ends the running process. @default nothing does */
  readonly signal?: AbortSignal;
  /** @default the environment of the process */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs `cosign verify`.
 *
 * @param program the path of cosign
 * @param reference of an image or a chart, without `oci://`
 * @throws Error if cosign cannot be started
 */
export async function verifyWithCosign(
  program: string,
  reference: string,
  signer: CosignSigner,
  { insecure = false, signal, env = process.env }: CosignCall = {},
): Promise<SignatureVerdict> {
  const args = ["verify", ...cosignFlags(signer, insecure), reference];
  const options = { timeout: LIMIT_MS, maxBuffer: MAX_OUTPUT_BYTES, env, signal };
  try {
    const { stdout } = await execute(program, args, options);
    return { kind: "signed", digests: verifiedDigests(stdout) };
  } catch (error) {
    signal?.throwIfAborted();
    const {
      code,
      stderr = "",
      message,
      killed,
    } = error as Error & {
      readonly code?: unknown;
      readonly stderr?: string;
      readonly killed?: boolean;
    };
    if (killed === true) {
      return { kind: "refused", reason: `cosign had no answer within ${LIMIT_MS / 1000} s` };
    }
    if (typeof code === "string") {
      throw error;
    }
    return { kind: "refused", reason: cosignReason(stderr) ?? message };
  }
}
