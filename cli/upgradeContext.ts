import { overlayLibrary } from "../adapters/overlays";
import type { PulumiProject } from "../adapters/pulumi/project";
import { readUpgradeState, type UpgradeState } from "../adapters/pulumi/upgradeState";
import { InvalidInput, throwIfAny } from "../mesh/common/problem";
import { DEFAULT_VERSION } from "../mesh/model/defaultVersion";
import type { ServiceMeshInputs } from "../mesh/model/serviceMeshInputs";
import type { UpgradeInputs, UpgradePolicy } from "../mesh/model/upgradeInputs";
import { checkInputs } from "../mesh/schema/checkInputs";
import type { UpgradePlan } from "../mesh/upgrade/types";
import { planUpgrade } from "../mesh/upgrade/upgradePlan";
import { readYaml } from "./readFile";
import { type ReadStack, readStack, type StackFlags, UPGRADE_KEY, type WithStack } from "./stack";

/** The flags that say which upgrade it is. */
export interface UpgradeFlags extends StackFlags {
  readonly to?: string;
  /** A file with the policy. */
  readonly policy?: string;
}

/** An upgrade as the configuration, the state and the flags have it together. */
export interface UpgradeContext {
  readonly stack: string;
  readonly project: PulumiProject;
  readonly read: ReadStack;
  /** The inputs before the upgrade. */
  readonly base: ServiceMeshInputs;
  /** `mesh:upgrade` of the configuration. */
  readonly configured?: UpgradeInputs;
  readonly state: UpgradeState;
}

/** An upgrade that can be walked. */
export interface PlannedUpgrade extends UpgradeContext {
  readonly policy?: UpgradePolicy;
  readonly plan: UpgradePlan;
}

function missing(flag: string, reason: string, fix: string): InvalidInput {
  return new InvalidInput([{ source: flag, path: "", reason, fix }]);
}

function withStack<T extends StackFlags>(flags: T): WithStack<T> {
  if (flags.stack === undefined) {
    throw missing("--stack", "is missing", "name the stack: --stack prod");
  }
  return flags as WithStack<T>;
}

function configuredUpgrade({ configuration }: ReadStack): UpgradeInputs | undefined {
  const text = configuration.config[UPGRADE_KEY];
  return text === undefined ? undefined : (JSON.parse(text) as UpgradeInputs);
}

/**
 * Reads what is known of a stack's upgrade.
 *
 * @throws InvalidInput if there is no such stack, or it cannot be read
 */
export function upgradeContext(given: UpgradeFlags): UpgradeContext {
  const flags = withStack(given);
  const read = readStack(flags);
  const { project } = read.configuration;
  if (project === undefined) {
    throw missing("Pulumi.yaml", "no such file", "run mesh in the folder of Pulumi.yaml");
  }
  const { upgrade: _, ...inputs } = read.inputs;
  const configured = configuredUpgrade(read);
  return {
    stack: flags.stack,
    project,
    read,
    base: { ...inputs, version: inputs.version ?? DEFAULT_VERSION },
    ...(configured !== undefined && { configured }),
    state: readUpgradeState(project.folder, flags.stack, flags.mesh),
  };
}

/** Reads a policy from a file. @throws InvalidInput if it cannot be read, or is none */
export function readPolicy(file: string): UpgradePolicy {
  const policy = readYaml(file);
  const upgrade = { to: DEFAULT_VERSION, policy };
  const found = checkInputs("ServiceMeshInputs", { version: DEFAULT_VERSION, upgrade });
  throwIfAny(
    found
      .filter(({ path }) => path.startsWith("upgrade"))
      .map((problem) => ({
        ...problem,
        source: file,
        path: problem.path.replace(/^upgrade\.policy\.?/, ""),
      })),
  );
  return (policy ?? {}) as UpgradePolicy;
}

/**
 * Plans the upgrade that the flags, the configuration or the state name, in this order.
 *
 * @throws InvalidInput if none is named, or it cannot be planned
 */
export function plannedUpgrade(context: UpgradeContext, flags: UpgradeFlags): PlannedUpgrade {
  const { configured, state, base } = context;
  const to = flags.to ?? state.recorded?.to ?? configured?.to;
  if (to === undefined) {
    throw missing("--to", "no upgrade is under way, and none is named", "--to VERSION");
  }
  const ofConfiguration = configured?.to === to ? configured.policy : undefined;
  const ofState = state.recorded?.to === to ? state.policy : undefined;
  const policy =
    flags.policy === undefined ? (ofConfiguration ?? ofState) : readPolicy(flags.policy);
  const plan = planUpgrade(base, { to, ...(policy && { policy }) }, overlayLibrary());
  return { ...context, ...(policy && { policy }), plan };
}
