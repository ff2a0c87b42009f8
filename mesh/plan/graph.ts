import type { Json } from "../common/json";
import { formatProblem, InvalidInput, type Problem, throwIfAny } from "../common/problem";
import { gatewaySource } from "../gateway/check";
import { gatewayObjects } from "../gateway/objects";
import { isInjectedByNamespace } from "../gateway/plan";
import { revisionLabel } from "../k8s/istioLabels";
import { isCrd, isWebhook, type K8sObject } from "../k8s/objects";
import {
  type ClusterPart,
  type ComponentName,
  clusterParts,
  componentsIn,
} from "../model/component";
import { gatewayTitle, revisionTitle } from "../model/facts";
import type { GatewayInputs } from "../model/gatewayInputs";
import type { ManagedInputs } from "../model/managedInputs";
import { INPUTS_SOURCE } from "../model/meshInputs";
import type { NamespaceInputs } from "../model/namespaceInputs";
import { labelledNamespace } from "../namespace/object";
import type { ObjectSchemas } from "../objectFaults/schemaFaults";
import { crdProblems, inputFaults } from "../render/faultPlaces";
import { type RenderedComponent, type RenderTools, schemasFor } from "../render/render";
import {
  monitoringObjects,
  namespaceObjects,
  peerAuthenticationObjects,
} from "../spec/meshObjects";
import type { ResolvedMesh } from "../spec/resolve";
import { type TagRequest, tagObjects } from "../tag/tag";
import { deactivatedInjector, withoutDefaultInjector, yieldsInjection } from "./defaultInjector";
import { gatewayNamespaces, type MeshPlan, tagRequests } from "./meshPlan";

/** What each kind of part is made from. */
interface PartData {
  /** Namespaces of the components and gateways, except for those that the inputs list. */
  readonly namespaces: { readonly objects: readonly K8sObject[] };
  readonly crds: { readonly mesh: ResolvedMesh };
  /** What all revisions share, except for CRDs and the default validator. */
  readonly base: { readonly mesh: ResolvedMesh };
  readonly controlPlane: {
    readonly mesh: ResolvedMesh;
    /** Whether a tag `default` replaces its injector. */
    readonly yields: boolean;
    /** Ids of parts that only its workloads wait for. */
    readonly workloadsAfter: readonly string[];
  };
  /** A control plane that Google runs. */
  readonly managed: { readonly inputs: ManagedInputs };
  /** Has no objects. It stands for all control planes, and comes after them. */
  readonly controlPlanesReady: object;
  readonly validator: { readonly mesh: ResolvedMesh };
  readonly cluster: {
    readonly part: ClusterPart;
    readonly components: readonly ComponentName[];
    readonly mesh: ResolvedMesh;
  };
  readonly tag: { readonly request: TagRequest };
  /** The injector of the default revision after a tag `default` has replaced it. */
  readonly yieldedInjector: { readonly mesh: ResolvedMesh };
  readonly gateway: { readonly inputs: GatewayInputs };
  readonly namespace: { readonly inputs: NamespaceInputs };
  /** Mesh-wide security policy. */
  readonly policy: { readonly mesh: ResolvedMesh };
  /** What has Google's managed Prometheus scrape the mesh. */
  readonly monitoring: { readonly mesh: ResolvedMesh };
}

export type PartKind = keyof PartData;

/** One part of a mesh, installed after the parts that it names. */
export type GraphPart<Kind extends PartKind = PartKind> = {
  [K in Kind]: PartData[K] & {
    readonly kind: K;
    readonly id: string;
    /** Ids of the parts that come before this one. */
    readonly after: readonly string[];
  };
}[Kind];

const NAMESPACES = "namespaces";
const CRDS = "crds";
const BASE = "base";
const MANAGED = "managed control plane";
const READY = "control planes ready";
const tagId = (tag: string) => `tag ${tag}`;
const namespaceId = (name: string) => `namespace ${name}`;
const clusterId = (part: ClusterPart) => `cluster ${part}`;
const planeId = ({ revision }: ResolvedMesh) => `control plane ${revisionTitle(revision)}`;

function beforeControlPlanes(plan: MeshPlan): GraphPart[] {
  const { shared, primary, controlPlanes } = plan;
  const objects = namespaceObjects([shared, primary, ...controlPlanes], gatewayNamespaces(plan));
  return [
    { kind: "namespaces", id: NAMESPACES, after: [], objects },
    { kind: "crds", id: CRDS, after: [], mesh: shared },
    // Namespaces and permissions need no CRDs. The parts that do wait for the CRDs themselves.
    { kind: "base", id: BASE, after: [NAMESPACES], mesh: shared },
  ];
}

function controlPlaneParts(plan: MeshPlan): GraphPart<"controlPlane" | "managed">[] {
  const own = plan.controlPlanes.map(
    (mesh): GraphPart<"controlPlane"> => ({
      kind: "controlPlane",
      id: planeId(mesh),
      after: [BASE],
      workloadsAfter: [CRDS],
      mesh,
      yields: yieldsInjection(plan, mesh),
    }),
  );
  return plan.managed === undefined
    ? own
    : [...own, { kind: "managed", id: MANAGED, after: [CRDS, BASE], inputs: plan.managed }];
}

/** Returns the parts of which a cluster has one. Each comes after the one before. */
function clusterPartsOf({ primary }: MeshPlan): GraphPart<"cluster">[] {
  const wanted = [...clusterParts()].filter(([, components]) =>
    primary.components.some(({ component }) => components.includes(component.name)),
  );
  return wanted.map(([part, components], index) => ({
    kind: "cluster",
    id: clusterId(part),
    after: [READY, ...wanted.slice(0, index).map(([before]) => clusterId(before))],
    part,
    components,
    mesh: primary,
  }));
}

/**
 * Returns what the users of some revisions and tags come after. Pods need the CNI plugin and the
 * webhook of the revision or tag that they name. Istio's own objects need the CRDs, also if the
 * mesh has no control plane. A revision that they do not name changes nothing for them.
 */
function beforeUsers(
  plan: MeshPlan,
  cluster: readonly GraphPart[],
): (names: readonly string[]) => string[] {
  const tags = tagRequests(plan).map(({ tag }) => tag);
  return (names) => {
    const labels = names.map((name) => revisionLabel(plan.tags[name] ?? name));
    const planes = plan.controlPlanes
      .filter(({ revision }) => labels.includes(revisionLabel(revision)))
      .map(planeId);
    return [
      ...(planes.length > 0 ? planes : [CRDS]),
      ...(plan.managed === undefined ? [] : [MANAGED]),
      ...tags.filter((tag) => names.includes(tag)).map(tagId),
      ...cluster.map(({ id }) => id),
      BASE,
    ];
  };
}

/** The label of its namespace decides who injects such a gateway, so the label is there first. */
function labelledFirst({ gateways, namespaces }: MeshPlan): string[] {
  const needed = gateways.filter(isInjectedByNamespace).map(({ namespace }) => namespace);
  return namespaces.map(({ name }) => name).filter((name) => needed.includes(name));
}

function userParts(plan: MeshPlan, cluster: readonly GraphPart[]): GraphPart[] {
  const before = beforeUsers(plan, cluster);
  const first = labelledFirst(plan);
  const namespaces = plan.namespaces.map(
    (inputs): GraphPart<"namespace"> => ({
      kind: "namespace",
      id: namespaceId(inputs.name),
      after: before([inputs.revision]),
      inputs,
    }),
  );
  const isFirst = ({ inputs: { name } }: GraphPart<"namespace">) => first.includes(name);
  return [
    ...namespaces.filter(isFirst),
    ...plan.gateways.map(
      (inputs): GraphPart => ({
        kind: "gateway",
        id: gatewayTitle(inputs),
        after: [
          ...before(inputs.revisions.map(({ revision }) => revision)),
          ...(isInjectedByNamespace(inputs) && first.includes(inputs.namespace)
            ? [namespaceId(inputs.namespace)]
            : []),
        ],
        inputs,
      }),
    ),
    ...namespaces.filter((part) => !isFirst(part)),
  ];
}

/** Needs no control plane: a pod is scraped as soon as it is there. */
function monitoringParts(mesh: ResolvedMesh): GraphPart[] {
  return monitoringObjects(mesh).length === 0
    ? []
    : [{ kind: "monitoring", id: "monitoring", after: [BASE], mesh }];
}

/**
 * Returns the parts of a mesh in the order of installation, each with the parts that it waits for.
 * Both the command and the Pulumi program use it.
 *
 * @example
 * meshGraph(plan).map(({ id }) => id)
 * // ["namespaces", "crds", "base", "control plane 1-31-0", "control planes ready", ...]
 */
export function meshGraph(plan: MeshPlan): GraphPart[] {
  const planes = controlPlaneParts(plan);
  const ready = planes.map(({ id }) => id);
  const cluster = clusterPartsOf(plan);
  const tags = tagRequests(plan).map(
    (request): GraphPart => ({ kind: "tag", id: tagId(request.tag), after: ready, request }),
  );
  const yielded = planes.flatMap((part): GraphPart[] =>
    part.kind === "controlPlane" && part.yields
      ? [
          {
            kind: "yieldedInjector",
            id: "yielded injector",
            after: tags.map(({ id }) => id),
            mesh: part.mesh,
          },
        ]
      : [],
  );
  return [
    ...beforeControlPlanes(plan),
    ...planes,
    { kind: "controlPlanesReady", id: READY, after: ready },
    { kind: "validator", id: "default validator", after: ready, mesh: plan.shared },
    ...cluster,
    ...tags,
    ...yielded,
    ...userParts(plan, cluster),
    { kind: "policy", id: "policy", after: [CRDS, ...ready], mesh: plan.primary },
    ...monitoringParts(plan.primary),
  ];
}

/** What renders the objects of a part. */
export interface GraphTools {
  /** Renders a component of a mesh. Several parts may need the same component. */
  render(mesh: ResolvedMesh, component: ComponentName): Promise<readonly RenderedComponent[]>;
  readonly tools: RenderTools;
}

/** A part with its objects. */
export interface RenderedPart {
  readonly part: GraphPart;
  /** Objects of Istio's charts, except for those of tags. */
  readonly components: readonly RenderedComponent[];
  /** Objects of tags, and objects that no chart has. */
  readonly others: readonly K8sObject[];
}

type PickObjects = (component: RenderedComponent) => RenderedComponent;

const only =
  (keep: (object: K8sObject) => boolean): PickObjects =>
  (component) => ({ ...component, objects: component.objects.filter(keep) });

const silent =
  (pick: PickObjects): PickObjects =>
  (component) => ({ ...pick(component), warnings: [] });

type Contents = Omit<RenderedPart, "part">;

async function fromCharts(
  names: readonly ComponentName[],
  mesh: ResolvedMesh,
  { render }: GraphTools,
  pick: PickObjects = (component) => component,
): Promise<Contents> {
  const rendered = await Promise.all(names.map((name) => render(mesh, name)));
  return { components: rendered.flat().map(pick), others: [] };
}

/** Kinds of parts whose objects come from no chart. */
const WITHOUT_CHARTS = [
  "namespaces",
  "managed",
  "controlPlanesReady",
  "gateway",
  "namespace",
  "policy",
  "monitoring",
] as const satisfies readonly PartKind[];

type OwnKind = (typeof WITHOUT_CHARTS)[number];

function isWithoutChart(part: GraphPart): part is GraphPart<OwnKind> {
  return WITHOUT_CHARTS.some((kind) => kind === part.kind);
}

function ownObjects(part: GraphPart<OwnKind>): readonly K8sObject[] {
  switch (part.kind) {
    case "namespaces":
      return part.objects;
    case "gateway":
      return gatewayObjects(part.inputs);
    case "namespace":
      return [labelledNamespace(part.inputs)];
    case "policy":
      return peerAuthenticationObjects(part.mesh);
    case "monitoring":
      return monitoringObjects(part.mesh);
    // Google installs the CRD of this resource, so the resource is in no manifest that someone
    // applies.
    case "managed":
    case "controlPlanesReady":
      return [];
  }
}

const withoutChart = (others: readonly K8sObject[]): Contents => ({ components: [], others });

async function contentsOf(part: GraphPart, tools: GraphTools): Promise<Contents> {
  switch (part.kind) {
    case "crds":
      return fromCharts(componentsIn("shared"), part.mesh, tools, silent(only(isCrd)));
    case "base": {
      const rest = only((object) => !isCrd(object) && !isWebhook(object));
      return fromCharts(componentsIn("shared"), part.mesh, tools, rest);
    }
    case "validator":
      return fromCharts(componentsIn("shared"), part.mesh, tools, silent(only(isWebhook)));
    case "controlPlane": {
      const pick = part.yields ? withoutDefaultInjector : undefined;
      return fromCharts(componentsIn("revision"), part.mesh, tools, pick);
    }
    case "yieldedInjector":
      return fromCharts(componentsIn("revision"), part.mesh, tools, deactivatedInjector);
    case "cluster":
      return fromCharts(part.components, part.mesh, tools);
    case "tag":
      return withoutChart(await tagObjects(part.request, tools.tools));
    default:
      return withoutChart(ownObjects(part));
  }
}

/**
 * Returns the results of all, or throws what is wrong with any of them, all at once.
 *
 * @throws InvalidInput with the problems of all, each once
 * @throws Error the first other error
 */
async function allOrProblems<T>(all: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(all);
  const errors = settled.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  const other = errors.find((error) => !(error instanceof InvalidInput));
  if (other !== undefined) {
    throw other;
  }
  const problems = (errors as InvalidInput[]).flatMap((error) => error.problems);
  throwIfAny([...new Map(problems.map((one) => [formatProblem(one), one])).values()]);
  return Promise.all(all);
}

/**
 * Renders the objects of all parts, in order.
 *
 * @throws InvalidInput if a patch does not fit the rendered objects, or if the API server would refuse
 * an object
 */
export async function renderGraph(
  graph: readonly GraphPart[],
  tools: GraphTools,
): Promise<RenderedPart[]> {
  const parts = await allOrProblems(
    graph.map(async (part) => ({ part, ...(await contentsOf(part, tools)) })),
  );
  const crds = chartObjects(parts.filter(({ part }) => part.kind === "crds")).filter(isCrd);
  const [mesh] = parts.flatMap(({ part }) => ("mesh" in part ? [part.mesh] : []));
  throwIfAny(partProblems(parts, await schemasFor(mesh ?? {}, tools.tools, crds)));
  return parts;
}

/** Where a part comes from that no chart renders, for messages. */
function placeOfPart(part: GraphPart): Pick<Problem, "source" | "path"> {
  switch (part.kind) {
    case "gateway":
      return { source: gatewaySource(part.inputs), path: "" };
    case "namespace":
      return { source: INPUTS_SOURCE, path: `namespaces ${part.inputs.name}` };
    case "tag":
      return { source: INPUTS_SOURCE, path: `tags.${part.request.tag}` };
    case "policy":
      return { source: INPUTS_SOURCE, path: "mtls" };
    case "monitoring":
      return { source: INPUTS_SOURCE, path: "googlePrometheus" };
    default:
      return { source: INPUTS_SOURCE, path: "namespace" };
  }
}

/** What the inputs of a part set by the names of fields, as `resources` of a gateway. */
function inputsOfPart(part: GraphPart): Json {
  return part.kind === "gateway" ? (part.inputs as unknown as Json) : {};
}

/**
 * What the API server would refuse of objects that no component renders by itself, and of objects
 * whose schema is in the CRDs of another component.
 */
function partProblems(parts: readonly RenderedPart[], schemas: ObjectSchemas): Problem[] {
  return parts.flatMap((rendered) => {
    const { part, components, others } = rendered;
    const own = inputFaults(placeOfPart(part), inputsOfPart(part), others, schemas);
    return [...own, ...components.flatMap((one) => crdProblems(one, meshOf(part), schemas))];
  });
}

function meshOf(part: GraphPart): Partial<ResolvedMesh> {
  return "mesh" in part ? part.mesh : {};
}

/** Returns the objects that come from no chart, for which nothing is rendered. */
export function objectsWithoutCharts(graph: readonly GraphPart[]): K8sObject[] {
  return graph.filter(isWithoutChart).flatMap(ownObjects);
}

/** Returns those objects of some parts that come from Istio's charts. */
export function chartObjects(parts: readonly RenderedPart[]): K8sObject[] {
  return parts.flatMap(({ components }) => components.flatMap(({ objects }) => objects));
}

/** Returns all objects of some parts, in order. */
export function objectsOf(parts: readonly RenderedPart[]): K8sObject[] {
  return parts.flatMap((part) => [...chartObjects([part]), ...part.others]);
}

/** Returns the warnings of some rendered parts. */
export function warningsOf(parts: readonly RenderedPart[]): Problem[] {
  return parts.flatMap(({ components }) => components.flatMap(({ warnings }) => warnings));
}
