import { formatProblem, type Problem } from "../../mesh/common/problem";
import type { Sentence } from "../../mesh/common/sentence";
import type { LiveEffects } from "../../mesh/effects/effectMessages";
import { type MeshFacts, NO_MESH } from "../../mesh/model/facts";
import { describeChange } from "../../mesh/plan/changeMessages";
import { type LiveGateways, NOT_LOOKED } from "../../mesh/plan/gatewaySteps";
import { resourceHook } from "./hooks";
import { resolveArgs } from "./inputs";
import { hiddenIf } from "./outputs";
import { registered } from "./registered";
import * as pulumi from "./sdk";

/**
 * Returns what is wrong with a step from one state of a mesh to the next, and warnings about it.
 */
export type StepCheck = (
  before: MeshFacts,
  after: MeshFacts,
  live: LiveGateways,
) => { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/** Returns what the cluster says about gateways that a step would change. */
export type GatewayLook = (before: MeshFacts, after: MeshFacts) => Promise<LiveGateways>;

/** Returns what the cluster says about pods and configuration that a step would change. */
export type EffectLook = (before: MeshFacts, after: MeshFacts) => Promise<LiveEffects>;

/** Returns how a step would affect others in the cluster, which is a reason to refuse it. */
export type StepLook = (before: MeshFacts, after: MeshFacts) => Promise<readonly Problem[]>;

/**
 * Marks a state in which hooks delete the shared parts of a cluster. In a state without the mark,
 * Pulumi's provider would delete them.
 */
const SHARED_BY_HOOK = "sharedByHook";

/** What is known about the state after the plan is registered. */
export interface PlanState {
  /** Whether an earlier release of the package has written it. */
  readonly isOld: boolean;
}

/**
 * The facts about a mesh in the state: control planes, gateways with weights, tags, namespaces. A
 * preview compares them with the last update, describes what will happen, and refuses an invalid
 * step.
 */
class PlanRecord extends pulumi.ComponentResource {
  constructor(
    name: string,
    { gateways, podLabels, effects, ...facts }: MeshFacts,
    isSecret: boolean,
    opts: pulumi.ComponentResourceOptions,
  ) {
    // These repeat what the inputs say; the others are names, numbers and digests.
    const said = hiddenIf(isSecret, {
      gateways,
      ...(podLabels !== undefined && { podLabels }),
      ...(effects !== undefined && { effects }),
    });
    super("servicemesh:index:Plan", name, { ...facts, ...said, [SHARED_BY_HOOK]: true }, opts);
    this.registerOutputs({});
  }
}

function speak(sentences: readonly Sentence[], resource: pulumi.Resource): void {
  for (const { text, warning } of sentences) {
    void (warning ? pulumi.log.warn(text, resource) : pulumi.log.info(text, resource));
  }
}

/** Returns the facts that a hook gets, in which secrets are Outputs, and whether some are secrets. */
async function factsOf(inputs: unknown): Promise<{ facts: MeshFacts; hasSecrets: boolean }> {
  const { value, sensitive } = await resolveArgs<Partial<MeshFacts>>(
    (inputs ?? {}) as Partial<MeshFacts>,
  );
  return { facts: { ...NO_MESH, ...value }, hasSecrets: sensitive };
}

/**
 * Registers the plan of a mesh before everything else. Resolves after the step was accepted.
 *
 * @param check returns what is wrong with the step; any problem stops a preview and an update
 * @param look asks the cluster the same; only called if `check` finds no problem
 * @returns what is known about the earlier state
 */
export async function recordPlan(
  name: string,
  facts: MeshFacts,
  options: {
    readonly parent: pulumi.Resource;
    readonly dependsOn?: pulumi.ResourceOptions["dependsOn"];
    readonly check: StepCheck;
    readonly look?: StepLook | undefined;
    /** What the cluster says to `check`. @default nothing */
    readonly gateways?: GatewayLook | undefined;
    /** What the cluster says to the sentences of a preview. @default nothing */
    readonly effects?: EffectLook | undefined;
    /** Returns what a preview says first. @default nothing */
    readonly first?: (before: MeshFacts) => readonly Sentence[];
    /** Called in an update that changes the plan. */
    readonly changed?: () => void;
    /** Whether some input is a secret. @default false */
    readonly sensitive?: boolean;
  },
): Promise<PlanState> {
  const { parent, dependsOn, check, look, gateways, effects, first, changed } = options;
  const { sensitive = false } = options;
  let isOld = false;
  const hook = resourceHook(
    `${name}:step`,
    async ({ oldInputs, newInputs }) => {
      const [old, now] = await Promise.all([factsOf(oldInputs), factsOf(newInputs)]);
      const [before, after] = [old.facts, now.facts];
      isOld = oldInputs !== undefined && oldInputs[SHARED_BY_HOOK] === undefined;
      const seen = (await gateways?.(before, after)) ?? NOT_LOOKED;
      const { problems, warnings } = check(before, after, seen);
      const found = problems.length > 0 ? problems : ((await look?.(before, after)) ?? []);
      if (found.length > 0) {
        throw new Error(found.map(formatProblem).join("\n"));
      }
      if (!pulumi.isDryRun()) {
        changed?.();
      } else {
        const live = await effects?.(before, after);
        const isSecret = sensitive || old.hasSecrets;
        const sentences = describeChange(before, after, live, isSecret);
        speak([...(first?.(before) ?? []), ...sentences], parent);
        for (const warning of warnings) {
          void pulumi.log.warn(formatProblem(warning), parent);
        }
      }
    },
    { onDryRun: true },
  );
  const hooks = { beforeCreate: [hook], beforeUpdate: [hook] };
  await registered(new PlanRecord(name, facts, sensitive, { parent, dependsOn, hooks }));
  return { isOld };
}
