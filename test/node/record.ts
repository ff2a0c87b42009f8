import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startOf } from "./processTable";

/** What a run has made on this machine; the names of its namespace and cgroup are its own. */
export interface RunRecord {
  readonly name: string;
  /** Who started it, such as `test`. */
  readonly purpose: string;
  /** Folder of its data, sockets and logs. */
  readonly folder: string;
  readonly owner: ProcessIdentity;
}

/** A process; its number alone may be given to another one later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, in the kernel's ticks. */
  readonly started: string;
}

/** Gone after a restart of the machine, like all that the records tell of. */
const RECORDS = "/run/pulumi-service-mesh";

function fileOf(name: string): string {
  return join(RECORDS, `${name}.json`);
}

/** Written before anything is made, so that a run which is killed leaves nothing unknown. */
export function writeRecord(record: RunRecord): void {
  mkdirSync(RECORDS, { recursive: true });
  writeFileSync(fileOf(record.name), JSON.stringify(record));
}

export function removeRecord({ name }: RunRecord): void {
  rmSync(fileOf(name), { force: true });
}

export function readRecords(): RunRecord[] {
  mkdirSync(RECORDS, { recursive: true });
  return readdirSync(RECORDS)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(join(RECORDS, file), "utf8")) as RunRecord);
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) ?? "" };
}

export function isOwned({ owner }: RunRecord): boolean {
  return startOf(owner.pid) === owner.started;
}
