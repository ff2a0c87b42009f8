import semver from "semver";
import { DEFAULT_VERSION } from "../mesh/model/defaultVersion";
import { revisionOf } from "../mesh/model/revision";
import pins from "./versions.json";

/** What set-up provides, each at the version that is pinned in versions.json. */
export interface Versions {
  readonly pulumi: string;
  readonly kubernetesProvider: string;
  readonly istio: {
    /** The product's default. */
    readonly default: string;
    readonly charts: readonly string[];
    /** Versions whose programs, such as istioctl, can be built. */
    readonly programs: readonly string[];
    /** Versions whose istioctl the tests compare with this project, the newest first. */
    readonly compared: readonly string[];
    /** Versions that run on the real node of the tests, the newest first. */
    readonly played: readonly string[];
    /** Those of them whose CNI plugin runs there too. */
    readonly cniPlayed: readonly string[];
  };
  readonly kubernetes: {
    /** The version that the tests use, also on the real node. */
    readonly default: string;
    /** A newer one, with which tests run on request. */
    readonly newest: string;
    /** The lowest minor that the oldest supported Istio takes; its API server runs on request. */
    readonly oldest: string;
  };
  readonly etcd: string;
  readonly kwok: string;
  readonly helm: string;
  readonly coredns: string;
  readonly crane: string;
  readonly cosign: string;
  readonly envoy: string;
  /** The language host that runs programs in YAML. */
  readonly yamlHost: string;
}

/**
 * The pinned versions, without a leading `v`.
 *
 * @example versions.istio.default // '1.31.0'
 */
export const versions: Versions = {
  ...pins,
  istio: { ...pins.istio, default: DEFAULT_VERSION },
};

/** The newest version that set-up provides charts for, among those of a minor before another version. */
function newestBefore(version: string): string {
  const older = versions.istio.charts
    .filter((other) => semver.lt(other, version) && semver.minor(other) < semver.minor(version))
    .sort(semver.rcompare);
  return older[0] as string;
}

/** Istio's version where none is asked for: the newest that the product takes by itself. */
export const NEWEST = versions.istio.default;

/** The version that a mesh is upgraded from: the newest patch of the minor before {@link NEWEST}. */
export const PREVIOUS = newestBefore(NEWEST);

/** The oldest version whose istioctl the tests compare with this project. */
export const OLDEST = [...versions.istio.compared].sort(semver.compare)[0] as string;

/** The revision of {@link NEWEST}. */
export const NEW = revisionOf(NEWEST);

/** The revision of {@link PREVIOUS}. */
export const OLD = revisionOf(PREVIOUS);
