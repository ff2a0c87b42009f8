import { stackMesh } from "./components/stackMesh";

const mesh = stackMesh();

export const version = mesh.version;
export const revision = mesh.revision;
export const controlPlanes = mesh.controlPlanes;
export const gateways = mesh.gateways;
export const summary = mesh.summary;
