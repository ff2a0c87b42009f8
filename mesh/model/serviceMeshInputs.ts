import type { JsonObject } from "../common/json";
import type { K8sObject } from "../k8s/objects";
import type { AdoptMode, SharedMode } from "./adoptMode";
import type { GatewayInputs } from "./gatewayInputs";
import type { ManagedInputs } from "./managedInputs";
import type { MeshInputs, Setting } from "./meshInputs";
import type { NamespaceInputs } from "./namespaceInputs";
import type { UpgradeInputs } from "./upgradeInputs";

/** One of several control planes. Inputs that are not set here come from the mesh's own inputs. */
export interface RevisionInputs {
  /** Name of the revision, with hyphens (`1-31-0`). */
  readonly revision: string;
  /** Istio version. @default the mesh's */
  readonly version?: string;
  /** Overlays on top of the mesh's. @default [] */
  readonly overlays?: readonly (string | JsonObject)[];
  /** Settings on top of the mesh's. @default [] */
  readonly set?: readonly Setting[];
  /** @default the mesh's */
  readonly hub?: string;
  /** @default the mesh's */
  readonly tag?: string;
}

/** The inputs of a whole mesh, as plain data. */
export interface ServiceMeshInputs extends MeshInputs {
  /**
   * Control planes that run side by side. Inputs that one does not set come from the mesh's own
   * inputs.
   * @default one, with the mesh's `version` and `revision`
   */
  readonly revisions?: readonly RevisionInputs[];
  /**
   * Revision tags: the revision of each tag, by the name of the tag. `default` moves the default
   * validator too.
   * @default {}
   */
  readonly tags?: Readonly<Record<string, string>>;
  /** Gateways with their revisions and weights. @default [] */
  readonly gateways?: readonly GatewayInputs[];
  /** Namespaces of the mesh, each labelled for a revision or tag. @default [] */
  readonly namespaces?: readonly NamespaceInputs[];
  /**
   * What the stack may do with objects that already exist in the cluster and that it did not
   * create. Only with a `cluster` target.
   *
   * - `none`: refuses them, and names each with its owner
   * - `namespaces`: uses Namespaces as they are, never deletes them, and refuses everything else
   * - `all`: also takes over everything else, from Helm, istioctl, kubectl, Terraform or another
   *   stack. A preview shows what would change, and whether pods would restart.
   *
   * This does not apply to parts that a cluster has once and that another stack owns (see
   * {@link shared}). CRDs are always taken over, unless those of the cluster are newer.
   * @default "none"
   * @example adopt: "all"
   */
  readonly adopt?: AdoptMode;
  /**
   * What the stack does with the parts that a cluster has once (Namespaces, the reader's account,
   * the default validator, mesh-wide policy, CNI, ztunnel). Only with a `cluster` target.
   *
   * - not set: owns those that no stack owns, and uses those of another stack as they are
   * - `own`: takes them over from other stacks, whose next preview reports it
   * - `use`: never creates or changes such a part, and refuses an update if one is missing, also
   *   CRDs
   *
   * A part is deleted with the last stack that declares it, but not while someone else's control
   * plane, pod or object needs it.
   * @default not set
   * @example shared: "use"
   */
  readonly shared?: SharedMode;
  /**
   * Checks the cluster before the first object changes, and stops an update that could not succeed
   * because of missing permissions, a Kubernetes version that is too old, CRDs that the API server
   * would refuse, or namespaces that are being deleted. `mesh precheck` has more checks. Only with
   * a `cluster` target.
   * @default true
   */
  readonly precheck?: boolean;
  /**
   * Gateway resources that are managed elsewhere, as objects. Each must select the pods of a
   * gateway, of `gateways` or of an overlay. They are checked and not applied.
   * @default []
   */
  readonly gatewayResources?: readonly K8sObject[];
  /**
   * A control plane that Google runs, in addition to those in the cluster, or with `revisions: []`
   * instead of them.
   * @default none
   * @example managed: { channel: "regular" }
   */
  readonly managed?: ManagedInputs;
  /**
   * An upgrade of the whole mesh, stage by stage. The other inputs are those from before it.
   * @default none
   * @example upgrade: { to: "1.31.0", stage: "gateway-web-10" }
   */
  readonly upgrade?: UpgradeInputs;
}
