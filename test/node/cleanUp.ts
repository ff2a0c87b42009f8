import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { removeCgroup } from "./cgroups";
import { execute } from "./execute";
import { namespaceFile } from "./network";
import { inodeOf, isInCgroup, liveProcesses, networkOf } from "./processTable";
import { isOwned, type RunRecord, readRecords, removeRecord } from "./record";
import { pause } from "./wait";

const KILL_TIMEOUT_MS = 20_000;

/** Name of the cgroup of a run's pods. */
export function cgroupOf({ name }: Pick<RunRecord, "name">): string {
  return `/${name}`;
}

/** Name of the cgroup of its servers, and of what else is to leave the processor to the pods. */
export function serversCgroupOf({ name }: Pick<RunRecord, "name">): string {
  return `/${name}-servers`;
}

/**
 * Takes down all that a run has made. It is told by the namespace and the cgroup, which are the
 * run's own, so no number of a process has to be remembered. Nothing here waits for an event: it
 * also serves where a process ends.
 */
export function cleanUp(record: RunRecord): void {
  killMembers(record);
  unmountBelow(record.folder);
  removeTraces(record);
  for (const cgroup of cgroupsOf(record)) {
    removeCgroup(cgroup);
  }
  if (existsSync(namespaceFile(record.name))) {
    execute("ip", "netns", "delete", record.name);
  }
  rmSync(record.folder, { recursive: true, force: true });
  removeRecord(record);
}

/** All cgroups of a run. */
export function cgroupsOf(record: RunRecord): string[] {
  return [cgroupOf(record), serversCgroupOf(record)];
}

/** Cleans up after runs whose process is gone. */
export function cleanUpLeftovers(): void {
  for (const record of readRecords().filter((each) => !isOwned(each))) {
    cleanUp(record);
  }
}

/** The servers and containerd's helpers are in the run's network, the pods in its cgroup. */
export function membersOf(record: RunRecord): number[] {
  const network = inodeOf(namespaceFile(record.name));
  const cgroups = cgroupsOf(record);
  return liveProcesses()
    .filter((pid) => pid !== process.pid)
    .filter(
      (pid) =>
        cgroups.some((cgroup) => isInCgroup(pid, cgroup)) ||
        (network !== undefined && networkOf(pid) === network),
    );
}

function killMembers(record: RunRecord): void {
  const deadline = Date.now() + KILL_TIMEOUT_MS;
  for (let members = membersOf(record); members.length > 0; members = membersOf(record)) {
    if (Date.now() > deadline) {
      throw new Error(`processes of ${record.name} do not end: ${members.join(", ")}`);
    }
    members.forEach(kill);
    pause();
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended in between.
  }
}

/** Where something is mounted below a folder, the innermost first. */
function mountsBelow(folder: string): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse();
}

function unmountBelow(folder: string): void {
  for (const path of mountsBelow(folder)) {
    execute("umount", "--lazy", path);
  }
}

/** containerd and its network plugins keep a few files in places of their own. */
function removeTraces(record: RunRecord): void {
  removeShimSockets(record.folder);
  removeLogLinks(record.folder);
  removeNetworkResults(record.name);
}

/** Where containerd keeps the state of running containers, below its state folder. */
const TASKS = "io.containerd.runtime.v2.task/k8s.io";

function removeShimSockets(folder: string): void {
  const tasks = join(folder, "state", TASKS);
  for (const id of namesIn(tasks)) {
    const file = join(tasks, id, "address");
    if (existsSync(file)) {
      rmSync(readFileSync(file, "utf8").replace("unix://", ""), { force: true });
    }
  }
}

const LOG_LINKS = "/var/log/containers";

/** Returns where a link leads. The kubelet of another node may take its links away in between. */
function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

function removeLogLinks(folder: string): void {
  for (const link of namesIn(LOG_LINKS).map((name) => join(LOG_LINKS, name))) {
    if (targetOf(link)?.startsWith(`${folder}/`)) {
      rmSync(link, { force: true });
    }
  }
}

const NETWORK_RESULTS = "/var/lib/cni/results";

/** Names are NETWORK-SANDBOX-INTERFACE; the loopback network has the same name in all runs. */
function removeNetworkResults(network: string): void {
  const names = namesIn(NETWORK_RESULTS);
  const sandboxes = names
    .filter((name) => name.startsWith(`${network}-`))
    .map((name) => name.slice(network.length + 1).split("-")[0] ?? "");
  for (const name of names.filter((each) => sandboxes.some((id) => each.includes(`-${id}-`)))) {
    rmSync(join(NETWORK_RESULTS, name));
  }
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
