import type { Problem } from "../common/problem";
import type { GkeInputs } from "../model/gkeInputs";
import { INPUTS_SOURCE } from "../model/meshInputs";

/** What looking for Google Cloud credentials has found. */
export type CredentialSearch =
  | { readonly kind: "found" }
  /** A setting names credentials, and they cannot be used. The provider looks no further then. */
  | { readonly kind: "unusable"; readonly setting: string; readonly reason: string }
  | {
      readonly kind: "none";
      /** The file of gcloud that was looked for. */
      readonly wellKnown: string;
      /** A file that gcloud wrote elsewhere, because `CLOUDSDK_CONFIG` says so. */
      readonly elsewhere?: string;
    };

/** Types of credential files. @see https://google.aip.dev/auth/4110 */
const TYPES: readonly string[] = [
  "authorized_user",
  "service_account",
  "external_account",
  "external_account_authorized_user",
  "impersonated_service_account",
  "gdch_service_account",
];

/**
 * Returns why a text is not a credential file, and nothing if it is one.
 *
 * @example credentialFault('{"type":"service_account"}') // undefined
 */
export function credentialFault(text: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return "is not JSON";
  }
  const type = (parsed as { type?: unknown } | null)?.type;
  return typeof type === "string" && TYPES.includes(type)
    ? undefined
    : `is not a credential file: its \`type\` is none of ${TYPES.join(", ")}`;
}

const LOGIN = "gcloud auth application-default login";
const SEE = "https://cloud.google.com/docs/authentication/application-default-credentials";

/** Names that guides, and these documents, write where a project's own ID belongs. */
const PLACEHOLDER = /^[<{[$]|^(my|your|example)?[-_]?(gcp[-_])?project([-_]?(id|name))?$/i;

const PROJECT_FIX =
  "write the ID of your project: `gcloud projects list` prints them; `gcloud config set project ID` makes it gcloud's own, too";

function projectProblems(path: string, value: string | undefined): Omit<Problem, "source">[] {
  if (value === undefined || value === "") {
    return [{ path, reason: "is not set", fix: PROJECT_FIX }];
  }
  return PLACEHOLDER.test(value)
    ? [{ path, value, reason: "is a placeholder, not a project of yours", fix: PROJECT_FIX }]
    : [];
}

/**
 * Returns the projects in the inputs that are missing, or that are still the placeholder of a guide.
 * Accepts plain data of any shape.
 */
export function checkProjects(inputs: Partial<GkeInputs> | null): Problem[] {
  const { project, fleet, dns } = inputs ?? {};
  const records = Array.isArray(dns) ? dns : [];
  const named = [
    ["fleet.project", fleet?.project] as const,
    ...records.map((record, index) => [`dns[${index}].project`, record?.project] as const),
  ].filter(([, value]) => typeof value === "string");
  return [["project", project] as const, ...named]
    .filter(([, value]) => value === undefined || typeof value === "string")
    .flatMap(([path, value]) => projectProblems(path, value))
    .map((problem) => ({ source: INPUTS_SOURCE, ...problem }));
}

/** Returns what keeps the Google Cloud provider from logging in. */
export function checkCredentials(search: CredentialSearch): Problem[] {
  const source = "Google Cloud credentials";
  switch (search.kind) {
    case "found":
      return [];
    case "unusable": {
      const { setting, reason } = search;
      const fix = `correct ${setting}, or take it away and run \`${LOGIN}\``;
      return [{ source, path: setting, reason, fix, see: SEE }];
    }
    case "none": {
      const { wellKnown, elsewhere } = search;
      const reason = `there are none: no setting names any, ${wellKnown} does not exist, and no metadata server answers`;
      const fix =
        elsewhere === undefined
          ? LOGIN
          : `export GOOGLE_APPLICATION_CREDENTIALS=${elsewhere} (Pulumi's provider does not look into CLOUDSDK_CONFIG)`;
      return [{ source, path: "", reason, fix, see: SEE }];
    }
    default:
      return search satisfies never;
  }
}

/** Keeps the first problem of each place: a placeholder is mostly not a valid ID either. */
export function withoutRepeats(problems: readonly Problem[]): Problem[] {
  const place = ({ source, path }: Problem) => JSON.stringify([source, path]);
  return problems.filter(
    (problem, index) =>
      problem.path === "" ||
      problems.findIndex((other) => place(other) === place(problem)) === index,
  );
}
