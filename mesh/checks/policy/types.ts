import type { Problem } from "../../common/problem";
import type { K8sObject } from "../../k8s/objects";

/** A Kubernetes object that a stack declares. */
export interface DeclaredObject {
  readonly object: K8sObject;
  /** Whether Pulumi refuses to delete it. @default false */
  readonly isProtected?: boolean;
  /** Whether the stack declares some of its fields only, as Pulumi's `NamespacePatch` does. @default false */
  readonly isPatch?: boolean;
  /**
   * Whether only the update will know some of its values. They are left out, so nothing can be said for
   * want of them. @default false
   */
  readonly isOpen?: boolean;
}

/** What the policy pack cannot see in the stack. */
export interface PolicySettings {
  /** Revisions and tags whose control planes are not in the stack. @default [] */
  readonly revisions?: readonly string[];
  /**
   * The mesh's root namespace, whose PeerAuthentication is for the whole mesh.
   * @default the namespaces with an istiod, or `istio-system`
   */
  readonly rootNamespace?: string;
}

/** The objects that a stack declares for one cluster. */
export interface DeclaredStack extends PolicySettings {
  readonly declared: readonly DeclaredObject[];
}

/** What is wrong with an object of a stack. */
export interface Violation extends Problem {
  readonly object: K8sObject;
}

/** What Pulumi does about a violation: it refuses the update, or warns. */
export type PolicyLevel = "mandatory" | "advisory";

/** One policy of the pack: what it demands of the objects of a stack. */
export interface MeshPolicy {
  /** In lower case with hyphens, the same in every release. */
  readonly name: string;
  /** The level without any configuration. */
  readonly level: PolicyLevel;
  /** What it demands, in one sentence. */
  readonly description: string;
  /** Kinds of the objects that it is about. */
  readonly kinds: readonly string[];
  /** Settings that it takes into account. @default none */
  readonly settings?: readonly (keyof PolicySettings)[];
  /** Returns what is wrong. */
  readonly run: (stack: DeclaredStack) => readonly Violation[];
}
