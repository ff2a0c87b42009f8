/** A platform that a cluster may run on and that the mesh has settings for. */
export type Platform = "gke";
