import type { JsonObject } from "../common/json";
import type { K8sObject } from "../k8s/objects";
import type { AdoptMode, SharedMode } from "./adoptMode";
import type { GatewayInputs } from "./gatewayInputs";
import type { ManagedInputs } from "./managedInputs";
import type { MeshInputs, Setting } from "./meshInputs";
import type { NamespaceInputs } from "./namespaceInputs";

/** One control plane beside others; what it leaves out comes from the mesh's own inputs. */
export interface RevisionInputs {
  /** Name of the revision, hyphenated (`1-29-1`). */
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

/** Everything that a whole mesh is made of, as plain data. */
export interface ServiceMeshInputs extends MeshInputs {
  /**
   * Control planes side by side; each takes what it leaves out from the mesh's own inputs.
   * @default one, of the mesh's `version` and `revision`
   */
  readonly revisions?: readonly RevisionInputs[];
  /** Revision tags: the revision by the tag's name. `default` moves the default validator too. @default {} */
  readonly tags?: Readonly<Record<string, string>>;
  /** Gateways with their revisions and weights. @default [] */
  readonly gateways?: readonly GatewayInputs[];
  /** Namespaces of the mesh, each labelled for a revision or tag. @default [] */
  readonly namespaces?: readonly NamespaceInputs[];
  /**
   * What the stack may do with objects that are in the cluster before it and that it did not make;
   * only on a `cluster` target.
   *
   * - `none`: refuses them, by name and with who installed them
   * - `namespaces`: uses Namespaces as they are, and never deletes them; refuses the rest
   * - `all`: also takes over everything else, from Helm, istioctl, kubectl, Terraform or another
   *   stack. A preview shows what would change, and whether pods would restart.
   *
   * Parts that a cluster has once and that another stack owns are not meant: see {@link shared}. CRDs
   * are always taken over, unless the cluster's are newer.
   * @default "none"
   * @example adopt: "all"
   */
  readonly adopt?: AdoptMode;
  /**
   * What the stack does with the parts that a cluster has once (Namespaces, the reader's account, the
   * default validator, mesh-wide policy, CNI, ztunnel); only on a `cluster` target.
   *
   * - not given: owns those that no stack has; uses those of another stack as they are
   * - `own`: takes them over from other stacks, whose next preview says so
   * - `use`: never creates or changes one; what is missing is refused, also CRDs
   *
   * A part goes with the last stack that declares it, and not while a control plane, a pod or an object
   * of somebody else's needs it.
   * @default not given
   * @example shared: "use"
   */
  readonly shared?: SharedMode;
  /**
   * Looks at the cluster before the first object changes, and stops an update that could not end
   * well: permissions that are missing, a Kubernetes that is too old, CRDs that the API server would
   * refuse, namespaces that are being deleted. `mesh precheck` looks at more. Only on a `cluster`
   * target.
   * @default true
   */
  readonly precheck?: boolean;
  /**
   * Gateway resources that are kept elsewhere, as objects: each must select the pods of a gateway, of
   * `gateways` or of an overlay. They are checked, not applied.
   * @default []
   */
  readonly gatewayResources?: readonly K8sObject[];
  /**
   * A control plane that Google runs, beside those in the cluster or, with `revisions: []`, in place
   * of them.
   * @default none
   * @example managed: { channel: "regular" }
   */
  readonly managed?: ManagedInputs;
}
