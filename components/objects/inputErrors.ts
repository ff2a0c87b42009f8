import { formatProblem, InvalidInput } from "../../mesh/common/problem";
import type { CheckedName } from "../../mesh/model/checkedInputs";
import { INPUTS_SOURCE } from "../../mesh/model/meshInputs";
import { checkInputs } from "../../mesh/schema/checkInputs";
import { resourceError } from "../pulumi/resourceError";
import type * as pulumi from "../pulumi/sdk";

/**
 * Turns what is wrong with the inputs into the one message that Pulumi shows for the resource. Of
 * any other kind of error it prints all that hangs on it, which takes half a minute.
 *
 * @param sensitive the inputs hold a secret: no value is shown
 */
export function inputError(error: unknown, resource: pulumi.Resource, sensitive: boolean): Error {
  if (!(error instanceof InvalidInput)) {
    return resourceError((error as Error).message, resource);
  }
  const problems = error.problems.map((problem) =>
    formatProblem(sensitive ? { ...problem, value: undefined } : problem),
  );
  const text = `the inputs are not valid:\n${problems.join("\n")}`;
  return resourceError(text, resource);
}

/**
 * Checks that plain inputs fit their type: a program in another language, or one that is not compiled,
 * may give a key that no input has.
 *
 * @param at path of the inputs inside of the component's args @default none
 * @throws ResourceError with all unknown, missing and mistyped fields
 */
export function requireFittingInputs(
  type: CheckedName,
  inputs: unknown,
  resource: pulumi.Resource,
  sensitive: boolean,
  at = "",
): void {
  const problems = checkInputs(type, inputs, at).map((problem) => ({
    source: INPUTS_SOURCE,
    ...problem,
  }));
  if (problems.length > 0) {
    throw inputError(new InvalidInput(problems), resource, sensitive);
  }
}
