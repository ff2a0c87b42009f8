import { unknown } from "@pulumi/pulumi/output";
import * as pulumi from "./sdk";

/**
 * One output of a component, out of all that its `initialize` ends with.
 *
 * @param all values or Outputs; `undefined` while a preview does not know the inputs, and the output
 * is unknown then
 * @example
 * this.revision = outputOf(this.getData(), "revision");
 */
export function outputOf<All extends object, T>(
  all: Promise<All | undefined>,
  key: keyof All,
): pulumi.Output<T> {
  const one: Promise<unknown> = all.then((found) => (found === undefined ? unknown : found[key]));
  return pulumi.output(one) as unknown as pulumi.Output<T>;
}

/**
 * What a component registers for its outputs while a preview does not know them.
 *
 * @example
 * this.registerOutputs(unknownOutputs("revision", "version"));
 */
export function unknownOutputs(...keys: readonly string[]): pulumi.Inputs {
  return Object.fromEntries(keys.map((key) => [key, pulumi.output(unknown)]));
}

/** Every output a secret, when some input that it may follow from is one. */
export function hiddenIf<T extends object>(sensitive: boolean, outputs: T): T {
  return sensitive
    ? (Object.fromEntries(
        Object.entries(outputs).map(([key, value]) => [key, pulumi.secret(value)]),
      ) as T)
    : outputs;
}

/** Name and namespace of an object, as outputs of the component that makes it. */
export interface ObjectName {
  readonly name: string;
  readonly namespace: string;
}
