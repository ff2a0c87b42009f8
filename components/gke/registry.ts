import { Repository } from "@pulumi/gcp/artifactregistry/repository";
import { regionOf } from "../../mesh/gke/facts";
import type * as pulumi from "../pulumi/sdk";
import { childOptions, type GkeContext } from "./context";
import { grantReaders } from "./iam";

/**
 * Returns the service accounts that pull the mesh's images: the named ones, or that of the nodes.
 */
function readersOf({ plan }: GkeContext): readonly string[] {
  const { registry, cluster } = plan.inputs;
  const own = cluster.kind === "new" ? cluster.nodePool?.serviceAccount : undefined;
  return registry?.readers ?? (own === undefined ? [] : [own]);
}

/**
 * Creates a repository for the mesh's images and grants read access. The images stay when the
 * stack is destroyed.
 */
export function provideRegistry(
  context: GkeContext,
  after: readonly pulumi.Resource[],
): pulumi.Resource[] {
  const { name, plan } = context;
  const { registry, project, location: place } = plan.inputs;
  if (registry === undefined) {
    return [];
  }
  const { repository, location = regionOf(place), create = true } = registry;
  const made = create
    ? [
        new Repository(
          `${name}:registry`,
          { project, location, repositoryId: repository, format: "DOCKER" },
          { ...childOptions(context, after), retainOnDelete: true },
        ),
      ]
    : [];
  const readers = grantReaders(
    context,
    { project, location, name: repository },
    readersOf(context),
    [...after, ...made],
  );
  return [...made, ...readers];
}
