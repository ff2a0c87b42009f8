import type {
  PolicyConfigSchema,
  ReportViolation,
  StackValidationArgs,
  StackValidationPolicy,
} from "@pulumi/policy";
import { MESH_POLICIES } from "../mesh/checks/policy/policies";
import type { MeshPolicy, PolicySettings } from "../mesh/checks/policy/types";
import { groupBy } from "../mesh/common/lists";
import { formatProblem, type Problem, throwIfAny } from "../mesh/common/problem";
import { clusterOf, declaredObjects, type ResourceObject } from "./declared";

type SettingSchema = PolicyConfigSchema["properties"][string];

/** How each setting is written in the configuration of a policy. */
const SETTINGS: Readonly<Record<keyof PolicySettings, SettingSchema>> = {
  revisions: {
    type: "array",
    items: { type: "string" },
    description: "Revisions and tags whose control planes are not in the stack.",
  },
  rootNamespace: {
    type: "string",
    description: "The mesh's root namespace. By default that of istiod, or istio-system.",
  },
};

/** Pulumi checks the types of settings, and lets pass those that a policy does not have. */
function unknownSettings({ name, settings = [] }: MeshPolicy, config: object): Problem[] {
  return Object.keys(config)
    .filter((key) => !settings.some((own) => own === key))
    .map((key) => ({
      source: `the configuration of the policy ${name}`,
      path: key,
      reason: "is an unknown setting",
      allowed: ["enforcementLevel", ...settings].join(", "),
    }));
}

function validateCluster(
  policy: MeshPolicy,
  declared: readonly ResourceObject[],
  args: StackValidationArgs,
  report: ReportViolation,
): void {
  const urns = new Map(declared.map(({ object, urn }) => [object, urn]));
  const settings = args.getConfig<PolicySettings>();
  for (const { object, ...problem } of policy.run({ declared, ...settings })) {
    report(formatProblem(problem), urns.get(object));
  }
}

/** Has `@pulumi/policy` warn that a policy could not judge an object, because a value is not known yet. */
function tellUnknown({ kinds }: MeshPolicy, declared: readonly ResourceObject[]): void {
  const open = declared.find(({ object, isOpen }) => isOpen && kinds.includes(object.kind));
  open?.touchUnknown?.();
}

function stackPolicy(policy: MeshPolicy): StackValidationPolicy {
  const { name, description, level, settings = [] } = policy;
  const properties = Object.fromEntries(settings.map((key) => [key, SETTINGS[key]]));
  return {
    name,
    description,
    enforcementLevel: level,
    ...(settings.length > 0 && { configSchema: { properties } }),
    validateStack: (args, report) => {
      throwIfAny(unknownSettings(policy, args.getConfig()));
      const clusters = [...groupBy(args.resources, clusterOf).values()].map((resources) =>
        resources.flatMap(declaredObjects),
      );
      for (const declared of clusters) {
        validateCluster(policy, declared, args, report);
      }
      tellUnknown(policy, clusters.flat());
    },
  };
}

/**
 * Returns the policies of the pack, for a policy pack of your own. Each is a policy of a stack: it runs at
 * the end of a preview, before anything has changed, and again at the end of an update.
 *
 * @example
 * import { PolicyPack } from "@pulumi/policy";
 * import { meshPolicies } from "pulumi-service-mesh/policy";
 *
 * new PolicyPack("our-company", { policies: [...meshPolicies(), ...ourPolicies] });
 * @see https://www.pulumi.com/docs/insights/policy/
 */
export function meshPolicies(): StackValidationPolicy[] {
  return MESH_POLICIES.map(stackPolicy);
}
