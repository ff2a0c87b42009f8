import type { Culprit } from "../k8s/workload";

/** Why a workload does not come up, for the person who has to mend it. */
export interface Cause {
  /** @example "pod web-7d9, container istio-proxy: the image hub/proxyv2:1.29 cannot be pulled (ImagePullBackOff)" */
  readonly text: string;
  readonly fix: string;
  /** Waiting does not help, as far as one can tell. */
  readonly certain: boolean;
  /** Whose log says more. */
  readonly log?: LogSource;
}

/** A container with a log that may say why it is not ready. */
export interface LogSource extends Culprit {
  readonly container: string;
  /** The run before this one: this one has only just begun. */
  readonly previous: boolean;
}
