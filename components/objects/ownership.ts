import {
  findForeign,
  findRival,
  foresee,
  type Lookup,
  noteFound,
  type Planned,
  takeOver,
} from "../../adapters/cluster/takeOver";
import { explainWebhook } from "../../adapters/failure/explainWebhook";
import { failedCall } from "../../mesh/checks/webhookFailure";
import type { K8sObject } from "../../mesh/k8s/objects";
import type { AdoptMode } from "../../mesh/model/adoptMode";
import {
  adoptionObstacles,
  adoptionPreview,
  adoptionReport,
  type ExistingObject,
  releaseWarning,
} from "../../mesh/ownership/adoptionMessages";
import type { ClusterSession } from "../pulumi/clusterSession";
import { errorHook, resourceHook } from "../pulumi/hooks";
import { resolveArgs } from "../pulumi/inputs";
import { failProgram } from "../pulumi/resourceError";
import * as pulumi from "../pulumi/sdk";
import { BundleKeeper } from "./bundleKeeper";
import { InjectorSwitch } from "./injectorSwitch";
import { currentManager } from "./manager";
import { AdoptionReport } from "./report";
import { AutoscaledReplicas } from "./scaling";
import type { SharedParts } from "./sharedParts";

/**
 * Makes Pulumi's provider apply an object under a field manager of our choice, and take over the
 * fields that it sets. By default, the provider picks a random manager for each object, which is
 * lost if an update is killed, and a field that someone has edited ends the update with a
 * conflict.
 */
export function managedBy(manager: string): Readonly<Record<string, string>> {
  return { "pulumi.com/patchFieldManager": manager, "pulumi.com/patchForce": "true" };
}

interface OwnershipOptions {
  readonly session: ClusterSession;
  readonly mode: AdoptMode;
  /** Allows objects after the cluster was checked. @default they wait for nothing */
  readonly gate?: pulumi.ResourceHook | undefined;
  /** What the stack shares with others. */
  readonly sharing: SharedParts;
  /**
   * Whether hooks take part in deleting objects. Pulumi deletes nothing whose hook it does not
   * find, so a component that a program may remove as a whole has none.
   *
   * @default true
   */
  readonly removesByHook?: boolean;
}

/**
 * Takes ownership of a mesh's objects in a cluster: all have one field manager, and before an
 * object is created, the cluster is asked whether someone else's object exists.
 *
 * An unchanged preview creates nothing, so it asks nothing.
 */
export class Ownership {
  readonly manager = currentManager();
  /** Bound to `beforeCreate` of every object. */
  readonly hook: pulumi.ResourceHook;
  /** Leaves the numbers of pods to the autoscalers that set them. */
  readonly scaling: AutoscaledReplicas;
  /** Bound to every webhook configuration. */
  readonly bundles: BundleKeeper;
  /** Bound to every injector. */
  readonly injectors: InjectorSwitch;
  /** Bound to `onError` of every object. */
  readonly failed: pulumi.ErrorHook;
  private readonly report = new AdoptionReport((found, component) => this.speak(found, component));
  private readonly said = new Set<string>();
  private lookup: Promise<Lookup | undefined> | undefined;
  /** The context of the kubeconfig, for commands in messages. */
  private context: string | undefined;

  /** @param name the name of the hook; unique in the program, and the same in each run */
  constructor(
    name: string,
    private readonly options: OwnershipOptions,
  ) {
    const look: pulumi.ResourceHook["callback"] = async ({ name: resource, newInputs }) => {
      const { value, sensitive } = await resolveArgs<K8sObject>((newInputs ?? {}) as never);
      if (value !== undefined) {
        await this.look({ name: resource, object: value, secret: sensitive });
      }
    };
    this.hook = resourceHook(name, look, { onDryRun: true });
    this.scaling = new AutoscaledReplicas(`${name}:scaling`, options.session, this.manager);
    const opened = () => this.opened();
    this.bundles = new BundleKeeper(`${name}:bundles`, opened);
    this.injectors = new InjectorSwitch(`${name}:injectors`, opened);
    this.failed = errorHook(`${name}:failed`, async ({ errors }) => {
      await this.explainOnce(errors);
      return false;
    });
  }

  /**
   * Returns who owns the webhook that an error names. The API server's message only contains the
   * webhook's inner name.
   */
  async explain(error: string): Promise<string | undefined> {
    const lookup = failedCall(error) === undefined ? undefined : await this.opened();
    const stack = { project: pulumi.getProject(), stack: pulumi.getStack() };
    const desired = { objects: this.injectors.wished, stack, adopt: this.options.mode };
    return lookup && explainWebhook(lookup.cluster, error, desired);
  }

  private async explainOnce(errors: readonly string[]): Promise<void> {
    const text = await this.explain(errors.find((error) => failedCall(error)) ?? "");
    if (text !== undefined && !this.said.has(text)) {
      this.said.add(text);
      void pulumi.log.error(text);
    }
  }

  /** What an object waits for before it is changed, and before {@link hook}. */
  get gates(): pulumi.ResourceHook[] {
    const { gate } = this.options;
    return gate === undefined ? [] : [gate];
  }

  /** Whether hooks take part in deleting objects. */
  get removesByHook(): boolean {
    return this.options.removesByHook ?? true;
  }

  get session(): ClusterSession {
    return this.options.session;
  }

  get sharing(): SharedParts {
    return this.options.sharing;
  }

  /** Must be called for every object when it is registered. */
  expect(name: string, resource: pulumi.Resource, parent: pulumi.Resource): void {
    this.report.expect(name, resource, parent);
  }

  /** A preview must also work if there is no cluster, or none that answers. */
  private async look(planned: Planned): Promise<void> {
    if (!pulumi.isDryRun()) {
      return this.act(planned);
    }
    try {
      await this.foresee(planned);
    } catch (error) {
      const text = `it is not known which objects exist already: ${(error as Error).message}`;
      this.warnOnce(text);
    }
  }

  private async foresee(planned: Planned): Promise<void> {
    const { name, object } = planned;
    const lookup = await this.opened();
    if (lookup === undefined) {
      return;
    }
    const found = await findForeign(lookup, object);
    if (found !== undefined) {
      const { finding } = found;
      const told = finding.adoption === "take" ? await foresee(lookup, found, planned) : finding;
      this.report.add(name, told);
    }
    const rival = await findRival(lookup, object);
    if (rival !== undefined) {
      this.report.add(name, rival);
    }
  }

  private async act({ name, object }: Planned): Promise<void> {
    const lookup = await this.opened();
    if (lookup === undefined) {
      return;
    }
    const found = await findForeign(lookup, object);
    const rival = await findRival(lookup, object);
    const findings = [found?.finding, rival].filter((finding) => finding !== undefined);
    const [error] = adoptionObstacles(findings);
    if (error !== undefined) {
      throw new Error(error);
    }
    if (found !== undefined) {
      if (found.finding.adoption === "take") {
        await takeOver(lookup, found);
      } else {
        await noteFound(lookup, found);
      }
      this.report.add(name, found.finding);
    }
  }

  private opened(): Promise<Lookup | undefined> {
    this.lookup ??= this.open();
    return this.lookup;
  }

  /** Returns `undefined` while the cluster is only planned, and for manifests. */
  private async open(): Promise<Lookup | undefined> {
    const { session, mode, sharing } = this.options;
    const connection = await session.connection();
    if (connection === undefined) {
      return undefined;
    }
    const { cluster, paths, target } = connection;
    this.context = target.context;
    return {
      cluster,
      paths,
      manager: this.manager,
      mode,
      takes: (object) => sharing.takes(object),
    };
  }

  private speak(findings: readonly ExistingObject[], component: pulumi.Resource): void {
    for (const text of adoptionObstacles(findings)) {
      failProgram(text, component);
    }
    const words = pulumi.isDryRun() ? adoptionPreview(findings) : adoptionReport(findings);
    for (const { text, warning } of words) {
      void (warning ? pulumi.log.warn(text, component) : pulumi.log.info(text, component));
    }
    for (const { adoption, owner } of findings) {
      if (adoption === "take" && owner.release !== undefined) {
        this.warnOnce(releaseWarning(owner.release, this.context));
      }
    }
  }

  private warnOnce(text: string): void {
    if (!this.said.has(text)) {
      this.said.add(text);
      void pulumi.log.warn(text);
    }
  }
}
