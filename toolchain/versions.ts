import pins from "./versions.json";

/** What set-up provides, each at the version that is pinned in versions.json. */
export interface Versions {
  readonly pulumi: string;
  readonly kubernetesProvider: string;
  readonly istio: {
    readonly default: string;
    readonly charts: readonly string[];
    /** Versions whose programs, such as istioctl, can be built. */
    readonly programs: readonly string[];
    /** Versions whose istioctl the tests compare with this project, the newest first. */
    readonly compared: readonly string[];
    /** Versions that run on the real node of the tests. */
    readonly played: readonly string[];
  };
  readonly kubernetes: string;
  readonly etcd: string;
  readonly kwok: string;
  readonly helm: string;
  readonly coredns: string;
  readonly crane: string;
  readonly cosign: string;
  readonly envoy: string;
}

/**
 * The pinned versions, without a leading `v`.
 *
 * @example versions.istio.default // '1.29.1'
 */
export const versions: Versions = pins;
