import type { Target } from "../../mesh/model/target";
import { type InputArgs, type ResolvedArgs, resolveArgs } from "../pulumi/inputs";
import type * as pulumi from "../pulumi/sdk";
import { requireFittingInputs } from "./inputErrors";

/**
 * Returns what Pulumi's state shows of a component's args. A kubeconfig may contain credentials,
 * which do not belong in the state.
 */
export function withoutTarget<T extends { readonly target?: unknown }>({
  target: _,
  ...shown
}: T): Omit<T, "target"> {
  return shown;
}

/**
 * Waits for the target of a component and checks it.
 *
 * @throws ResourceError at the component if the target does not fit its type
 * @example
 * const { value } = await resolveTarget(args.target, this);
 */
export async function resolveTarget(
  given: InputArgs<Target | undefined>,
  component: pulumi.Resource,
): Promise<ResolvedArgs<{ readonly target?: Target }>> {
  const resolved = await resolveArgs<{ readonly target?: Target }>({ target: given });
  const { value, sensitive } = resolved;
  if (value?.target !== undefined) {
    requireFittingInputs("Target", value.target, component, sensitive, "target");
  }
  return resolved;
}
