import semver from "semver";
import type { Json, JsonObject } from "../common/json";
import { mergePatch } from "../common/mergePatch";
import { FOLDERS } from "../data/istio";

/** A component of an IstioOperator as istioctl knows it: its chart, its values and its workload. */
export interface ComponentFacts {
  /** Whether it is rendered if the spec does not mention it. */
  readonly default: boolean;
  /** Whether `spec.components.NAME` is a list. */
  readonly isList: boolean;
  /** Folder below `charts` in Istio's release. */
  readonly chartFolder: string;
  /** Root of the component's values below `spec.values`. */
  readonly valuesRoot: string;
  /** Whether the chart reads its own values without that root. */
  readonly flattenValues: boolean;
  /** A value that enables the component regardless of `enabled`. */
  readonly enablingValue?: string;
  readonly workload?: {
    readonly kind: "Deployment" | "DaemonSet";
    readonly name: string;
    readonly container: string;
  };
}

/** The lowest release of the Gateway API with which istiod reads a kind. */
export interface GatewayApiMinimum {
  /** As in the CRD's annotation `gateway.networking.k8s.io/bundle-version`, without the `v`. */
  readonly bundle: string;
  /** Where Istio says so. */
  readonly source: string;
}

/** What `npm run istio` reads out of one release of a minor. */
export interface MinorFacts {
  /** The release that the facts were read from: that of a neighbour for a minor without its own. */
  readonly from: string;
  /** Its version as a Go module: a commit of the release branch. */
  readonly module: string;
  /** Lowest Kubernetes version that Istio runs on, for which charts are rendered by default. */
  readonly minKubernetes: string;
  /** The components of an IstioOperator, by their name in `spec.components`. */
  readonly components: Readonly<Record<string, ComponentFacts>>;
  /** The names of istioctl's profiles. */
  readonly profiles: readonly string[];
  /** The images that the release has under its hub. */
  readonly images: readonly string[];
  /**
   * Istio's APIs by the name of the CRD, with the version by which istiod watches each. Without it
   * served, istiod gets none of the objects.
   */
  readonly apis: Readonly<Record<string, string>>;
  /** The same for the Gateway API. Absent if unknown. */
  readonly gatewayApis?: Readonly<Record<string, string>>;
  /**
   * The lowest release of the Gateway API with which istiod reads a kind, by the name of the CRD. istiod
   * passes over older CRDs, and so all objects of the kind.
   */
  readonly gatewayApiMinimum?: Readonly<Record<string, GatewayApiMinimum>>;
  /**
   * Changed defaults: by the minor before the change, the values that bring its behaviour back. The
   * charts set them for `compatibilityVersion`.
   */
  readonly compatibility: Readonly<Record<string, JsonObject>>;
}

/** What a person must know before an upgrade to a minor. */
export interface UpgradeNote {
  readonly title: string;
  /** Where Istio says so. */
  readonly source: string;
  /** The id of the check of `mesh precheck` that looks for it in the cluster. Absent if nothing can. */
  readonly check?: string;
  /**
   * The field of an IstioOperator that is set in the meshes that it is about, such as
   * `spec.components.cni.enabled`. @default it is about all
   */
  readonly when?: string;
  /** The charts' values whose default it changes, such as `pilot.env.PILOT_X`. @default none */
  readonly settings?: readonly string[];
  /** The environment variables of istiod or of the agent that it takes away. @default none */
  readonly removes?: readonly string[];
}

/** Where istioctls differ in how they treat an IstioOperator. */
export interface IstioctlBehaviour {
  /**
   * Whether replicas, autoscaling and CPU in `components.NAME.k8s` are values of the chart too, so
   * that the chart's conditions see them.
   */
  readonly k8sSetsValues: boolean;
}

/**
 * Fields of an overlay that a release dropped, by their paths below `spec`, with what takes their
 * place.
 */
export interface DroppedGroup {
  /** `error` where istioctl refuses the fields, `warning` where it takes them without effect. */
  readonly severity: string;
  /** A build of Istio that still has the fields, see `builds.json`. @default none */
  readonly exceptBuild?: string;
  readonly why: string;
  /** Where Istio says so. */
  readonly source: string;
  /** What changes in the rendered objects when migrate rewrites a field that was accepted. */
  readonly effect?: string;
  /** What to do by hand for what is removed. @default nothing is lost */
  readonly instead?: string;
  /** By old path, the new one, which takes the value as it is. */
  readonly move?: Readonly<Record<string, string>>;
  /** By path, the converter that changes the form of the value (see `converters.ts`). */
  readonly convert?: Readonly<Record<string, string>>;
  /** By path, the one value that was dropped, and the one in its place. */
  readonly set?: Readonly<Record<string, { readonly from: Json; readonly to: Json }>>;
  /** Paths that have no counterpart. */
  readonly remove?: readonly string[];
}

/** What a person writes down of a minor. */
export interface MinorRelease {
  /** The page with the dates and the Kubernetes versions. */
  readonly source: string;
  /** The day of the first release, as `2026-05-18`, or its month. */
  readonly released: string;
  /** The last day or month with support. Absent if it is not known yet. */
  readonly endOfSupport?: string;
  /** Whether {@link endOfSupport} has only been forecast. */
  readonly endIsExpected?: boolean;
  /** The Kubernetes minors that Istio supports, which may be more than it runs on. */
  readonly kubernetes: { readonly oldest: string; readonly newest: string };
  readonly upgradeNotes: readonly UpgradeNote[];
  /** Fields of an overlay that it is the oldest known minor without. @default none */
  readonly dropped?: readonly DroppedGroup[];
  /** Tracing providers of the mesh config that it no longer has, with the source. @default none */
  readonly removedProviders?: Readonly<Record<string, string>>;
  /** What istioctl does in another way than in the minor before. @default as in the minor before */
  readonly istioctl?: Partial<IstioctlBehaviour>;
}

/**
 * The types against which one version of istioctl checks an IstioOperator. A type is its fields by
 * name, each with the name of a type: a scalar, `list<T>`, `map<T>`, an enum, or another one of
 * these.
 */
export interface TypeTable {
  readonly roots: Readonly<Record<"operator" | "values" | "meshConfig", string>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
  readonly types: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The environment variables of istiod and of the agent, with their defaults. */
export type Flags = Readonly<Record<string, string>>;

/**
 * The files of a minor in `data/istio`. All but the release are merge patches on what the minors
 * before it say, so that a file holds what the minor changes and nothing else; a file that is not
 * there changes nothing. Large files are loaded when they are asked for.
 */
export interface MinorFolder {
  readonly facts?: JsonObject;
  readonly release: MinorRelease;
  readonly types?: () => JsonObject | undefined;
  readonly flags?: () => JsonObject | undefined;
}

/** What is known of the minors of Istio. Each function takes a whole version. */
export interface Minors {
  /** The known minors, the oldest first. */
  readonly names: readonly string[];
  /** Facts of the newest known minor. */
  readonly newest: MinorFacts;
  /** Facts of the minor, or of the known one that is next to it. */
  facts(version: string): MinorFacts;
  /** Returns `undefined` for a minor that is not known. */
  release(version: string): MinorRelease | undefined;
  /** What istioctl of the minor, or of the known one that is next to it, does. */
  istioctl(version: string): IstioctlBehaviour;
  /** Types of the minor, or of the known one that is next to it. */
  types(version: string): TypeTable;
  /** Returns `undefined` for a minor that is not known, or whose variables are not. */
  flags(version: string): Flags | undefined;
}

/** Compares two minors, such as `1.9` and `1.10`. */
export function compareMinors(a: string, b: string): number {
  return semver.compare(`${a}.0`, `${b}.0`);
}

/**
 * Returns the minor of a version, or an empty text if it is none.
 *
 * @example
 * minorOf("1.23.3-asm.2") // "1.23"
 */
export function minorOf(version: string): string {
  const parsed = semver.parse(version);
  return parsed === null ? "" : `${parsed.major}.${parsed.minor}`;
}

/** Results by minor, each made once. */
function once<T>(make: (minor: string) => T): (minor: string) => T {
  const known = new Map<string, T>();
  return (minor) => {
    const result = known.has(minor) ? (known.get(minor) as T) : make(minor);
    known.set(minor, result);
    return result;
  };
}

/**
 * Opens the folders of minors.
 *
 * @param folders by minor, in any order
 */
export function openMinors(folders: Readonly<Record<string, MinorFolder>>): Minors {
  const names = Object.keys(folders).sort(compareMinors);
  const newest = names.at(-1) ?? "";
  const known = (version: string) => {
    const minor = minorOf(version);
    const oldest = names[0] ?? "";
    const isOlder = minor !== "" && compareMinors(minor, oldest) < 0;
    return names.includes(minor) ? minor : isOlder ? oldest : newest;
  };
  /** Applies the patches of all minors up to one; the same object where the last ones say nothing. */
  const fold = (patchOf: (folder: MinorFolder) => JsonObject | undefined) => {
    const at = once((minor: string): JsonObject => {
      const before = names[names.indexOf(minor) - 1];
      const base = before === undefined ? {} : at(before);
      const patch = patchOf(folders[minor] as MinorFolder);
      return patch === undefined ? base : mergePatch(base, patch);
    });
    return at;
  };
  const facts = fold(({ facts: patch }) => patch);
  const istioctl = fold(({ release }) => release.istioctl);
  const types = fold(({ types: load }) => load?.());
  const flags = fold(({ flags: load }) => load?.());
  return {
    names,
    newest: facts(newest) as unknown as MinorFacts,
    facts: (version) => facts(known(version)) as unknown as MinorFacts,
    istioctl: (version) => istioctl(known(version)) as unknown as IstioctlBehaviour,
    release: (version) => folders[minorOf(version)]?.release,
    types: (version) => types(known(version)) as unknown as TypeTable,
    flags: (version) => {
      const found = names.includes(minorOf(version)) ? flags(minorOf(version)) : {};
      return Object.keys(found).length === 0 ? undefined : (found as Flags);
    },
  };
}

/**
 * The folders of `data/istio`. The cast is for lists in JSON: TypeScript gives each item the keys of
 * all others, as `undefined`.
 */
export const MINOR_FOLDERS = FOLDERS as Readonly<Record<string, MinorFolder>>;

/** The minors of `data/istio`. */
export const MINORS: Minors = openMinors(MINOR_FOLDERS);
