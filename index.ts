import { stackMesh } from "./components/stackMesh";

const mesh = stackMesh();

export const version = mesh.version;
export const revision = mesh.revision;
export const summary = mesh.summary;
