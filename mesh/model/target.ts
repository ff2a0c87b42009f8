/**
 * Where a mesh goes.
 *
 * - `render`: manifests are written to `directory` (CRDs to `0-crd`, the rest to `1-manifest`); no
 *   cluster is needed
 * - `cluster`: `kubeconfig` is a path or the content of one @default what kubectl would use;
 *   `context` is one of its contexts @default its current one
 */
export type Target = StackTarget;

/** Where a stack's mesh goes. */
export type StackTarget =
  | { readonly kind: "render"; readonly directory: string }
  | { readonly kind: "cluster"; readonly kubeconfig?: string; readonly context?: string };
