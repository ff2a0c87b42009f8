import { ServiceMesh, stackArgs } from "pulumi-service-mesh";

// The configuration of the stack says what the mesh is: the keys `mesh:…`, see `pulumi config`.
const mesh = new ServiceMesh("mesh", stackArgs());

export const version = mesh.version;
export const revision = mesh.revision;
export const controlPlanes = mesh.controlPlanes;
export const gateways = mesh.gateways;
export const summary = mesh.summary;
