import { durationSeconds } from "../common/duration";
import { isObject, type Json, type JsonObject } from "../common/json";
import { fieldAt } from "./fieldAt";
import { wrongDistribution } from "./localities";
import { isWildcardHost } from "./textForms";
import type { TypeFinding } from "./typeCheck";

/** Returns what is wrong with a field that is set. */
interface Rule {
  readonly path: string;
  wrong(value: Json): string | undefined;
}

function textOrNone(value: Json, key: string): string {
  const text = fieldAt(value, [key]);
  return typeof text === "string" ? text : "";
}

function objects(value: Json): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function wrongFailover(value: Json): string | undefined {
  const all = objects(value).map(
    (one) => [textOrNone(one, "from"), textOrNone(one, "to")] as const,
  );
  if (all.some(([from, to]) => from === to)) {
    return "goes from a region to itself";
  }
  return all.flat().some((region) => /[/*]/.test(region))
    ? "takes regions only, without zones and wildcards"
    : undefined;
}

const PLACE_LABEL = /^topology\.(kubernetes\.io\/(region|zone)|istio\.io\/subzone)$/;

/** With a failover by region, labels of localities have no effect. */
function wrongPriority(value: Json): string | undefined {
  const failover = objects(fieldAt(value, ["failover"]) ?? null);
  const priority = fieldAt(value, ["failoverPriority"]);
  const labels = Array.isArray(priority) && failover.length > 0 ? priority.map(String) : [];
  const label = labels.find((one) => PLACE_LABEL.test(one));
  return label && `has both failover and the label ${label} in failoverPriority`;
}

const ALL = 100;

function wrongWeights(value: Json): string | undefined {
  const isWhole = objects(value).every((one) => {
    const to = fieldAt(one, ["to"]);
    const weights = isObject(to) ? Object.values(to).map(Number) : [];
    return weights.every((weight) => weight > 0) && weights.reduce((a, b) => a + b, 0) === ALL;
  });
  return isWhole ? undefined : `has weights that do not add up to ${ALL}`;
}

function wrongKeyProvider(value: Json): string | undefined {
  const provider = fieldAt(value, ["cryptomb"]) ?? fieldAt(value, ["qat"]);
  const delay = provider === undefined ? "" : textOrNone(provider, "pollDelay");
  return (durationSeconds(delay) ?? 0) > 0 ? undefined : "needs cryptomb or qat, with a pollDelay";
}

function lacks(...keys: readonly string[]): Rule["wrong"] {
  return (value) => {
    const missing = keys.filter((key) => textOrNone(value, key) === "");
    return missing.length === 0 ? undefined : `lacks ${missing.join(" and ")}`;
  };
}

const FILES = ["clientCertificate", "privateKey", "caCertificates", "caCrl"];

function wrongTls(value: Json): string | undefined {
  const mode = textOrNone(value, "mode");
  const given = (key: string) => textOrNone(value, key) !== "";
  if (mode !== "SIMPLE" && mode !== "MUTUAL") {
    return undefined;
  }
  if (fieldAt(value, ["insecureSkipVerify"]) === true && checksServer(value, mode)) {
    return "has both insecureSkipVerify and settings that verify the server";
  }
  if (given("credentialName")) {
    return FILES.some(given)
      ? `has both credentialName and files (${FILES.join(", ")})`
      : undefined;
  }
  return mode === "MUTUAL" ? lacks("clientCertificate", "privateKey")(value) : undefined;
}

/** With MUTUAL, a credential may contain only the client's own certificate. */
function checksServer(value: Json, mode: string): boolean {
  const names = fieldAt(value, ["subjectAltNames"]);
  const keys = mode === "SIMPLE" ? ["caCertificates", "credentialName"] : ["caCertificates"];
  const hasNames = Array.isArray(names) && names.length > 0;
  return hasNames || keys.some((key) => textOrNone(value, key) !== "");
}

function wrongHosts(value: Json): string | undefined {
  const hosts = objects(value).flatMap((one) => {
    const all = fieldAt(one, ["hosts"]);
    return Array.isArray(all) ? all.map(String) : [];
  });
  const bad = hosts.find((host) => !isWildcardHost(host));
  return bad === undefined
    ? undefined
    : `has the host ${JSON.stringify(bad)}, which is not a domain; "*" may only be at its start`;
}

/** Source: Istio `pkg/config/validation/agent` (ValidateMeshConfig). */
const RULES: readonly Rule[] = [
  {
    path: "meshMTLS.ecdhCurves",
    wrong: (value) =>
      Array.isArray(value) && value.length > 0
        ? "is not supported: use tlsDefaults.ecdhCurves"
        : undefined,
  },
  { path: "localityLbSetting.failover", wrong: wrongFailover },
  {
    path: "localityLbSetting.distribute",
    wrong: (value) => wrongWeights(value) ?? wrongDistribution(value),
  },
  { path: "localityLbSetting", wrong: wrongPriority },
  {
    path: "localityLbSetting",
    wrong: (value) =>
      ["failover", "distribute"].every((key) => objects(fieldAt(value, [key]) ?? null).length > 0)
        ? "has both distribute and failover"
        : undefined,
  },
  { path: "defaultConfig.privateKeyProvider", wrong: wrongKeyProvider },
  { path: "defaultConfig.tracing.zipkin", wrong: lacks("address") },
  { path: "defaultConfig.tracing.datadog", wrong: lacks("address") },
  { path: "defaultConfig.tracing.lightstep", wrong: lacks("address", "accessToken") },
  { path: "defaultConfig.tracing.tlsSettings", wrong: wrongTls },
  { path: "serviceSettings", wrong: wrongHosts },
  {
    path: "defaultConfig.controlPlaneAuthPolicy",
    wrong: (value) => (value === "INHERIT" ? "is neither NONE nor MUTUAL_TLS" : undefined),
  },
];

/** Returns what istiod would refuse in a mesh configuration although its types are right. */
export function meshConfigRuleFindings(meshConfig: Json, prefix: readonly string[]): TypeFinding[] {
  return RULES.flatMap(({ path, wrong }) => {
    const keys = path.split(".");
    const value = fieldAt(meshConfig, keys) ?? null;
    const reason = value === null ? undefined : wrong(value);
    return reason === undefined ? [] : [{ segments: [...prefix, ...keys], value, reason }];
  });
}
