import { Feature } from "@pulumi/gcp/gkehub/feature";
import { FeatureMembership } from "@pulumi/gcp/gkehub/featureMembership";
import { Membership } from "@pulumi/gcp/gkehub/membership";
import { FEATURE_LOCATION, type FleetResource, MESH_FEATURE } from "../../mesh/gke/fleet";
import type * as pulumi from "../pulumi/sdk";
import { childOptions, type GkeContext } from "./context";

/**
 * Creates the resource if it is missing. If it exists, Pulumi imports it and leaves all fields
 * unchanged. The import ID has no effect once the resource is in the state. The resource stays
 * when the stack is destroyed.
 */
function keptOptions(
  { id, exists }: FleetResource,
  ignoreChanges: string[],
  base: pulumi.CustomResourceOptions,
): pulumi.CustomResourceOptions {
  return {
    ...base,
    retainOnDelete: true,
    ignoreChanges,
    ...(exists && { import: id }),
  };
}

/** Registers the cluster in its fleet and enables the fleet's mesh feature. */
export function joinFleet(
  context: GkeContext,
  after: readonly pulumi.Resource[],
): pulumi.Resource[] {
  const { name, plan } = context;
  const { fleet } = plan;
  if (fleet === undefined) {
    return [];
  }
  const { project, membership, feature, mesh } = fleet;
  const base = childOptions(context, after);
  const member = new Membership(
    `${name}:membership`,
    {
      project,
      membershipId: membership.name,
      location: membership.location,
      endpoint: { gkeCluster: { resourceLink: membership.cluster } },
    },
    keptOptions(membership, ["authority", "endpoint", "labels"], base),
  );
  const enabled = new Feature(
    `${name}:mesh-feature`,
    { project, location: FEATURE_LOCATION, name: MESH_FEATURE },
    keptOptions(feature, ["fleetDefaultMemberConfig", "labels", "spec"], base),
  );
  const management =
    mesh === undefined
      ? []
      : [
          new FeatureMembership(
            `${name}:mesh-management`,
            {
              project,
              location: FEATURE_LOCATION,
              feature: MESH_FEATURE,
              membership: membership.name,
              membershipLocation: membership.location,
              mesh: { management: mesh },
            },
            { ...childOptions(context, [member, enabled]), retainOnDelete: true },
          ),
        ];
  return [member, enabled, ...management];
}
