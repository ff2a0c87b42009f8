import type { CosignSigner } from "../model/meshInputs";

/**
 * Returns the flags of `cosign verify` for a signer.
 *
 * @param insecure whether the registry may use plain HTTP or an unknown certificate
 * @example cosignFlags({ key: "cosign.pub" }) // ["--key", "cosign.pub"]
 * @see https://github.com/sigstore/cosign/blob/main/doc/cosign_verify.md
 */
export function cosignFlags(signer: CosignSigner, insecure = false): string[] {
  const { key, identity, issuer, ignoreLog } = signer;
  return [
    ...(key === undefined ? [] : ["--key", key]),
    ...(identity === undefined ? [] : ["--certificate-identity", identity]),
    ...(issuer === undefined ? [] : ["--certificate-oidc-issuer", issuer]),
    ...(ignoreLog === true ? ["--insecure-ignore-tlog=true"] : []),
    ...(insecure ? ["--allow-insecure-registry", "--allow-http-registry"] : []),
  ];
}

/**
 * Returns why cosign refused, in one line, out of what it wrote to its standard error.
 *
 * @example cosignReason("Error: no signatures found\nerror during command execution: …")
 *   // "no signatures found"
 */
export function cosignReason(stderr: string): string | undefined {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const start = lines.findIndex((line) => line.startsWith("Error:"));
  if (start < 0) {
    return lines.at(-1);
  }
  const end = lines.findIndex((line) => /error during command execution/.test(line));
  const told = lines.slice(start, end > start ? end : undefined);
  return told.join(" ").replace(/^Error:\s*/, "");
}

/** A signature's content. @see https://github.com/containers/image/blob/main/docs/containers-signature.5.md */
interface Payload {
  readonly critical?: { readonly image?: { readonly "docker-manifest-digest"?: string } };
}

/** Returns the digests that the verified signatures are for, out of cosign's standard output. */
export function verifiedDigests(stdout: string): string[] {
  let payloads: unknown;
  try {
    payloads = JSON.parse(stdout);
  } catch {
    return [];
  }
  const list = Array.isArray(payloads) ? (payloads as (Payload | null)[]) : [];
  const digests = list.flatMap(
    (payload) => payload?.critical?.image?.["docker-manifest-digest"] ?? [],
  );
  return [...new Set(digests)];
}
