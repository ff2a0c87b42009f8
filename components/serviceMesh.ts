import * as pulumi from "./sdk";
import { peerAuthenticationObjects } from "../mesh/extras";
import type { MeshInputs } from "../mesh/inputs/types";
import type { K8sObject } from "../mesh/patch/types";
import type { ResolvedMesh } from "../mesh/resolve";
import { type MeshSummary, summarize } from "../mesh/summary";
import { Base } from "./base";
import { Cni } from "./cni";
import { ControlPlane } from "./controlPlane";
import { Crds } from "./crds";
import {
  inputError,
  type MeshArgs,
  MeshPart,
  type PartData,
  type SharedMesh,
  sharedSource,
  shareMesh,
  withDependencies,
  withSecretKeys,
} from "./meshPart";
import { OverlayGateways } from "./overlayGateways";
import { type Target, targetProvider } from "./target";
import { Ztunnel } from "./ztunnel";

/** Inputs of a whole mesh. */
export type ServiceMeshArgs = MeshArgs & {
  /**
   * Where the mesh goes: a folder of manifests or a cluster.
   * @default what the component's provider is configured for
   */
  readonly target?: pulumi.Input<Target>;
};

interface MeshState {
  readonly summary: MeshSummary | undefined;
  /** Some input is a secret, and the summary names images and settings. */
  readonly sensitive: boolean;
  readonly mesh: ResolvedMesh | undefined;
}

/** The mesh-wide security policy, as a part so that it waits for the control plane. */
class MeshPolicy extends MeshPart {
  constructor(
    name: string,
    source: ReturnType<typeof sharedSource>,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("servicemesh:index:MeshPolicy", name, source, opts);
  }

  protected override async create(name: string, { mesh }: SharedMesh): Promise<PartData> {
    const objects: K8sObject[] = mesh === undefined ? [] : peerAuthenticationObjects(mesh);
    return this.registerAll(name, objects, false);
  }
}

function has(mesh: ResolvedMesh, ...names: readonly string[]): boolean {
  return mesh.components.some(({ component }) => names.includes(component.name));
}

/**
 * A whole Istio mesh in a cluster: CRDs, what the revisions share, a control plane, CNI, ztunnel,
 * the gateways that overlays declare, and mesh-wide policy, in this order.
 *
 * Overlays and typed inputs are two ways to say the same; where both speak, the typed input wins,
 * and a `set` wins over both.
 *
 * @throws ResourceError with everything that is wrong with the inputs; no object is created then
 * @example
 * const mesh = new ServiceMesh("mesh", {
 *   version: "1.29.1",
 *   overlays: ["cni-gcp", "./my-overlay.yaml"],
 *   mtls: { mode: "STRICT" },
 * });
 * export const revision = mesh.revision;
 */
export class ServiceMesh extends pulumi.ComponentResource<MeshState> {
  /** Revision of the control plane. */
  readonly revision: pulumi.Output<string | undefined>;
  /** Istio version. */
  readonly version: pulumi.Output<string | undefined>;
  /** What the mesh is made of, for people: components, overlays in order, images, objects. */
  readonly summary: pulumi.Output<MeshSummary | undefined>;

  constructor(name: string, args: ServiceMeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:ServiceMesh", name, withSecretKeys(args) as pulumi.Inputs, opts);
    const state = pulumi.output(this.getData()) as pulumi.Output<MeshState>;
    this.revision = state.apply(({ mesh }) => mesh?.revision);
    this.version = state.apply(({ mesh }) => mesh?.version);
    this.summary = state.apply(({ summary, sensitive }) =>
      sensitive ? pulumi.secret(summary) : summary,
    ) as pulumi.Output<MeshSummary | undefined>;
  }

  protected override async initialize(
    given: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
    name: string,
  ): Promise<MeshState> {
    const { target, ...args } = given as ServiceMeshArgs;
    const shared = await shareMesh(args as MeshArgs, this);
    const rendered = await this.renderAll(shared);
    const { mesh } = shared;
    if (mesh !== undefined) {
      this.createParts(name, mesh, shared, { target, dependsOn: opts.dependsOn });
    }
    const summary = mesh === undefined ? undefined : summarize(mesh, rendered);
    const { sensitive } = shared;
    this.registerOutputs({
      revision: mesh?.revision,
      version: mesh?.version,
      summary: sensitive ? pulumi.secret(summary) : summary,
    });
    return { mesh, summary, sensitive };
  }

  /** All charts are rendered before the first object is registered: a mistake creates nothing. */
  private async renderAll({ mesh, render, sensitive }: SharedMesh): Promise<K8sObject[]> {
    try {
      const names = new Set(mesh?.components.map(({ component }) => component.name));
      const rendered = await Promise.all([...names].map(render));
      return rendered.flat().flatMap(({ objects }) => objects);
    } catch (error) {
      throw inputError(error, this, sensitive);
    }
  }

  private createParts(
    name: string,
    mesh: ResolvedMesh,
    shared: SharedMesh,
    given: Pick<pulumi.ResourceOptions, "dependsOn"> & Pick<ServiceMeshArgs, "target">,
  ): void {
    const { target } = given;
    const source = sharedSource(Promise.resolve(shared)) as unknown as MeshArgs;
    const providers =
      target === undefined
        ? {}
        : { providers: { kubernetes: targetProvider(name, target, { parent: this }) } };
    const after = (...parts: pulumi.Resource[]): pulumi.ComponentResourceOptions => ({
      parent: this,
      dependsOn: withDependencies(given.dependsOn, parts),
      ...providers,
    });

    const crds = new Crds(`${name}-crds`, source, after(), { target });
    const base = new Base(`${name}-base`, source, after(crds));
    const revision = mesh.revision === "" ? "default" : mesh.revision;
    const controlPlane = new ControlPlane(`${name}-${revision}`, source, after(crds, base));
    const optional: [boolean, (opts: pulumi.ComponentResourceOptions) => MeshPart][] = [
      [has(mesh, "cni"), (opts) => new Cni(`${name}-cni`, source, opts)],
      [has(mesh, "ztunnel"), (opts) => new Ztunnel(`${name}-ztunnel`, source, opts)],
      [
        has(mesh, "ingressGateways", "egressGateways"),
        (opts) => new OverlayGateways(`${name}-gateways`, source, opts),
      ],
    ];
    optional
      .filter(([wanted]) => wanted)
      .reduce<MeshPart>((previous, [, create]) => create(after(previous)), controlPlane);
    new MeshPolicy(`${name}-policy`, sharedSource(Promise.resolve(shared)), after(controlPlane));
  }
}

/** Plain inputs of a whole mesh, as the stack configuration gives them. */
export type ServiceMeshInputs = MeshInputs & { readonly target?: Target };
