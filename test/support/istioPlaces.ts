import { createHash, createSign, generateKeyPairSync, randomBytes } from "node:crypto";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { dump } from "js-yaml";
import { create } from "tar";
import { buildOf } from "../../mesh/model/versions";
import { temporaryFolder } from "./temporary";

/** Charts of Istio's Helm repository, by name, with their folder in a release. `ambient` is a sample. */
const PUBLISHED: Readonly<Record<string, string>> = {
  base: "base",
  istiod: "istio-control/istio-discovery",
  cni: "istio-cni",
  ztunnel: "ztunnel",
  gateway: "gateway",
};

/** Takes a request over: true when it has answered. */
type Front = (request: IncomingMessage, reply: ServerResponse) => boolean;

/** Stand-ins for the places where Istio publishes, on the loopback address. */
export interface IstioPlaces {
  /** Of the Helm repository. */
  readonly charts: string;
  /** Below which release archives lie. */
  readonly releases: string;
  /** Environment that has the product ask these places and no others. */
  readonly env: NodeJS.ProcessEnv;
  /** Paths that were asked for, in order. */
  readonly requests: string[];
  /** The public key, in PEM, of the signatures beside the archives of Google's builds. */
  readonly key: string;
  /** Digest of a version's release archive. */
  digestOf(version: string): string;
  /** Answers in place of the files, where it wants to. */
  front(front: Front | undefined): void;
  stop(): Promise<void>;
}

const hex = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

async function packed(cwd: string, folder: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of create({ gzip: true, cwd, portable: true }, [folder])) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

async function chartArchives(manifests: string, version: string): Promise<Map<string, Buffer>> {
  const folder = temporaryFolder("charts");
  for (const [name, path] of Object.entries(PUBLISHED)) {
    cpSync(join(manifests, "charts", path), join(folder, name), { recursive: true });
  }
  mkdirSync(join(folder, "ambient"));
  const ambient = `apiVersion: v2\nname: ambient\nversion: ${version}\n`;
  writeFileSync(join(folder, "ambient", "Chart.yaml"), ambient);
  const names = [...Object.keys(PUBLISHED), "ambient"];
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, await packed(folder, name)] as [string, Buffer]),
    ),
  );
}

function write(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** An archive with all that a release has; the program is as hard to compress as a real one. */
function releaseArchive(manifests: string, version: string): Promise<Buffer> {
  const folder = temporaryFolder("release");
  const root = join(folder, `istio-${version}`);
  write(join(root, "LICENSE"), "Apache-2.0\n");
  write(join(root, "README.md"), "# Istio\n");
  write(join(root, "manifest.yaml"), `version: ${version}\n`);
  write(join(root, "bin", "istioctl"), randomBytes(3_000_000));
  write(join(root, "samples", "bookinfo", "bookinfo.yaml"), "kind: List\n");
  write(join(root, "tools", "certs", "Makefile"), "all:\n");
  cpSync(manifests, join(root, "manifests"), { recursive: true });
  return packed(folder, `istio-${version}`);
}

interface Entry {
  readonly version: string;
  readonly urls: readonly string[];
  readonly digest: string;
}

/**
 * Serves what the real places have: a Helm repository with five charts and the sample `ambient`, and
 * release archives with their digests beside them. Of Google's builds (`1.23.3-asm.2`) there are release
 * archives only, laid out and signed as Google's are, with a key of the test's own.
 *
 * @see https://cloud.google.com/service-mesh/docs/downloading-istioctl
 * @param manifests folder `manifests` of a release, by version
 */
export async function serveIstioPlaces(
  manifests: Readonly<Record<string, string>>,
): Promise<IstioPlaces> {
  const files = new Map<string, string | Buffer>();
  const digests = new Map<string, string>();
  const entries: Record<string, Entry[]> = {};
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  for (const [version, folder] of Object.entries(manifests)) {
    const archive = await releaseArchive(folder, version);
    digests.set(version, `sha256:${hex(archive)}`);
    const release = `istio-${version}-linux-amd64.tar.gz`;
    if (buildOf(version) !== undefined) {
      files.set(`/releases/${release}`, archive);
      files.set(
        `/releases/${release}.1.sig`,
        createSign("sha256").update(archive).sign(privateKey),
      );
      continue;
    }
    files.set(`/releases/${version}/${release}`, archive);
    files.set(`/releases/${version}/${release}.sha256`, `${hex(archive)} ${release}\n`);
    for (const [name, bytes] of await chartArchives(folder, version)) {
      const file = `${name}-${version}.tgz`;
      files.set(`/charts/${file}`, bytes);
      const urls = [`https://istio-release.storage.googleapis.com/charts/${file}`];
      entries[name] = [...(entries[name] ?? []), { version, urls, digest: hex(bytes) }];
    }
  }
  files.set("/charts/index.yaml", dump({ apiVersion: "v1", entries }));

  const requests: string[] = [];
  let front: Front | undefined;
  const server: Server = createServer((request, reply) => {
    const path = request.url ?? "";
    requests.push(path);
    if (front?.(request, reply) === true) {
      return;
    }
    const content = files.get(path);
    reply.writeHead(content === undefined ? 404 : 200, {
      "content-length": Buffer.byteLength(content ?? ""),
    });
    reply.end(content ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [charts, releases] = [`${root}/charts`, `${root}/releases`];
  return {
    charts,
    releases,
    env: { SERVICE_MESH_CHARTS: charts, SERVICE_MESH_RELEASES: releases },
    requests,
    key: publicKey.export({ type: "spki", format: "pem" }).toString(),
    digestOf: (version) => digests.get(version) ?? "",
    front: (next) => {
      front = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A folder `manifests` of a release with charts that hold next to nothing. */
export function smallManifests(version: string): string {
  const folder = temporaryFolder("manifests");
  const gateways = {
    "istio-ingress": "gateways/istio-ingress",
    "istio-egress": "gateways/istio-egress",
  };
  for (const [name, path] of Object.entries({ ...PUBLISHED, ...gateways })) {
    const text = `apiVersion: v2\nname: ${name}\nversion: ${version}\n`;
    write(join(folder, "charts", path, "Chart.yaml"), text);
  }
  write(join(folder, "profiles", "default.yaml"), "spec: {}\n");
  return folder;
}
