import type { Problem } from "../common/problem";
import {
  type CaInputs,
  type FeatureName,
  INPUTS_SOURCE,
  type MeshInputs,
  type TracingInputs,
} from "../model/meshInputs";
import { checkRevision } from "../model/revision";
import { checkSeconds, checkTimeouts } from "../model/timeouts";
import { checkVersion } from "../model/versions";
import { checkShape } from "../schema/inputShape";
import { checkCharts } from "./charts";

type Finding = Omit<Problem, "source">;

function oneOf(path: string, value: unknown, allowed: readonly string[]): Finding[] {
  return value === undefined || allowed.includes(value as string)
    ? []
    : [{ path, value, reason: "is unknown", allowed: allowed.join(", ") }];
}

function percent(path: string, value: number | undefined): Finding[] {
  const valid = value === undefined || (value >= 0 && value <= 100);
  return valid ? [] : [{ path, value, reason: "is not a percentage", allowed: "0 to 100" }];
}

function checkTracing(tracing: TracingInputs | undefined): Finding[] {
  if (tracing === undefined || tracing.provider === "none") {
    return [];
  }
  const providers = ["cloud-trace", "opentelemetry", "none"];
  const missing =
    tracing.provider === "opentelemetry" && !tracing.service
      ? [{ path: "tracing.service", reason: "is missing", fix: "name the collector's Service" }]
      : [];
  return [
    ...oneOf("tracing.provider", tracing.provider, providers),
    ...percent("tracing.samplingPercent", tracing.samplingPercent),
    ...missing,
  ];
}

const CA_POOL = /^projects\/[^/]+\/locations\/[^/]+\/caPools\/[^/]+$/;
const PLUG_IN_FIELDS = ["caCert", "caKey", "rootCert", "certChain"] as const;

function checkGoogleCa(ca: CaInputs | undefined): Finding[] {
  const isGoogle = ca?.type === "mesh-ca" || ca?.type === "cas";
  const project =
    isGoogle && !ca.project
      ? [{ path: "ca.project", reason: "is missing", fix: "name the fleet's project" }]
      : [];
  const allowed = "projects/PROJECT/locations/LOCATION/caPools/POOL";
  const pool =
    ca?.type === "cas" && !CA_POOL.test(ca.caPool)
      ? [{ path: "ca.caPool", value: ca.caPool, reason: "is not a CA pool", allowed }]
      : [];
  return [...project, ...pool];
}

function checkCa(ca: CaInputs | undefined): Finding[] {
  if (ca?.type === "plug-in-certs") {
    const missing = PLUG_IN_FIELDS.filter((field) => ca[field] === undefined);
    const partial = missing.length > 0 && missing.length < PLUG_IN_FIELDS.length;
    const fix = `give ${PLUG_IN_FIELDS.join(", ")}, or none of them to use the Secret cacerts that exists`;
    return partial ? missing.map((f) => ({ path: `ca.${f}`, reason: "is missing", fix })) : [];
  }
  return oneOf("ca.type", ca?.type, ["istio", "mesh-ca", "cas", "plug-in-certs"]);
}

function checkVersionInput(version: string): Finding[] {
  const finding = checkVersion(version);
  return finding === undefined ? [] : [{ path: "version", value: version, ...finding }];
}

function checkRevisionInput(revision: string | undefined): Finding[] {
  const finding = revision === undefined ? undefined : checkRevision(revision);
  return finding === undefined ? [] : [{ path: "revision", value: revision, ...finding }];
}

/** A shape that is wrong hides what is in it from the checks of the values. */
function withoutBadShapes(inputs: MeshInputs, findings: readonly Finding[]): MeshInputs {
  const bad = findings.map(inputOf);
  return Object.fromEntries(
    Object.entries(inputs).filter(([name]) => !bad.includes(name)),
  ) as unknown as MeshInputs;
}

/** The input that a property path lies in. */
function inputOf({ path }: Pick<Finding, "path">): string {
  return path.split(/[.[]/)[0] ?? "";
}

const FEATURES: readonly string[] = [
  "mtls",
  "proxy",
  "accessLog",
  "tracing",
  "cni",
  "telemetry",
  "jwtPolicy",
  "ca",
] satisfies FeatureName[];

/**
 * The inputs that the other checks can read: without those of the wrong type, and without features
 * that have a problem.
 */
export function soundInputs(inputs: MeshInputs, problems: readonly Problem[]): MeshInputs {
  const features = problems.filter((problem) => FEATURES.includes(inputOf(problem)));
  const sound = withoutBadShapes(inputs, [...checkShape({ ...inputs }), ...features]);
  return { ...sound, version: String(inputs.version ?? "") };
}

/**
 * Everything that is wrong with the typed inputs, each with its property path.
 *
 * @example
 * checkInputs({ version: "1.29.1", revision: "1.29.1" })[0].path // "revision"
 */
export function checkInputs(inputs: MeshInputs): Problem[] {
  const shape = checkShape({ ...inputs });
  const findings = [...shape, ...checkValues(withoutBadShapes(inputs, shape), shape)];
  return findings.map((finding) => ({ source: INPUTS_SOURCE, ...finding }));
}

function checkValues(inputs: MeshInputs, shape: readonly Finding[]): Finding[] {
  const hasVersion = !shape.some(({ path }) => path === "version");
  return [
    ...(hasVersion ? checkVersionInput(inputs.version) : []),
    ...checkRevisionInput(inputs.revision),
    ...oneOf("mtls.mode", inputs.mtls?.mode, ["STRICT", "PERMISSIVE", "DISABLE"]),
    ...oneOf("proxy.imageType", inputs.proxy?.imageType, ["default", "debug", "distroless"]),
    ...checkSeconds("proxy.terminationDrainSeconds", inputs.proxy?.terminationDrainSeconds),
    ...oneOf("accessLog.encoding", inputs.accessLog?.encoding, ["TEXT", "JSON"]),
    ...checkTracing(inputs.tracing),
    ...oneOf("cni.environment", inputs.cni?.environment, ["gke", "on-premises"]),
    ...oneOf("telemetry", inputs.telemetry, [
      "prometheus",
      "stackdriver",
      "prometheus-and-stackdriver",
      "none",
    ]),
    ...oneOf("crdsOnDestroy", inputs.crdsOnDestroy, ["keep", "delete"]),
    ...oneOf("jwtPolicy", inputs.jwtPolicy, ["third-party-jwt", "first-party-jwt"]),
    ...oneOf("platform", inputs.platform, ["gke"]),
    ...checkCharts(inputs.charts),
    ...checkGoogleCa(inputs.ca),
    ...checkCa(inputs.ca),
    ...checkTimeouts(inputs.timeouts),
  ];
}
