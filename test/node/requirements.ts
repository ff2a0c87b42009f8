import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { execute } from "./execute";

/** What has to be on the machine, by the Debian package that has it. */
const PACKAGES: Readonly<Record<string, () => boolean>> = {
  containerd: () => onPath("containerd") && onPath("ctr"),
  runc: () => onPath("runc"),
  "containernetworking-plugins": () => cniFolder() !== undefined,
  conntrack: () => onPath("conntrack"),
  iptables: () => onPath("iptables"),
  ethtool: () => onPath("ethtool"),
  socat: () => onPath("socat"),
  iproute2: () => onPath("ip"),
  "util-linux": () => onPath("nsenter"),
  "busybox-static": () => onPath("busybox"),
};

const CNI_FOLDERS = ["/usr/lib/cni", "/opt/cni/bin"];

/** The network plugins that a node needs. */
export const CNI_PLUGINS: readonly string[] = ["bridge", "host-local", "loopback"];

/** The machine's folder of the network plugins. */
export function cniFolder(): string | undefined {
  return CNI_FOLDERS.find((folder) =>
    CNI_PLUGINS.every((name) => isExecutable(join(folder, name))),
  );
}

function isExecutable(file: string): boolean {
  return succeeds(() => accessSync(file, constants.X_OK));
}

function isWritable(folder: string): boolean {
  return succeeds(() => accessSync(folder, constants.W_OK));
}

/** In a container, root may not do all that a node does. */
function canIsolate(): boolean {
  const mount = ["mount", "-t", "tmpfs", "none", "/tmp"];
  return succeeds(() => execute("unshare", "--net", "--mount", ...mount));
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

/** Full path of a program; the folders of administrators' programs need not be on PATH. */
export function programOnPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function onPath(name: string): boolean {
  return programOnPath(name) !== undefined;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function missingPackages(): string[] {
  return Object.entries(PACKAGES).flatMap(([name, isThere]) => (isThere() ? [] : [name]));
}

/**
 * What a node lacks here; empty where one can run.
 *
 * @example nodeRequirements() // ["root", "the package conntrack"]
 */
export function nodeRequirements(): string[] {
  if (process.platform !== "linux") {
    return ["Linux"];
  }
  return [
    ...(isRoot() ? [] : ["root"]),
    ...(canIsolate() ? [] : ["the right to make namespaces"]),
    ...(isWritable("/sys/fs/cgroup") ? [] : ["cgroups that may be written"]),
    ...missingPackages().map((name) => `the package ${name}`),
  ];
}

/** Installs the packages that are missing, where that is possible; {@link nodeRequirements} tells. */
export function installPackages(): void {
  const missing = missingPackages();
  if (missing.length === 0 || !isRoot() || !onPath("apt-get")) {
    return;
  }
  const install = ["install", "--yes", "--no-install-recommends", ...missing];
  try {
    aptGet(install);
  } catch {
    // The lists are old, or there are none yet.
    try {
      aptGet(["update"]);
      aptGet(install);
    } catch (error) {
      console.warn(error instanceof Error ? error.message : error);
    }
  }
}

function aptGet(args: readonly string[]): void {
  execute("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", ...args);
}
