import type { JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import data from "../data/settings.json";
import { getPath } from "../k8s/path";
import { buildOf } from "../model/versions";
import { describeLayer, type Layer } from "../overlay/layer";
import { placeOf } from "../overlay/places";

const PROVIDER = ["spec", "meshConfig", "defaultConfig", "proxyMetadata", "CA_PROVIDER"];
const ADDRESS = ["spec", "values", "global", "caAddress"];

const { agent, builds, googleAddress, source } = data.certificateAuthorities;
const OF_BUILDS: Readonly<Record<string, readonly string[]>> = builds;

/** What a proxy's agent of a version can get its certificate from. */
function providersOf(version: string): readonly string[] {
  return [...agent, ...(OF_BUILDS[buildOf(version) ?? ""] ?? [])];
}

/**
 * What the agent asks for certificates: the provider that it is told, but Mesh CA where the address is one
 * of Google's.
 */
function askedProvider(document: JsonObject): { provider: string; path: string[] } | undefined {
  const named = getPath(document, PROVIDER.join("."));
  const address = getPath(document, ADDRESS.join("."));
  if (typeof named === "string" && agent.includes(named) && named !== "Citadel") {
    return undefined;
  }
  if (typeof address === "string" && address.includes(googleAddress)) {
    return { provider: "GoogleCA", path: typeof named === "string" ? PROVIDER : ADDRESS };
  }
  return typeof named === "string" && named !== ""
    ? { provider: named, path: PROVIDER }
    : undefined;
}

/**
 * A certificate authority that the proxies of this version cannot ask: their agent ends, and no pod with a
 * proxy starts.
 *
 * @example
 * unknownAuthority(document, layers, "1.31.0")[0].value // "GoogleCA"
 */
export function unknownAuthority(
  document: JsonObject,
  layers: readonly Layer[],
  version: string,
): Problem[] {
  const asked = askedProvider(document);
  if (asked === undefined || providersOf(version).includes(asked.provider)) {
    return [];
  }
  const path = asked.path.join(".");
  const layer = [...layers].reverse().find((one) => getPath(one.document, path) !== undefined);
  const place =
    layer?.kind === "file"
      ? placeOf({ layer }, asked.path)
      : { source: layer === undefined ? "overlays" : describeLayer(layer), path };
  const elsewhere = Object.entries(OF_BUILDS)
    .filter(([, providers]) => providers.includes(asked.provider))
    .map(([build]) => `a build of Google's that has it (a version such as 1.23.3-${build}.2)`);
  const own = "Istio's own CA with plugged-in certificates (ca: { type: plug-in-certs })";
  return [
    {
      ...place,
      value: getPath(document, path),
      reason: `no proxy would start: the agent of Istio ${version} does not know the certificate authority ${asked.provider}`,
      allowed: providersOf(version).join(", "),
      fix: `use ${[...elsewhere, own].join(", or ")}, or istio-csr with its address in values.global.caAddress`,
      see: source,
    },
  ];
}
