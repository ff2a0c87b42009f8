import { PLUGGED_IN_SECRET, ROOT_CONFIG_MAP } from "../../../mesh/checks/validate/certificates";
import { livePlanes } from "../../../mesh/checks/validate/planes";
import {
  type CaSource,
  isUnread,
  type MeshState,
  type Reading,
} from "../../../mesh/checks/validate/state";
import { isObject, type JsonObject } from "../../../mesh/common/json";
import type { Workload, WorkloadKind } from "../../../mesh/guard/rollout";
import { labelsOf } from "../../../mesh/k8s/istioLabels";
import { managersOf, STACK_MANAGER } from "../../../mesh/k8s/managers";
import { nameOf, namespaceOf } from "../../../mesh/k8s/workload";
import type { Cluster } from "../../cluster/cluster";
import type { PodShell } from "../../cluster/exec";
import { getObject, listAll, listIfServed, readKubernetesVersion } from "../../cluster/objects";
import { reading } from "./proxies";
import { readProxies } from "./readProxies";

/** How a cluster is asked. */
export interface Access {
  readonly cluster: Cluster;
  readonly shell: PodShell;
}

const APPS: Readonly<Record<WorkloadKind, string>> = {
  Deployment: "deployments",
  StatefulSet: "statefulsets",
  DaemonSet: "daemonsets",
};

/** Who wrote which field is a third of an object, and is read of the mesh's own workloads alone. */
function withoutManagers(object: JsonObject): JsonObject {
  if (isObject(object.metadata)) {
    delete object.metadata.managedFields;
  }
  return object;
}

function list(cluster: Cluster, path: string): Promise<Reading<JsonObject[]>> {
  return reading(async () => (await listAll(cluster, path)).map(withoutManagers));
}

/** Like {@link list}; an API that is not served has nothing. */
async function readIfServed(cluster: Cluster, path: string): Promise<Reading<JsonObject[]>> {
  return reading(() => listIfServed(cluster, path));
}

/** Whether a workload is one that the mesh has installed: by a stack, or from Istio's charts. */
function isOfMesh(object: JsonObject): boolean {
  return (
    managersOf(object).some(({ manager }) => manager.startsWith(STACK_MANAGER)) ||
    labelsOf(object)["operator.istio.io/component"] !== undefined
  );
}

function readWorkloads(cluster: Cluster): Promise<Reading<Workload[]>> {
  return reading(async () => {
    const kinds = Object.entries(APPS) as [WorkloadKind, string][];
    const found = await Promise.all(
      kinds.map(async ([kind, plural]) =>
        (await listAll(cluster, `/apis/apps/v1/${plural}`)).map((object) => ({
          kind,
          object: isOfMesh(object) ? object : withoutManagers(object),
        })),
      ),
    );
    return found.flat();
  });
}

/** Namespaces that have an istiod. */
function planeNamespaces(workloads: readonly Workload[]): string[] {
  return [...new Set(livePlanes(workloads).map(({ namespace }) => namespace))];
}

function readConfigMaps(cluster: Cluster, namespaces: readonly string[]) {
  return reading(async () => {
    const found = await Promise.all(
      namespaces.map((each) => listAll(cluster, `/api/v1/namespaces/${each}/configmaps`)),
    );
    return found.flat().map(withoutManagers);
  });
}

/** Keys of the CA's Secrets that hold certificates; all others hold private keys. */
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

/** istiod uses its own CA's Secret only where no other was brought. */
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

function readCa(cluster: Cluster, namespaces: readonly string[]): Promise<Reading<CaSource[]>> {
  return reading(async () =>
    (await Promise.all(namespaces.map((each) => readSecrets(cluster, each)))).flat(),
  );
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

const ADMISSION = "/apis/admissionregistration.k8s.io/v1";

/** Readings that run at the same time, by the part of the state that they are. */
async function together<T extends Record<string, Promise<unknown>>>(
  parts: T,
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const entries = await Promise.all(
    Object.entries(parts).map(async ([key, part]) => [key, await part] as const),
  );
  return Object.fromEntries(entries) as { [K in keyof T]: Awaited<T[K]> };
}

function readObjects(cluster: Cluster) {
  return together({
    crds: list(cluster, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"),
    injectors: list(cluster, `${ADMISSION}/mutatingwebhookconfigurations`),
    validators: list(cluster, `${ADMISSION}/validatingwebhookconfigurations`),
    namespaces: list(cluster, "/api/v1/namespaces"),
    workloads: readWorkloads(cluster),
    pods: list(cluster, "/api/v1/pods"),
    services: list(cluster, "/api/v1/services"),
    endpointSlices: list(cluster, "/apis/discovery.k8s.io/v1/endpointslices"),
    gatewayResources: readIfServed(cluster, "/apis/networking.istio.io/v1/gateways"),
    destinationRules: readIfServed(cluster, "/apis/networking.istio.io/v1/destinationrules"),
    peerAuthentications: readIfServed(cluster, "/apis/security.istio.io/v1/peerauthentications"),
  });
}

/** What lies beside the control planes. */
async function readBeside(cluster: Cluster, workloads: Reading<Workload[]>) {
  if (isUnread(workloads)) {
    return { configMaps: workloads, caSources: workloads };
  }
  const namespaces = planeNamespaces(workloads);
  const [configMaps, secrets] = await Promise.all([
    readConfigMaps(cluster, namespaces),
    readCa(cluster, namespaces),
  ]);
  return { configMaps, caSources: withRoots(secrets, configMaps) };
}

/**
 * Reads all that {@link validateMesh} looks at. What may not be read, or is not there to be read, is
 * told in its place.
 *
 * @throws Error when the API server does not answer, or nothing may be read
 */
export async function readMeshState({ cluster, shell }: Access): Promise<MeshState> {
  const kubernetes = await readKubernetesVersion(cluster);
  const objects = await readObjects(cluster);
  const { crds, workloads, pods } = objects;
  if (Object.values(objects).every(isUnread)) {
    throw new Error(`nothing of the mesh can be read: ${isUnread(crds) ? crds.unread : ""}`);
  }
  const beside = await readBeside(cluster, workloads);
  const proxies = await readProxies(shell, workloads, pods);
  return { kubernetes, now: Date.now(), ...objects, ...beside, ...proxies };
}

/** Who may not read Secrets still sees the root certificate, which is public. */
function withRoots(
  secrets: Reading<CaSource[]>,
  configMaps: Reading<JsonObject[]>,
): Reading<CaSource[]> {
  if (isUnread(configMaps)) {
    return secrets;
  }
  const roots = rootSources(configMaps);
  return isUnread(secrets)
    ? [{ title: "Secrets of the CA", certificates: secrets }, ...roots]
    : [...secrets, ...roots];
}
