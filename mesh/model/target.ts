/** Where a mesh goes: a folder of manifests or a cluster. */
export type Target = StackTarget;

/** Where a stack's mesh goes. */
export type StackTarget =
  | {
      /**
       * Manifests are written: CRDs to `0-crd`, everything else to `1-manifest`. No cluster is
       * needed.
       */
      readonly kind: "render";
      /** Folder for the manifests. */
      readonly directory: string;
    }
  | {
      readonly kind: "cluster";
      /** Path or content of a kubeconfig. @default the one that kubectl uses */
      readonly kubeconfig?: string;
      /** Context of the kubeconfig. @default its current context */
      readonly context?: string;
    };

/** @example isKubeconfigContent('{"kind":"Config"}') // true; a path has one line */
export function isKubeconfigContent(kubeconfig: string): boolean {
  return /^\s*{|\n/.test(kubeconfig);
}
