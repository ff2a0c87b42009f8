import { isDeepStrictEqual } from "node:util";
import type { Problem } from "../common/problem";
import type { Sentence } from "../common/sentence";
import { REVISION_LABEL } from "../k8s/istioLabels";
import { gatewayTitle, type MeshFacts } from "../model/facts";
import { INPUTS_SOURCE } from "../model/meshInputs";
import { type JumpSide, jumpRisks } from "./jumps";
import { upgradeProblem } from "./replacedPlanes";
import type { CurrentStage } from "./stagedInputs";
import { checkStageStep } from "./stageSteps";
import { stageLine } from "./stageWords";
import type { UpgradePlan } from "./types";

/** What the stages of an upgrade differ in. */
function placeOf({ controlPlanes, gateways, tags, namespaces }: MeshFacts) {
  return {
    controlPlanes: [...controlPlanes].sort((a, b) => a.revision.localeCompare(b.revision)),
    gateways: gateways.map((gateway) => ({
      title: gatewayTitle(gateway),
      active: gateway.active,
      revisions: gateway.revisions.map(({ revision, weight }) => ({ revision, weight })),
    })),
    tags,
    namespaces: namespaces.map(({ name, revision }) => ({ name, revision })),
  };
}

function isSamePlace(one: MeshFacts, other: MeshFacts): boolean {
  return isDeepStrictEqual(placeOf(one), placeOf(other));
}

/**
 * Returns the stage of an upgrade in which a mesh is: the one that the last update recorded, or else
 * the last one that has the same control planes, gateways, tags and namespaces.
 */
function stageBefore(before: MeshFacts, { to, stages }: UpgradePlan): string | undefined {
  const recorded = before.upgrade?.to === to ? before.upgrade.stage : undefined;
  const known = stages.find(({ name }) => name === recorded);
  return (known ?? [...stages].reverse().find(({ facts }) => isSamePlace(facts, before)))?.name;
}

function sideOf(facts: MeshFacts): JumpSide {
  const workloads = facts.podLabels?.workloads ?? [];
  const named = workloads.map(({ labels }) => labels[REVISION_LABEL]);
  return { facts, ownRevisions: named.filter((name) => name !== undefined) };
}

/** Returns the problems of a mesh that leaves an upgrade in the middle, or goes on to another version. */
function abandoned(before: MeshFacts, after: MeshFacts, path: string): Problem[] {
  const { to, stage } = before.upgrade ?? { to: "", stage: "" };
  return jumpRisks(sideOf(before), sideOf(after)).map((risk) => ({
    source: INPUTS_SOURCE,
    path,
    reason: `the upgrade to ${to} is in stage ${stage}, and these inputs would leave it: ${risk}`,
    fix: `set upgrade to { to: ${to}, stage: ${stage} } again, and go on from there or back by an earlier stage; to end it, write the inputs of its stage finish`,
  }));
}

/** A policy that changes on the way can make the recorded stage one that does not exist. */
function lostStage(before: MeshFacts, current: CurrentStage): Problem[] {
  const { to, stage } = before.upgrade ?? {};
  return [
    upgradeProblem("stage", {
      value: current.stage.name,
      reason: `the last update was in stage ${stage} of the upgrade to ${to}, which the upgrade does not have with these inputs`,
      allowed: current.plan.stages.map(({ name }) => name).join(", "),
      fix: `set upgrade.policy and the other inputs to what they were in stage ${stage}, or go back to stage install first and change them there`,
    }),
  ];
}

/**
 * Returns why an update may not go from the last stage to this one. A mesh without an upgrade, now and
 * before, has no such problem.
 *
 * @param before the facts of the last update
 * @param current the stage of this update; `undefined` if the inputs have no `upgrade`
 * @example checkRecordedStage(before, after, current)[0].fix // "set upgrade.stage to each of these, …"
 */
export function checkRecordedStage(
  before: MeshFacts,
  after: MeshFacts,
  current: CurrentStage | undefined,
): Problem[] {
  if (before.controlPlanes.length === 0 || isSamePlace(before, after)) {
    return [];
  }
  if (current === undefined) {
    return before.upgrade === undefined ? [] : abandoned(before, after, "upgrade");
  }
  const { plan, stage } = current;
  const from = stageBefore(before, plan);
  if (from !== undefined) {
    return checkStageStep(plan, from, stage.name);
  }
  if (before.upgrade?.to === plan.to) {
    return lostStage(before, current);
  }
  const risks = before.upgrade === undefined ? [] : abandoned(before, after, "upgrade.to");
  return [...risks, ...checkStageStep(plan, "prepare", stage.name)];
}

const say = (text: string): Sentence => ({ text, warning: false });

/**
 * Says which stage of an upgrade comes, of how many, what it does, and which is the next.
 *
 * @param current the stage of this update; `undefined` if the inputs have no `upgrade`
 * @returns nothing if the stage does not change
 * @example describeStage(before, current)[0].text
 * // "upgrade to 1.31.0, stage 3 of 14, gateway-web-10: gateway edge/web sends 10 % to 1-31-0. The next stage is gateway-web-50."
 */
export function describeStage(before: MeshFacts, current: CurrentStage | undefined): Sentence[] {
  const { upgrade: former } = before;
  if (current === undefined) {
    return former === undefined
      ? []
      : [
          say(
            `the inputs have no \`upgrade\` any more. The last update was in stage ${former.stage} of the upgrade to ${former.to}.`,
          ),
        ];
  }
  const { plan, stage } = current;
  const names = plan.stages.map(({ name }) => name);
  const [from, place] = [names.indexOf(former?.stage ?? ""), names.indexOf(stage.name)];
  const next = names[place + 1];
  const ending = next === undefined ? "It is the last one." : `The next stage is ${next}.`;
  const isBack = former?.to === plan.to && from > place;
  return isBack
    ? [
        say(
          `upgrade to ${plan.to} goes back from stage ${former.stage} to stage ${place + 1} of ${names.length}, ${stage.name}. ${ending}`,
        ),
      ]
    : former?.to === plan.to && from === place
      ? []
      : [say(`upgrade to ${plan.to}, ${stageLine(plan, stage.name)}. ${ending}`)];
}
