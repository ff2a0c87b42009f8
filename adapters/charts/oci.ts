import { verifyDigest } from "./archive";
import { checkedResponse, get } from "./http";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
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
  const registry = openRegistry(url, name);
  // A registry tag cannot contain a plus sign, so Helm writes an underscore.
  const tag = version.replace(/\+/g, "_");
  const manifest = (await (
    await getFrom(registry, `manifests/${tag}`, MANIFEST)
  ).json()) as Manifest;
  const layer = manifest.layers?.find(({ mediaType }) => mediaType === CHART_LAYER);
  if (layer === undefined) {
    throw new Error(
      `${url}/${name}:${version} is not a Helm chart: it has no ${CHART_LAYER} layer`,
    );
  }
  const blob = await getFrom(registry, `blobs/${layer.digest}`, "*/*");
  const bytes = new Uint8Array(await blob.arrayBuffer());
  verifyDigest(`${url}/${name}:${version}`, bytes, layer.digest);
  return bytes;
}
