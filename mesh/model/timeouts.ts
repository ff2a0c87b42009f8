import type { Problem } from "../common/problem";
import type { Platform } from "./platform";

/**
 * How long each part of a mesh may take to become ready, in seconds. If a part takes longer, the
 * update fails and names the cause: the pod, its container and the reason.
 */
export interface TimeoutInputs {
  /** Each CRD, until the API server serves it. @default 60 */
  readonly crds?: number;
  /**
   * istiod's Deployment, for each revision. On GKE a cluster may first have to add nodes for it,
   * which takes some minutes.
   * @default 300; 900 with `platform: gke`
   * @see https://cloud.google.com/kubernetes-engine/docs/concepts/cluster-autoscaler
   */
  readonly controlPlane?: number;
  /** The CNI plugin on all nodes, one after the other. @default 600 */
  readonly cni?: number;
  /** ztunnel on all nodes, one after the other. @default 600 */
  readonly ztunnel?: number;
  /**
   * Each Deployment of a gateway, and its Service with `waitForAddress`.
   * @default 300; 900 with `platform: gke`
   */
  readonly gateways?: number;
  /** How long a gateway waits for the control plane that injects it. @default 120 */
  readonly injection?: number;
}

export type TimeoutName = keyof TimeoutInputs;

export const TIMEOUT_DEFAULTS: Readonly<Record<TimeoutName, number>> = {
  crds: 60,
  controlPlane: 300,
  cni: 600,
  ztunnel: 600,
  gateways: 300,
  injection: 120,
};

/** Defaults of a platform that differ from {@link TIMEOUT_DEFAULTS}. */
const PLATFORM_DEFAULTS: Readonly<Record<Platform, Partial<Record<TimeoutName, number>>>> = {
  gke: { controlPlane: 900, gateways: 900 },
};

/** What a time limit follows from. */
export interface TimeoutSource {
  readonly timeouts?: TimeoutInputs;
  readonly platform?: Platform;
}

/**
 * @returns seconds
 * @example timeoutSeconds({ timeouts: { cni: 900 } }, "cni") // 900
 * @example timeoutSeconds({ platform: "gke" }, "controlPlane") // 900
 */
export function timeoutSeconds(inputs: TimeoutSource | undefined, name: TimeoutName): number {
  const { timeouts, platform } = inputs ?? {};
  const ofPlatform = platform === undefined ? undefined : PLATFORM_DEFAULTS[platform][name];
  return timeouts?.[name] ?? ofPlatform ?? TIMEOUT_DEFAULTS[name];
}

type Finding = Omit<Problem, "source">;

/** Returns a finding if a given timeout is not a number of seconds. */
export function checkSeconds(path: string, seconds: number | undefined): Finding[] {
  const valid = seconds === undefined || (Number.isFinite(seconds) && seconds > 0);
  return valid
    ? []
    : [{ path, value: seconds, reason: "is not a duration", allowed: "seconds above 0" }];
}

export function checkTimeouts(timeouts: TimeoutInputs | undefined): Finding[] {
  return Object.entries(timeouts ?? {}).flatMap(([name, seconds]) =>
    checkSeconds(`timeouts.${name}`, seconds),
  );
}
