import { isDeepStrictEqual } from "node:util";
import { uniqueBy } from "../common/lists";
import { collecting, formatProblem, type Problem, throwIfAny } from "../common/problem";
import { didYouMean } from "../common/suggest";
import { checkGates } from "../gates/check";
import { gatewaySource } from "../gateway/check";
import { overlayGatewayPods } from "../gateway/overlayGateway";
import { REVISION_LABEL, revisionLabel } from "../k8s/istioLabels";
import { isGatewayComponent } from "../model/component";
import { gatewayTitle } from "../model/facts";
import { INPUTS_SOURCE } from "../model/meshInputs";
import type { ServiceMeshInputs } from "../model/serviceMeshInputs";
import type { UpgradeInputs, UpgradePolicy } from "../model/upgradeInputs";
import type { OverlayLibrary } from "../overlay/library";
import { checkStep, type MeshPlan, planMesh } from "../plan/meshPlan";
import { checkPolicy } from "./policyChecks";
import { type Replacement, replacement, upgradeProblem } from "./replacedPlanes";
import { allStages, type StageStep, unlistedNamespaces } from "./stageList";
import type { UpgradePlan, UpgradeStage } from "./types";

/** A stage before it is known whether its mesh is valid. */
type Draft = StageStep & { readonly inputs: ServiceMeshInputs };

/** Stages that are there even if they change nothing. */
const ALWAYS = ["prepare", "finish"];

/** Applies the stages one after the other. One that changes nothing is left out. */
function drafts(steps: readonly StageStep[], before: ServiceMeshInputs): Draft[] {
  const all: Draft[] = [];
  for (const step of steps) {
    const former = all.at(-1)?.inputs ?? before;
    const inputs = step.apply(former);
    if (ALWAYS.includes(step.kind) || !isDeepStrictEqual(inputs, former)) {
      all.push({ ...step, inputs });
    }
  }
  return all;
}

function atStage(name: string, problem: Problem): Problem {
  return { ...problem, reason: `in stage ${name} of the upgrade: ${problem.reason}` };
}

interface Planned {
  readonly stage: UpgradeStage;
  readonly warnings: readonly Problem[];
}

function ownRevisions({ primary }: MeshPlan): string[] {
  const named = overlayGatewayPods(primary.components).map(({ labels }) => labels[REVISION_LABEL]);
  return [...new Set(named.filter((name) => name !== undefined))];
}

/** Plans the mesh of a stage. Adds what is wrong with it, also what an update would refuse. */
function planned(
  { apply: _, ...draft }: Draft,
  library: OverlayLibrary,
  problems: Problem[],
): Planned | undefined {
  const found: Problem[] = [];
  const plan = collecting(found, () => {
    const mesh = planMesh(draft.inputs, library);
    throwIfAny(mesh.refused);
    return mesh;
  });
  const known = problems.map(({ reason }) => reason.replace(/^in stage \S+ of the upgrade: /, ""));
  problems.push(
    ...found
      .filter(({ reason }) => !known.includes(reason))
      .map((problem) => atStage(draft.name, problem)),
  );
  return (
    plan && {
      stage: { ...draft, facts: plan.facts, ownRevisions: ownRevisions(plan) },
      warnings: plan.warnings,
    }
  );
}

/** Returns what a step from one stage to the next would be refused for. */
function stepProblems(stages: readonly UpgradeStage[]): Problem[] {
  return stages.slice(1).flatMap((stage, index) => {
    const { facts } = stages[index] as UpgradeStage;
    return checkStep(facts, stage.facts).problems.map((problem) => atStage(stage.name, problem));
  });
}

/** A setting can have the new control plane be another one than the inputs say. */
function checkInstalled(stages: readonly UpgradeStage[], { revision, to }: Replacement): Problem[] {
  const last = stages.at(-1)?.facts.controlPlanes ?? [];
  const isThere = last.some((plane) => plane.revision === revision && plane.version === to);
  return isThere
    ? []
    : [
        upgradeProblem("to", {
          value: to,
          reason: `would not install control plane ${revision}: a setting or an overlay names another revision`,
          fix: "take `revision` out of `set` and of the overlays",
        }),
      ];
}

function unlistedProblems(
  before: ServiceMeshInputs,
  policy: NonNullable<UpgradeInputs["policy"]>,
  replaced: Replacement,
): Problem[] {
  return unlistedNamespaces({ before, policy, replacement: replaced }).map((gateway) => ({
    source: gatewaySource(gateway),
    path: "injection",
    value: "namespace",
    reason: `the label of namespace ${gateway.namespace} decides its revision, but the mesh does not have that namespace, so the upgrade cannot move it`,
    fix: `list ${gateway.namespace} in \`namespaces\`, or write \`injection: pod\``,
  }));
}

function gateProblems(policy: UpgradePolicy, stages: readonly UpgradeStage[]): Problem[] {
  const found = checkGates(policy, stages, "upgrade.policy");
  return found.map((problem) => ({ source: INPUTS_SOURCE, ...problem }));
}

function agentTitles({ primary }: MeshPlan): string[] {
  const agents = primary.components.filter(
    ({ component }) => component.scope === "cluster" && !isGatewayComponent(component),
  );
  return [...new Set(agents.map(({ component }) => component.title))];
}

/**
 * Plans a whole upgrade: the stages from the inputs before it to the inputs after it. Each stage is a
 * valid mesh, and each step from one to the next passes all checks that the inputs allow.
 *
 * @param inputs the inputs before the upgrade; `upgrade` in them is ignored
 * @param library the overlays that the inputs can name
 * @throws InvalidInput with everything that is wrong with the inputs, the version, the policy, the
 *   stages and the steps between them
 * @example
 * planUpgrade({ version: "1.30.4", revision: "1-30-4" }, { to: "1.31.0" }, library).stages.map(({ name }) => name)
 * // ["prepare", "install", "node-agents", "remove", "finish"]
 */
export function planUpgrade(
  inputs: ServiceMeshInputs,
  upgrade: Pick<UpgradeInputs, "to" | "policy">,
  library: OverlayLibrary,
): UpgradePlan {
  const before = inputs;
  const mesh = planMesh(before, library);
  throwIfAny(mesh.refused);
  const { policy = {} } = upgrade;
  const problems = checkPolicy(policy, before);
  const replaced = collecting(problems, () => replacement(mesh, upgrade));
  problems.push(...(replaced === undefined ? [] : unlistedProblems(before, policy, replaced)));
  throwIfAny(problems);

  const own = replaced as Replacement;
  const list = drafts(allStages({ before, policy, replacement: own }), before);
  const found = list.map((draft) => planned(draft, library, problems));
  throwIfAny(problems);
  const all = found.filter((one) => one !== undefined);
  const stages = all.map(({ stage }) => stage);
  const wrong = [
    ...checkInstalled(stages, own),
    ...stepProblems(stages),
    ...gateProblems(policy, stages),
  ];
  throwIfAny(uniqueBy(wrong, formatProblem));

  const known = mesh.warnings.map(formatProblem);
  const warnings = all.flatMap((one) => one.warnings);
  return {
    to: own.to,
    revision: own.revision,
    from: own.from,
    nodeAgents: agentTitles(mesh),
    overlayGateways: overlayGatewayPods(mesh.primary.components).map(gatewayTitle),
    stages,
    warnings: uniqueBy(warnings, formatProblem).filter(
      (warning) => !known.includes(formatProblem(warning)),
    ),
  };
}

/**
 * Returns a stage of an upgrade by its name.
 *
 * @throws InvalidInput for a name that the upgrade does not have, with those that it has
 * @example stageOf(plan, "gateway-web-10").gateways // ["edge/web"]
 */
export function stageOf(plan: UpgradePlan, name: string): UpgradeStage {
  const found = plan.stages.find((stage) => stage.name === name);
  const names = plan.stages.map((stage) => stage.name);
  throwIfAny(
    found === undefined
      ? [
          {
            source: INPUTS_SOURCE,
            path: "upgrade.stage",
            value: name,
            reason: "is no stage of the upgrade",
            allowed: names.join(", "),
            fix: didYouMean(name, names) ?? `write "${names[0]}"`,
          },
        ]
      : [],
  );
  return found as UpgradeStage;
}

/**
 * Returns the inputs of a mesh in a stage of its upgrade.
 *
 * @throws InvalidInput for a name that the upgrade does not have
 * @example inputsAt(plan, "install").revisions // [{ revision: "1-30-4" }, { revision: "1-31-0", version: "1.31.0" }]
 */
export function inputsAt(plan: UpgradePlan, stage: string): ServiceMeshInputs {
  return stageOf(plan, stage).inputs;
}

/** Returns the label of each control plane that an upgrade replaces. */
export function replacedRevisions({ from }: UpgradePlan): string[] {
  return from.map(({ revision }) => revisionLabel(revision));
}
