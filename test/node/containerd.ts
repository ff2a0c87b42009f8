import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logTail, type Server, startServer } from "../cluster/processes";
import { execute } from "./execute";
import { writeArchive } from "./images/archive";
import { type IstioImages, nodeImages, PAUSE_IMAGE } from "./images/nodeImages";
import { POD_RANGE } from "./network";
import { CNI_PLUGINS, cniFolder } from "./requirements";
import type { Run } from "./run";
import { until } from "./wait";

const READY_TIMEOUT_MS = 60_000;

/** The socket that the kubelet talks to. */
export function containerdSocket({ folder }: Pick<Run, "folder">): string {
  return join(folder, "c.sock");
}

/**
 * containerd's settings: all it keeps is in the run's folder, and a container's wish for more
 * protection from the kernel's out-of-memory killer than containerd has itself is not granted, since
 * that may take a capability which is missing.
 */
function settings(run: Run): string {
  const { folder } = run;
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = "${join(folder, "root")}"
state = "${join(folder, "state")}"
disabled_plugins = [
  "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
address = "${containerdSocket(run)}"

[${cri}]
sandbox_image = "${PAUSE_IMAGE}"
restrict_oom_score_adj = true
disable_apparmor = true
netns_mounts_under_state_dir = true

[${cri}.cni]
bin_dir = "${cniFolders(run).plugins}"
conf_dir = "${cniFolders(run).configuration}"

[${cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[${cri}.containerd.runtimes.runc.options]
Root = "${join(folder, "runc")}"
SystemdCgroup = false
`;
}

/** The node's own, so that an installer of plugins may write there; the machine's are left alone. */
export interface CniFolders {
  readonly plugins: string;
  readonly configuration: string;
  /** Where an installer of plugins keeps what its plugin reads when a pod is made. */
  readonly agent: string;
}

export function cniFolders({ folder }: Pick<Run, "folder">): CniFolders {
  return {
    plugins: join(folder, "cni-plugins"),
    configuration: join(folder, "cni"),
    agent: join(folder, "cni-agent"),
  };
}

function makeCniFolders(run: Run): void {
  const { plugins, configuration, agent } = cniFolders(run);
  for (const made of [plugins, configuration, agent]) {
    mkdirSync(made);
  }
  for (const name of CNI_PLUGINS) {
    copyFileSync(join(cniFolder() ?? "", name), join(plugins, name));
  }
  writeFileSync(join(configuration, "10-pods.conflist"), JSON.stringify(network(run)));
}

/** Pods are ports of one bridge; a pod may reach itself by a Service. */
function network(run: Run): object {
  const bridge = {
    type: "bridge",
    bridge: "cni0",
    isGateway: true,
    hairpinMode: true,
    ipam: {
      type: "host-local",
      dataDir: join(run.folder, "addresses"),
      ranges: [[{ subnet: POD_RANGE }]],
      routes: [{ dst: "0.0.0.0/0" }],
    },
  };
  return { cniVersion: "0.4.0", name: run.name, plugins: [bridge] };
}

function writeConfig(run: Run): string {
  const file = join(run.folder, "containerd.toml");
  writeFileSync(file, settings(run));
  makeCniFolders(run);
  return file;
}

/** `ctr` in the namespace that the kubelet's containers are in. */
export function ctr(run: Pick<Run, "folder">, ...args: string[]): string {
  return execute("ctr", "--address", containerdSocket(run), "--namespace", "k8s.io", ...args);
}

function answers(run: Run): boolean {
  try {
    ctr(run, "version");
    return true;
  } catch {
    return false;
  }
}

/** Starts containerd and gives it the node's images. */
export async function startContainerd(run: Run, images: IstioImages): Promise<Server> {
  const args = ["--config", writeConfig(run), "--log-level", "warn"];
  const server = startServer("containerd", "containerd", args, run.folder, run.wrapServer);
  const archive = join(run.folder, "images.tar");
  writeArchive(archive, nodeImages(images));
  await until(
    () => answers(run),
    READY_TIMEOUT_MS,
    () => logTail(server),
  );
  ctr(run, "images", "import", "--no-unpack", archive);
  return server;
}
