import semver from "semver";
import type { Problem } from "../common/problem";
import data from "../data/upgradePaths.json";
import { revisionLabel } from "../k8s/istioLabels";
import { type ControlPlaneFacts, type MeshFacts, runningVersion } from "../model/facts";
import { compareMinors, minorOf } from "../model/minors";
import { buildOf, minorFacts } from "../model/versions";
import { unreadable } from "../snapshot/proxies";
import { tagsOf } from "./users";

/** How a control plane changes its version. */
export type UpgradeMode = "in-place" | "revision";

type RuleName = keyof typeof data.rules;

/** What a rule found. Problems stop the update, warnings are reported. */
export interface VersionFindings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Versions that run side by side. */
export interface VersionSet {
  readonly controlPlanes: readonly ControlPlaneFacts[];
  /** Gateways with the revision or tag that injects them, and their version if it is known. */
  readonly gateways?: readonly {
    readonly name: string;
    readonly revision: string;
    /** @default the version of its control plane, because the injector chooses it */
    readonly version?: string;
  }[];
  /** Revision by tag. @default {} */
  readonly tags?: Readonly<Record<string, string>>;
  /** Version of the CNI node agent. */
  readonly cni?: string;
  /** Version of ztunnel. If there is one, the rules of ambient mode apply to the CNI node agent. */
  readonly ztunnel?: string;
  /** Kubernetes version of the cluster. */
  readonly kubernetes?: string;
}

const NONE: VersionFindings = { problems: [], warnings: [] };

function gather(all: readonly VersionFindings[]): VersionFindings {
  return {
    problems: all.flatMap(({ problems }) => problems),
    warnings: all.flatMap(({ warnings }) => warnings),
  };
}

const asProblem = (problem: Problem): VersionFindings => ({ ...NONE, problems: [problem] });
const asWarning = (problem: Problem): VersionFindings => ({ ...NONE, warnings: [problem] });

/**
 * Returns the number of minor versions from one version to another, negative if the other is older.
 * Returns `undefined` if one of them is not a version.
 */
function minorsBetween(from: string, to: string): number | undefined {
  const [a, b] = [semver.parse(from), semver.parse(to)];
  return a === null || b === null ? undefined : (b.major - a.major) * 1000 + (b.minor - a.minor);
}

const countText = (minors: number) =>
  Math.abs(minors) === 1 ? "1 minor version" : `${Math.abs(minors)} minor versions`;

const minorText = (version: string) => version.split(".").slice(0, 2).join(".");

function finding(
  rule: RuleName,
  path: string,
  value: string,
  reason: string,
  fix: string,
): Problem {
  const { text, source } = data.rules[rule];
  return {
    source: "inputs",
    path,
    value,
    reason: `${reason}; rule: ${text} (${source})`,
    fix,
  };
}

/** Returns the minor versions to go through, each within the limit of one step. */
function stops(from: string, minors: number, limit: number): string {
  const start = semver.parse(from);
  const sign = Math.sign(minors);
  const count = Math.ceil(Math.abs(minors) / limit) - 1;
  const versions = Array.from({ length: count }, (_, index) => {
    const minor = (start?.minor ?? 0) + sign * limit * (index + 1);
    return `${start?.major ?? 1}.${minor}`;
  });
  return versions.join(", then ");
}

/** Steps that are within the limits, and that a change of one release forbids in place all the same. */
function forbiddenInPlace(from: string, to: string, path: string): Problem[] {
  const refused = unreadable(from, to);
  const stopped = data.stops.filter(
    ({ minor, build }) =>
      buildOf(to) === build &&
      compareMinors(minorOf(from), minor) < 0 &&
      compareMinors(minorOf(to), minor) >= 0,
  );
  const problem = (reason: string, rule: { text: string; source: string }, fix: string) => ({
    source: "inputs",
    path,
    value: to,
    reason: `${reason}; rule: ${rule.text} (${rule.source})`,
    fix,
  });
  return [
    ...(refused === undefined
      ? []
      : [
          problem(
            `in place, ${to} serves the proxies of ${from} until their pods restart`,
            refused,
            `take ${refused.mended} or a later patch, or install ${to} as a revision of its own`,
          ),
        ]),
    ...stopped.map((rule) =>
      problem(
        `the control plane goes from ${from} to ${to} in place`,
        rule,
        `install ${to} as a revision of its own`,
      ),
    ),
  ];
}

/**
 * Checks one step of a control plane from one version to another. Patch versions are not restricted, but
 * for steps that a release is known to forbid.
 *
 * - in place: one minor version at a time, up or down. A downgrade is also a warning.
 * - by revision: at most two minor versions.
 *
 * @param path the input that decides the version
 * @example
 * checkUpgradePath("1.26.0", "1.29.1", "revision").problems[0].fix // "go by way of 1.28"
 */
export function checkUpgradePath(
  from: string,
  to: string,
  mode: UpgradeMode,
  path: "version" | "tag" = "version",
): VersionFindings {
  const rule = mode === "in-place" ? "inPlaceStep" : "revisionStep";
  const { limit } = data.rules[rule];
  const minors = minorsBetween(from, to);
  if (minors === undefined) {
    return NONE;
  }
  const forbidden = mode === "in-place" ? forbiddenInPlace(from, to, path) : [];
  if (Math.abs(minors) <= limit && forbidden.length > 0) {
    return { ...NONE, problems: forbidden };
  }
  if (Math.abs(minors) > limit) {
    const reason = `${from} to ${to} are ${countText(minors)}`;
    const fix = `go by way of ${stops(from, minors, limit)}`;
    return asProblem(finding(rule, path, to, reason, fix));
  }
  return minors < 0 && mode === "in-place"
    ? asWarning(
        finding(
          rule,
          path,
          to,
          `${to} is older than ${from}, so proxies are ahead until their pods restart`,
          "restart the workloads right after the update, or install the older version as a separate revision",
        ),
      )
    : NONE;
}

interface Distance {
  readonly title: string;
  readonly version: string;
  readonly behind: RuleName;
  readonly ahead: RuleName;
  readonly path: string;
}

const limitOf = (rule: RuleName): number => {
  const found = data.rules[rule];
  return "limit" in found ? found.limit : Number.POSITIVE_INFINITY;
};

/** Checks one component against one control plane. */
function checkDistance(component: Distance, plane: ControlPlaneFacts): VersionFindings {
  const { title, version, behind, ahead, path } = component;
  const running = runningVersion(plane);
  const minors = minorsBetween(version, running) ?? 0;
  const rule = minors > 0 ? behind : ahead;
  if (Math.abs(minors) <= limitOf(rule)) {
    return NONE;
  }
  const side = minors > 0 ? "behind" : "ahead of";
  const reason = `${title} ${version} is ${countText(minors)} ${side} the control plane ${revisionLabel(plane.revision)} (${running})`;
  const fix =
    minors > 0
      ? `bring it to ${minorText(running)} or one below`
      : "upgrade the control plane first";
  return asProblem(finding(rule, path, version, reason, fix));
}

function planeOf(
  revision: string,
  { controlPlanes, tags = {} }: VersionSet,
): ControlPlaneFacts | undefined {
  const label = revisionLabel(revision);
  const target = controlPlanes.find(
    (plane) =>
      tagsOf(plane.revision, tags).includes(label) ||
      (revisionLabel(plane.revision) === label && !Object.hasOwn(tags, label)),
  );
  return target;
}

function gatewayFindings(set: VersionSet): VersionFindings[] {
  return (set.gateways ?? []).map(({ name, revision, version }) => {
    const plane = planeOf(revision, set);
    if (plane === undefined || version === undefined) {
      return NONE;
    }
    const rules = { behind: "proxyBehind", ahead: "proxyAhead" } as const;
    return checkDistance({ title: `gateway ${name}`, version, path: "gateways", ...rules }, plane);
  });
}

/** A cluster has one of each, so it must fit every control plane. */
function agentFindings({ controlPlanes, cni, ztunnel }: VersionSet): VersionFindings[] {
  const ambient = { behind: "ambientBehind", ahead: "ambientAhead" } as const;
  const sidecar = { behind: "cniDistance", ahead: "cniDistance" } as const;
  const agents: Distance[] = [
    ...(cni === undefined
      ? []
      : [{ title: "CNI", version: cni, path: "cni", ...(ztunnel ? ambient : sidecar) }]),
    ...(ztunnel === undefined
      ? []
      : [{ title: "ztunnel", version: ztunnel, path: "ztunnel", ...ambient }]),
  ];
  return agents.flatMap((agent) => controlPlanes.map((plane) => checkDistance(agent, plane)));
}

/**
 * Control planes that run side by side are in the middle of an upgrade by revision, so the same
 * limit applies.
 */
function sideBySide(controlPlanes: readonly ControlPlaneFacts[]): VersionFindings[] {
  const versions = controlPlanes.map(runningVersion);
  const [oldest] = [...versions].sort((a, b) => minorsBetween(b, a) ?? 0);
  return oldest === undefined
    ? []
    : versions.map((version) => checkUpgradePath(oldest, version, "revision"));
}

function kubernetesFindings({ controlPlanes, kubernetes }: VersionSet): VersionFindings[] {
  if (kubernetes === undefined) {
    return [];
  }
  return controlPlanes.map(runningVersion).map((version) => {
    const { minKubernetes } = minorFacts(version);
    const minors = minorsBetween(kubernetes, minKubernetes) ?? 0;
    const reason = `Istio ${version} needs Kubernetes ${minorText(minKubernetes)} or newer`;
    const fix = "upgrade the cluster first";
    return minors > 0
      ? asProblem(finding("kubernetes", "kubernetesVersion", kubernetes, reason, fix))
      : NONE;
  });
}

/**
 * Checks that versions may run side by side: control planes, gateways, the node agents and the
 * cluster. Every finding names its rule and the source in Istio's documentation.
 */
export function checkVersionSkew(set: VersionSet): VersionFindings {
  return gather([
    ...sideBySide(set.controlPlanes),
    ...gatewayFindings(set),
    ...agentFindings(set),
    ...kubernetesFindings(set),
  ]);
}

/** Returns the version that a new control plane is compared with: the newest of the last update. */
function predecessor(before: readonly ControlPlaneFacts[], version: string): string | undefined {
  const distance = (plane: ControlPlaneFacts) =>
    Math.abs(minorsBetween(runningVersion(plane), version) ?? Number.POSITIVE_INFINITY);
  const [nearest] = [...before].sort((a, b) => distance(a) - distance(b));
  return nearest && runningVersion(nearest);
}

/** A control plane of an update, and the version that it takes over from. */
export interface UpgradeStep {
  readonly plane: ControlPlaneFacts;
  readonly from: string;
  readonly mode: UpgradeMode;
}

/**
 * Returns the control planes of an update that follow on another: each that stays, with the version
 * that it has, and each new one, with the nearest version beside or instead of which it comes.
 */
export function upgradeSteps(before: MeshFacts, after: MeshFacts): UpgradeStep[] {
  return after.controlPlanes.flatMap((plane): UpgradeStep[] => {
    const same = before.controlPlanes.find(({ revision }) => revision === plane.revision);
    const from = same
      ? runningVersion(same)
      : predecessor(before.controlPlanes, runningVersion(plane));
    const mode = same === undefined ? "revision" : "in-place";
    return from === undefined ? [] : [{ plane, from, mode }];
  });
}

/**
 * Checks the step from the last update to this one: each control plane that changes its version in
 * place, by its charts or its image, and each new one beside or instead of the earlier ones.
 */
export function checkUpgradeStep(before: MeshFacts, after: MeshFacts): VersionFindings {
  return gather(
    upgradeSteps(before, after).map(({ plane, from, mode }) => {
      const version = runningVersion(plane);
      const path = version === plane.version ? "version" : "tag";
      return checkUpgradePath(from, version, mode, path);
    }),
  );
}
