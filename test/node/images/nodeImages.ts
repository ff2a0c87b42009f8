import { extraProgram, versions } from "../../../toolchain/setup";
import { programOnPath } from "../requirements";
import { type Image, image } from "./image";

/** What holds a pod's network together while its containers come and go. */
export const PAUSE_IMAGE = "localhost/mesh-pause:1";

/** Our load generator; `serve --port 8080` makes it a backend. */
export const LOAD_IMAGE = "localhost/mesh-load:1";

const HUB = "docker.io/istio";
const PROXY_USER = "1337:1337";

/** All images that the node has; nothing is ever pulled. */
export function nodeImages(): Image[] {
  return [
    pause(),
    image(LOAD_IMAGE, { programs: { "/load": extraProgram("load") }, entrypoint: ["/load"] }),
    ...versions.istio.programs.flatMap((version) => [pilot(version), proxy(version)]),
  ];
}

/** BusyBox does what its program is called. */
function pause(): Image {
  const busybox = programOnPath("busybox");
  if (busybox === undefined) {
    throw new Error("there is no busybox");
  }
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

/** Source: `pilot/docker/Dockerfile.proxyv2`; the user is what the injection template sets. */
function proxy(version: string): Image {
  const program = "/usr/local/bin/pilot-agent";
  return image(`${HUB}/proxyv2:${version}`, {
    programs: {
      "/usr/local/bin/envoy": extraProgram("envoy"),
      [program]: extraProgram(`pilot-agent-${version}`),
    },
    files: {
      "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json": extraProgram(
        `envoy-bootstrap-${version}.json`,
      ),
    },
    entrypoint: [program],
    user: PROXY_USER,
  });
}
