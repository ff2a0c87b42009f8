import { type GraphPart, objectsOf, type PartKind } from "../../mesh/plan/graph";
import { meshUses } from "../../mesh/plan/meshUses";
import { Leftovers } from "../guards/leftovers";
import { MeshGuard } from "../guards/meshGuard";
import { BasePart } from "../mesh/base";
import { CLUSTER_PARTS } from "../mesh/clusterParts";
import { CrdsPart } from "../mesh/crds";
import { DefaultValidator } from "../mesh/defaultValidator";
import { GatewayPart } from "../mesh/gateway";
import { OverlayGatewaysPart } from "../mesh/overlayGateways";
import { withDependencies } from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";
import { StateMarker } from "../pulumi/stateMarker";
import type { Build } from "./build";
import { createControlPlane, createManaged, createTag } from "./controlPlanes";
import { formerInjector, formerValidator, validatorName, yieldedName } from "./formerPlaces";
import { type MeshHooks, meshHooks } from "./hooks";
import { MeshMonitoring, MeshPolicy } from "./policy";
import { createGateway, createNamespace } from "./users";
import { YieldedInjector } from "./yieldedInjector";

/** The parts whose outputs a mesh passes on. */
export interface MeshParts {
  readonly gateways: readonly GatewayPart[];
  /** The gateways of overlays. */
  readonly overlayGateways: OverlayGatewaysPart | undefined;
}

/**
 * The parts that must exist before the mesh can be used. The guard of the whole mesh comes after
 * all others.
 */
const BEFORE_USE: readonly PartKind[] = ["namespaces", "crds", "base", "controlPlanesReady"];

/** Registers the parts of one mesh. */
class Assembly {
  private readonly hooks: MeshHooks;
  private readonly made = new Map<string, readonly pulumi.Resource[]>();

  constructor(private readonly build: Build) {
    this.hooks = meshHooks(build);
  }

  private get isGuarded(): boolean {
    return this.build.ownership !== undefined;
  }

  /** Returns the resources that represent some parts, for others to depend on. */
  private standing(ids: readonly string[]): pulumi.Resource[] {
    return ids.flatMap((id) => this.made.get(id) ?? []);
  }

  private after(...resources: readonly pulumi.Resource[]): pulumi.ComponentResourceOptions {
    const { parent, provider, dependsOn } = this.build;
    return {
      parent,
      dependsOn: withDependencies(dependsOn, resources),
      ...(provider !== undefined && { providers: { kubernetes: provider } }),
    };
  }

  /** Registers a part after the parts that it waits for. */
  add(part: GraphPart): void {
    this.made.set(part.id, this.create(part));
  }

  private create(part: GraphPart): readonly pulumi.Resource[] {
    const { build, hooks } = this;
    const { name, meshes, target } = build;
    const before = this.standing(part.after);
    const opts = this.after(...before);
    switch (part.kind) {
      case "namespaces":
        // The base contains these objects.
        return [];
      case "crds":
        return [new CrdsPart(`${name}-crds`, { shared: meshes.share(part.mesh) }, opts, target)];
      case "base":
        return [this.createBase(part, opts)];
      case "controlPlane": {
        const first = this.standing(part.workloadsAfter);
        const after = this.after(...before, ...this.createLeftovers(before));
        return [createControlPlane(build, part, hooks, after, first)];
      }
      case "managed":
        return [createManaged(build, part, hooks, opts)];
      case "controlPlanesReady":
        // A single resource for others to wait for. Otherwise another control plane would change
        // the dependencies of each of their objects, and the engine would write each change.
        return this.isGuarded
          ? [new StateMarker(`${name}-planes`, {}, { parent: build.parent, dependsOn: before })]
          : before;
      case "validator":
        return this.createValidator(part, opts);
      case "cluster": {
        const shared = meshes.share(part.mesh);
        return [CLUSTER_PARTS[part.part](`${name}-${part.part}`, { shared }, opts)];
      }
      case "tag":
        return [createTag(build, part, opts)];
      case "yieldedInjector": {
        const shared = meshes.share(part.mesh, "deactivated");
        return [new YieldedInjector(yieldedName(name), shared, opts, formerInjector(build))];
      }
      case "gateway":
        return [createGateway(build, part, hooks.gateways, opts)];
      case "namespace":
        return [createNamespace(build, part, opts)];
      case "policy":
        return [new MeshPolicy(`${name}-policy`, meshes.share(part.mesh), opts)];
      case "monitoring":
        return [new MeshMonitoring(`${name}-monitoring`, meshes.share(part.mesh), opts)];
    }
  }

  private createBase(
    { mesh }: GraphPart<"base">,
    opts: pulumi.ComponentResourceOptions,
  ): pulumi.Resource {
    const { name, meshes, parts } = this.build;
    const namespaces = objectsOf(parts.filter(({ part }) => part.kind === "namespaces"));
    return new BasePart(`${name}-base`, { shared: meshes.share(mesh) }, opts, {
      namespaces: namespaces.map(({ metadata }) => String(metadata.name)),
      withoutWebhooks: true,
    });
  }

  private leftovers: readonly Leftovers[] | undefined;

  /** Registers one before all control planes, so that it exists as long as any of them. */
  private createLeftovers(dependsOn: pulumi.Resource[]): readonly Leftovers[] {
    const { name, parent } = this.build;
    const title = `${name}-leftovers`;
    this.leftovers ??= this.isGuarded
      ? [new Leftovers(title, this.hooks.leftovers, { parent, dependsOn })]
      : [];
    return this.leftovers;
  }

  private createValidator(
    part: GraphPart<"validator">,
    opts: pulumi.ComponentResourceOptions,
  ): DefaultValidator[] {
    const { name, meshes, parts } = this.build;
    const objects = objectsOf(parts.filter((rendered) => rendered.part.id === part.id));
    if (objects.length === 0) {
      return [];
    }
    const shared = meshes.share(part.mesh);
    const bases = this.ofKind("base").map((parent) => ({ component: `${name}-base`, parent }));
    const former = [...bases, formerValidator(this.build)];
    return [new DefaultValidator(validatorName(name), shared, opts, former)];
  }

  /** Returns the resources that represent the parts of some kinds. */
  private ofKind(...kinds: readonly PartKind[]): pulumi.Resource[] {
    const parts = this.build.parts.filter(({ part }) => kinds.includes(part.kind));
    return this.standing(parts.map(({ part }) => part.id));
  }

  /** Registers the resources that look at the mesh as a whole, after all parts. */
  finish(): MeshParts {
    const { name, parent, plan, session, parts, overlayGateways } = this.build;
    if (this.isGuarded) {
      const uses = meshUses(plan, objectsOf(parts), overlayGateways);
      const used = parts.filter(({ part }) => !BEFORE_USE.includes(part.kind));
      const dependsOn = this.standing(used.map(({ part }) => part.id));
      new MeshGuard(`${name}-guard`, uses, session, { parent, dependsOn });
    }
    const isGateway = (resource: pulumi.Resource) => resource instanceof GatewayPart;
    const isOfOverlays = (resource: pulumi.Resource) => resource instanceof OverlayGatewaysPart;
    return {
      gateways: this.ofKind("gateway").filter(isGateway),
      overlayGateways: this.ofKind("cluster").find(isOfOverlays),
    };
  }
}

/** Registers all parts of a mesh in the order of their installation. */
export function createParts(build: Build): MeshParts {
  const assembly = new Assembly(build);
  for (const { part } of build.parts) {
    assembly.add(part);
  }
  return assembly.finish();
}
