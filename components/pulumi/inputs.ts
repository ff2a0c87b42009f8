import * as pulumi from "./sdk";

type Primitive = string | number | boolean | bigint | symbol | null | undefined;

type IsUnion<T, Whole = T> = T extends Whole ? ([Whole] extends [T] ? false : true) : never;

/** The keys whose value is a single text, such as the `kind` of a chart source. */
type TagKeys<T> = {
  [K in keyof T]: T[K] extends string
    ? string extends T[K]
      ? never
      : IsUnion<T[K]> extends true
        ? never
        : K
    : never;
}[keyof T];

/** An object with inputs as its fields, and plain text as its tag. */
type Tagged<T> = { [K in keyof T]: K extends TagKeys<T> ? T[K] : InputArgs<T[K]> };

/** An object with inputs as its fields, and an Output or Promise as its tag. */
type TaggedLater<T> = {
  [K in keyof T]: K extends TagKeys<T> ? Exclude<pulumi.Input<T[K]>, T[K]> : InputArgs<T[K]>;
};

/**
 * A member of a union has two types: one with its tag as plain text, by which tsc selects the
 * member and reports errors in its other keys, and one with its tag as an Output.
 */
type DeepObject<T> = [TagKeys<T>] extends [never]
  ? { [K in keyof T]: InputArgs<T[K]> }
  : Tagged<T> | TaggedLater<T>;

/** A type in which fields and elements at any depth may be Pulumi inputs. */
export type Deep<T> = T extends Primitive
  ? T
  : T extends readonly (infer Item)[]
    ? readonly InputArgs<Item>[]
    : T extends object
      ? DeepObject<T>
      : T;

/**
 * A value that a program may pass as it is, as an Output or Promise, or with Outputs anywhere
 * inside it.
 *
 * A union stays a union: an `Output<boolean>` is not an `Output<true> | Output<false>`.
 *
 * @example
 * declare const mode: Output<"STRICT" | "PERMISSIVE">;
 * const mtls: InputArgs<MtlsInputs> = { mode };
 */
export type InputArgs<T> = pulumi.Input<Deep<T>>;

/** The args of a component: an object whose fields are inputs. */
export type ArgsOf<T> = { [K in keyof T]: InputArgs<T[K]> };

/** Args after every Output in them has a value. */
export interface ResolvedArgs<T> {
  /** Absent while a preview does not know some Output. */
  readonly value: T | undefined;
  /** Whether some input is a secret, so that nothing derived from it may be shown or stored. */
  readonly sensitive: boolean;
}

/** Members of Output that Pulumi's own components use and that are missing in its public types. */
interface OutputInternals<T> {
  promise(withUnknowns?: boolean): Promise<T>;
  readonly isKnown: Promise<boolean>;
  readonly isSecret: Promise<boolean>;
}

/** Waits until args have plain values. */
export async function resolveArgs<T>(args: ArgsOf<T>): Promise<ResolvedArgs<T>> {
  const output = pulumi.output(args as unknown as T) as unknown as OutputInternals<T>;
  const [known, sensitive] = await Promise.all([output.isKnown, output.isSecret]);
  return { value: known ? await output.promise() : undefined, sensitive };
}
