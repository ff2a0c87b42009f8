import { existsSync, readFileSync, rmSync } from "node:fs";
import type { ChartVerification, CosignSigner } from "../../mesh/model/meshInputs";
import { findCosign, verifyWithCosign } from "../cosign";
import { execute } from "../outsideCalls";
import { programOnPath } from "../programs";
import { DigestError, sha256, writeWhole } from "./archive";
import { ociProvenance, ociReference } from "./oci";
import type { ChartPlace } from "./places";
import { repositoryProvenance } from "./repository";

/**
 * A chart has not the signature that it must have. As with a digest, no other source is tried: a
 * person must look into it.
 */
export class SignatureError extends DigestError {
  override readonly name = "SignatureError";
}

/** The chart whose signature is verified. */
export interface SignedChart {
  readonly name: string;
  readonly version: string;
  /** Where it comes from. */
  readonly place: ChartPlace;
  /** The archive on this machine, with the name that it was packed under. */
  readonly path: string;
}

interface Options {
  readonly env: NodeJS.ProcessEnv;
  /** Whether nothing may be fetched. */
  readonly isOffline: boolean;
}

const HELM_LIMIT_MS = 60_000;

const HOW_TO_GET_HELM =
  "install helm (brew install helm, or a release of github.com/helm/helm) and put it on PATH";

function titleOf({ name, version, place }: SignedChart): string {
  return `the chart "${name}" ${version} of ${place.url}`;
}

function notKept(chart: SignedChart): SignatureError {
  return new SignatureError(
    `the signature of ${titleOf(chart)} is not on this machine, and nothing is fetched here; ` +
      `fix: render once (mesh manifest generate), which keeps it`,
  );
}

/** The reason that helm gives, without the word that every message of its begins with. */
function helmReason(error: unknown): string {
  const { stderr = "", message } = error as Error & { readonly stderr?: string };
  return (stderr.trim() || message).replace(/^Error:\s*/, "");
}

/** Keeps the provenance file beside the archive, where helm looks for it. */
async function provideProvenance(chart: SignedChart, { isOffline }: Options): Promise<string> {
  const { place, name, version, path } = chart;
  const file = `${path}.prov`;
  if (existsSync(file)) {
    return file;
  }
  if (isOffline) {
    throw notKept(chart);
  }
  const fetch = place.kind === "oci" ? ociProvenance : repositoryProvenance;
  const bytes = await fetch(place.url, name, version);
  if (bytes === undefined) {
    throw new SignatureError(
      `charts.verify.keyring: ${titleOf(chart)} has no provenance file (${name}-${version}.tgz.prov), ` +
        "so nobody has signed it; it was not used. fix: have whoever publishes it sign it " +
        "(helm package --sign), or leave `keyring` out and pin it in `digests`",
    );
  }
  writeWhole(file, bytes);
  return file;
}

async function verifyProvenance(
  chart: SignedChart,
  keyring: string,
  options: Options,
): Promise<void> {
  const helm = programOnPath("helm", options.env);
  if (helm === undefined) {
    throw new SignatureError(
      `charts.verify.keyring: helm, which verifies provenance, is not on PATH; fix: ${HOW_TO_GET_HELM}`,
    );
  }
  if (!existsSync(keyring)) {
    throw new SignatureError(
      `charts.verify.keyring: ${keyring} does not exist; fix: gpg --export KEY_ID > ${keyring}`,
    );
  }
  const file = await provideProvenance(chart, options);
  try {
    await execute(helm, ["verify", chart.path, "--keyring", keyring], {
      env: options.env,
      timeout: HELM_LIMIT_MS,
    });
  } catch (error) {
    if (!options.isOffline) {
      // It is fetched again the next time, when its publisher may have corrected it.
      rmSync(file, { force: true });
    }
    throw new SignatureError(
      `charts.verify.keyring: helm does not accept the signature of ${titleOf(chart)}: ` +
        `${helmReason(error)}; it was not used. fix: find out who signed it before you add a key to ${keyring}`,
    );
  }
}

/** What was verified, so that a kept archive needs no registry. */
interface CosignRecord {
  readonly archive: string;
  readonly signer: CosignSigner;
}

function isRecorded(file: string, record: CosignRecord): boolean {
  return existsSync(file) && readFileSync(file, "utf8") === JSON.stringify(record);
}

async function verifyInRegistry(
  chart: SignedChart,
  signer: CosignSigner,
  { env, isOffline }: Options,
): Promise<void> {
  const { key, identity, issuer, ignoreLog } = signer;
  const record: CosignRecord = {
    archive: sha256(readFileSync(chart.path)),
    signer: { key, identity, issuer, ignoreLog },
  };
  const file = `${chart.path}.cosign.json`;
  if (isRecorded(file, record)) {
    return;
  }
  if (isOffline) {
    throw notKept(chart);
  }
  const cosign = findCosign({ env });
  const { url } = chart.place;
  const reference = await ociReference(url, chart.name, chart.version, record.archive);
  if (reference === undefined) {
    throw new SignatureError(
      `charts.verify.cosign: ${titleOf(chart)} is no longer what was fetched before, which is in ${chart.path}; ` +
        "fix: find out why it changed, then delete this file",
    );
  }
  const verdict = await verifyWithCosign(cosign, reference, signer, { env });
  if (verdict.kind === "refused") {
    throw new SignatureError(
      `charts.verify.cosign: cosign does not accept the signature of ${titleOf(chart)} (${reference}): ` +
        `${verdict.reason}; it was not used. fix: find out who signed it before you name another signer`,
    );
  }
  writeWhole(file, Buffer.from(JSON.stringify(record)));
}

/**
 * Verifies the signatures that a chart must have: provenance each time, since that needs nothing but
 * this machine; signatures in a registry once for each archive and signer.
 *
 * @throws SignatureError if a signature is missing, or is by somebody else
 * @throws Error if helm or cosign is not on PATH, with how to get it
 */
export async function verifySignatures(
  chart: SignedChart,
  { keyring, cosign }: ChartVerification,
  options: Options,
): Promise<void> {
  if (keyring !== undefined) {
    await verifyProvenance(chart, keyring, options);
  }
  if (cosign !== undefined) {
    await verifyInRegistry(chart, cosign, options);
  }
}
