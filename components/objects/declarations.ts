import { getStackResource } from "@pulumi/pulumi/runtime/stack";
import { type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import type * as pulumi from "../pulumi/sdk";

/** The names of the resources that declare an object, by the title of the object. */
export class Declarations {
  private readonly names = new Map<string, Set<string>>();

  add(object: K8sObject, resource: string): void {
    const title = objectTitle(object);
    this.names.set(title, (this.names.get(title) ?? new Set()).add(resource));
  }

  /** Returns whether a resource other than this one declares the object. */
  hasOther(object: K8sObject, resource: string): boolean {
    const names = this.names.get(objectTitle(object)) ?? [];
    return [...names].some((name) => name !== resource);
  }
}

const byStack = new WeakMap<pulumi.Resource, Declarations>();

/**
 * Returns the declarations of the program that runs. Its meshes share them, because an object may
 * move from one mesh to another. Another run in the same process, which the Automation API can do,
 * has declarations of its own: its stack is another resource.
 */
export function declarationsOfProgram(): Declarations {
  const stack = getStackResource();
  const found = (stack && byStack.get(stack)) ?? new Declarations();
  if (stack !== undefined) {
    byStack.set(stack, found);
  }
  return found;
}
