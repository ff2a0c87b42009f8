import { unknown } from "@pulumi/pulumi/output";
import * as pulumi from "./sdk";

/** Members that every Output has besides its value and that the SDK's types do not show. */
interface OutputParts {
  readonly isKnown: Promise<boolean>;
  readonly isSecret: Promise<boolean>;
}

const told = () => undefined;

let hasCaller = false;

/**
 * Leaves the failure of a component to a caller that awaits the component and reports it, as a
 * provider does. Without this, Pulumi's SDK would report it too, because nothing in the program
 * handles it.
 */
export function leaveFailuresToCaller(): void {
  hasCaller = true;
}

/**
 * Returns an Output whose failure its component reports, and with it the failure of every Output
 * derived from it.
 *
 * Pulumi reads an exported Output long after it was created. If it has failed by then, nothing has
 * listened to two of its promises, and Node.js prints a warning when something does
 * (`PromiseRejectionHandledWarning`). This function listens to them from the start.
 *
 * @example
 * return heard(pulumi.output(promise));
 */
export function heard<T>(output: pulumi.Output<T>): pulumi.Output<T> {
  const { isKnown, isSecret } = output as unknown as OutputParts;
  isKnown.catch(told);
  isSecret.catch(told);
  const apply = output.apply.bind(output) as (
    ...args: Parameters<typeof output.apply>
  ) => pulumi.Output<unknown>;
  return Object.defineProperty(output, "apply", {
    value: (...args: Parameters<typeof apply>) => heard(apply(...args)),
  });
}

/**
 * Returns an Output of what a component finds out.
 *
 * If the promise rejects, the program fails with its error, which Pulumi shows only once, however
 * many outputs the component has. Nothing that depends on the Output is registered.
 *
 * @example
 * this.objects = componentOutput(this.getData().then(({ objects }) => objects));
 */
export function componentOutput<T>(found: Promise<unknown>): pulumi.Output<T> {
  // Nothing handles the failure on purpose, because this is how Pulumi learns of the error.
  void found.then(told, hasCaller ? told : undefined);
  return heard(pulumi.output(found)) as unknown as pulumi.Output<T>;
}

/**
 * Returns one output of a component from everything that its `initialize` returns.
 *
 * @param all values or Outputs; `undefined` while a preview does not know the inputs, in which case the output is unknown
 * @example this.revision = outputOf(this.getData(), "revision");
 */
export function outputOf<All extends object, T>(
  all: Promise<All | undefined>,
  key: keyof All,
): pulumi.Output<T> {
  return componentOutput(all.then((found) => (found === undefined ? unknown : found[key])));
}

/**
 * Returns what a component registers as its outputs while a preview does not know them.
 *
 * @example
 * this.registerOutputs(unknownOutputs("revision", "version"));
 */
export function unknownOutputs(...keys: readonly string[]): pulumi.Inputs {
  return Object.fromEntries(keys.map((key) => [key, pulumi.output(unknown)]));
}

/** Marks every output as secret if some input that it may be derived from is secret. */
export function hiddenIf<T extends object>(sensitive: boolean, outputs: T): T {
  return sensitive
    ? (Object.fromEntries(
        Object.entries(outputs).map(([key, value]) => [key, pulumi.secret(value)]),
      ) as T)
    : outputs;
}

/** The name and namespace of an object, as outputs of the component that creates it. */
export interface ObjectName {
  readonly name: string;
  readonly namespace: string;
}
