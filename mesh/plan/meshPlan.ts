import semver from "semver";
import { durationSeconds } from "../common/duration";
import { isObject } from "../common/json";
import { uniqueBy } from "../common/lists";
import {
  collecting,
  formatProblem,
  InvalidInput,
  type Problem,
  throwIfAny,
} from "../common/problem";
import { checkAllGatewayInputs, gatewaySource } from "../gateway/check";
import { checkOverlayGatewayNames, gatewayPods } from "../gateway/gatewayConflicts";
import { gatewayObjects } from "../gateway/objects";
import { overlayGatewayPods, unknownOverlayGateways } from "../gateway/overlayGateway";
import { isInjectedByNamespace, planGateway } from "../gateway/plan";
import { checkGatewaySelectors } from "../gateway/selector";
import { checkRemovalAndVersion as checkVersionStep } from "../guard/checkRemovalAndVersion";
import { checkOptionsLost } from "../guard/lostOptions";
import { checkUpgradeStep, checkVersionSkew, type VersionFindings } from "../guard/versions";
import { revisionLabel } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { checkManaged } from "../managed/check";
import { checkManagedRemoval } from "../managed/removal";
import { managedRevision } from "../model/channels";
import type { ControlPlaneFacts, GatewayFacts, ManagedFacts, MeshFacts } from "../model/facts";
import type { GatewayInputs } from "../model/gatewayInputs";
import type { ManagedInputs } from "../model/managedInputs";
import { INPUTS_SOURCE, type MeshInputs } from "../model/meshInputs";
import type { NamespaceInputs } from "../model/namespaceInputs";
import type { ServiceMeshInputs } from "../model/serviceMeshInputs";
import { checkNamespaces } from "../namespace/check";
import type { OverlayLibrary } from "../overlay/library";
import { checkInputs } from "../schema/checkInputs";
import { retiredInputs } from "../schema/retiredPlaces";
import { settingWarnings } from "../settings/settingWarnings";
import { imageSkew } from "../settings/tags";
import { componentVersion } from "../spec/componentImages";
import { hasControlPlane, type ResolvedMesh, resolveMesh } from "../spec/resolve";
import { checkTag, type TagRequest } from "../tag/tag";
import { checkRevisions, spreadInputs } from "./controlPlanes";
import { checkGatewaySteps, type LiveGateways, NOT_LOOKED } from "./gatewaySteps";
import { checkPodLabels } from "./podLabels";
import { checkUses } from "./uses";

/** A mesh with all control planes resolved. Nothing is rendered or created yet. */
export interface MeshPlan {
  /** One for each revision in the inputs, whether or not it has a control plane. */
  readonly revisions: readonly ResolvedMesh[];
  /**
   * The revisions that have a control plane. Empty for a mesh of gateways only (`profile: empty`).
   */
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
  /**
   * What an update refuses though manifests may have it, as istioctl does: images of another minor
   * than the charts' (unless `allowImageSkew` is set), and images that may not run side by side.
   * These are also among the warnings.
   */
  readonly refused: readonly Problem[];
}

/** What follows from the inputs of a plan. */
type Derived = "facts" | "warnings" | "refused";

/** Resolves one mesh, and adds its problems to the list, each once. */
function tryResolve(
  inputs: MeshInputs,
  library: OverlayLibrary,
  problems: Problem[],
): ResolvedMesh | undefined {
  return collecting(problems, () => resolveMesh(inputs, library));
}

/** Returns what a preview compares of a gateway. */
export function gatewayFacts(inputs: GatewayInputs): GatewayFacts {
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

function planeFacts(mesh: ResolvedMesh): ControlPlaneFacts {
  const { revision, version } = mesh;
  const image = componentVersion(mesh, "pilot");
  return { revision, version, ...(image !== version && { image }) };
}

function factsOf({
  revisions,
  controlPlanes,
  gateways,
  tags,
  namespaces,
  managed,
}: Omit<MeshPlan, Derived>): MeshFacts {
  return {
    ...(managed !== undefined && { managed: managedFacts(managed) }),
    controlPlanes: controlPlanes.map(planeFacts),
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

/**
 * Returns the gateways with the drain of the mesh's proxies. A gateway's own drain takes
 * precedence.
 */
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

/**
 * Matches a path inside one gateway. The gateway's own check reports such problems with its name.
 */
export function isInsideGateway(path: string): boolean {
  return /^gateways\[\d+\]./.test(path);
}

/** Returns the inputs that do not fit their types, except for those inside single gateways. */
function misfitsOf(inputs: ServiceMeshInputs): Problem[] {
  return checkInputs("ServiceMeshInputs", inputs)
    .filter(({ path }) => !isInsideGateway(path))
    .map((finding) => ({ source: INPUTS_SOURCE, ...finding }));
}

/** Returns the inputs that fit their types, which the other checks can read. */
function fittingParts(inputs: ServiceMeshInputs, misfits: readonly Problem[]): ServiceMeshInputs {
  const bad = misfits.map(({ path }) => path.split(/[.[]/)[0] ?? "");
  const fitting = Object.entries(inputs).filter(([name]) => !bad.includes(name));
  const { gateways: given } = inputs;
  const gateways = Array.isArray(given)
    ? given.filter((gateway): boolean => isObject(gateway))
    : [];
  return { version: inputs.version, ...Object.fromEntries(fitting), gateways };
}

/**
 * Returns problems of gateways and namespaces that name a revision or tag that does not exist, and of
 * gateways that are in each other's way.
 */
function useProblems(
  gateways: readonly GatewayInputs[],
  inputs: ServiceMeshInputs,
  plan: Pick<MeshPlan, "revisions" | "controlPlanes" | "primary">,
): Problem[] {
  const objects = [...(inputs.gatewayResources ?? []), ...gateways.flatMap(gatewayObjects)];
  return [
    ...checkUses(gateways, inputs.namespaces ?? [], {
      revisions: plan.controlPlanes.map(({ revision }) => revision),
      foreign: foreignRevisions(plan),
      tags: inputs.tags ?? {},
      ...(inputs.managed !== undefined && { managed: [managedRevision(inputs.managed)] }),
    }),
    ...checkOverlayGatewayNames(plan.primary, gateways),
    ...checkGatewaySelectors(objects, [
      ...gatewayPods(gateways),
      ...overlayGatewayPods(plan.primary.components),
    ]),
  ];
}

/**
 * Returns revisions in the inputs that have no control plane in the mesh, because another stack or
 * installer owns it.
 */
export function foreignRevisions({
  revisions,
  controlPlanes,
}: Pick<MeshPlan, "revisions" | "controlPlanes">): string[] {
  return revisions.filter((mesh) => !controlPlanes.includes(mesh)).map(({ revision }) => revision);
}

/** Returns problems of inputs that only a control plane reads. */
function unreadInputs({ ca }: MeshInputs, controlPlanes: readonly ResolvedMesh[]): Problem[] {
  const reason = "has no effect, because the mesh has no control plane";
  const fix = "remove it, or set it in the stack that has the control plane";
  return ca === undefined || controlPlanes.length > 0
    ? []
    : [{ source: INPUTS_SOURCE, path: "ca", reason, fix }];
}

/** Inputs of the whole mesh, which a single control plane does not have. */
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
    // What the mesh is in the stage of an upgrade is already in the other inputs.
    upgrade: ____,
    managed,
    ...mesh
  } = inputs;
  return { revisions, tags, gateways, namespaces, gatewayResources, managed, mesh };
}

/** Resolves the control planes and gateways of a mesh, and collects the problems of each. */
function resolveParts(inputs: ServiceMeshInputs, library: OverlayLibrary, isManaged: boolean) {
  const { revisions, mesh, namespaces, gateways: given } = splitInputs(inputs);
  const problems = checkRevisions(revisions, isManaged);
  const spread = spreadInputs(mesh, revisions);
  const resolved = spread.controlPlanes.map((own) => tryResolve(own, library, problems));
  const shared = tryResolve(spread.shared, library, problems);
  const primary = tryResolve(spread.primary, library, problems);
  const gateways = withMeshDrain(given, primary);
  problems.push(
    ...checkAllGatewayInputs(gateways),
    ...checkNamespaces(namespaces),
    ...checkManaged(inputs.managed).map((finding) => ({ source: INPUTS_SOURCE, ...finding })),
  );
  return { resolved, shared, primary, gateways, problems };
}

/**
 * Plans a whole mesh: every control plane, what they share, tags and gateways.
 *
 * @param library the overlays that the inputs can name
 * @throws InvalidInput with everything that is wrong
 * @example
 * planMesh({
 *   version: "1.30.4",
 *   revisions: [{ revision: "1-30-4" }, { revision: "1-31-0", version: "1.31.0" }],
 * }, library).shared.version // "1.31.0"
 */
export function planMesh(inputs: ServiceMeshInputs, library: OverlayLibrary): MeshPlan {
  const misfits = misfitsOf(inputs);
  const isManaged = inputs.managed !== undefined;
  if (misfits.length > 0) {
    const { problems } = resolveParts(fittingParts(inputs, misfits), library, isManaged);
    throw new InvalidInput(uniqueBy([...misfits, ...problems], formatProblem));
  }
  const { tags, mesh, namespaces, managed } = splitInputs(inputs);
  const { resolved, shared, primary, gateways, problems } = resolveParts(
    inputs,
    library,
    isManaged,
  );
  throwIfAny(uniqueBy(problems, formatProblem));

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
  const versions = versionFindings(plan, "charts");
  const images = imageFindings(plan);
  throwIfAny([
    ...useProblems(gateways, inputs, plan),
    ...tagRequests(plan).flatMap(checkTag),
    ...versions.problems,
  ]);
  const running = versionFindings(plan, "images");
  return {
    ...plan,
    facts: factsOf(plan),
    warnings: uniqueBy([
      ...retiredInputs(inputs),
      ...[...named, plan.primary].flatMap(
        (resolved) => [...resolved.warnings, ...settingWarnings(resolved)],
        formatProblem,
      ),
      ...unreadInputs(mesh, managed === undefined ? controlPlanes : named),
      ...unknownOverlayGateways(inputs, plan.primary.components, plan.primary.namespace),
      ...images.problems,
      ...images.warnings,
      ...running.problems,
      ...running.warnings,
      ...versions.warnings,
      ...lostOptions(controlPlanes),
    ]),
    refused: [...(inputs.allowImageSkew === true ? [] : images.problems), ...running.problems],
  };
}

/** Returns the namespaces of the gateways, each once, except for those that the inputs list. */
export function gatewayNamespaces({
  gateways,
  namespaces,
}: Pick<MeshPlan, "gateways" | "namespaces">): string[] {
  const listed = namespaces.map(({ name }) => name);
  const all = new Set(gateways.map(({ namespace }) => namespace));
  return [...all].filter((name) => !listed.includes(name));
}

/** Returns what each tag is rendered from: the mesh of the revision that it points to. */
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

/**
 * A namespace that leaves the mesh loses its label. New pods of a gateway that leaves the revision
 * to that label would have no proxy.
 */
function lostLabels(before: MeshFacts, after: MeshFacts): Problem[] {
  const has = ({ namespaces }: MeshFacts, wanted: string) =>
    namespaces.some(({ name }) => name === wanted);
  return after.gateways
    .filter(
      ({ inputs, namespace }) =>
        isInjectedByNamespace(inputs) && has(before, namespace) && !has(after, namespace),
    )
    .map((gateway) => ({
      source: gatewaySource(gateway),
      path: "injection",
      value: "namespace",
      reason: `namespace ${gateway.namespace} leaves the mesh and loses its label, which decides who injects the gateway`,
      fix: `keep ${gateway.namespace} in \`namespaces\`; or write \`injection: pod\` and update before it leaves`,
    }));
}

/**
 * Returns what is wrong with a step from one state of the mesh to the next: a gateway would be
 * removed without consent, or lose its Service, address or endpoints, a version is too far away, or a revision is removed while
 * something names it.
 */
export function checkStep(
  before: MeshFacts,
  after: MeshFacts,
  live: LiveGateways = NOT_LOOKED,
): VersionFindings {
  const gateways = checkGatewaySteps(before, after, live);
  return {
    problems: [
      ...gateways.problems,
      ...lostLabels(before, after),
      ...checkPodLabels(before, after),
      ...checkVersionStep(before, after),
      ...checkManagedRemoval(before, after),
    ],
    warnings: [...gateways.warnings, ...checkUpgradeStep(before, after).warnings],
  };
}

/**
 * Returns warnings for options that are set on an older control plane and not on a newer one beside
 * it.
 */
function lostOptions(controlPlanes: readonly ResolvedMesh[]): Problem[] {
  const ordered = [...controlPlanes].sort((a, b) => semver.compare(a.version, b.version));
  return ordered.slice(1).flatMap((next, index) => {
    const from = ordered[index];
    return from === undefined ? [] : checkOptionsLost(from, next);
  });
}

/**
 * Images that are not of their charts' version. A control plane's revision decides its own images, the
 * mesh's own version those of node agents and of overlays' gateways.
 */
function imageFindings({
  revisions,
  primary,
}: Pick<MeshPlan, "revisions" | "primary">): VersionFindings {
  return imageSkew([
    ...revisions.map((mesh) => ({ mesh, scope: "revision" as const })),
    { mesh: primary, scope: "cluster" },
  ]);
}

/**
 * Whether the versions of a plan may run side by side.
 *
 * @param by the versions of the charts, which istioctl's own manifests have to keep as well, or those
 *   of the images
 */
function versionFindings(
  plan: Pick<MeshPlan, "controlPlanes" | "primary" | "gateways" | "tags">,
  by: "charts" | "images",
): VersionFindings {
  const { controlPlanes, primary, gateways, tags } = plan;
  const hasCni = primary.components.some(({ component }) => component.name === "cni");
  return checkVersionSkew({
    controlPlanes: controlPlanes.map((mesh) =>
      by === "images" ? planeFacts(mesh) : { revision: mesh.revision, version: mesh.version },
    ),
    gateways: gateways.flatMap((gateway) =>
      gateway.revisions.map(({ revision }) => ({ name: gateway.name, revision })),
    ),
    tags,
    ...(hasCni && { cni: by === "images" ? componentVersion(primary, "cni") : primary.version }),
  });
}

/**
 * Whether the images of one mesh may run side by side, for a check of its overlays alone.
 *
 * @example
 * imagesSideBySide(mesh).problems[0].reason // "CNI 1.29.1 is 8 minor versions ahead of the control plane …"
 */
export function imagesSideBySide(mesh: ResolvedMesh): VersionFindings {
  const controlPlanes = hasControlPlane(mesh) ? [mesh] : [];
  return versionFindings({ controlPlanes, primary: mesh, gateways: [], tags: {} }, "images");
}
