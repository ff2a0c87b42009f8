import { type Cluster, isForbidden } from "../adapters/cluster/cluster";
import { readKubernetesVersion } from "../adapters/cluster/objects";
import { unknownMinorNote } from "../mesh/objectFaults/kubernetesSchemas";

async function read(cluster: Cluster): Promise<string | undefined> {
  try {
    const version = await readKubernetesVersion(cluster);
    const note = unknownMinorNote(version);
    process.stderr.write(note === undefined ? "" : `note: ${note}\n`);
    return version;
  } catch (error) {
    if (!isForbidden(error)) {
      throw error;
    }
    const unknown = "objects are not checked against the cluster's own Kubernetes version";
    process.stderr.write(`warning: ${unknown}: ${error.message}\n`);
    return undefined;
  }
}

/** Returns a function that asks a cluster for its Kubernetes version, once. */
export function clusterVersionOf(cluster: Cluster): () => Promise<string | undefined> {
  let version: Promise<string | undefined> | undefined;
  return () => {
    version ??= read(cluster);
    return version;
  };
}
