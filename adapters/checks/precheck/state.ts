import { posix } from "node:path";
import type { Finding } from "../../../mesh/checks/finding";
import { GATEWAY_API_CRDS, unseenApis } from "../../../mesh/checks/precheck/gatewayApi";
import { goneRevisions, objectsOfRevision } from "../../../mesh/checks/precheck/leftovers";
import { meshConfigPlaces } from "../../../mesh/checks/precheck/meshConfig";
import {
  isOldComponents,
  OLD_COMPONENTS_SELECTOR,
  oldComponentObjects,
  oldPilotUsers,
} from "../../../mesh/checks/precheck/oldComponents";
import { goingVersions, RETIRED_GROUPS } from "../../../mesh/checks/precheck/retired";
import { secretNeeds } from "../../../mesh/checks/precheck/secretNeeds";
import { namespacesOf } from "../../../mesh/checks/precheck/stuck";
import type {
  ApiUse,
  DesiredMesh,
  Existing,
  GoingApi,
  GoneRevision,
  LeftoverState,
  LivePullSecret,
  LiveState,
  ProxyFacts,
} from "../../../mesh/checks/precheck/types";
import { unreadParts } from "../../../mesh/checks/precheck/unreadParts";
import { servicesCalled } from "../../../mesh/checks/precheck/webhookServices";
import { asksForWorkloadEntries } from "../../../mesh/checks/precheck/workloadEntries";
import type { JsonObject } from "../../../mesh/common/json";
import { groupBy } from "../../../mesh/common/lists";
import { labelsOf, REVISION_LABEL, TAG_LABEL } from "../../../mesh/k8s/istioLabels";
import { identityOf, isCrd, type K8sObject, type ObjectIdentity } from "../../../mesh/k8s/objects";
import { nameOf, staying } from "../../../mesh/k8s/workload";
import { isIstiod, revisionOf } from "../../../mesh/snapshot/controlPlanes";
import { proxyOf } from "../../../mesh/snapshot/proxies";
import { WORKLOAD_LISTS } from "../../../mesh/snapshot/snapshot";
import { liveUsers, USER_LISTS, type UserLists } from "../../../mesh/snapshot/users";
import type { Cluster } from "../../cluster/cluster";
import type { Discovery } from "../../cluster/discovery";
import { inParallel } from "../../cluster/inParallel";
import { readKubernetesVersion } from "../../cluster/objects";
import { checkPermissions } from "./access";
import { calledServices } from "./calledServices";
import { readCrds } from "./crds";
import { Reader } from "./reader";
import { readUnserved } from "./servedApis";

/** Reads every webhook configuration. */
export async function readWebhooks(
  reader: Reader,
): Promise<Pick<LiveState, "mutatingWebhooks" | "validatingWebhooks">> {
  const [mutatingWebhooks, validatingWebhooks] = await Promise.all([
    reader.list("mutatingWebhooks"),
    reader.list("validatingWebhooks"),
  ]);
  return { mutatingWebhooks, validatingWebhooks };
}

/** Reads those of the objects that exist. */
export async function readExisting(
  reader: Reader,
  objects: readonly K8sObject[],
): Promise<Existing[]> {
  const paths = new Map<K8sObject, string>();
  for (const object of objects) {
    const path = await reader.discovery.path(object);
    if (path !== undefined) {
      paths.set(object, path);
    }
  }
  const lists = groupBy([...paths.keys()], (object) => posix.dirname(paths.get(object) ?? ""));
  const live = await inParallel([...lists], async ([list, planned]) => {
    const [{ apiVersion, kind }] = planned as [K8sObject];
    const found = await reader.named(list, kind, planned.map(nameOf));
    return found.map((one): [string, K8sObject] => [
      `${list}/${nameOf(one)}`,
      { ...one, apiVersion, kind } as K8sObject,
    ]);
  });
  const byPath = new Map(live.flat());
  return [...paths].flatMap(([planned, path]) => {
    const own = byPath.get(path);
    return own === undefined ? [] : [{ planned, live: own }];
  });
}

/** Returns the proxies of a known revision, without those of pods that are being deleted. */
function proxiesOf(pods: readonly JsonObject[]): ProxyFacts[] {
  return staying(pods)
    .map(proxyOf)
    .filter((proxy) => proxy !== undefined)
    .filter(({ revision }) => revision !== "")
    .map(({ namespace, name, revision, version }) => ({
      ...{ namespace, pod: name, revision },
      ...(version !== undefined && { version }),
    }));
}

/** Reads Deployments, StatefulSets and DaemonSets. */
export async function readWorkloads(reader: Reader): Promise<K8sObject[]> {
  return (await Promise.all(WORKLOAD_LISTS.map((id) => reader.list(id)))).flat();
}

/** Reads everything that may use a revision. */
async function readUsers(reader: Reader): Promise<UserLists> {
  const lists = USER_LISTS.map(async (id) => [id, await reader.list(id)] as const);
  return Object.fromEntries(await Promise.all(lists)) as unknown as UserLists;
}

/** Reads which APIs the cluster still has that no supported Istio reads. */
async function retiredApis(discovery: Discovery): Promise<GoingApi[]> {
  const versions = await discovery.versions();
  const apis = await inParallel(Object.entries(RETIRED_GROUPS), async ([group, instead]) => {
    const preferred = versions.find((version) => version.startsWith(`${group}/`));
    const kinds = preferred === undefined ? [] : await discovery.kinds(preferred);
    return kinds.map(({ apiVersion, kind, plural }) => ({
      ...{ apiVersion, kind, resource: plural, instead },
      kindStays: false,
    }));
  });
  return apis.flat();
}

async function readUses(reader: Reader, apis: readonly GoingApi[]): Promise<ApiUse[]> {
  return inParallel(apis, async (api) => ({
    api,
    objects: await reader.listKind(api.apiVersion, api.resource, api.kind),
  }));
}

/** Lists objects that have the label of a revision, or that belong to istiod. */
async function readLabelled(reader: Reader): Promise<K8sObject[]> {
  const byRevision = { labelSelector: REVISION_LABEL };
  const lists = await Promise.all([
    reader.list("configMaps", { labelSelector: `${REVISION_LABEL},operator.istio.io/component` }),
    reader.list("services", byRevision),
    reader.list("clusterRoles", { labelSelector: "app=istiod" }),
  ]);
  return lists.flat();
}

/** Reads the Secrets that pods name for pulling images. */
async function readPullSecrets(
  reader: Reader,
  desired: DesiredMesh,
  seen: Pick<LiveState, "mutatingWebhooks" | "namespaces">,
): Promise<LivePullSecret[]> {
  const titles = secretNeeds(desired, seen).flatMap(({ namespace, names }) =>
    names.map((name) => `${namespace}/${name}`),
  );
  const read = await inParallel([...new Set(titles)], async (title) => {
    const [namespace = "", name = ""] = title.split("/");
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
    const secret = await reader.find(path, "Secret");
    if (secret === "refused") {
      return [];
    }
    return [{ namespace, name, ...(secret !== "absent" && { secret }) }];
  });
  return read.flat();
}

/** Reads the ConfigMaps with the mesh configuration of the control planes that run. */
async function readMeshConfigs(
  reader: Reader,
  workloads: readonly K8sObject[],
): Promise<K8sObject[]> {
  const identities = meshConfigPlaces(workloads).map(({ namespace, name }) => ({
    ...{ apiVersion: "v1", kind: "ConfigMap", namespace, name },
  }));
  return (await readExisting(reader, planned(identities))).map(({ live }) => live);
}

interface Seen {
  readonly labelled: readonly K8sObject[];
  readonly webhooks: readonly K8sObject[];
  readonly workloads: readonly K8sObject[];
  readonly users: UserLists;
  readonly filters: readonly K8sObject[];
}

/** Objects that are read by kind and name. */
function planned(identities: readonly ObjectIdentity[]): K8sObject[] {
  return identities.map(({ apiVersion, kind, namespace, name }) => ({
    ...{ apiVersion, kind },
    metadata: { name, ...(namespace !== "" && { namespace }) },
  }));
}

async function readGone(reader: Reader, gone: GoneRevision, { webhooks, users: lists }: Seen) {
  const found = await readExisting(reader, planned(objectsOfRevision(gone)));
  const tags = webhooks.filter((webhook) => {
    const labels = labelsOf(webhook);
    return labels[TAG_LABEL] !== undefined && labels[REVISION_LABEL] === gone.revision;
  });
  const users = liveUsers(gone.revision, lists);
  return {
    ...gone,
    objects: [...found.map(({ live }) => live), ...tags],
    users: users.filter(({ kind }) => kind !== "tag"),
  };
}

/** Reads what is left of parts that Istio no longer has, if there is a sign of any. */
async function readOldComponents(
  reader: Reader,
  namespace: string,
  { webhooks, workloads }: Pick<Seen, "webhooks" | "workloads">,
): Promise<K8sObject[]> {
  const roles = await reader.list("clusterRoles", { labelSelector: OLD_COMPONENTS_SELECTOR });
  const signs = [...roles, ...webhooks, ...workloads];
  if (!signs.some((object) => isOldComponents(object, namespace))) {
    return [];
  }
  const found = await readExisting(reader, planned(oldComponentObjects(namespace)));
  return found.map(({ live }) => live);
}

async function readLeftovers(
  reader: Reader,
  namespace: string,
  seen: Seen,
): Promise<LeftoverState> {
  const running = seen.workloads
    .filter((workload) => workload.kind === "Deployment" && isIstiod(workload))
    .map(revisionOf);
  const gone = goneRevisions([...seen.labelled, ...seen.webhooks], running);
  return {
    gone: await inParallel(gone, (one) => readGone(reader, one, seen)),
    filters: seen.filters,
    old: {
      objects: await readOldComponents(reader, namespace, seen),
      users: oldPilotUsers(seen.users.pods),
    },
  };
}

/** What the checks look at, and what may not be read. */
export interface ReadState {
  readonly live: LiveState;
  /** Parts that are incomplete, because the user may not read them. */
  readonly unread: readonly (keyof LiveState)[];
  /** What the user may not do or read. */
  readonly findings: readonly Finding[];
}

/** Reads everything that the checks look at. Nothing is written. */
export async function readState(cluster: Cluster, desired: DesiredMesh): Promise<ReadState> {
  const reader = new Reader(cluster);
  const [kubernetes, nodes, namespaces, workloads, pods, configurations, labelled, envoyFilters] =
    await Promise.all([
      readKubernetesVersion(cluster),
      reader.list("nodes"),
      reader.list("namespaces"),
      readWorkloads(reader),
      reader.list("pods"),
      readWebhooks(reader),
      readLabelled(reader),
      reader.list("envoyFilters"),
    ]);
  const { mutatingWebhooks, validatingWebhooks } = configurations;
  const webhooks = [...mutatingWebhooks, ...validatingWebhooks];
  const crds = await readCrds(reader, desired.objects, GATEWAY_API_CRDS);
  const going = [...goingVersions(desired.objects, crds), ...(await retiredApis(reader.discovery))];
  const users = await readUsers(reader);
  const seen = { labelled, webhooks, workloads, users, filters: envoyFilters };
  const known = new Map(crds.map((crd) => [identityOf(crd).name, crd]));
  const others = desired.objects.filter((object) => !isCrd(object));
  const places = namespacesOf(desired.objects);
  const live: LiveState = {
    now: Date.now(),
    kubernetes,
    nodes,
    namespaces,
    workloads,
    proxies: proxiesOf(pods),
    mutatingWebhooks,
    validatingWebhooks,
    webhookServices: await calledServices(reader, servicesCalled(webhooks)),
    crds: [...known.values()],
    existing: await readExisting(reader, others),
    unserved: await readUnserved(reader.discovery, desired.objects, crds),
    budgets: await reader.listIn("budgets", places),
    autoscalers: await reader.listIn("autoscalers", places),
    quotas: await reader.listIn("quotas", places),
    limitRanges: await reader.listIn("limitRanges", places),
    pullSecrets: await readPullSecrets(reader, desired, { mutatingWebhooks, namespaces }),
    values: labelled.filter(({ kind, metadata }) => {
      return kind === "ConfigMap" && /^values(-|$)/.test(String(metadata.name));
    }),
    meshConfigs: await readMeshConfigs(reader, workloads),
    apiUses: await readUses(reader, going),
    gatewayApiUses: await readUses(reader, unseenApis(desired, crds)),
    workloadEntries: asksForWorkloadEntries(desired, workloads)
      ? await reader.list("workloadEntries")
      : [],
    envoyFilters,
    leftovers: await readLeftovers(reader, desired.plan.primary.namespace, seen),
  };
  const permissions = await checkPermissions(cluster, desired, reader.discovery.path);
  const unread = unreadParts(reader.refusedKinds);
  return { live, unread, findings: [...permissions, ...reader.findings] };
}
