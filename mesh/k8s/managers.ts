import { createHash } from "node:crypto";
import { isObject, type JsonObject } from "../common/json";
import type { FieldTree } from "./fieldTree";

/** One entry of `metadata.managedFields`. */
export type ManagerEntry = JsonObject & {
  manager: string;
  operation: string;
  apiVersion: string;
  fieldsV1: FieldTree;
};

/** Prefix of the managers that act for a stack. */
export const STACK_MANAGER = "pulumi-service-mesh/";

/** The longest name of a manager that the API server allows, in characters. */
const MAX_LENGTH = 128;
const HASH_LENGTH = 16;

/**
 * Returns the field manager of a stack. It is the same for each object and in every run, so a
 * later update recognises what an interrupted one has written.
 *
 * @example
 * stackManager("acme", "mesh", "prod") // "pulumi-service-mesh/acme/mesh/prod"
 */
export function stackManager(...parts: readonly string[]): string {
  const name = `${STACK_MANAGER}${parts.join("/")}`;
  if (name.length <= MAX_LENGTH) {
    return name;
  }
  const hash = createHash("sha256").update(name).digest("hex").slice(0, HASH_LENGTH);
  return `${name.slice(0, MAX_LENGTH - HASH_LENGTH - 1)}-${hash}`;
}

/**
 * Managers that install. All others are live: controllers, autoscalers, istiod, and people who
 * restart, scale or edit. What those wrote stays theirs.
 */
const INSTALLERS = [
  /^helm(-controller|-operator)?$/,
  /^istio-operator$/,
  /^istioctl/,
  /^kubectl(-client-side-apply|-create|-replace|-last-applied)?$/,
  /^before-first-apply$/,
  /^(argocd|kustomize)-controller$/,
  /^terraform/i,
  /^HashiCorp$/,
  /^pulumi-(resource-)?kubernetes/,
  /^pulumi-service-mesh\//,
];

/** Returns whether a manager is an installer, whose fields can be taken over. */
export function isInstaller(manager: string): boolean {
  return INSTALLERS.some((pattern) => pattern.test(manager));
}

function isEntry(value: unknown): value is ManagerEntry {
  return isObject(value) && typeof value.manager === "string" && isObject(value.fieldsV1);
}

/** Returns the managers of an object in the cluster. */
export function managersOf(object: JsonObject): ManagerEntry[] {
  const fields = isObject(object.metadata) ? object.metadata.managedFields : undefined;
  return Array.isArray(fields) ? fields.filter(isEntry) : [];
}

/** A Pulumi stack as its field manager names it. */
export interface StackName {
  readonly project: string;
  readonly stack: string;
}

/** Returns the names of the stacks' managers that have set fields of an object. */
export function stackManagersOf(object: JsonObject): string[] {
  return managersOf(object)
    .map(({ manager }) => manager)
    .filter((manager) => manager.startsWith(STACK_MANAGER));
}

/**
 * Returns whether a manager acts for a stack, whatever the organization is.
 *
 * @example isOfStack("pulumi-service-mesh/acme/mesh/prod", { project: "mesh", stack: "prod" }) // true
 */
export function isOfStack(manager: string, { project, stack }: StackName): boolean {
  return manager.startsWith(STACK_MANAGER) && manager.endsWith(`/${project}/${stack}`);
}

/** Returns whether a stack has applied an object, or tried to. */
export function isManagedBy(object: JsonObject, manager: string): boolean {
  return managersOf(object).some((entry) => entry.manager === manager);
}

/** CRDs belong to the cluster and not to one stack. */
export const CRD_MANAGER = "pulumi-service-mesh";
