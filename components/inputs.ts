import * as pulumi from "./sdk";

/** The same shape with every field, at any depth, as a Pulumi input. */
export type InputArgs<T> = T extends string | number | boolean | null | undefined
  ? pulumi.Input<T>
  : T extends readonly (infer Item)[]
    ? pulumi.Input<readonly InputArgs<Item>[]>
    : T extends object
      ? pulumi.Input<{ [K in keyof T]: InputArgs<T[K]> }>
      : pulumi.Input<T>;

/** The args of a component: an object whose fields are inputs. */
export type ArgsOf<T> = { [K in keyof T]: InputArgs<T[K]> };

/** Args once every Output in them has a value. */
export interface ResolvedArgs<T> {
  /** Absent while a preview does not know some Output yet. */
  readonly value: T | undefined;
  /** Some input is a secret: nothing that follows from it may be shown or kept. */
  readonly sensitive: boolean;
}

/** Parts of Output that Pulumi's own components use; they are not in its public types. */
interface OutputInternals<T> {
  promise(withUnknowns?: boolean): Promise<T>;
  readonly isKnown: Promise<boolean>;
  readonly isSecret: Promise<boolean>;
}

/** Waits for args to have plain values. */
export async function resolveArgs<T>(args: ArgsOf<T>): Promise<ResolvedArgs<T>> {
  const output = pulumi.output(args as unknown as T) as unknown as OutputInternals<T>;
  const [known, sensitive] = await Promise.all([output.isKnown, output.isSecret]);
  return { value: known ? await output.promise() : undefined, sensitive };
}
