import type { Culprit } from "../k8s/workload";

/** Why a workload does not become ready, and what to do about it. */
export interface Cause {
  /** @example "pod web-7d9, container istio-proxy: the image hub/proxyv2:1.29 cannot be pulled (ImagePullBackOff)" */
  readonly text: string;
  readonly fix: string;
  /** True if waiting longer will most likely not help. */
  readonly certain: boolean;
  /** The container whose log says more. */
  readonly log?: LogSource;
}

/** A container whose log may say why it is not ready. */
export interface LogSource extends Culprit {
  readonly container: string;
  /** Read the log of the previous run, because the current one has only just begun. */
  readonly previous: boolean;
}
