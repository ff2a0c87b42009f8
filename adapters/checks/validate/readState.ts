import { PLUGGED_IN_SECRET, ROOT_CONFIG_MAP } from "../../../mesh/checks/validate/certificates";
import {
  type CaSource,
  type MeshState,
  VALIDATED_LISTS,
} from "../../../mesh/checks/validate/state";
import { isObject, type JsonObject } from "../../../mesh/common/json";
import { nameOf, namespaceOf, type Workload } from "../../../mesh/k8s/workload";
import { planesIn } from "../../../mesh/snapshot/controlPlanes";
import {
  isUnread,
  type Reading,
  WORKLOAD_LISTS,
  workloadsIn,
} from "../../../mesh/snapshot/snapshot";
import type { Cluster } from "../../cluster/cluster";
import type { PodShell } from "../../cluster/exec";
import { getObject, readKubernetesVersion } from "../../cluster/objects";
import { readList, readSnapshot } from "../../cluster/snapshot";
import { reading } from "./proxies";
import { readProxies } from "./readProxies";

/** The ways into a cluster that are used. */
export interface ClusterAccess {
  readonly cluster: Cluster;
  readonly shell: PodShell;
}

/** Keys of the CA's Secrets that hold certificates. All others hold private keys. */
const CERTIFICATE_KEYS = ["ca-cert.pem", "root-cert.pem"];

function certificatesOf(secret: JsonObject): Record<string, string> {
  const data = isObject(secret.data) ? secret.data : {};
  return Object.fromEntries(
    CERTIFICATE_KEYS.flatMap((key) => {
      const value = data[key];
      return typeof value === "string" && value !== ""
        ? [[key, Buffer.from(value, "base64").toString("utf8")]]
        : [];
    }),
  );
}

/** istiod uses its own CA's Secret only if the user has provided no other. */
async function readSecrets(cluster: Cluster, namespace: string): Promise<CaSource[]> {
  for (const name of [PLUGGED_IN_SECRET, "istio-ca-secret"]) {
    const secret = await getObject(cluster, `/api/v1/namespaces/${namespace}/secrets/${name}`);
    if (secret !== undefined) {
      const title = `Secret ${namespace}/${name}`;
      return [{ title, namespace, certificates: certificatesOf(secret) }];
    }
  }
  return [];
}

function rootSources(configMaps: readonly JsonObject[]): CaSource[] {
  return configMaps
    .filter((each) => nameOf(each) === ROOT_CONFIG_MAP)
    .map((each) => {
      const namespace = namespaceOf(each);
      const root = isObject(each.data) ? String(each.data["root-cert.pem"] ?? "") : "";
      const title = `ConfigMap ${namespace}/${ROOT_CONFIG_MAP}`;
      return { title, namespace, certificates: { "root-cert.pem": root } };
    });
}

/** A user who may not read Secrets still sees the root certificate, which is public. */
function withRoots(
  secrets: Reading<CaSource[]>,
  configMaps: Reading<readonly JsonObject[]>,
): Reading<CaSource[]> {
  if (isUnread(configMaps)) {
    return secrets;
  }
  const roots = rootSources(configMaps);
  return isUnread(secrets)
    ? [{ title: "Secrets of the CA", certificates: secrets }, ...roots]
    : [...secrets, ...roots];
}

/** Joins what was read of several namespaces. */
function joined<T>(readings: readonly Reading<readonly T[]>[]): Reading<T[]> {
  return (
    readings.find(isUnread) ?? readings.flatMap((items) => (isUnread(items) ? [] : [...items]))
  );
}

/** Reads what is in the namespaces of control planes: their configuration and certificates. */
async function readPlaneNamespaces(
  cluster: Cluster,
  workloads: Reading<Workload[]>,
): Promise<Pick<MeshState, "configMaps" | "caSources">> {
  if (isUnread(workloads)) {
    return { configMaps: workloads, caSources: workloads };
  }
  const namespaces = [...new Set(planesIn(workloads).map(({ namespace }) => namespace))];
  const each = <T>(read: (namespace: string) => Promise<T>) => Promise.all(namespaces.map(read));
  const [configMaps, secrets] = await Promise.all([
    each((namespace) => readList(cluster, "configMaps", { namespace })).then(joined),
    reading(async () => (await each((namespace) => readSecrets(cluster, namespace))).flat()),
  ]);
  return { configMaps, caSources: withRoots(secrets, configMaps) };
}

/**
 * Reads everything that the checks of `mesh validate` look at. A part that cannot be read says why.
 *
 * @throws Error if the API server does not answer, or no list can be read
 */
export async function readMeshState({ cluster, shell }: ClusterAccess): Promise<MeshState> {
  const kubernetes = await readKubernetesVersion(cluster);
  const all = await readSnapshot(cluster, [...VALIDATED_LISTS, ...WORKLOAD_LISTS]);
  const { crds, pods } = all;
  if (isUnread(crds) && Object.values(all).every(isUnread)) {
    throw new Error(`nothing of the mesh can be read: ${crds.unread}`);
  }
  const workloads = workloadsIn(all);
  const { deployments, statefulSets, daemonSets, ...lists } = all;
  const beside = await readPlaneNamespaces(cluster, workloads);
  const proxies = await readProxies(shell, workloads, pods);
  return { kubernetes, now: Date.now(), ...lists, workloads, ...beside, ...proxies };
}
