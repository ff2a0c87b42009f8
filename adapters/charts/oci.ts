import { sha256, verifyDigest } from "./archive";
import { checkedResponse, get } from "./http";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const PROVENANCE_LAYER = "application/vnd.cncf.helm.chart.provenance.v1.prov";
const CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

interface Manifest {
  /** Absent in an index of several manifests, which is never a chart. */
  readonly layers?: readonly { readonly mediaType: string; readonly digest: string }[];
}

interface Registry {
  readonly base: URL;
  readonly repository: string;
  token?: string;
}

function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);
}

function openRegistry(url: string, name: string): Registry {
  const [host = "", ...path] = url
    .replace(/^oci:\/\//, "")
    .replace(/\/$/, "")
    .split("/");
  const scheme = isLoopback(host) ? "http" : "https";
  return { base: new URL(`${scheme}://${host}/v2/`), repository: [...path, name].join("/") };
}

function challengeFields(header: string): Record<string, string> {
  return Object.fromEntries(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
  );
}

/** Requests an anonymous pull token, as the distribution specification describes. */
async function fetchToken(challenge: string): Promise<string | undefined> {
  const { realm, ...query } = challengeFields(challenge);
  if (realm === undefined || !/^bearer /i.test(challenge)) {
    return undefined;
  }
  const url = new URL(realm);
  for (const [key, value] of Object.entries(query)) {
    url.searchParams.set(key, value);
  }
  const reply = (await checkedResponse(url, await get(url)).json()) as Record<string, string>;
  return reply.token ?? reply.access_token;
}

async function getFrom(registry: Registry, path: string, accept: string): Promise<Response> {
  const url = new URL(`${registry.repository}/${path}`, registry.base);
  const headers = () => ({
    accept,
    ...(registry.token !== undefined && { authorization: `Bearer ${registry.token}` }),
  });
  const first = await get(url, headers());
  if (first.status !== 401 || registry.token !== undefined) {
    return checkedResponse(url, first);
  }
  registry.token = await fetchToken(first.headers.get("www-authenticate") ?? "");
  return checkedResponse(url, await get(url, headers()));
}

/** What a registry says about a version of a chart. */
interface OciChart {
  readonly registry: Registry;
  /** The reference by digest, without `oci://`. */
  readonly reference: string;
  readonly layers: NonNullable<Manifest["layers"]>;
}

async function readChart(url: string, name: string, version: string): Promise<OciChart> {
  const registry = openRegistry(url, name);
  // A registry tag cannot contain a plus sign, so Helm writes an underscore.
  const tag = version.replace(/\+/g, "_");
  const answer = await getFrom(registry, `manifests/${tag}`, MANIFEST);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const { layers = [] } = JSON.parse(Buffer.from(bytes).toString("utf8")) as Manifest;
  const reference = `${registry.base.host}/${registry.repository}@${sha256(bytes)}`;
  return { registry, reference, layers };
}

async function fetchLayer(
  { registry, layers }: OciChart,
  mediaType: string,
  title: string,
): Promise<Uint8Array | undefined> {
  const layer = layers.find((candidate) => candidate.mediaType === mediaType);
  if (layer === undefined) {
    return undefined;
  }
  const blob = await getFrom(registry, `blobs/${layer.digest}`, "*/*");
  const bytes = new Uint8Array(await blob.arrayBuffer());
  verifyDigest(title, bytes, layer.digest);
  return bytes;
}

/**
 * Fetches a chart's archive from an OCI registry and checks its layer against the manifest.
 *
 * @param url the folder of the charts, such as `oci://ghcr.io/istio/release/charts`
 * @throws Error if the registry, the chart or the version is not available, or a digest differs
 * @see https://helm.sh/docs/topics/registries/
 */
export async function fetchFromOci(
  url: string,
  name: string,
  version: string,
): Promise<Uint8Array> {
  const title = `${url}/${name}:${version}`;
  const chart = await readChart(url, name, version);
  const bytes = await fetchLayer(chart, CHART_LAYER, title);
  if (bytes === undefined) {
    throw new Error(`${title} is not a Helm chart: it has no ${CHART_LAYER} layer`);
  }
  return bytes;
}

/**
 * Fetches the provenance file of a chart, which is a layer of its own.
 *
 * @returns nothing if the chart was pushed without one
 * @see https://helm.sh/docs/topics/registries/
 */
export async function ociProvenance(
  url: string,
  name: string,
  version: string,
): Promise<Uint8Array | undefined> {
  const chart = await readChart(url, name, version);
  return fetchLayer(chart, PROVENANCE_LAYER, `${url}/${name}:${version}`);
}

/**
 * Returns the reference by digest of the manifest that has an archive as its chart.
 *
 * @param archive digest of the archive
 * @returns nothing if the registry has another archive under this version
 * @example ociReference("oci://ghcr.io/istio/release/charts", "base", "1.31.0", "sha256:…")
 *   // "ghcr.io/istio/release/charts/base@sha256:…"
 */
export async function ociReference(
  url: string,
  name: string,
  version: string,
  archive: string,
): Promise<string | undefined> {
  const { layers, reference } = await readChart(url, name, version);
  const layer = layers.find(({ mediaType }) => mediaType === CHART_LAYER);
  return layer?.digest === archive ? reference : undefined;
}
