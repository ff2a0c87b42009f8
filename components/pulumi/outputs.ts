import { unknown } from "@pulumi/pulumi/output";
import * as pulumi from "./sdk";

/** What every Output has beside its value; the SDK does not show it in its types. */
interface OutputParts {
  readonly isKnown: Promise<boolean>;
  readonly isSecret: Promise<boolean>;
}

const told = () => undefined;

/**
 * An Output whose failure is told by its component, and so is that of every Output that is made of it.
 *
 * Pulumi reads an exported Output long after it was made. An Output that has failed by then has two
 * promises that nobody has listened to, and Node.js warns once somebody does
 * (`PromiseRejectionHandledWarning`). So they are listened to from the start.
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
 * An Output of what a component finds out.
 *
 * When the promise rejects, the program fails with its error, which Pulumi shows once however many
 * outputs the component has; nothing that depends on the Output is registered.
 *
 * @example
 * this.objects = componentOutput(this.getData().then(({ objects }) => objects));
 */
export function componentOutput<T>(found: Promise<unknown>): pulumi.Output<T> {
  // On purpose nobody listens to this one: that is how Pulumi learns of the error.
  void found.then(told);
  return heard(pulumi.output(found)) as unknown as pulumi.Output<T>;
}

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
  return componentOutput(all.then((found) => (found === undefined ? unknown : found[key])));
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
