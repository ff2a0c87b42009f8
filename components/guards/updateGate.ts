import { createHash } from "node:crypto";
import { checkPermissions } from "../../adapters/checks/precheck/access";
import { calledServices } from "../../adapters/checks/precheck/calledServices";
import { Reader } from "../../adapters/checks/precheck/reader";
import { readUnserved } from "../../adapters/checks/precheck/servedApis";
import {
  crdNames,
  readCrds,
  readWebhooks,
  readWorkloads,
} from "../../adapters/checks/precheck/state";
import type { Cluster } from "../../adapters/cluster/cluster";
import { inParallel } from "../../adapters/cluster/inParallel";
import { objectPaths } from "../../adapters/cluster/objectPath";
import { readKubernetesVersion } from "../../adapters/cluster/objects";
import type { Finding } from "../../mesh/checks/finding";
import { gateText } from "../../mesh/checks/gateText";
import { checkNetwork } from "../../mesh/checks/precheck/network";
import { checkInjectionLabels } from "../../mesh/checks/precheck/overlaps";
import { namespacesOf } from "../../mesh/checks/precheck/stuck";
import type { GatedMesh, GateState } from "../../mesh/checks/precheck/types";
import { unreadParts } from "../../mesh/checks/precheck/unreadParts";
import {
  checkBlockingWebhooks,
  labelsAfter,
  servicesCalled,
} from "../../mesh/checks/precheck/webhookServices";
import { runGate } from "../../mesh/checks/registry";
import type { K8sObject } from "../../mesh/k8s/objects";
import { entryFindings, readChanging, tellFindings } from "../objects/foreignEntries";
import type { ClusterSession } from "../pulumi/clusterSession";
import { resourceHook } from "../pulumi/hooks";
import { registered } from "../pulumi/registered";

import * as pulumi from "../pulumi/sdk";

/** Returns those of the namespaces that exist. */
async function readNamespaces(reader: Reader, names: readonly string[]) {
  const found = await inParallel(names, (name) =>
    reader.get(`/api/v1/namespaces/${name}`, "Namespace"),
  );
  return found.filter((namespace) => namespace !== undefined);
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

/**
 * What a preview reports about the cluster: webhooks that would stop the update, and warnings.
 * Without it, an update would fail with the API server's own message.
 */
export async function previewFindings(cluster: Cluster, desired: GatedMesh): Promise<Finding[]> {
  const reader = new Reader(cluster);
  const namespaces = await readNamespaces(reader, namespacesOf(desired.objects));
  const calls = await readCalls(reader);
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
 * succeed. About thirty requests for a cluster admin.
 */
export async function gateFindings(cluster: Cluster, desired: GatedMesh): Promise<Finding[]> {
  const { objects } = desired;
  const reader = new Reader(cluster);
  const readingCrds = readCrds(reader, crdNames(objects));
  const [kubernetes, permissions, crds, unserved, namespaces, existing, calls] = await Promise.all([
    readKubernetesVersion(cluster),
    checkPermissions(cluster, desired, objectPaths(cluster)),
    readingCrds,
    readingCrds.then((found) => readUnserved(cluster, objects, found)),
    readNamespaces(reader, namespacesOf(objects)),
    readChanging(cluster, objects),
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

/**
 * Returns labels of namespaces and pods that conflict or have no effect after the update, as `mesh
 * precheck` finds them.
 */
async function labelWarnings(cluster: Cluster, desired: GatedMesh): Promise<Finding[]> {
  const reader = new Reader(cluster);
  const [namespaces, workloads, mutatingWebhooks] = await Promise.all([
    reader.list("namespaces"),
    readWorkloads(reader),
    reader.list("mutatingWebhooks"),
  ]);
  return checkInjectionLabels(desired, { namespaces, workloads, mutatingWebhooks });
}

function digestOf(objects: readonly K8sObject[]): string {
  return createHash("sha256").update(JSON.stringify(objects)).digest("hex");
}

/**
 * A marker in the state for what the cluster was checked for. It changes with every change of the
 * mesh.
 */
class PrecheckRecord extends pulumi.ComponentResource {
  constructor(name: string, objects: string, opts: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:Precheck", name, { objects }, opts);
    this.registerOutputs({});
  }
}

/** The message for resources after the first one that was stopped. */
const followerText = (first: string) =>
  `was not started: the check before the update has failed, see ${first}`;

/**
 * Checks the cluster once, before the first object of a mesh changes. It only does so in an update
 * that changes some object.
 *
 * - If the objects differ from those of the last update, a record that comes before all objects is
 *   stopped. The error is then reported once, and nothing else has started.
 * - If an update passed the check and then failed, or if someone edited an object, the record does
 *   not change. Therefore each object also waits for the same check before it is created or
 *   changed.
 */
export class PrecheckGate {
  /** Bound to `beforeCreate` and `beforeUpdate` of every object of the mesh. */
  readonly hook: pulumi.ResourceHook;
  private readonly tellEntries: pulumi.ResourceHook;
  /** In a preview, warns about labels for which an update does not stop. */
  private readonly tellLabels: pulumi.ResourceHook;
  /** Bound to the record only. In a preview, it reports what can be known. */
  private readonly foresight: pulumi.ResourceHook;
  private desired: GatedMesh | undefined;
  private checked: Promise<void> | undefined;
  /** The name of the resource that was stopped first. */
  private first: string | undefined;

  /** @param session nothing is checked if it has no cluster */
  constructor(
    private readonly name: string,
    private readonly session: ClusterSession,
  ) {
    this.hook = resourceHook(`${name}:check`, (args) => this.hold(args.name));
    this.tellLabels = resourceHook(`${name}:labels`, () => this.labels(), { onDryRun: true });
    this.tellEntries = resourceHook(`${name}:entries`, () => this.entries(), {
      onDryRun: true,
    });
    this.foresight = resourceHook(`${name}:foresee`, () => this.foresee(), {
      onDryRun: true,
    });
  }

  /**
   * Resolves if nothing prevents the update, or if nothing has changed. Must be called before the
   * first object is registered.
   */
  async pass(desired: GatedMesh, parent: pulumi.Resource): Promise<void> {
    this.desired = {
      ...desired,
      stack: { project: pulumi.getProject(), stack: pulumi.getStack() },
    };
    const hooks = {
      beforeCreate: [this.tellLabels, this.foresight, this.hook],
      beforeUpdate: [this.tellLabels, this.tellEntries, this.foresight, this.hook],
    };
    await registered(new PrecheckRecord(this.name, digestOf(desired.objects), { parent, hooks }));
  }

  /** In a preview, reports warnings, and stops where the update would stop. */
  private async foresee(): Promise<void> {
    const cluster = pulumi.isDryRun() ? await this.session.cluster() : undefined;
    if (cluster !== undefined && this.desired !== undefined) {
      tellFindings(await this.seen(cluster, this.desired));
    }
  }

  /**
   * Reports what others have added to the mesh's workloads. If pods could not start with it, an
   * update and its preview both stop.
   */
  private async entries(): Promise<void> {
    tellFindings(await this.readEntries());
  }

  /** A preview must also work if there is no cluster, or none that answers. */
  private async labels(): Promise<void> {
    if (!pulumi.isDryRun() || this.desired === undefined) {
      return;
    }
    try {
      const cluster = await this.session.cluster();
      const found = cluster === undefined ? [] : await labelWarnings(cluster, this.desired);
      for (const { object, reason, fix } of found) {
        void pulumi.log.warn(`${object}: ${reason}; fix: ${fix}`);
      }
    } catch (error) {
      const { message } = error as Error;
      void pulumi.log.warn(`the cluster's labels for injection are not checked: ${message}`);
    }
  }

  /** A preview must also work if there is no cluster, or none that answers. */
  private async readEntries(): Promise<Finding[]> {
    try {
      const cluster = await this.session.cluster();
      return cluster === undefined ? [] : await entryFindings(cluster, this.desired?.objects ?? []);
    } catch {
      return [];
    }
  }

  /** A preview must also work if no cluster answers. */
  private async seen(cluster: Cluster, desired: GatedMesh): Promise<Finding[]> {
    try {
      return await previewFindings(cluster, desired);
    } catch (error) {
      void pulumi.log.warn(`the cluster is not checked: ${(error as Error).message}`);
      return [];
    }
  }

  private async hold(resource: string): Promise<void> {
    this.first ??= resource;
    this.checked ??= this.check();
    try {
      await this.checked;
    } catch (error) {
      throw this.first === resource ? error : new Error(followerText(this.first));
    }
  }

  private async check(): Promise<void> {
    const cluster = await this.session.cluster();
    if (cluster === undefined || this.desired === undefined) {
      return;
    }
    const findings = await gateFindings(cluster, this.desired);
    if (findings.length > 0) {
      throw new Error(gateText(findings));
    }
  }
}
