import type { FleetInputs, GkeInputs } from "../model/gkeInputs";
import { type ClusterFacts, fleetProject, regionOf } from "./facts";

/** A fleet resource that is created, or used as it is. */
export interface FleetResource {
  /** Google's name of it, which is also Pulumi's ID. */
  readonly id: string;
  /** Whether it exists. If so, Pulumi imports it, unless it is in the state already. */
  readonly exists: boolean;
}

/** What the fleet needs for the cluster. */
export interface FleetPlan {
  readonly project: string;
  readonly membership: FleetResource & {
    readonly name: string;
    readonly location: string;
    /** The cluster as the hub names it. */
    readonly cluster: string;
  };
  readonly feature: FleetResource;
  readonly mesh?: FleetInputs["mesh"];
}

/** The name of Google's mesh feature. */
export const MESH_FEATURE = "servicemesh";

/** Features have no region. */
export const FEATURE_LOCATION = "global";

/**
 * Returns the ID of a fleet's mesh feature.
 *
 * @example featureId("my-fleet") // "projects/my-fleet/locations/global/features/servicemesh"
 */
export function featureId(project: string): string {
  return `projects/${project}/locations/${FEATURE_LOCATION}/features/${MESH_FEATURE}`;
}

/**
 * Plans the cluster's membership of its fleet, or returns `undefined` if no fleet is given. A
 * cluster has one membership. If the look-up finds it, the plan uses its name and location.
 *
 * @param hasFeature whether the fleet's mesh feature is enabled
 */
export function planFleet(
  inputs: GkeInputs,
  facts: ClusterFacts,
  hasFeature: boolean,
): FleetPlan | undefined {
  const { fleet, location: place, project: owner } = inputs;
  if (fleet === undefined) {
    return undefined;
  }
  const project = fleetProject(inputs);
  const name = facts.fleet?.membership ?? fleet.membership ?? facts.name;
  const location = facts.fleet?.location ?? regionOf(place);
  return {
    project,
    membership: {
      id: `projects/${project}/locations/${location}/memberships/${name}`,
      exists: facts.fleet !== undefined,
      name,
      location,
      cluster: `//container.googleapis.com/projects/${owner}/locations/${place}/clusters/${facts.name}`,
    },
    feature: { id: featureId(project), exists: hasFeature },
    ...(fleet.mesh !== undefined && { mesh: fleet.mesh }),
  };
}
