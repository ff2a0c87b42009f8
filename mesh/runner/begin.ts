import type { Problem } from "../common/problem";
import { throwIfAny } from "../common/problem";
import { route } from "../upgrade/stageSteps";
import type { UpgradePlan } from "../upgrade/types";
import { stageOf } from "../upgrade/upgradePlan";

/** Where an upgrade stands, as something says. */
export interface Position {
  readonly to: string;
  /** @default the first one */
  readonly stage?: string | undefined;
}

/** What is known of where an upgrade stands. */
export interface Positions {
  /** By the configuration: what the next update does. */
  readonly configured?: Position | undefined;
  /** By the state: what the last update did. */
  readonly recorded?: Position | undefined;
}

function otherVersion(plan: UpgradePlan, { to }: Position): Problem {
  return {
    source: "--to",
    path: "",
    value: plan.to,
    reason: `the stack is in an upgrade to ${to}`,
    fix: `go on with --to ${to}, or take it back first: mesh upgrade rollback`,
  };
}

/**
 * Returns the stages that a runner has to go through, the current one first: its update may not have
 * ended, and one that has changes nothing.
 *
 * The state says where the mesh is. The configuration counts only where it is ahead: the runner writes
 * it before each update. One that is behind is of a machine that does not know what another did.
 *
 * @throws InvalidInput if the stack is in an upgrade to another version, or in a stage that is none of
 *   the plan
 * @example stagesAhead(plan, { recorded: { to: "1.31.0", stage: "install" } })
 * // ["install", "gateway-web-10", …, "finish"]
 */
export function stagesAhead(plan: UpgradePlan, positions: Positions): string[] {
  const { configured, recorded } = positions;
  throwIfAny(
    recorded !== undefined && recorded.to !== plan.to ? [otherVersion(plan, recorded)] : [],
  );
  const names = plan.stages.map(({ name }) => name);
  const first = names[0] ?? "";
  const current = recorded?.stage ?? first;
  const wanted = configured?.to === plan.to ? (configured.stage ?? first) : first;
  const [at, ahead] = [current, wanted].map((name) => names.indexOf(stageOf(plan, name).name)) as [
    number,
    number,
  ];
  // An update of the next stage may have begun, and the one of the current stage has ended then.
  const begin = ahead === at + 1 && recorded !== undefined ? ahead : at;
  return names.slice(begin);
}

/**
 * Returns the stages up to one that the user names.
 *
 * @param stages what {@link stagesAhead} returns
 * @throws InvalidInput if the stage is none of the upgrade, or lies behind
 */
export function stagesUntil(plan: UpgradePlan, stages: readonly string[], until: string): string[] {
  const { name } = stageOf(plan, until);
  const last = stages.indexOf(name);
  throwIfAny(
    last < 0
      ? [
          {
            source: "--until",
            path: "",
            value: until,
            reason: `lies behind: the upgrade is in ${stages[0]}`,
            fix: `mesh upgrade rollback --to ${until}`,
          },
        ]
      : [],
  );
  return stages.slice(0, last + 1);
}

/**
 * Returns the stage to which a runner takes the gateways of a stage back by itself: the one before their
 * pods of the new revision were made. `undefined` for a stage that moves no gateway by weights.
 *
 * @example rollbackStage(plan, "gateway-web-50") // "install"
 */
export function rollbackStage(plan: UpgradePlan, name: string): string | undefined {
  const stage = stageOf(plan, name);
  if (stage.kind !== "gateways") {
    return undefined;
  }
  const first = plan.stages.findIndex(
    ({ kind, gateways }) =>
      kind === "gateways" && gateways.some((gateway) => stage.gateways.includes(gateway)),
  );
  return plan.stages[first - 1]?.name;
}

/**
 * Returns the stages of the way back to an earlier stage.
 *
 * @throws InvalidInput if the stage is none of the upgrade, or not an earlier one
 */
export function stagesBack(plan: UpgradePlan, from: string, to: string): string[] {
  const names = plan.stages.map(({ name }) => name);
  const isBehind = names.indexOf(stageOf(plan, to).name) <= names.indexOf(from);
  throwIfAny(
    isBehind
      ? []
      : [
          {
            source: "--to",
            path: "",
            value: to,
            reason: `is ahead: the upgrade is in ${from}`,
            fix: `mesh upgrade resume --until ${to}`,
          },
        ],
  );
  const walk = route(plan, from, to);
  // The update of an earlier run may not have ended.
  return walk.length === 0 ? [to] : walk;
}
