import * as pulumi from "./sdk";

type Primitive = string | number | boolean | bigint | symbol | null | undefined;

type IsUnion<T, Whole = T> = T extends Whole ? ([Whole] extends [T] ? false : true) : never;

/** Keys with a single text as their value, such as the `kind` of a source of charts. */
type TagKeys<T> = {
  [K in keyof T]: T[K] extends string
    ? string extends T[K]
      ? never
      : IsUnion<T[K]> extends true
        ? never
        : K
    : never;
}[keyof T];

/** An object with its fields as inputs; its tag is plain text. */
type Tagged<T> = { [K in keyof T]: K extends TagKeys<T> ? T[K] : InputArgs<T[K]> };

/** An object with its fields as inputs; its tag is an Output or a Promise. */
type TaggedLater<T> = {
  [K in keyof T]: K extends TagKeys<T> ? Exclude<pulumi.Input<T[K]>, T[K]> : InputArgs<T[K]>;
};

/**
 * A member of a union has two types: with its tag as plain text, by which tsc picks the member and
 * names what is wrong with its other keys; and with its tag as an Output.
 */
type DeepObject<T> = [TagKeys<T>] extends [never]
  ? { [K in keyof T]: InputArgs<T[K]> }
  : Tagged<T> | TaggedLater<T>;

/** A type whose fields and elements, at any depth, may each be a Pulumi input. */
export type Deep<T> = T extends Primitive
  ? T
  : T extends readonly (infer Item)[]
    ? readonly InputArgs<Item>[]
    : T extends object
      ? DeepObject<T>
      : T;

/**
 * A value that a program may give as it is, as an Output or Promise of it, or with Outputs anywhere
 * inside of it.
 *
 * A union stays one: an `Output<boolean>` is no `Output<true> | Output<false>`.
 *
 * @example
 * declare const mode: Output<"STRICT" | "PERMISSIVE">;
 * const mtls: InputArgs<MtlsInputs> = { mode };
 */
export type InputArgs<T> = pulumi.Input<Deep<T>>;

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
