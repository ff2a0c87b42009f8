import type { Finding } from "../../../mesh/checks/finding";
import { foreignEntriesBefore } from "../../../mesh/checks/foreignEntries";
import { checkNetwork } from "../../../mesh/checks/precheck/network";
import { checkInjectionLabels } from "../../../mesh/checks/precheck/overlaps";
import { namespacesOf } from "../../../mesh/checks/precheck/stuck";
import type { Existing, GatedMesh, GateState } from "../../../mesh/checks/precheck/types";
import { unreadParts } from "../../../mesh/checks/precheck/unreadParts";
import {
  checkBlockingWebhooks,
  labelsAfter,
  servicesCalled,
} from "../../../mesh/checks/precheck/webhookServices";
import { runGate } from "../../../mesh/checks/registry";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { WORKLOAD_KINDS } from "../../../mesh/k8s/workload";
import { listPath } from "../../../mesh/snapshot/resources";
import { readKubernetesVersion } from "../../cluster/objects";
import { checkPermissions } from "./access";
import { calledServices } from "./calledServices";
import { readCrds } from "./crds";
import type { Reader } from "./reader";
import { readUnserved } from "./servedApis";
import { readExisting, readWebhooks, readWorkloads } from "./state";

/** Returns those of the mesh's namespaces that exist. */
function readNamespaces(reader: Reader, objects: readonly K8sObject[]) {
  return reader.named(listPath("namespaces"), "Namespace", namespacesOf(objects));
}

/** Returns the webhooks, and those of the Services they call that exist. */
async function readCalls(
  reader: Reader,
): Promise<Pick<GateState, "mutatingWebhooks" | "validatingWebhooks" | "webhookServices">> {
  const webhooks = await readWebhooks(reader);
  const { mutatingWebhooks, validatingWebhooks } = webhooks;
  const services = servicesCalled([...mutatingWebhooks, ...validatingWebhooks]);
  return { ...webhooks, webhookServices: await calledServices(reader, services) };
}

/** Returns those of the workloads to be changed that exist. */
function readChanging(reader: Reader, objects: readonly K8sObject[]): Promise<Existing[]> {
  return readExisting(
    reader,
    objects.filter(({ kind }) => WORKLOAD_KINDS.includes(kind)),
  );
}

/**
 * What a preview reports about the cluster: webhooks that would stop the update, and warnings.
 * Without it, an update would fail with the API server's own message.
 */
export async function previewFindings(reader: Reader, desired: GatedMesh): Promise<Finding[]> {
  const [namespaces, calls] = await Promise.all([
    readNamespaces(reader, desired.objects),
    readCalls(reader),
  ]);
  const isWhole = !unreadParts(reader.refusedKinds).includes("webhookServices");
  return [
    // A preview reports injectors for the same pods together with the objects that exist.
    ...(isWhole
      ? checkBlockingWebhooks(desired, calls, labelsAfter(desired.objects, namespaces))
      : []),
    ...checkNetwork(desired.plan, namespaces),
  ];
}

/**
 * Runs the checks of `mesh precheck` that are cheap and certain: errors with which an update cannot
 * succeed. Ten to twenty requests for a cluster admin.
 */
export async function gateFindings(reader: Reader, desired: GatedMesh): Promise<Finding[]> {
  const { objects } = desired;
  const { cluster, discovery } = reader;
  const readingCrds = readCrds(reader, objects);
  const [kubernetes, permissions, crds, unserved, namespaces, existing, calls] = await Promise.all([
    readKubernetesVersion(cluster),
    checkPermissions(cluster, desired, discovery.path),
    readingCrds,
    readingCrds.then((found) => readUnserved(discovery, objects, found)),
    readNamespaces(reader, objects),
    readChanging(reader, objects),
    readCalls(reader),
  ]);
  return [
    ...permissions.filter(({ severity }) => severity === "error"),
    ...runGate(
      { desired, kubernetes, crds, unserved, namespaces, existing, ...calls },
      unreadParts(reader.refusedKinds),
    ),
  ];
}

/** Returns entries that others have added to lists of workloads that will be changed. */
export async function entryFindings(
  reader: Reader,
  objects: readonly K8sObject[],
): Promise<Finding[]> {
  return foreignEntriesBefore(await readChanging(reader, objects), objects);
}

/**
 * Returns labels of namespaces and pods that conflict or have no effect after the update, as `mesh
 * precheck` finds them.
 */
export async function labelWarnings(reader: Reader, desired: GatedMesh): Promise<Finding[]> {
  const [namespaces, workloads, mutatingWebhooks] = await Promise.all([
    reader.list("namespaces"),
    readWorkloads(reader),
    reader.list("mutatingWebhooks"),
  ]);
  return checkInjectionLabels(desired, { namespaces, workloads, mutatingWebhooks });
}
