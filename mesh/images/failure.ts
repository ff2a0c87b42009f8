/** Why a registry refused or failed. */
export interface RegistryFailure {
  readonly kind: "missing" | "denied" | "unreachable" | "tls" | "damaged" | "other";
  /** The registry's message, in one line. */
  readonly reason: string;
  readonly fix?: string;
  /** Whether another attempt may succeed. */
  readonly passing: boolean;
}

interface Rule {
  readonly kind: RegistryFailure["kind"];
  readonly said: RegExp;
  readonly fix?: string;
  readonly passing?: boolean;
}

const LOGIN = "log in (docker login REGISTRY, or crane auth login REGISTRY)";

/**
 * The first rule that matches wins. The texts come from the registry API and from Go's network and
 * TLS libraries.
 */
const RULES: readonly Rule[] = [
  {
    kind: "damaged",
    said: /DIGEST_INVALID|error verifying (\w+) (hash|checksum)|does not match (expected|requested) (hash|digest)/i,
    passing: true,
  },
  {
    kind: "missing",
    said: /MANIFEST_UNKNOWN|NAME_UNKNOWN|NOT_FOUND|404 Not Found|no child with platform/i,
    fix: "look for a typing error in hub, tag or platform; --source OLD=NEW takes images from elsewhere",
  },
  {
    kind: "unreachable",
    said: /TOOMANYREQUESTS|429 Too Many Requests/i,
    fix: `${LOGIN}, or try again later`,
    passing: true,
  },
  { kind: "denied", said: /UNAUTHORIZED|401 Unauthorized/i, fix: LOGIN },
  {
    kind: "denied",
    said: /DENIED|403 Forbidden/i,
    fix: `${LOGIN} as somebody who may do this`,
  },
  {
    kind: "tls",
    said: /x509:|tls: |server gave HTTP response|HTTP request to an HTTPS server/i,
    fix: "let this machine trust the registry's certificate, or use --insecure (--insecure-source for the source)",
  },
  {
    kind: "unreachable",
    said: /connection refused|no such host|i\/o timeout|deadline exceeded|network is unreachable|connection reset|\bEOF\b|broken pipe|server misbehaving|\b50[0234] /i,
    fix: "look at the address, the network and the proxy settings (HTTPS_PROXY)",
    passing: true,
  },
];

const NOISE = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /;

/** Returns the line that says most: the error itself, or else the last line. */
function tellingLine(output: string): string {
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const error = lines.filter((line) => /^error:/i.test(line)).at(-1) ?? lines.at(-1) ?? "";
  return error.replace(/^error:\s*/i, "").replace(NOISE, "");
}

/**
 * Works out why a transfer failed.
 *
 * @param output what the program wrote to standard error
 * @example failureOf("Error: … dial tcp: connect: connection refused").kind // "unreachable"
 */
export function failureOf(output: string): RegistryFailure {
  const reason = tellingLine(output) || "it ended without a reason";
  const rule = RULES.find(({ said }) => said.test(reason));
  return rule === undefined
    ? { kind: "other", reason, passing: false }
    : {
        kind: rule.kind,
        reason,
        ...(rule.fix !== undefined && { fix: rule.fix }),
        passing: rule.passing === true,
      };
}

/**
 * Returns the reason and the fix as one text.
 *
 * @example registryFailureText({ kind: "denied", reason: "401", fix: "log in", passing: false }) // "401; fix: log in"
 */
export function registryFailureText({ reason, fix }: RegistryFailure): string {
  return fix === undefined ? reason : `${reason}; fix: ${fix}`;
}
