import type { Finding } from "../../../mesh/checks/finding";
import { GATEWAY_API_CRDS } from "../../../mesh/checks/precheck/crds";
import { goneRevisions, objectsOfRevision } from "../../../mesh/checks/precheck/leftovers";
import { goingVersions, RETIRED_GROUPS } from "../../../mesh/checks/precheck/retired";
import { secretNeeds } from "../../../mesh/checks/precheck/secretNeeds";
import { namespacesOf } from "../../../mesh/checks/precheck/stuck";
import type {
  ApiUse,
  Existing,
  GoingApi,
  GoneRevision,
  LeftoverState,
  LiveProxy,
  LivePullSecret,
  LiveState,
  Wish,
} from "../../../mesh/checks/precheck/types";
import { servicesCalled } from "../../../mesh/checks/precheck/webhookServices";
import { isObject, type JsonObject } from "../../../mesh/common/json";
import { type LivePod, livePod, liveUsers } from "../../../mesh/guard/liveUsers";
import { labelsOf, REVISION_LABEL, TAG_LABEL } from "../../../mesh/k8s/istioLabels";
import { identityOf, isCrd, type K8sObject } from "../../../mesh/k8s/objects";
import { getPath } from "../../../mesh/k8s/path";
import { listAt, staying } from "../../../mesh/k8s/workload";
import { isIstiod, revisionOf } from "../../../mesh/snapshot/controlPlanes";
import { proxyOf } from "../../../mesh/snapshot/proxies";
import { type Cluster, succeeded } from "../../cluster/cluster";
import { inParallel } from "../../cluster/inParallel";
import { type ObjectPaths, objectPaths } from "../../cluster/objectPath";
import { readKubernetesVersion } from "../../cluster/objects";
import { checkPermissions } from "./access";
import { calledServices } from "./calledServices";
import { Reader } from "./reader";
import { readUnserved } from "./servedApis";

const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

export function readInjectors(reader: Reader): Promise<K8sObject[]> {
  const path = `${ADMISSION}/mutatingwebhookconfigurations`;
  return reader.list(path, "MutatingWebhookConfiguration");
}

/** Every webhook configuration. */
export async function readWebhooks(
  reader: Reader,
): Promise<Pick<LiveState, "mutatingWebhooks" | "validatingWebhooks">> {
  const [mutatingWebhooks, validatingWebhooks] = await Promise.all([
    readInjectors(reader),
    reader.list(`${ADMISSION}/validatingwebhookconfigurations`, "ValidatingWebhookConfiguration"),
  ]);
  return { mutatingWebhooks, validatingWebhooks };
}

/** Those of the CRDs that exist. */
export async function readCrds(reader: Reader, names: readonly string[]): Promise<K8sObject[]> {
  const kind = "CustomResourceDefinition";
  const read = await inParallel(names, (name) => reader.get(`${CRDS}/${name}`, kind));
  return read.filter((crd) => crd !== undefined) as K8sObject[];
}

export const crdNames = (objects: readonly K8sObject[]) =>
  objects.filter(isCrd).map((crd) => identityOf(crd).name);

/** Those of the objects that exist. */
export async function readExisting(
  reader: Reader,
  paths: ObjectPaths,
  objects: readonly K8sObject[],
): Promise<Existing[]> {
  const found = await inParallel(objects, async (wished) => {
    const path = await paths(wished);
    const live = path === undefined ? undefined : await reader.get(path, wished.kind);
    return live === undefined ? undefined : { wished, live: live as K8sObject };
  });
  return found.filter((one) => one !== undefined);
}

/** Proxies of pods that stay, and that say which revision they are of. */
function proxiesOf(pods: readonly JsonObject[]): LiveProxy[] {
  return staying(pods)
    .map(proxyOf)
    .filter((proxy) => proxy !== undefined)
    .filter(({ revision }) => revision !== "")
    .map(({ namespace, name, revision, version }) => ({
      ...{ namespace, pod: name, revision },
      ...(version !== undefined && { version }),
    }));
}

/** Deployments, StatefulSets and DaemonSets. */
export async function readWorkloads(reader: Reader): Promise<K8sObject[]> {
  const kinds = ["Deployment", "StatefulSet", "DaemonSet"];
  const lists = kinds.map((kind) => reader.list(`/apis/apps/v1/${kind.toLowerCase()}s`, kind));
  return (await Promise.all(lists)).flat();
}

/** Where lists of a namespace are, for the kinds that may hold the mesh's pods up. */
const IN_NAMESPACES = {
  budgets: ["/apis/policy/v1", "poddisruptionbudgets", "PodDisruptionBudget"],
  autoscalers: ["/apis/autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"],
  quotas: ["/api/v1", "resourcequotas", "ResourceQuota"],
  limitRanges: ["/api/v1", "limitranges", "LimitRange"],
} as const;

async function readNamespaced(
  reader: Reader,
  key: keyof typeof IN_NAMESPACES,
  namespaces: readonly string[],
): Promise<K8sObject[]> {
  const [root, resource, kind] = IN_NAMESPACES[key];
  const lists = await inParallel(namespaces, (namespace) =>
    reader.list(`${root}/namespaces/${namespace}/${resource}`, kind),
  );
  return lists.flat();
}

/** APIs of groups that no supported Istio reads, where the cluster still has them. */
async function retiredApis(cluster: Cluster): Promise<GoingApi[]> {
  const { groups } = succeeded("/apis", await cluster.call("GET", "/apis"));
  const served = (Array.isArray(groups) ? groups.filter(isObject) : []).filter(
    ({ name }) => RETIRED_GROUPS[String(name)] !== undefined,
  );
  const apis = await inParallel(served, async (group) => {
    const apiVersion = String(getPath(group, "preferredVersion.groupVersion"));
    const path = `/apis/${apiVersion}`;
    const kinds = listAt(succeeded(path, await cluster.call("GET", path)), "resources");
    return kinds
      .filter(({ name }) => !String(name).includes("/"))
      .map(({ name, kind }) => ({
        ...{ apiVersion, kind: String(kind), resource: String(name) },
        instead: RETIRED_GROUPS[String(group.name)] ?? "",
        kindStays: false,
      }));
  });
  return apis.flat();
}

async function readUses(reader: Reader, apis: readonly GoingApi[]): Promise<ApiUse[]> {
  return inParallel(apis, async (api) => ({
    api,
    objects: await reader.list(`/apis/${api.apiVersion}/${api.resource}`, api.kind),
  }));
}

/** Lists of objects that carry a revision's label, or that are istiod's. */
async function readLabelled(reader: Reader): Promise<K8sObject[]> {
  const byRevision = { labelSelector: REVISION_LABEL };
  const lists = await Promise.all([
    reader.list("/api/v1/configmaps", "ConfigMap", {
      labelSelector: `${REVISION_LABEL},operator.istio.io/component`,
    }),
    reader.list("/api/v1/services", "Service", byRevision),
    reader.list("/apis/rbac.authorization.k8s.io/v1/clusterroles", "ClusterRole", {
      labelSelector: "app=istiod",
    }),
  ]);
  return lists.flat();
}

/** The Secrets that pods name for pulling images, which are no secrets to those who may read them. */
async function readPullSecrets(
  reader: Reader,
  wish: Wish,
  seen: Pick<LiveState, "mutatingWebhooks" | "namespaces">,
): Promise<LivePullSecret[]> {
  const titles = secretNeeds(wish, seen).flatMap(({ namespace, names }) =>
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

interface Seen {
  readonly labelled: readonly K8sObject[];
  readonly webhooks: readonly K8sObject[];
  readonly workloads: readonly K8sObject[];
  readonly namespaces: readonly JsonObject[];
  readonly pods: readonly LivePod[];
  readonly filters: readonly K8sObject[];
}

async function readGone(
  reader: Reader,
  paths: ObjectPaths,
  gone: GoneRevision,
  { webhooks, workloads, namespaces, pods }: Seen,
) {
  const identities = objectsOfRevision(gone).map(({ apiVersion, kind, namespace, name }) => ({
    ...{ apiVersion, kind },
    metadata: { name, ...(namespace !== "" && { namespace }) },
  }));
  const found = await readExisting(reader, paths, identities);
  const tags = webhooks.filter((webhook) => {
    const labels = labelsOf(webhook);
    return labels[TAG_LABEL] !== undefined && labels[REVISION_LABEL] === gone.revision;
  });
  const users = liveUsers(gone.revision, { webhooks, workloads, namespaces, pods });
  return {
    ...gone,
    objects: [...found.map(({ live }) => live), ...tags],
    users: users.filter(({ kind }) => kind !== "tag"),
  };
}

async function readLeftovers(
  reader: Reader,
  paths: ObjectPaths,
  seen: Seen,
): Promise<LeftoverState> {
  const running = seen.workloads
    .filter((workload) => workload.kind === "Deployment" && isIstiod(workload))
    .map(revisionOf);
  const gone = goneRevisions([...seen.labelled, ...seen.webhooks], running);
  return {
    gone: await inParallel(gone, (one) => readGone(reader, paths, one, seen)),
    filters: seen.filters,
  };
}

/** What the checks look at, and what may not be read. */
export interface ReadState {
  readonly live: LiveState;
  /** Of what may not be done or read. */
  readonly findings: readonly Finding[];
}

/** Reads all that the checks look at. Nothing is written. */
export async function readState(cluster: Cluster, wish: Wish): Promise<ReadState> {
  const reader = new Reader(cluster);
  const paths = objectPaths(cluster);
  const places = namespacesOf(wish.objects);
  const list = (path: string, kind: string) => reader.list(path, kind);
  const [kubernetes, nodes, namespaces, workloads, pods, configurations] = await Promise.all([
    readKubernetesVersion(cluster),
    list("/api/v1/nodes", "Node"),
    list("/api/v1/namespaces", "Namespace"),
    readWorkloads(reader),
    list("/api/v1/pods", "Pod"),
    readWebhooks(reader),
  ]);
  const { mutatingWebhooks, validatingWebhooks } = configurations;
  const webhooks = [...mutatingWebhooks, ...validatingWebhooks];
  const crds = await readCrds(reader, [...crdNames(wish.objects), ...GATEWAY_API_CRDS]);
  const going = [...goingVersions(wish.objects, crds), ...(await retiredApis(cluster))];
  const labelled = await readLabelled(reader);
  const filters = await list("/apis/networking.istio.io/v1alpha3/envoyfilters", "EnvoyFilter");
  const livePods = pods.map(livePod).filter((pod) => pod !== undefined);
  const seen = { labelled, webhooks, workloads, namespaces, pods: livePods, filters };
  const known = new Map(crds.map((crd) => [identityOf(crd).name, crd]));
  const others = wish.objects.filter((object) => !isCrd(object));
  const live: LiveState = {
    kubernetes,
    nodes,
    namespaces,
    workloads,
    proxies: proxiesOf(pods),
    mutatingWebhooks,
    validatingWebhooks,
    webhookServices: await calledServices(reader, servicesCalled(webhooks)),
    crds: [...known.values()],
    existing: await readExisting(reader, paths, others),
    unserved: await readUnserved(cluster, wish.objects, crds),
    budgets: await readNamespaced(reader, "budgets", places),
    autoscalers: await readNamespaced(reader, "autoscalers", places),
    quotas: await readNamespaced(reader, "quotas", places),
    limitRanges: await readNamespaced(reader, "limitRanges", places),
    pullSecrets: await readPullSecrets(reader, wish, { mutatingWebhooks, namespaces }),
    values: labelled.filter(({ kind, metadata }) => {
      return kind === "ConfigMap" && /^values(-|$)/.test(String(metadata.name));
    }),
    apiUses: await readUses(reader, going),
    envoyFilters: filters,
    leftovers: await readLeftovers(reader, paths, seen),
  };
  const permissions = await checkPermissions(cluster, wish.objects, paths);
  return { live, findings: [...permissions, ...reader.findings] };
}
