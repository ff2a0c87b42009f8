import { Cluster } from "@pulumi/gcp/container/cluster";
import { NodePool } from "@pulumi/gcp/container/nodePool";
import { endpointOf } from "../../mesh/gke/facts";
import { workloadPool } from "../../mesh/gke/iam";
import { networkPolicyFields } from "../../mesh/gke/networkPolicy";
import type { NewCluster } from "../../mesh/model/gkeInputs";
import * as pulumi from "../pulumi/sdk";
import { childOptions, type GkeContext } from "./context";
import type { LookUpResults } from "./lookUps";

/** How to reach the API server, and what must exist first. */
export interface ApiServerAccess {
  readonly endpoint: pulumi.Output<string>;
  readonly caCertificate: pulumi.Output<string>;
  /** Empty for an existing cluster. */
  readonly resources: readonly pulumi.Resource[];
}

function ranges({ ranges: named }: NewCluster) {
  return named === undefined
    ? {}
    : {
        ipAllocationPolicy: {
          clusterSecondaryRangeName: named.pods,
          servicesSecondaryRangeName: named.services,
        },
      };
}

function privacy({ privateNodes, authorizedNetworks }: NewCluster) {
  return {
    ...(privateNodes !== undefined && {
      privateClusterConfig: {
        enablePrivateNodes: true,
        enablePrivateEndpoint: privateNodes.privateEndpoint ?? false,
        masterIpv4CidrBlock: privateNodes.controlPlaneCidr,
      },
    }),
    ...(authorizedNetworks !== undefined && {
      masterAuthorizedNetworksConfig: {
        cidrBlocks: authorizedNetworks.map((cidrBlock) => ({ cidrBlock })),
      },
    }),
  };
}

/**
 * Autopilot provides Workload Identity and nodes itself, but not NET_ADMIN, which sidecars need.
 */
function mode({ autopilot = false }: NewCluster, project: string) {
  return autopilot
    ? { enableAutopilot: true, allowNetAdmin: true }
    : {
        removeDefaultNodePool: true,
        initialNodeCount: 1,
        networkingMode: "VPC_NATIVE",
        workloadIdentityConfig: { workloadPool: workloadPool(project) },
      };
}

function createNodePool(
  cluster: Cluster,
  { nodePool = {} }: NewCluster,
  context: GkeContext,
): NodePool {
  const { name, plan } = context;
  const { machineType = "e2-standard-4", minNodes = 1, maxNodes = 4 } = nodePool;
  const { project, location } = plan.inputs;
  return new NodePool(
    `${name}:nodes`,
    {
      project,
      location,
      cluster: cluster.name,
      initialNodeCount: Math.max(minNodes, 1),
      autoscaling: { minNodeCount: minNodes, maxNodeCount: maxNodes },
      nodeConfig: {
        machineType,
        oauthScopes: ["https://www.googleapis.com/auth/cloud-platform"],
        workloadMetadataConfig: { mode: "GKE_METADATA" },
        ...(nodePool.serviceAccount !== undefined && { serviceAccount: nodePool.serviceAccount }),
        ...(nodePool.tags !== undefined && { tags: [...nodePool.tags] }),
      },
    },
    // The autoscaler sets the number of nodes.
    { ...childOptions(context), ignoreChanges: ["initialNodeCount"] },
  );
}

function createCluster(
  wanted: NewCluster,
  context: GkeContext,
  apis: readonly pulumi.Resource[],
): Cluster {
  const { name, plan } = context;
  const { project, location } = plan.inputs;
  return new Cluster(
    `${name}:cluster`,
    {
      project,
      location,
      name: wanted.name,
      releaseChannel: { channel: wanted.releaseChannel ?? "REGULAR" },
      network: wanted.network ?? "default",
      ...(wanted.subnetwork !== undefined && { subnetwork: wanted.subnetwork }),
      resourceLabels: { ...plan.labels, ...wanted.labels },
      deletionProtection: wanted.deletionProtection ?? true,
      // Without it, Google issues no client key, so none gets into the state.
      masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
      ...mode(wanted, project),
      ...ranges(wanted),
      ...privacy(wanted),
      ...networkPolicyFields(wanted),
    },
    // Google writes the fleet into the cluster once the cluster is a member.
    { ...childOptions(context, apis), ignoreChanges: ["fleet"] },
  );
}

function accessNew(cluster: Cluster, wanted: NewCluster): Omit<ApiServerAccess, "resources"> {
  const inside = wanted.privateNodes?.privateEndpoint === true;
  return {
    endpoint: inside
      ? cluster.privateClusterConfig.apply((config) => config?.privateEndpoint ?? "")
      : cluster.endpoint,
    caCertificate: cluster.masterAuth.apply((auth) => auth.clusterCaCertificate),
  };
}

/** Returns the cluster that the plan is about: a new one, or the one that was looked up. */
export function provideCluster(
  found: LookUpResults,
  context: GkeContext,
  apis: readonly pulumi.Resource[],
): ApiServerAccess {
  const { cluster: wanted } = context.plan.inputs;
  if (wanted.kind === "new") {
    const cluster = createCluster(wanted, context, apis);
    const pools = wanted.autopilot === true ? [] : [createNodePool(cluster, wanted, context)];
    return { ...accessNew(cluster, wanted), resources: [cluster, ...pools] };
  }
  const { cluster } = found;
  return {
    endpoint: pulumi.output(cluster === undefined ? "" : endpointOf(cluster)),
    caCertificate: pulumi.output(cluster?.masterAuths[0]?.clusterCaCertificate ?? ""),
    resources: [],
  };
}
