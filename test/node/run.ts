import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Wrap } from "../cluster/processes";
import { createCgroup, createIdleCgroup, inIdleCgroup } from "./cgroups";
import { cgroupOf, serversCgroupOf } from "./cleanUp";
import { createNamespace, inNamespace } from "./network";
import { ownIdentity, type RunRecord, writeRecord } from "./record";

/** One run of a node: what is its own on this machine. */
export interface Run extends RunRecord {
  /** Runs a command in its network. */
  readonly wrap: Wrap;
  /**
   * Runs a command in the background, with what the pods leave of the processor: in life it runs on
   * another machine, as the control plane of Kubernetes and Pulumi do.
   */
  readonly inBackground: Wrap;
  /** Runs one of its servers: in its network and in the background. */
  readonly wrapServer: Wrap;
  /** Below which all its pods are. */
  readonly cgroup: string;
}

/** The folder's name is short, for socket files below it may have a path of 107 characters. */
export function beginRun(purpose: string): Run {
  const folder = mkdtempSync(join(tmpdir(), "mesh-node-"));
  const record = { name: basename(folder), purpose, folder, owner: ownIdentity() };
  writeRecord(record);
  const [wrap, cgroup] = [inNamespace(record.name), cgroupOf(record)];
  const inBackground: Wrap = (command) => inIdleCgroup(serversCgroupOf(record))(command);
  const wrapServer: Wrap = (command) => wrap(inBackground(command));
  return { ...record, wrap, inBackground, wrapServer, cgroup };
}

/** Makes what the servers run in. */
export function prepareRun(run: Run): void {
  createNamespace(run.name);
  createCgroup(run.cgroup);
  createIdleCgroup(serversCgroupOf(run));
}
