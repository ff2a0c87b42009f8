import { isForbidden } from "../../adapters/cluster/cluster";
import { inParallel } from "../../adapters/cluster/inParallel";
import {
  endUse,
  findAnchor,
  leaveObject,
  mark,
  type Site,
} from "../../adapters/cluster/leaveShared";
import { getObject } from "../../adapters/cluster/objects";
import type { JsonObject } from "../../mesh/common/json";
import { crdIstioVersion, isCrdDowngrade } from "../../mesh/k8s/crd";
import { identityOf, isCrd, type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import type { SharedMode } from "../../mesh/model/adoptMode";
import type { ControlPlaneFacts } from "../../mesh/model/facts";
import { decideClaim } from "../../mesh/ownership/shared/claim";
import { stackMark } from "../../mesh/ownership/shared/marks";
import {
  anchorName,
  isAnchor,
  type SharedPart,
  sharedPart,
} from "../../mesh/ownership/shared/parts";
import {
  missingPartsMessage,
  olderCrdsMessage,
  type Used,
  useStartMessage,
  useWarnings,
} from "../../mesh/ownership/shared/sharedPartMessages";
import { nodeAgent } from "../../mesh/snapshot/agents";
import type { ClusterSession, Connection } from "../pulumi/clusterSession";
import { resourceHook, takesHooks } from "../pulumi/hooks";
import { resolveArgs } from "../pulumi/inputs";
import * as pulumi from "../pulumi/sdk";
import { StateMarker } from "../pulumi/stateMarker";
import { declarationsOfProgram } from "./declarations";

/** What a mesh says about its shared parts. */
export interface SharedOptions {
  readonly session: ClusterSession | undefined;
  /** The stack's field manager. */
  readonly manager: string;
  readonly mode?: SharedMode | undefined;
  readonly controlPlanes: readonly ControlPlaneFacts[];
  /** A channel that Google runs. */
  readonly managed?: string | undefined;
}

type HookArgs = Parameters<pulumi.ResourceHook["callback"]>[0];

/** A part that the stack uses, with its anchor object in the cluster. */
interface UsedPart extends Used {
  readonly anchor: K8sObject;
}

/** Returns the key of a part whose objects belong together, or of a single object. */
function partKey(object: K8sObject, part: SharedPart): string {
  return anchorName(part) === undefined ? objectTitle(object) : part;
}

async function plain(values: unknown): Promise<JsonObject> {
  const { value } = await resolveArgs<JsonObject>((values ?? {}) as never);
  return value ?? {};
}

/**
 * The parts of a mesh that a cluster has only once and that several stacks share. If another stack
 * owns a part, this stack declares none of its objects and only marks its use. A hook removes the
 * stack's own shared objects after it has asked the cluster. Pulumi's provider never does.
 */
export class SharedParts {
  /** Bound to `beforeDelete` of every shared object that the stack owns. */
  readonly leave: pulumi.ResourceHook;
  private readonly begin: pulumi.ResourceHook;
  private readonly end: pulumi.ResourceHook;
  private readonly used = new Map<string, UsedPart>();
  private readonly declarations = declarationsOfProgram();

  /** @param name the name of the mesh; its hooks must be registered in each run */
  constructor(
    name: string,
    private readonly options: SharedOptions,
  ) {
    const hook = (title: string, act: (args: HookArgs) => Promise<void>) =>
      resourceHook(`${name}:${title}`, act, { onDryRun: true });
    this.leave = hook("leave-shared", (args) => this.leaveOne(args));
    this.begin = hook("use-shared", (args) => this.beginUse(args));
    this.end = hook("end-shared", (args) => this.endUse(args));
  }

  /** Returns whether the stack takes over what other stacks own. */
  takes(object: K8sObject): boolean {
    return this.options.mode === "own" && sharedPart(object) !== undefined;
  }

  /**
   * Asks the cluster who owns the shared parts. Must be called before any of them is registered.
   *
   * @throws Error that names what is missing, if the stack may not create shared parts
   */
  async claim(objects: readonly K8sObject[], resource: pulumi.Resource): Promise<void> {
    if (!takesHooks()) {
      return; // a unit test with Pulumi's mocks, which has no cluster
    }
    try {
      await this.claimAll(objects, resource);
    } catch (error) {
      // A preview must also work if there is no cluster, or none that answers. In an update of a
      // user who may not read the objects, an earlier check reports all missing rights, and an
      // object of another owner is refused when it is about to be created.
      if (error instanceof MissingParts || !(pulumi.isDryRun() || isForbidden(error))) {
        throw error;
      }
      const text = `it is not known which parts other stacks own: ${(error as Error).message}`;
      void pulumi.log.warn(text, resource);
    }
  }

  private async claimAll(objects: readonly K8sObject[], resource: pulumi.Resource): Promise<void> {
    const connection = await this.connected();
    const anchors = objects.flatMap((object) => {
      const part = sharedPart(object);
      return part !== undefined && isAnchor(object, part) ? [{ object, part }] : [];
    });
    if (connection === undefined || anchors.length === 0) {
      return;
    }
    const claims = await Promise.all(anchors.map((anchor) => this.claimOne(connection, anchor)));
    const crds = await this.lookAtCrds(connection, objects, resource);
    const missing = [...crds, ...claims.filter((title) => title !== undefined)];
    if (missing.length > 0) {
      throw new MissingParts(missingPartsMessage(missing));
    }
    this.speak(resource);
  }

  /** If the stack creates no CRDs, other stacks must. @returns the titles of missing CRDs */
  private async lookAtCrds(
    { cluster, paths }: Connection,
    objects: readonly K8sObject[],
    resource: pulumi.Resource,
  ): Promise<string[]> {
    const crds = this.usesCrds ? objects.filter(isCrd) : [];
    const live = await inParallel(crds, async (crd) => {
      const path = await paths(crd);
      return path === undefined ? undefined : getObject(cluster, path);
    });
    const older = crds.filter((crd, index) => {
      const found = live[index];
      return found !== undefined && isCrdDowngrade(crdIstioVersion(crd), crdIstioVersion(found));
    });
    if (older.length > 0 && pulumi.isDryRun()) {
      void pulumi.log.warn(olderCrdsMessage(older.map(objectTitle)), resource);
    }
    return crds.filter((_, index) => live[index] === undefined).map(objectTitle);
  }

  /** Whether the CRDs of other stacks are used, so that none is delivered. */
  get usesCrds(): boolean {
    return this.options.mode === "use";
  }

  /** @returns the title of what is missing */
  private async claimOne(
    { cluster, paths }: Connection,
    { object, part }: { readonly object: K8sObject; readonly part: SharedPart },
  ): Promise<string | undefined> {
    const { manager, mode } = this.options;
    const path = anchorName(part) === undefined ? await paths(object) : undefined;
    const live =
      path === undefined ? await findAnchor(cluster, part) : await getObject(cluster, path);
    const claim = decideClaim(part, live, manager, mode);
    if (claim.kind === "use") {
      const { apiVersion, kind } = object;
      const anchor = { ...live, apiVersion, kind } as K8sObject;
      const version = nodeAgent(anchor)?.version;
      const title = objectTitle(anchor);
      this.used.set(partKey(object, part), {
        ...{ title, part, claim, anchor },
        ...(version !== undefined && { version }),
      });
    }
    return claim.kind === "missing" ? objectTitle(object) : undefined;
  }

  /** Reports what every preview should repeat. */
  private speak(resource: pulumi.Resource): void {
    if (!pulumi.isDryRun()) {
      return;
    }
    for (const used of this.used.values()) {
      for (const { text } of useWarnings(used, this.options.controlPlanes)) {
        void pulumi.log.warn(text, resource);
      }
    }
  }

  /** Returns whether an object belongs to a part that the stack only uses. */
  isUsed(object: K8sObject): boolean {
    const part = sharedPart(object);
    return part !== undefined && this.used.has(partKey(object, part));
  }

  /**
   * Returns the state marker of a part that the stack uses. Its hooks mark the part in the
   * cluster.
   *
   * @param object an object of the part
   * @returns `undefined` for objects that another object of the part represents
   */
  useOf(
    component: string,
    object: K8sObject,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource | undefined {
    const part = sharedPart(object);
    const used = part && this.used.get(partKey(object, part));
    if (part === undefined || used === undefined || !isAnchor(object, part)) {
      return undefined;
    }
    const { apiVersion, kind, namespace, name } = identityOf(used.anchor);
    const title = `${component}:use:${kind}:${namespace === "" ? name : `${namespace}/${name}`}`;
    return new StateMarker(
      title,
      { apiVersion, kind, metadata: { name, ...(namespace !== "" && { namespace }) } },
      { ...opts, hooks: { beforeCreate: [this.begin], beforeDelete: [this.end] } },
    );
  }

  /** Must be called for every object that a resource declares. */
  declare(object: K8sObject, resource: string): void {
    this.declarations.add(object, resource);
  }

  private async beginUse({ newInputs }: HookArgs): Promise<void> {
    const { input } = (await plain(newInputs)) as { input?: K8sObject };
    const connection = await this.connected();
    if (input === undefined || connection === undefined) {
      return;
    }
    const part = sharedPart(input);
    const used = part && this.used.get(partKey(input, part));
    if (pulumi.isDryRun()) {
      for (const { text, warning } of used === undefined ? [] : [useStartMessage(used)].flat()) {
        void (warning ? pulumi.log.warn(text) : pulumi.log.info(text));
      }
      return;
    }
    const path = await connection.paths(input);
    if (path !== undefined) {
      await mark(connection, path, stackMark("user", this.options.manager));
    }
  }

  private async endUse({ oldInputs }: HookArgs): Promise<void> {
    const { input } = (await plain(oldInputs)) as { input?: K8sObject };
    const site = await this.site();
    if (input !== undefined && site !== undefined) {
      await endUse(site, input);
    }
  }

  private async leaveOne({ name, oldInputs, oldOutputs }: HookArgs): Promise<void> {
    const [object, outputs] = await Promise.all([plain(oldInputs), plain(oldOutputs)]);
    const planned = object as K8sObject;
    const site = this.declarations.hasOther(planned, name) ? undefined : await this.site();
    if (site !== undefined) {
      const uid = getPath(outputs, "metadata.uid");
      await this.unlessPreviewFails(() =>
        leaveObject(site, planned, { uid: typeof uid === "string" ? uid : undefined }),
      );
    }
  }

  /** A preview must also work if the cluster does not answer. */
  private async unlessPreviewFails(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!pulumi.isDryRun()) {
        throw error;
      }
      void pulumi.log.warn(`it is not known what will stay: ${(error as Error).message}`);
    }
  }

  private async site(): Promise<Site | undefined> {
    const connection = await this.connected();
    const { manager, controlPlanes, managed } = this.options;
    return (
      connection && {
        ...connection,
        manager,
        revisions: [
          ...controlPlanes.map(({ revision }) => revision),
          ...(managed === undefined ? [] : [managed]),
        ],
        preview: pulumi.isDryRun(),
        say: (text) => void pulumi.log.info(text),
      }
    );
  }

  private async connected(): Promise<Connection | undefined> {
    return this.options.session?.connection();
  }
}

/** The stack may not create what is missing. */
class MissingParts extends Error {}
