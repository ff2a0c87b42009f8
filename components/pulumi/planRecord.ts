import { formatProblem, type Problem } from "../../mesh/common/problem";
import { type MeshFacts, NO_MESH } from "../../mesh/model/facts";
import { describeChange } from "../../mesh/plan/changeMessages";
import { resourceHook } from "./hooks";
import { registered } from "./registered";
import * as pulumi from "./sdk";

/** What is wrong with a step from one state of a mesh to the next, and what is worth a look. */
export type StepCheck = (
  before: MeshFacts,
  after: MeshFacts,
) => { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/** What a step does to others in the cluster, so that it must not be taken. */
export type StepLook = (before: MeshFacts, after: MeshFacts) => Promise<readonly Problem[]>;

/**
 * In the record of a state in which hooks delete what a cluster has once. In a state without it,
 * Pulumi's provider would.
 */
const SHARED_BY_HOOK = "sharedByHook";

/** What is known of the state once the plan is registered. */
export interface PlanState {
  /** An earlier release of the package has written it. */
  readonly isOld: boolean;
}

/**
 * What a mesh is about, in the state: control planes, gateways with weights, tags, namespaces. A
 * preview compares it with the last update, says in words what will happen, and refuses a
 * step that cannot be right.
 */
class PlanRecord extends pulumi.ComponentResource {
  constructor(name: string, facts: MeshFacts, opts: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:Plan", name, { ...facts, [SHARED_BY_HOOK]: true }, opts);
    this.registerOutputs({});
  }
}

function speak(before: MeshFacts, after: MeshFacts, resource: pulumi.Resource): void {
  for (const { text, warning } of describeChange(before, after)) {
    void (warning ? pulumi.log.warn(text, resource) : pulumi.log.info(text, resource));
  }
}

function factsOf(inputs: unknown): MeshFacts {
  return { ...NO_MESH, ...(inputs as Partial<MeshFacts> | undefined) };
}

/**
 * Registers the plan of a mesh, before anything else of it. Ends when the step has been accepted.
 *
 * @param check what is wrong with the step; any problem stops preview and update alike
 * @param look the same, asked of the cluster; only of a step that `check` has nothing against
 * @returns what is known of the state that was there before
 */
export async function recordPlan(
  name: string,
  facts: MeshFacts,
  options: {
    readonly parent: pulumi.Resource;
    readonly check: StepCheck;
    readonly look?: StepLook | undefined;
    /** Called in an update that changes the plan. */
    readonly changed?: () => void;
  },
): Promise<PlanState> {
  const { parent, check, look, changed } = options;
  let isOld = false;
  const hook = resourceHook(
    `${name}:step`,
    async ({ oldInputs, newInputs }) => {
      const [before, after] = [factsOf(oldInputs), factsOf(newInputs)];
      isOld = oldInputs !== undefined && oldInputs[SHARED_BY_HOOK] === undefined;
      const { problems, warnings } = check(before, after);
      const found = problems.length > 0 ? problems : ((await look?.(before, after)) ?? []);
      if (found.length > 0) {
        throw new Error(found.map(formatProblem).join("\n"));
      }
      if (!pulumi.isDryRun()) {
        changed?.();
      } else {
        speak(before, after, parent);
        for (const warning of warnings) {
          void pulumi.log.warn(formatProblem(warning), parent);
        }
      }
    },
    { onDryRun: true },
  );
  const hooks = { beforeCreate: [hook], beforeUpdate: [hook] };
  await registered(new PlanRecord(name, facts, { parent, hooks }));
  return { isOld };
}
