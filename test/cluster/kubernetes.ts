import { extraProgram, versions } from "../../toolchain/setup";

/** By which the runner tells test files the version of Kubernetes that was asked for. */
export const KUBERNETES_VARIABLE = "MESH_KUBERNETES";

/** The Kubernetes of the tests' clusters; `npm test -- --kubernetes VERSION` names another one. */
export const KUBERNETES = process.env[KUBERNETES_VARIABLE] ?? versions.kubernetes.default;

/**
 * The name of the set of tools that has a cluster of a version.
 *
 * @example setFor("node", "1.37.2") // "node-1.37.2"
 */
export function setFor(set: "cluster" | "node", version: string = KUBERNETES): string {
  return version === versions.kubernetes.default ? set : `${set}-${version}`;
}

/** The path of a program of that Kubernetes. */
export function kubernetesProgram(name: string): string {
  return extraProgram(`${name}-${KUBERNETES}`);
}
