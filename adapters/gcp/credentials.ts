import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type CredentialSearch, credentialFault } from "../../mesh/gke/access";

/** Where credentials are looked for. All of it is passed in. */
export interface CredentialPlaces {
  readonly env: NodeJS.ProcessEnv;
  /** The user's home folder. */
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** The configuration keys `gcp:credentials` and `gcp:accessToken`. */
  readonly config: { readonly credentials?: string; readonly accessToken?: string };
  /** How long the metadata server may take to answer, in milliseconds. @default 2000 */
  readonly metadataLimitMs?: number;
}

/**
 * Variables that hold credentials as JSON or the path of a file, in the order in which the provider
 * reads them.
 */
const CREDENTIAL_VARIABLES = [
  "GOOGLE_CREDENTIALS",
  "GOOGLE_CLOUD_KEYFILE_JSON",
  "GCLOUD_KEYFILE_JSON",
] as const;

const FILE_VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS";
const FILE_NAME = "application_default_credentials.json";
const METADATA_HOST = "169.254.169.254";

/** An empty variable counts as unset. */
function given(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value;
}

function read(path: string): { readonly text: string } | { readonly fault: string } {
  try {
    return { text: readFileSync(path, "utf8") };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { fault: code === "ENOENT" ? "does not exist" : `cannot be read: ${message}` };
  }
}

function judgeFile(setting: string, path: string): CredentialSearch {
  const content = read(path);
  const fault = "fault" in content ? content.fault : credentialFault(content.text);
  return fault === undefined
    ? { kind: "found" }
    : { kind: "unusable", setting, reason: `${path} ${fault}` };
}

/** Accepts JSON or a path. JSON is never printed, since it holds a key. */
function judgeText(setting: string, text: string, home: string): CredentialSearch {
  if (!text.trimStart().startsWith("{")) {
    return judgeFile(setting, text.replace(/^~(?=[/\\])/, home));
  }
  const fault = credentialFault(text);
  return fault === undefined
    ? { kind: "found" }
    : { kind: "unusable", setting, reason: `its text ${fault}` };
}

function wellKnownFile({ env, home, platform }: CredentialPlaces): string {
  return platform === "win32"
    ? join(env.APPDATA ?? join(home, "AppData", "Roaming"), "gcloud", FILE_NAME)
    : join(home, ".config", "gcloud", FILE_NAME);
}

/**
 * Asks the metadata server of a machine on Google Cloud, or the one that `GCE_METADATA_HOST` names.
 * A server of Google's answers with the header `Metadata-Flavor: Google`.
 *
 * @see https://cloud.google.com/compute/docs/metadata/querying-metadata
 */
async function hasMetadataServer({ env, metadataLimitMs = 2000 }: CredentialPlaces) {
  const host = given(env.GCE_METADATA_HOST) ?? METADATA_HOST;
  try {
    const answer = await fetch(`http://${host}/`, {
      headers: { "Metadata-Flavor": "Google" },
      signal: AbortSignal.timeout(metadataLimitMs),
    });
    await answer.body?.cancel();
    return answer.headers.get("metadata-flavor") === "Google";
  } catch {
    return false;
  }
}

/**
 * Looks for Google Cloud credentials where Pulumi's provider looks, in its order. The first setting
 * that names credentials decides. Nothing is sent to Google Cloud, so credentials that have expired
 * count as found.
 *
 * @see https://www.pulumi.com/registry/packages/gcp/installation-configuration/
 * @see https://cloud.google.com/docs/authentication/application-default-credentials
 */
export async function findCredentials(places: CredentialPlaces): Promise<CredentialSearch> {
  const { env, home, config } = places;
  if (given(config.accessToken) !== undefined) {
    return { kind: "found" };
  }
  const configured = given(config.credentials);
  if (configured !== undefined) {
    return judgeText("gcp:credentials", configured, home);
  }
  if (given(env.GOOGLE_OAUTH_ACCESS_TOKEN) !== undefined) {
    return { kind: "found" };
  }
  for (const name of CREDENTIAL_VARIABLES) {
    const value = given(env[name]);
    if (value !== undefined) {
      return judgeText(name, value, home);
    }
  }
  const named = given(env[FILE_VARIABLE]);
  if (named !== undefined) {
    return judgeFile(FILE_VARIABLE, named);
  }
  const wellKnown = wellKnownFile(places);
  if (existsSync(wellKnown)) {
    return judgeFile(wellKnown, wellKnown);
  }
  if (await hasMetadataServer(places)) {
    return { kind: "found" };
  }
  const folder = given(env.CLOUDSDK_CONFIG);
  const elsewhere = folder === undefined ? undefined : join(folder, FILE_NAME);
  return elsewhere !== undefined && existsSync(elsewhere)
    ? { kind: "none", wellKnown, elsewhere }
    : { kind: "none", wellKnown };
}
