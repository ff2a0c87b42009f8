import { createHash } from "node:crypto";
import type { Finding } from "../../../mesh/check/finding";
import { checkCrds } from "../../../mesh/check/precheck/crds";
import { groupBy } from "../../../mesh/check/precheck/finder";
import { checkKubernetesVersion } from "../../../mesh/check/precheck/kubernetesVersion";
import { checkNamespaceDeletions, namespacesOf } from "../../../mesh/check/precheck/stuck";
import type { K8sObject } from "../../../mesh/patch/types";
import type { MeshPlan } from "../../../mesh/plan/meshPlan";
import { objectPaths } from "../../adopt/objectPath";
import type { Cluster } from "../../cluster";
import { type GuardTarget, targetCluster } from "../../guards";
import { resourceHook } from "../../hooks";
import { registered } from "../../registered";
import * as pulumi from "../../sdk";
import { checkPermissions, inParallel } from "./access";
import { Reader } from "./reader";
import { crdNames, kubernetesVersion, readCrds } from "./state";

/** What the gate looks at. */
export interface GateWish {
  readonly plan: Pick<MeshPlan, "facts">;
  /** Everything that would be applied. */
  readonly objects: readonly K8sObject[];
}

/** Those of the namespaces that exist. */
async function readNamespaces(reader: Reader, names: readonly string[]) {
  const found = await inParallel(names, (name) =>
    reader.get(`/api/v1/namespaces/${name}`, "Namespace"),
  );
  return found.filter((namespace) => namespace !== undefined);
}

/**
 * The checks of `mesh precheck` that are cheap and certain: errors with which an update cannot end
 * well. Some twenty calls for a cluster admin.
 */
export async function gateFindings(
  cluster: Cluster,
  { plan, objects }: GateWish,
): Promise<Finding[]> {
  const reader = new Reader(cluster);
  const places = namespacesOf(objects);
  const [kubernetes, permissions, crds, namespaces] = await Promise.all([
    kubernetesVersion(cluster),
    checkPermissions(cluster, objects, objectPaths(cluster)),
    readCrds(reader, crdNames(objects)),
    readNamespaces(reader, places),
  ]);
  return [
    ...checkKubernetesVersion(kubernetes, plan.facts.controlPlanes),
    ...permissions,
    ...checkCrds(objects, crds),
    ...checkNamespaceDeletions(places, namespaces),
  ].filter(({ severity }) => severity === "error");
}

/** Findings below one fix, which many may have in common. */
function fixText(fix: string, findings: readonly Finding[]): string[] {
  const lines = findings.map(({ object, reason }) => `  ${object}: ${reason}`);
  return fix === "" ? lines : [...lines, `  fix: ${fix}`];
}

/** Why an update stops before it has begun. */
export function gateText(findings: readonly Finding[]): string {
  const byFix = groupBy(findings, ({ fix }) => fix ?? "");
  return [
    "the update stops before it changes anything, since it could not end well:",
    ...[...byFix].flatMap(([fix, own]) => fixText(fix, own)),
    "`mesh precheck` shows all that it looks at; `precheck: false` (pulumi config set mesh:precheck false) updates all the same",
  ].join("\n");
}

function digestOf(objects: readonly K8sObject[]): string {
  return createHash("sha256").update(JSON.stringify(objects)).digest("hex");
}

/** What the cluster has been checked for, in the state: it changes with anything of the mesh. */
class PrecheckRecord extends pulumi.ComponentResource {
  constructor(name: string, objects: string, opts: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:Precheck", name, { objects }, opts);
    this.registerOutputs({});
  }
}

/** For what would have followed the first that was stopped. */
const followerText = (first: string) =>
  `is not begun: the check before the update has failed, as ${first} says`;

/**
 * Checks the cluster once, before the first object of a mesh changes: only in an update, and only in
 * one that changes some object.
 *
 * - A record that comes before all objects is stopped when what would be applied differs from the
 *   last update's, so that the error is said once and nothing else has begun.
 * - An update that passed and then failed has left the record as it would be, and so has an edit by
 *   hand. Each object therefore waits for the same check before it is created or changed.
 */
export class PrecheckGate {
  /** For `beforeCreate` and `beforeUpdate` of all that the mesh puts into the cluster. */
  readonly hook: pulumi.ResourceHook;
  private wish: GateWish | undefined;
  private checked: Promise<void> | undefined;
  /** Name of the resource that was stopped first. */
  private first: string | undefined;

  /** @param target nothing is checked where it is no cluster */
  constructor(
    private readonly name: string,
    private readonly target: GuardTarget,
  ) {
    this.hook = resourceHook(`${name}:check`, (args) => this.hold(args.name));
  }

  /**
   * Ends when nothing stands in the way, or nothing has changed. To be called before the first object
   * is registered.
   */
  async pass(wish: GateWish, parent: pulumi.Resource): Promise<void> {
    this.wish = wish;
    const hooks = { beforeCreate: [this.hook], beforeUpdate: [this.hook] };
    await registered(new PrecheckRecord(this.name, digestOf(wish.objects), { parent, hooks }));
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
    const cluster = await targetCluster(this.target);
    if (cluster === undefined || this.wish === undefined) {
      return;
    }
    const findings = await gateFindings(cluster, this.wish);
    if (findings.length > 0) {
      throw new Error(gateText(findings));
    }
  }
}
