import semver from "semver";
import { durationSeconds } from "../common/duration";
import { isObject } from "../common/json";
import { collecting, formatProblem, type Problem, throwIfAny } from "../common/problem";
import { checkServiceChange } from "../gateway/change";
import { checkAllGatewayInputs, gatewaySource } from "../gateway/check";
import { gatewayObjects } from "../gateway/objects";
import { planGateway } from "../gateway/plan";
import { checkGatewaySelectors } from "../gateway/selector";
import { checkRemovalAndVersion as checkVersionStep } from "../guard/checkRemovalAndVersion";
import { checkOptionsLost } from "../guard/lostOptions";
import { checkUpgradeStep, checkVersionSkew, type VersionFindings } from "../guard/versions";
import { revisionLabel } from "../k8s/istioLabels";
import type { K8sObject } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { checkManagedRemoval } from "../managed/removal";
import type { AdoptMode, SharedMode } from "../model/adoptMode";
import { managedRevision } from "../model/channels";
import { type GatewayFacts, gatewayTitle, type ManagedFacts, type MeshFacts } from "../model/facts";
import type { GatewayInputs } from "../model/gatewayInputs";
import type { ManagedInputs } from "../model/managedInputs";
import { INPUTS_SOURCE, type MeshInputs } from "../model/meshInputs";
import type { NamespaceInputs } from "../model/namespaceInputs";
import { checkNamespaces } from "../namespace/check";
import type { OverlayLibrary } from "../overlay/library";
import { retiredInputs } from "../schema/retiredPlaces";
import { hasControlPlane, type ResolvedMesh, resolveMesh } from "../spec/resolve";
import { checkTag, type TagRequest } from "../tag/tag";
import { checkRevisions, type RevisionInputs, spreadInputs } from "./controlPlanes";
import { checkPodLabels } from "./podLabels";
import { checkPlanShape } from "./shape";
import { checkUses } from "./uses";

/** Everything that a whole mesh is made of, as plain data. */
export interface ServiceMeshInputs extends MeshInputs {
  /**
   * Control planes side by side; each takes what it leaves out from the mesh's own inputs.
   * @default one, of the mesh's `version` and `revision`
   */
  readonly revisions?: readonly RevisionInputs[];
  /** Revision tags: the revision by the tag's name. `default` moves the default validator too. @default {} */
  readonly tags?: Readonly<Record<string, string>>;
  /** Gateways with their revisions and weights. @default [] */
  readonly gateways?: readonly GatewayInputs[];
  /** Namespaces of the mesh, each labelled for a revision or tag. @default [] */
  readonly namespaces?: readonly NamespaceInputs[];
  /**
   * What the stack may do with objects that are in the cluster before it and that it did not make;
   * only on a `cluster` target.
   *
   * - `none`: refuses them, by name and with who installed them
   * - `namespaces`: uses Namespaces as they are, and never deletes them; refuses the rest
   * - `all`: also takes over everything else, from Helm, istioctl, kubectl, Terraform or another
   *   stack. A preview shows what would change, and whether pods would restart.
   *
   * Parts that a cluster has once and that another stack owns are not meant: see {@link shared}. CRDs
   * are always taken over, unless the cluster's are newer.
   * @default "none"
   * @example adopt: "all"
   */
  readonly adopt?: AdoptMode;
  /**
   * What the stack does with the parts that a cluster has once (Namespaces, the reader's account, the
   * default validator, mesh-wide policy, CNI, ztunnel); only on a `cluster` target.
   *
   * - not given: owns those that no stack has; uses those of another stack as they are
   * - `own`: takes them over from other stacks, whose next preview says so
   * - `use`: never creates or changes one; what is missing is refused, also CRDs
   *
   * A part goes with the last stack that declares it, and not while a control plane, a pod or an object
   * of somebody else's needs it.
   * @default not given
   * @example shared: "use"
   */
  readonly shared?: SharedMode;
  /**
   * Looks at the cluster before the first object changes, and stops an update that could not end
   * well: permissions that are missing, a Kubernetes that is too old, CRDs that the API server would
   * refuse, namespaces that are being deleted. `mesh precheck` looks at more. Only on a `cluster`
   * target.
   * @default true
   */
  readonly precheck?: boolean;
  /**
   * Gateway resources that are kept elsewhere, as objects: each must select a gateway's pods
   *. They are checked, not applied.
   * @default []
   */
  readonly gatewayResources?: readonly K8sObject[];
  /**
   * A control plane that Google runs, beside those in the cluster or, with `revisions: []`, in place
   * of them.
   * @default none
   * @example managed: { channel: "regular" }
   */
  readonly managed?: ManagedInputs;
}

/** A mesh with all of its control planes resolved. Nothing is rendered or created here. */
export interface MeshPlan {
  /** One for each revision that the inputs name, whether or not it has a control plane. */
  readonly revisions: readonly ResolvedMesh[];
  /** Those of the revisions that have one; none for gateways alone (`profile: empty`). */
  readonly controlPlanes: readonly ResolvedMesh[];
  /** For the CRDs and what the revisions share. */
  readonly shared: ResolvedMesh;
  /** For the node agents, the gateways of overlays, and mesh-wide policy. */
  readonly primary: ResolvedMesh;
  /** Gateways with the mesh's own drain filled in. */
  readonly gateways: readonly GatewayInputs[];
  readonly tags: Readonly<Record<string, string>>;
  readonly namespaces: readonly NamespaceInputs[];
  readonly managed?: ManagedInputs;
  readonly facts: MeshFacts;
  readonly warnings: readonly Problem[];
}

/** Resolves one mesh; what is wrong with it goes to the list, once. */
function tryResolve(
  inputs: MeshInputs,
  library: OverlayLibrary,
  problems: Problem[],
): ResolvedMesh | undefined {
  return collecting(problems, () => resolveMesh(inputs, library));
}

/** Several control planes share most inputs, and so what is wrong with them. */
function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()];
}

function gatewayFacts(inputs: GatewayInputs): GatewayFacts {
  const plan = planGateway(inputs);
  return {
    name: inputs.name,
    namespace: inputs.namespace,
    kind: plan.kind,
    traffic: plan.traffic,
    ...(plan.active !== undefined && { active: plan.active }),
    revisions: plan.revisions.map(({ revision, weight, replicas, autoscaling }) => ({
      revision,
      weight,
      pods: replicas ?? autoscaling?.min ?? 0,
    })),
    serviceType: plan.serviceType,
    drainSeconds: plan.graceSeconds,
    inputs,
  };
}

function managedFacts(inputs: ManagedInputs): ManagedFacts {
  const { channel = "regular", provisioning = "fleet" } = inputs;
  return { revision: managedRevision(inputs), channel, provisioning };
}

function factsOf({
  revisions,
  controlPlanes,
  gateways,
  tags,
  namespaces,
  managed,
}: Omit<MeshPlan, "facts" | "warnings">): MeshFacts {
  return {
    ...(managed !== undefined && { managed: managedFacts(managed) }),
    controlPlanes: controlPlanes.map(({ revision, version }) => ({ revision, version })),
    foreignRevisions: foreignRevisions({ revisions, controlPlanes }),
    gateways: gateways.map(gatewayFacts),
    tags,
    namespaces: namespaces.map(({ name, revision, restart, managedDataPlane }) => ({
      name,
      revision,
      restarts: restart !== undefined,
      ...(managedDataPlane !== undefined && { managedDataPlane }),
    })),
  };
}

/** Gateways with the drain that the mesh's proxies have; a gateway's own wins over it. */
function withMeshDrain(
  gateways: readonly GatewayInputs[],
  mesh: ResolvedMesh | undefined,
): readonly GatewayInputs[] {
  const path = "spec.meshConfig.defaultConfig.terminationDrainDuration";
  const text = mesh && getPath(mesh.document, path);
  const seconds = typeof text === "string" ? durationSeconds(text) : undefined;
  return seconds === undefined
    ? gateways
    : gateways.map((gateway) => ({ meshDrainSeconds: seconds, ...gateway }));
}

/** Items that are maps: the others are named as such already. */
const maps = <T>(list: unknown): T[] => (Array.isArray(list) ? list.filter(isObject) : []) as T[];

/** What is wrong with gateways and namespaces, whatever the control planes are. */
function memberProblems(
  gateways: readonly GatewayInputs[],
  { namespaces = [] }: ServiceMeshInputs,
  misshapen: readonly Problem[] = [],
): Problem[] {
  const areNamespaces = !misshapen.some(({ path }) => path.startsWith("namespaces"));
  return [
    ...checkAllGatewayInputs(gateways),
    ...(areNamespaces ? checkNamespaces(namespaces) : []),
  ];
}

/** Gateways and namespaces that name what is not there. */
function useProblems(
  gateways: readonly GatewayInputs[],
  inputs: ServiceMeshInputs,
  plan: Pick<MeshPlan, "revisions" | "controlPlanes">,
): Problem[] {
  const objects = [...(inputs.gatewayResources ?? []), ...gateways.flatMap(gatewayObjects)];
  return [
    ...checkUses(gateways, inputs.namespaces ?? [], {
      revisions: plan.controlPlanes.map(({ revision }) => revision),
      foreign: foreignRevisions(plan),
      tags: inputs.tags ?? {},
      ...(inputs.managed !== undefined && { managed: [managedRevision(inputs.managed)] }),
    }),
    ...checkGatewaySelectors(objects, gateways),
  ];
}

/**
 * Revisions that the inputs name and that have no control plane in the mesh: somebody else's, such as
 * another stack's.
 */
export function foreignRevisions({
  revisions,
  controlPlanes,
}: Pick<MeshPlan, "revisions" | "controlPlanes">): string[] {
  return revisions.filter((mesh) => !controlPlanes.includes(mesh)).map(({ revision }) => revision);
}

/** Inputs that only a control plane reads. */
function unreadInputs({ ca }: MeshInputs, controlPlanes: readonly ResolvedMesh[]): Problem[] {
  const reason = "has no effect, because the mesh has no control plane";
  const fix = "take it out, or set it in the stack that has the control plane";
  return ca === undefined || controlPlanes.length > 0
    ? []
    : [{ source: INPUTS_SOURCE, path: "ca", reason, fix }];
}

/** Lists of the mesh are continued by each revision. */
function canSpread({ overlays = [], set = [] }: MeshInputs): boolean {
  return Array.isArray(overlays) && Array.isArray(set);
}

/** Keys that are of the whole mesh and not of one control plane. */
function splitInputs(inputs: ServiceMeshInputs) {
  const {
    revisions,
    tags = {},
    gateways = [],
    namespaces = [],
    gatewayResources = [],
    adopt: _,
    precheck: __,
    shared: ___,
    managed,
    ...mesh
  } = inputs;
  return { revisions, tags, gateways, namespaces, gatewayResources, managed, mesh };
}

/**
 * Plans a whole mesh: every control plane, what they share, tags and gateways.
 *
 * @param library the overlays that the inputs can name
 * @throws InvalidInput with everything that is wrong with any of them
 * @example
 * planMesh({
 *   version: "1.28.2",
 *   revisions: [{ revision: "1-28-2" }, { revision: "1-29-1", version: "1.29.1" }],
 * }, library).shared.version // "1.29.1"
 */
export function planMesh(inputs: ServiceMeshInputs, library: OverlayLibrary): MeshPlan {
  const { revisions, tags, mesh, namespaces, managed, gateways: given } = splitInputs(inputs);
  const misshapen = checkPlanShape({ ...inputs });
  if (misshapen.length > 0 || !canSpread(mesh)) {
    const gateways = withMeshDrain(maps(given), tryResolve(mesh, library, misshapen));
    const members = memberProblems(gateways, inputs, misshapen);
    throwIfAny(unique([...misshapen, ...members]));
  }
  const problems = checkRevisions(revisions, managed !== undefined);
  const spread = spreadInputs(mesh, revisions);
  const resolved = spread.controlPlanes.map((own) => tryResolve(own, library, problems));
  const shared = tryResolve(spread.shared, library, problems);
  const primary = tryResolve(spread.primary, library, problems);
  const gateways = withMeshDrain(given, primary);
  problems.push(...memberProblems(gateways, inputs));
  throwIfAny(unique(problems));

  const named = resolved as ResolvedMesh[];
  const controlPlanes = named.filter(hasControlPlane);
  const plan = {
    revisions: named,
    controlPlanes,
    shared: shared as ResolvedMesh,
    primary: primary as ResolvedMesh,
    gateways,
    tags,
    namespaces,
    ...(managed !== undefined && { managed }),
  };
  const versions = versionFindings(plan);
  throwIfAny([
    ...useProblems(gateways, inputs, plan),
    ...tagRequests(plan).flatMap(checkTag),
    ...versions.problems,
  ]);
  return {
    ...plan,
    facts: factsOf(plan),
    warnings: unique([
      ...retiredInputs(inputs),
      ...[...named, plan.primary].flatMap(({ warnings }) => warnings),
      ...unreadInputs(mesh, managed === undefined ? controlPlanes : named),
      ...versions.warnings,
      ...lostOptions(controlPlanes),
    ]),
  };
}

/** Namespaces of the gateways, each once, but for those that are listed themselves. */
export function gatewayNamespaces({
  gateways,
  namespaces,
}: Pick<MeshPlan, "gateways" | "namespaces">): string[] {
  const listed = namespaces.map(({ name }) => name);
  const all = new Set(gateways.map(({ namespace }) => namespace));
  return [...all].filter((name) => !listed.includes(name));
}

/** What every tag is rendered from: the mesh of the revision that it points to. */
export function tagRequests({
  tags,
  controlPlanes,
}: Pick<MeshPlan, "tags" | "controlPlanes">): TagRequest[] {
  return Object.entries(tags).flatMap(([tag, revision]) => {
    const named = revisionLabel(revision);
    const mesh = controlPlanes.find((own) => revisionLabel(own.revision) === named);
    return mesh === undefined ? [] : [{ tag, revision: mesh.revision, mesh, injectorYields: true }];
  });
}

function serviceChanges(before: MeshFacts, after: MeshFacts, severity: "error" | "warning") {
  return after.gateways.flatMap((gateway): Problem[] => {
    const title = gatewayTitle(gateway);
    const old = before.gateways.find((candidate) => gatewayTitle(candidate) === title);
    const changes = old === undefined ? [] : checkServiceChange(old.inputs, gateway.inputs);
    return changes
      .filter((change) => change.severity === severity)
      .map(({ path, reason, fix }) => ({ source: gatewaySource(gateway), path, reason, fix }));
  });
}

/**
 * What is wrong with a step from one state of the mesh to the next: a change that would cost a
 * gateway its Service, address or endpoints, a version that is too far away, a revision that goes while it is
 * named.
 */
export function checkStep(before: MeshFacts, after: MeshFacts): VersionFindings {
  return {
    problems: [
      ...serviceChanges(before, after, "error"),
      ...checkPodLabels(before, after),
      ...checkVersionStep(before, after),
      ...checkManagedRemoval(before, after),
    ],
    warnings: [
      ...serviceChanges(before, after, "warning"),
      ...checkUpgradeStep(before, after).warnings,
    ],
  };
}

/** Older control planes beside newer ones: what was set there and is not set here. */
function lostOptions(controlPlanes: readonly ResolvedMesh[]): Problem[] {
  const ordered = [...controlPlanes].sort((a, b) => semver.compare(a.version, b.version));
  return ordered.slice(1).flatMap((next, index) => {
    const from = ordered[index];
    return from === undefined ? [] : checkOptionsLost(from, next);
  });
}

function versionFindings(plan: Omit<MeshPlan, "facts" | "warnings">): VersionFindings {
  const { controlPlanes, primary, gateways, tags } = plan;
  const hasCni = primary.components.some(({ component }) => component.name === "cni");
  return checkVersionSkew({
    controlPlanes: controlPlanes.map(({ revision, version }) => ({ revision, version })),
    gateways: gateways.flatMap((gateway) =>
      gateway.revisions.map(({ revision }) => ({ name: gateway.name, revision })),
    ),
    tags,
    ...(hasCni && { cni: primary.version }),
  });
}
