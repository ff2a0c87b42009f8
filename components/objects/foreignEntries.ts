import { Reader } from "../../adapters/checks/precheck/reader";
import { readExisting } from "../../adapters/checks/precheck/state";
import type { Cluster } from "../../adapters/cluster/cluster";
import { objectPaths } from "../../adapters/cluster/objectPath";
import type { Finding } from "../../mesh/checks/finding";
import { foreignEntriesBefore } from "../../mesh/checks/foreignEntries";
import { gateText } from "../../mesh/checks/gateText";
import type { Existing } from "../../mesh/checks/precheck/types";
import type { K8sObject } from "../../mesh/k8s/objects";
import { WORKLOAD_KINDS } from "../../mesh/k8s/workload";
import * as pulumi from "../pulumi/sdk";

/** Returns those of the workloads to be changed that exist. */
export function readChanging(cluster: Cluster, objects: readonly K8sObject[]): Promise<Existing[]> {
  const workloads = objects.filter(({ kind }) => WORKLOAD_KINDS.includes(kind));
  return readExisting(new Reader(cluster), objectPaths(cluster), workloads);
}

/** Returns entries that others have added to lists of workloads that will be changed. */
export async function entryFindings(
  cluster: Cluster,
  objects: readonly K8sObject[],
): Promise<Finding[]> {
  return foreignEntriesBefore(await readChanging(cluster, objects), objects);
}

/** Reports warnings. For errors, a preview stops, as the update would. */
export function tellFindings(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === "error");
  for (const { object, reason, fix } of findings.filter(({ severity }) => severity !== "error")) {
    void pulumi.log.warn(`${object} ${reason}; fix: ${fix}`);
  }
  if (pulumi.isDryRun() && errors.length > 0) {
    throw new Error(gateText(errors));
  }
}
