import { identityOf, type K8sObject } from "../../mesh/k8s/objects";
import type { CheckedName } from "../../mesh/model/checkedInputs";
import { type ArgsOf, resolveArgs } from "../pulumi/inputs";
import { hiddenIf, type ObjectName } from "../pulumi/outputs";
import { resourceError } from "../pulumi/resourceError";
import * as pulumi from "../pulumi/sdk";
import { requireFittingInputs } from "./inputErrors";
import { registerObject } from "./kubernetesObject";
import { warnUnknown } from "./meshPart";

/** How the inputs of a component become its one object. */
export interface SingleObject<T> {
  /** The type of the inputs. */
  readonly inputs: CheckedName;
  /** Returns what is wrong with inputs that fit their type, or `undefined`. */
  problemOf(inputs: T): string | undefined;
  /** Returns what to warn of. @default nothing */
  readonly warningsOf?: (inputs: T) => readonly string[];
  objectOf(inputs: T): K8sObject;
}

/**
 * Registers the object of a component that has one. Returns its name, or `undefined` if an input is known
 * only after the update.
 *
 * @throws ResourceError if the inputs are wrong
 */
export async function registerSingleObject<T>(
  parent: pulumi.ComponentResource,
  { name, args, opts }: { name: string; args: ArgsOf<T>; opts: pulumi.ComponentResourceOptions },
  { inputs, problemOf, warningsOf, objectOf }: SingleObject<T>,
): Promise<ObjectName | undefined> {
  const { value, sensitive } = await resolveArgs<T>(args);
  if (value === undefined) {
    warnUnknown(parent);
    return undefined;
  }
  requireFittingInputs(inputs, value, parent, sensitive);
  const problem = problemOf(value);
  if (problem !== undefined) {
    throw resourceError(problem, parent);
  }
  for (const text of warningsOf?.(value) ?? []) {
    void pulumi.log.warn(text, parent);
  }
  const object = objectOf(value);
  registerObject(name, object, { parent, dependsOn: opts.dependsOn, sensitive });
  const identity = identityOf(object);
  return hiddenIf(sensitive, { name: identity.name, namespace: identity.namespace });
}
