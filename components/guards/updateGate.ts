import { createHash } from "node:crypto";
import {
  entryFindings,
  gateFindings,
  labelWarnings,
  previewFindings,
} from "../../adapters/checks/precheck/gate";
import { Reader } from "../../adapters/checks/precheck/reader";
import type { Finding } from "../../mesh/checks/finding";
import { gateText } from "../../mesh/checks/gateText";
import type { GatedMesh } from "../../mesh/checks/precheck/types";
import type { K8sObject } from "../../mesh/k8s/objects";
import { tellFindings } from "../objects/foreignEntries";
import type { ClusterSession } from "../pulumi/clusterSession";
import { resourceHook } from "../pulumi/hooks";
import { registered } from "../pulumi/registered";

import * as pulumi from "../pulumi/sdk";

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

type Look = (reader: Reader, desired: GatedMesh) => Promise<readonly Finding[]>;

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
  private reader: Reader | undefined;
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
    if (pulumi.isDryRun()) {
      await this.session.cluster(); // a wrong target stops the preview
      tellFindings(await this.look(previewFindings, "the cluster is not checked"));
    }
  }

  /**
   * Reports what others have added to the mesh's workloads. If pods could not start with it, an
   * update and its preview both stop.
   */
  private async entries(): Promise<void> {
    tellFindings(await this.look((reader, { objects }) => entryFindings(reader, objects)));
  }

  private async labels(): Promise<void> {
    if (pulumi.isDryRun()) {
      const otherwise = "the cluster's labels for injection are not checked";
      tellFindings(await this.look(labelWarnings, otherwise));
    }
  }

  /**
   * Returns what is found in the cluster. A preview must also work if there is no cluster, or none
   * that answers.
   *
   * @param otherwise what is said if the cluster does not answer @default nothing
   */
  private async look(find: Look, otherwise?: string): Promise<readonly Finding[]> {
    try {
      return await this.found(find);
    } catch (error) {
      if (otherwise !== undefined) {
        void pulumi.log.warn(`${otherwise}: ${(error as Error).message}`);
      }
      return [];
    }
  }

  /** All hooks of a run share what one of them has read. */
  private async found(find: Look): Promise<readonly Finding[]> {
    const connection = await this.session.connection();
    if (connection === undefined || this.desired === undefined) {
      return [];
    }
    this.reader ??= new Reader(connection.cluster, connection.discovery);
    return find(this.reader, this.desired);
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
    const findings = await this.found(gateFindings);
    if (findings.length > 0) {
      throw new Error(gateText(findings));
    }
  }
}
