import { ServiceMesh, stackArgs } from "./components";

const mesh = new ServiceMesh("mesh", stackArgs());

export const version = mesh.version;
export const revision = mesh.revision;
export const summary = mesh.summary;
