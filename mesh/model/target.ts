/** Where a mesh goes: a folder of manifests or a cluster. */
export type Target = StackTarget;

/** Where a stack's mesh goes. */
export type StackTarget =
  | {
      /** Manifests are written, CRDs to `0-crd`, the rest to `1-manifest`; no cluster is needed. */
      readonly kind: "render";
      /** Folder of the manifests. */
      readonly directory: string;
    }
  | {
      readonly kind: "cluster";
      /** Path of a kubeconfig, or the content of one. @default what kubectl would use */
      readonly kubeconfig?: string;
      /** One of the kubeconfig's contexts. @default its current one */
      readonly context?: string;
    };
