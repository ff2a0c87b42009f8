import type { JsonObject } from "../../common/json";
import { isOfStack, type StackName, stackManagersOf } from "../../k8s/managers";

/** The manager of the mesh's own stack; of any stack, as long as that is not known. */
export function ownManager(object: JsonObject, stack: StackName | undefined): string | undefined {
  const managers = stackManagersOf(object);
  return stack === undefined ? managers[0] : managers.find((manager) => isOfStack(manager, stack));
}

/** Whether the mesh's own stack has applied an object. */
export function isOwn(object: JsonObject, stack: StackName | undefined): boolean {
  return ownManager(object, stack) !== undefined;
}
