import { Command } from "commander";
import { findCosign, type SignatureVerdict, verifyWithCosign } from "../adapters/cosign";
import { mapConcurrently } from "../adapters/images/transfer";
import { throwIfAny } from "../mesh/common/problem";
import { sourceOf } from "../mesh/images/mirror";
import { istioSigner } from "../mesh/images/signers";
import type { CosignSigner } from "../mesh/model/meshInputs";
import { checkSigner } from "../mesh/spec/charts";
import { columns } from "./format";
import {
  type ImageFlags,
  imageOptions,
  renderedImages,
  sourcesOf,
  warnOfUnknown,
  withSelectionFlags,
} from "./imagesInput";
import { inputsOf, withInputFlags } from "./inputs";
import { interruptible } from "./interrupt";
import { dataText, type OutputFormat, withJson, withOutput } from "./output";
import { EXIT_FAILED, flagsOf } from "./report";

interface VerifyFlags extends ImageFlags {
  readonly output: OutputFormat;
  readonly key?: string;
  readonly certificateIdentity?: string;
  readonly certificateOidcIssuer?: string;
  readonly ignoreLog?: boolean;
  readonly cosign?: string;
}

/** An image, and what is known about its signature. */
interface Row {
  readonly image: string;
  readonly signer?: CosignSigner;
  /** Absent if nobody is known to sign the image. */
  readonly verdict?: SignatureVerdict;
}

/** The signer that the flags name, for every image. @throws InvalidInput if they contradict */
function namedSigner(flags: VerifyFlags): CosignSigner | undefined {
  const { key, certificateIdentity: identity, certificateOidcIssuer: issuer, ignoreLog } = flags;
  if (key === undefined && identity === undefined && issuer === undefined) {
    return undefined;
  }
  const signer = { key, identity, issuer, ignoreLog };
  throwIfAny(
    checkSigner("signer", signer).map((problem) => ({
      source: flagsOf("images verify"),
      ...problem,
    })),
  );
  return signer;
}

const UNKNOWN =
  "no key is known for it: name one with --key, or --certificate-identity and its issuer";

function resultText({ verdict }: Row): string {
  if (verdict === undefined) {
    return `not verified: ${UNKNOWN}`;
  }
  return verdict.kind === "signed"
    ? ["signed", ...verdict.digests].join(" ")
    : `refused: ${verdict.reason}`;
}

function signerText({ signer }: Row): string {
  return signer?.key ?? signer?.identity ?? "";
}

function table(rows: readonly Row[]): string {
  return columns([
    ["IMAGE", "SIGNER", "RESULT"],
    ...rows.map((row) => [row.image, signerText(row), resultText(row)]),
  ]);
}

function jsonRow({ image, signer, verdict }: Row) {
  const result = verdict?.kind ?? "unknown";
  return {
    image,
    result,
    ...(signer !== undefined && { signer }),
    ...(verdict?.kind === "signed" && { digests: verdict.digests }),
    ...(verdict?.kind === "refused" && { reason: verdict.reason }),
  };
}

async function verify(flags: VerifyFlags, overlays: readonly string[]): Promise<void> {
  const named = namedSigner(flags);
  const sources = sourcesOf(flags);
  const cosign = findCosign({ named: flags.cosign });
  const found = await renderedImages(inputsOf(flags, overlays), await imageOptions(flags));
  warnOfUnknown(found);
  const { insecureSource: insecure, ignoreLog, jobs = 4 } = flags;
  const rows = await interruptible((signal) =>
    mapConcurrently(found.images, jobs, async ({ image: used }): Promise<Row> => {
      const image = sourceOf(used, sources);
      const known = named ?? istioSigner(image);
      const signer = known === undefined ? undefined : { ...known, ignoreLog };
      return signer === undefined
        ? { image }
        : {
            image,
            signer,
            verdict: await verifyWithCosign(cosign, image, signer, { insecure, signal }),
          };
    }),
  );
  const { output } = flags;
  process.stdout.write(output === "text" ? table(rows) : dataText(rows.map(jsonRow), output));
  if (rows.some(({ verdict }) => verdict?.kind !== "signed")) {
    process.exitCode = EXIT_FAILED;
  }
}

const EXAMPLES = `
Exit code: 0 all are signed, 1 wrong input, or an image is not signed or its signer is not known, 2 trouble.

Examples:
  mesh images verify --stack prod
  mesh images verify --stack prod --key keys/mirror.pub
  mesh images verify --source registry.example.com/mesh=docker.io/istio    # at the source of a mirror
  mesh images verify --certificate-identity ci@example.com --certificate-oidc-issuer https://accounts.google.com`;

/** Returns the command `mesh images verify`. */
export function verifyCommand(): Command {
  const overlays: string[] = [];
  const command = new Command("verify")
    .description("whether each image that the mesh pulls is signed, by cosign")
    .option("--key <path|url>", "public key for all images (default: Istio's, for Istio's images)")
    .option("--certificate-identity <name>", "signer of signatures without a key")
    .option("--certificate-oidc-issuer <url>", "who vouches for this signer")
    .option("--ignore-log", "accept signatures that are not in Sigstore's transparency log")
    .option("--cosign <program>", "the cosign to use (default: the one on PATH)")
    .addHelpText("after", EXAMPLES);
  withJson(withOutput(command, { aliases: { table: "text" } }));
  return withSelectionFlags(withInputFlags(command, overlays)).action((flags: VerifyFlags) =>
    verify(flags, overlays),
  );
}
