import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { extraProgram, versions } from "../../../toolchain/setup";
import { NEWEST, PREVIOUS } from "../../../toolchain/versions";
import { programOnPath } from "../requirements";
import { type Image, type ImageContents, image } from "./image";

/** What holds a pod's network together while its containers come and go. */
export const PAUSE_IMAGE = "localhost/mesh-pause:1";

/** Our load generator; `serve --port 8080` makes it a backend. */
export const LOAD_IMAGE = "localhost/mesh-load:1";

const HUB = "docker.io/istio";
const PROXY_USER = "1337:1337";

/** Which of Istio's images a node has. The fewer, the sooner it is up. */
export interface IstioImages {
  /** Versions of istiod and of proxies. @default the newest one and the one before it */
  readonly istio?: readonly string[];
  /** Versions of the CNI plugin's installer. @default none */
  readonly cni?: readonly string[];
}

/** All images that the node has; nothing is ever pulled. */
export function nodeImages({ istio = [PREVIOUS, NEWEST], cni = [] }: IstioImages): Image[] {
  return [
    pause(),
    image(LOAD_IMAGE, { programs: { "/load": extraProgram("load") }, entrypoint: ["/load"] }),
    ...istio.flatMap((version) => [pilot(version), proxy(version)]),
    ...cni.map(installCni),
  ];
}

function required(name: string): string {
  const found = programOnPath(name);
  if (found === undefined) {
    throw new Error(`there is no ${name}`);
  }
  return found;
}

/** BusyBox does what its program is called. */
function pause(): Image {
  const busybox = required("busybox");
  const forever = String(2 ** 31 - 1);
  const programs = { "/bin/busybox": busybox };
  return image(PAUSE_IMAGE, { programs, entrypoint: ["/bin/busybox", "sleep", forever] });
}

/** Source: `pilot/docker/Dockerfile.pilot`. */
function pilot(version: string): Image {
  const program = "/usr/local/bin/pilot-discovery";
  return image(`${HUB}/pilot:${version}`, {
    programs: { [program]: extraProgram(`pilot-discovery-${version}`) },
    entrypoint: [program],
    user: PROXY_USER,
  });
}

/** What Istio's rules use of iptables' extensions. */
const EXTENSIONS = ["standard", "tcp", "udp", "owner", "conntrack", "NAT", "REDIRECT"];

/** Folder of the machine's architecture that has iptables' extensions. */
function extensionFolder(): string {
  const folders = readdirSync("/usr/lib").map((name) => join("/usr/lib", name, "xtables"));
  const found = folders.find((folder) => existsSync(join(folder, "libxt_owner.so")));
  if (found === undefined) {
    throw new Error("there are no extensions of iptables below /usr/lib");
  }
  return found;
}

/** By iptables, `istio-init` or the CNI plugin sends the traffic of a pod to its proxy. */
function iptables(): Required<Pick<ImageContents, "programs" | "files">> {
  const commands = ["iptables-nft", "ip6tables-nft"].flatMap((name) => [
    name,
    `${name}-save`,
    `${name}-restore`,
  ]);
  const folder = extensionFolder();
  const files = EXTENSIONS.map((name) => join(folder, `libxt_${name}.so`)).filter(existsSync);
  return {
    programs: Object.fromEntries(commands.map((name) => [`/usr/sbin/${name}`, required(name)])),
    files: Object.fromEntries(files.map((file) => [file, file])),
  };
}

/** Source: `pilot/docker/Dockerfile.proxyv2`; the user is what the injection template sets. */
function proxy(version: string): Image {
  const program = "/usr/local/bin/pilot-agent";
  const { programs, files } = iptables();
  return image(`${HUB}/proxyv2:${version}`, {
    programs: {
      ...programs,
      "/usr/local/bin/envoy": extraProgram(`envoy-${versions.envoy}`),
      [program]: extraProgram(`pilot-agent-${version}`),
    },
    files: {
      ...files,
      "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json": extraProgram(
        `envoy-bootstrap-${version}.json`,
      ),
    },
    entrypoint: [program],
    user: PROXY_USER,
  });
}

/** Source: `cni/deployments/kubernetes/Dockerfile.install-cni`; iptables is for pods that it repairs. */
function installCni(version: string): Image {
  const program = "/usr/local/bin/install-cni";
  const { programs, files } = iptables();
  return image(`${HUB}/install-cni:${version}`, {
    programs: {
      ...programs,
      [program]: extraProgram(`install-cni-${version}`),
      "/opt/cni/bin/istio-cni": extraProgram(`istio-cni-${version}`),
    },
    files,
    entrypoint: [program],
  });
}
