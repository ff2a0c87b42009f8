import semver from "semver";
import { type Problem, throwIfAny } from "../common/problem";
import { didYouMean } from "../common/suggest";
import { revisionLabel } from "../k8s/istioLabels";
import type { ControlPlaneFacts } from "../model/facts";
import { INPUTS_SOURCE } from "../model/meshInputs";
import { checkRevision, revisionOf } from "../model/revision";
import type { UpgradeInputs } from "../model/upgradeInputs";
import { checkVersion } from "../model/versions";
import type { MeshPlan } from "../plan/meshPlan";

/** The control planes of an upgrade: those that are replaced, and the new one. */
export interface Replacement {
  readonly to: string;
  /** The revision of the new control plane. */
  readonly revision: string;
  /** The control planes that are replaced, the newest first. */
  readonly from: readonly ControlPlaneFacts[];
  /** Whether the mesh has the new control plane already. */
  readonly isInstalled: boolean;
  /** The mesh's tags before the upgrade. */
  readonly tags: Readonly<Record<string, string>>;
}

type Fields = Pick<Problem, "value" | "reason" | "allowed" | "fix">;

/** Returns a problem of the input `upgrade`. */
export function upgradeProblem(path: string, fields: Fields): Problem {
  return { source: INPUTS_SOURCE, path: `upgrade.${path}`, ...fields };
}

/** Returns whether a name stands for a control plane that is replaced, and not for a tag. */
export function namesReplaced(name: string, { from, tags }: Replacement): boolean {
  const label = revisionLabel(name);
  return (
    !Object.hasOwn(tags, label) && from.some((plane) => revisionLabel(plane.revision) === label)
  );
}

/** Returns whether a name is a tag that points to a control plane that is replaced. */
export function namesMovedTag(name: string, { from, tags }: Replacement): boolean {
  const target = Object.hasOwn(tags, name) ? tags[name] : undefined;
  return (
    target !== undefined &&
    from.some(({ revision }) => revisionLabel(revision) === revisionLabel(target))
  );
}

/** A mesh whose control planes belong to someone else cannot upgrade them. */
function withoutPlanes({ managed, foreignRevisions = [] }: MeshPlan["facts"], to: string): Problem {
  return managed === undefined
    ? upgradeProblem("to", {
        value: to,
        reason: "the mesh has no control plane of its own that could be upgraded",
        fix: `upgrade it in the stack that has ${foreignRevisions.join(", ") || "it"}, then name its revision in the gateways here`,
      })
    : upgradeProblem("to", {
        value: to,
        reason: `Google runs the control plane ${managed.revision} and upgrades it itself, by its release channel`,
        fix: "leave `upgrade` out; to go to a control plane in the cluster, add it to `revisions` first",
      });
}

function notOlder(planes: readonly ControlPlaneFacts[], to: string): Problem {
  const runs = planes.map(({ revision, version }) => `${revisionLabel(revision)} (${version})`);
  return planes.some(({ version }) => version === to)
    ? upgradeProblem("to", {
        value: to,
        reason: `the mesh has this version already: ${runs.join(", ")}`,
        fix: "leave `upgrade` out, or name a newer version",
      })
    : upgradeProblem("to", {
        value: to,
        reason: `is older than what the mesh has: ${runs.join(", ")}; an upgrade goes to a newer version`,
        fix: "name a newer version; an upgrade that is under way goes back by an earlier `stage`",
      });
}

function chosen(
  planes: readonly ControlPlaneFacts[],
  names: readonly string[],
  to: string,
): { readonly from: ControlPlaneFacts[]; readonly problems: Problem[] } {
  const known = planes.map(({ revision }) => revisionLabel(revision));
  const found = names.map((name) =>
    planes.find(({ revision }) => revisionLabel(revision) === revisionLabel(name)),
  );
  const problems = names.flatMap((value, index) => {
    const path = `policy.from[${index}]`;
    const plane = found[index];
    if (plane === undefined) {
      const fix = didYouMean(value, known) ?? "name control planes of this mesh";
      const reason = "is no control plane of the mesh that the upgrade could replace";
      return [upgradeProblem(path, { value, reason, allowed: known.join(", "), fix })];
    }
    return semver.lte(plane.version, to)
      ? []
      : [
          upgradeProblem(path, {
            value,
            reason: `has Istio ${plane.version}, which is newer than ${to}`,
            fix: "leave it out, so that it stays as it is",
          }),
        ];
  });
  return { from: found.filter((plane) => plane !== undefined), problems };
}

function nameProblems(revision: string, { facts, tags }: MeshPlan, to: string): Problem[] {
  const finding = checkRevision(revision);
  const path = "policy.revision";
  if (finding !== undefined || revision === "") {
    const reason = "is empty, but only a control plane with a name can come beside another one";
    const fix = `write "${revisionOf(to)}", or leave it out`;
    return [upgradeProblem(path, { value: revision, ...(finding ?? { reason, fix }) })];
  }
  const fix = "give the new control plane another name in upgrade.policy.revision";
  if (Object.hasOwn(tags, revision)) {
    return [upgradeProblem(path, { value: revision, reason: "is the name of a tag", fix })];
  }
  const same = facts.controlPlanes.find((plane) => revisionLabel(plane.revision) === revision);
  if (same !== undefined && same.version !== to) {
    const reason = `is the control plane of Istio ${same.version} that the mesh has`;
    return [upgradeProblem(path, { value: revision, reason, fix })];
  }
  const isForeign = facts.foreignRevisions?.includes(revision) === true;
  const reason = "is a revision whose control plane belongs to another stack or installer";
  return isForeign ? [upgradeProblem(path, { value: revision, reason, fix })] : [];
}

/**
 * Returns which control planes an upgrade replaces, and by which one.
 *
 * @param plan the mesh before the upgrade
 * @throws InvalidInput with all problems of the version and of the names
 */
export function replacement(
  plan: MeshPlan,
  { to, policy = {} }: Pick<UpgradeInputs, "to" | "policy">,
): Replacement {
  const finding = checkVersion(to);
  throwIfAny(finding === undefined ? [] : [upgradeProblem("to", { value: to, ...finding })]);
  const { controlPlanes } = plan.facts;
  throwIfAny(controlPlanes.length === 0 ? [withoutPlanes(plan.facts, to)] : []);
  const revision = policy.revision ?? revisionOf(to);
  const problems = nameProblems(revision, plan, to);
  const others = controlPlanes.filter((plane) => revisionLabel(plane.revision) !== revision);
  const named = policy.from && chosen(others, policy.from, to);
  const from = named?.from ?? others.filter(({ version }) => semver.lt(version, to));
  problems.push(...(named?.problems ?? []));
  if (from.length === 0 && problems.length === 0) {
    problems.push(notOlder(controlPlanes, to));
  }
  throwIfAny(problems);
  return {
    to,
    revision,
    from: [...from].sort((a, b) => semver.rcompare(a.version, b.version)),
    isInstalled: others.length < controlPlanes.length,
    tags: plan.tags,
  };
}
