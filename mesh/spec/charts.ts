import type { ChartSource, CosignSigner } from "../model/meshInputs";
import type { InputProblem } from "../schema/checkInputs";

const HTTP = /^https?:\/\/[^/]/;

/** The format of addresses, by the kind of source. */
const ADDRESSES = {
  repository: { pattern: HTTP, example: "https://mirror.example.com/charts" },
  oci: { pattern: /^oci:\/\/[^/]+\/./, example: "oci://mirror.example.com/istio/charts" },
} as const;

function badUrl(path: string, value: string | undefined, pattern: RegExp, example: string) {
  return value === undefined || pattern.test(value)
    ? []
    : [{ path, value, reason: "is not an address of this kind", allowed: `such as ${example}` }];
}

const BOTH = "a key, or an identity and its issuer";

/**
 * Returns what is wrong with a signer of cosign's.
 *
 * @example checkSigner("charts.verify.cosign", {})[0].reason // "names no signer"
 */
export function checkSigner(
  path: string,
  { key, identity, issuer, ignoreLog }: CosignSigner,
): InputProblem[] {
  const byIdentity = identity !== undefined || issuer !== undefined;
  if (key === undefined && !byIdentity) {
    return [{ path, reason: "names no signer", allowed: BOTH }];
  }
  if (key !== undefined && byIdentity) {
    return [{ path, reason: "names a key and an identity", allowed: BOTH }];
  }
  const half =
    byIdentity && (identity === undefined || issuer === undefined)
      ? [
          {
            path: `${path}.${identity === undefined ? "identity" : "issuer"}`,
            reason: "is missing: anybody can have a certificate of some issuer",
            allowed: BOTH,
          },
        ]
      : [];
  const log =
    ignoreLog === true && key === undefined
      ? [
          {
            path: `${path}.ignoreLog`,
            reason:
              "is for keys only: a certificate is valid for minutes, and the log has the time",
          },
        ]
      : [];
  return [...half, ...log];
}

function checkVerification({ kind, verify }: Exclude<ChartSource, { kind: "folder" }>) {
  if (verify === undefined) {
    return [];
  }
  const { keyring, cosign } = verify;
  const path = "charts.verify";
  if (keyring === undefined && cosign === undefined) {
    return [{ path, reason: "verifies nothing", allowed: "keyring, cosign, or both" }];
  }
  const stray =
    cosign !== undefined && kind !== "oci"
      ? [
          {
            path: `${path}.cosign`,
            reason: "is for charts in a registry, and a Helm repository is none",
            fix: "write `kind: oci`, or `keyring` for provenance files",
          },
        ]
      : [];
  return [...stray, ...(cosign === undefined ? [] : checkSigner(`${path}.cosign`, cosign))];
}

/**
 * Returns what is wrong with the addresses and the signers of a chart source.
 *
 * @example
 * checkCharts({ kind: "oci", url: "https://x" })[0].path // "charts.url"
 */
export function checkCharts(charts: ChartSource | undefined): InputProblem[] {
  if (charts === undefined || charts.kind === "folder") {
    return [];
  }
  const { pattern, example } = ADDRESSES[charts.kind];
  return [
    ...badUrl("charts.url", charts.url, pattern, example),
    ...badUrl(
      "charts.releases",
      charts.releases,
      HTTP,
      "https://mirror.example.com/istio/releases",
    ),
    ...checkVerification(charts),
  ];
}
