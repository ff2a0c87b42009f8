import { readKubernetesVersion } from "../../adapters/cluster/objects";
import { unknownMinorNote } from "../../mesh/objectFaults/kubernetesSchemas";
import type { ClusterSession } from "../pulumi/clusterSession";
import { takesHooks } from "../pulumi/hooks";
import { orWarn } from "../pulumi/orWarn";
import * as pulumi from "../pulumi/sdk";

async function read(session: ClusterSession): Promise<string | undefined> {
  // A unit test with Pulumi's mocks has no cluster.
  const cluster = takesHooks() ? await session.cluster() : undefined;
  const version = cluster && (await readKubernetesVersion(cluster));
  const note = version === undefined ? undefined : unknownMinorNote(version);
  if (note !== undefined) {
    void pulumi.log.info(note);
  }
  return version;
}

/**
 * Returns a function that asks the cluster for its Kubernetes version, once. It returns `undefined` for
 * manifests, while a preview does not know the cluster, and if the cluster does not answer.
 */
export function clusterVersionOf(session: ClusterSession): () => Promise<string | undefined> {
  let version: Promise<string | undefined> | undefined;
  const unknown = "objects are not checked against the cluster's own Kubernetes version";
  return () => {
    version ??= orWarn(() => read(session), undefined, unknown);
    return version;
  };
}
