import type { Problem } from "../common/problem";
import { type CaInputs, FEATURE_NAMES, INPUTS_SOURCE, type MeshInputs } from "../model/meshInputs";
import { checkRevision } from "../model/revision";
import { checkSeconds, checkTimeouts } from "../model/timeouts";
import { checkVersion } from "../model/versions";
import { checkInputs, type InputProblem } from "../schema/checkInputs";
import { checkCharts } from "./charts";

function percent(path: string, value: number | undefined): InputProblem[] {
  const valid = value === undefined || (value >= 0 && value <= 100);
  return valid ? [] : [{ path, value, reason: "is not a percentage", allowed: "0 to 100" }];
}

function checkTracing({ tracing }: MeshInputs): InputProblem[] {
  if (tracing === undefined || tracing.provider === "none") {
    return [];
  }
  const empty =
    tracing.service === ""
      ? [{ path: "tracing.service", reason: "is empty", fix: "name the collector's Service" }]
      : [];
  return [...percent("tracing.samplingPercent", tracing.samplingPercent), ...empty];
}

const CA_POOL = /^projects\/[^/]+\/locations\/[^/]+\/caPools\/[^/]+$/;
const PLUG_IN_FIELDS = ["caCert", "caKey", "rootCert", "certChain"] as const;

function checkGoogleCa(ca: CaInputs | undefined): InputProblem[] {
  const isGoogle = ca?.type === "mesh-ca" || ca?.type === "cas";
  const project =
    isGoogle && ca.project === ""
      ? [{ path: "ca.project", reason: "is empty", fix: "name the fleet's project" }]
      : [];
  const allowed = "projects/PROJECT/locations/LOCATION/caPools/POOL";
  const pool =
    ca?.type === "cas" && !CA_POOL.test(ca.caPool)
      ? [{ path: "ca.caPool", value: ca.caPool, reason: "is not a CA pool", allowed }]
      : [];
  return [...project, ...pool];
}

function checkPlugInCerts(ca: CaInputs | undefined): InputProblem[] {
  if (ca?.type !== "plug-in-certs") {
    return [];
  }
  const missing = PLUG_IN_FIELDS.filter((field) => ca[field] === undefined);
  const partial = missing.length > 0 && missing.length < PLUG_IN_FIELDS.length;
  const fix = `give ${PLUG_IN_FIELDS.join(", ")}, or none of them to use the Secret cacerts that exists`;
  return partial ? missing.map((f) => ({ path: `ca.${f}`, reason: "is missing", fix })) : [];
}

function checkVersionInput({ version }: MeshInputs): InputProblem[] {
  const finding = checkVersion(version);
  return finding === undefined ? [] : [{ path: "version", value: version, ...finding }];
}

function checkRevisionInput({ revision }: MeshInputs): InputProblem[] {
  const finding = revision === undefined ? undefined : checkRevision(revision);
  return finding === undefined ? [] : [{ path: "revision", value: revision, ...finding }];
}

/** Returns the input that contains a property path. */
function inputOf({ path }: Pick<InputProblem, "path">): string {
  return path.split(/[.[]/)[0] ?? "";
}

/**
 * Returns the inputs without those that do not fit their types, which the checks of values could
 * not read.
 */
function fittingInputs(inputs: MeshInputs, misfits: readonly InputProblem[]): MeshInputs {
  const bad = misfits.map(inputOf);
  const fitting = Object.entries(inputs).filter(([name]) => !bad.includes(name));
  return { version: "", ...Object.fromEntries(fitting) };
}

const FEATURES: readonly string[] = FEATURE_NAMES;

/** The problems of a mesh's typed inputs, and the inputs that other checks can read. */
export interface CheckedMesh {
  readonly problems: readonly Problem[];
  /**
   * The inputs without those that do not fit their types, and without features that have a problem.
   */
  readonly sound: MeshInputs;
}

/**
 * Checks the typed inputs of one control plane: first that they fit their types, then their values.
 *
 * @example
 * checkMesh({ version: "1.31.0", revision: "1.31.0" }).problems[0].path // "revision"
 */
export function checkMesh(inputs: MeshInputs): CheckedMesh {
  const misfits = checkInputs("MeshInputs", inputs);
  const fitting = fittingInputs(inputs, misfits);
  const hasVersion = !misfits.some(({ path }) => path === "version");
  const values = CHECKS.flatMap((check) => check(fitting)).filter(
    ({ path }) => hasVersion || path !== "version",
  );
  const features = values.filter((finding) => FEATURES.includes(inputOf(finding)));
  return {
    problems: [...misfits, ...values].map((finding) => ({ source: INPUTS_SOURCE, ...finding })),
    sound: fittingInputs(fitting, features),
  };
}

const CHECKS: readonly ((inputs: MeshInputs) => InputProblem[])[] = [
  checkVersionInput,
  checkRevisionInput,
  ({ proxy }) => checkSeconds("proxy.terminationDrainSeconds", proxy?.terminationDrainSeconds),
  checkTracing,
  ({ charts }) => checkCharts(charts),
  ({ ca }) => [...checkGoogleCa(ca), ...checkPlugInCerts(ca)],
  ({ timeouts }) => checkTimeouts(timeouts),
];
