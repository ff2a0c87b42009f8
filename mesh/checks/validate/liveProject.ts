import type { JsonObject } from "../../common/json";
import data from "../../data/settings.json";
import { labelsOf } from "../../k8s/istioLabels";
import { containersOf } from "../../k8s/workload";
import { MANAGED_CHANNELS } from "../../model/channels";
import type { CaInputs } from "../../model/meshInputs";
import { nodeAgentOf } from "../../snapshot/agents";
import { planesIn } from "../../snapshot/controlPlanes";
import { isGateway } from "../../snapshot/gateways";
import { type LiveProxy, proxyOf } from "../../snapshot/proxies";
import { itemsOf } from "../../snapshot/snapshot";
import type { DesiredProject } from "../precheck/projectNeeds";
import { askedCa } from "./proxyCa";
import type { MeshState } from "./state";

const { googleAddress } = data.certificateAuthorities;

const WORKLOAD_POOL = ".svc.id.goog";

/** Returns Google's CA that a proxy asks, and whose workload identity pool it belongs to. */
function googleCa(pod: JsonObject): CaInputs | undefined {
  const { provider, address, trustDomain } = askedCa(pod);
  if (trustDomain?.endsWith(WORKLOAD_POOL) !== true) {
    return undefined;
  }
  const project = trustDomain.slice(0, -WORKLOAD_POOL.length);
  if (provider === "GoogleCAS") {
    return { type: "cas", project, caPool: address };
  }
  const isMeshCa = provider === "GoogleCA" || address.includes(googleAddress);
  return isMeshCa ? { type: "mesh-ca", project } : undefined;
}

/** Whether a pod is istiod's, a node agent's or a gateway's. */
function isOfMesh(pod: JsonObject): boolean {
  return labelsOf(pod).app === "istiod" || nodeAgentOf(pod) !== undefined || isGateway(pod);
}

/**
 * Returns what the running mesh needs of the projects around its GKE cluster: by the images of its own
 * pods, the CA that its proxies ask, and the channels of Google's that inject them. Parts that could not
 * be read need nothing.
 */
export function liveProject(
  state: Pick<MeshState, "pods" | "workloads">,
): Omit<DesiredProject, "gke"> {
  const pods = itemsOf(state.pods);
  const proxies = pods.map(proxyOf).filter((proxy): proxy is LiveProxy => proxy !== undefined);
  const ca = proxies.map(({ pod }) => googleCa(pod)).find((each) => each !== undefined);
  const channel = MANAGED_CHANNELS.find(({ revision }) =>
    proxies.some((proxy) => proxy.revision === revision),
  )?.channel;
  const images = pods.filter(isOfMesh).flatMap(containersOf);
  const [plane] = planesIn(itemsOf(state.workloads));
  return {
    mesh: {
      version: plane?.version ?? "",
      ...(ca !== undefined && { ca }),
      ...(channel !== undefined && { managed: { channel } }),
    },
    images: [...new Set(images.map(({ image }) => String(image)))],
  };
}
