import type AjvCore from "ajv";
import type { ErrorObject, SchemaValidateFunction, ValidateFunction } from "ajv";
import type { JsonObject } from "../common/json";
import { canonicalQuantity } from "../k8s/quantity";
import { certainlyFits } from "../schema/certainlyFits";

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const FORMATS = {
  // Go ignores line breaks.
  byte: (text: string) => BASE64.test(text.replace(/[\r\n]/g, "")),
  quantity: (text: string) => canonicalQuantity(text) !== undefined,
};

/** The only field by which lists are merged that has a default. */
const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: "TCP" };

/** The fields by which an item of a list is known, or `undefined` where it lacks one. */
function identity(item: unknown, keys: readonly string[]): string | undefined {
  const fields = keys.map((key) => (item as JsonObject | null)?.[key] ?? KEY_DEFAULTS[key]);
  return fields.includes(undefined) ? undefined : fields.join("/");
}

/** Returns the items of a list that have the same identity as one before them. */
function repeatedItems(keys: readonly string[], list: readonly unknown[]) {
  const identities = list.map((item) => identity(item, keys));
  return identities.flatMap((one, index) =>
    one !== undefined && identities.indexOf(one) < index ? [{ index, identity: one }] : [],
  );
}

const uniqueKeys: SchemaValidateFunction = (keys: string[], list: unknown[]) => {
  const repeated = repeatedItems(keys, list);
  uniqueKeys.errors = repeated.map((params) => ({
    keyword: "uniqueKeys",
    params: { keys, ...params },
  }));
  return repeated.length === 0;
};

/** Checks a value. Has the errors of the last one that does not fit. */
export interface Validator {
  (value: unknown): boolean;
  readonly errors?: readonly ErrorObject[] | null | undefined;
}

/** Returns the validator of the schema of a name. */
export type Validators = (name: string) => Validator;

/** Loaded when the first schema is compiled. */
function newAjv(): AjvCore {
  const { default: Ajv } = require("ajv") as typeof import("ajv");
  return new Ajv({
    allErrors: true,
    verbose: true,
    // The schemas are those of Kubernetes and of CRDs, which have keywords of their own.
    strict: false,
    validateSchema: false,
    meta: false,
    logger: false,
    // Each schema checks a few values: code that is made faster costs more than it saves.
    code: { optimize: false },
    formats: FORMATS,
  });
}

/** Returns a function that compiles the schema of a name, once. */
export function compiledValidators(
  schemaOf: (name: string) => JsonObject,
): (name: string) => ValidateFunction {
  const known = new Map<string, ValidateFunction>();
  const ajv = newAjv();
  const compile = (name: string) => {
    const validator = known.get(name) ?? ajv.compile(schemaOf(name));
    known.set(name, validator);
    return validator;
  };
  const follow: SchemaValidateFunction = (name: string, data, _, context) => {
    const validator = compile(name);
    const isValid = validator(data, context);
    follow.errors = validator.errors ?? [];
    return isValid;
  };
  ajv.addKeyword({ keyword: "uniqueKeys", type: "array", errors: "full", validate: uniqueKeys });
  ajv.addKeyword({ keyword: "definition", errors: "full", validate: follow });
  return compile;
}

/**
 * Compiles schemas, each when a value is first checked against it that does not fit it for certain. A pod
 * has hundreds of types and uses a few of them, so this takes a fraction of the time that it takes to
 * compile all.
 *
 * @param schemaOf returns the schema of a name; schemas refer to each other by the keyword
 * `definition`
 */
export function lazyValidators(schemaOf: (name: string) => JsonObject): Validators {
  const schemas = new Map<string, JsonObject>();
  const once = (name: string) => {
    const schema = schemas.get(name) ?? schemaOf(name);
    schemas.set(name, schema);
    return schema;
  };
  let compile: ReturnType<typeof compiledValidators> | undefined;
  const tools = {
    definition: once,
    formats: FORMATS,
    hasUniqueKeys: (keys: readonly string[], list: readonly unknown[]) =>
      repeatedItems(keys, list).length === 0,
  };
  return (name) => {
    const validator = (value: unknown): boolean => {
      if (certainlyFits(once(name), value, tools)) {
        validator.errors = undefined;
        return true;
      }
      compile ??= compiledValidators(once);
      const compiled = compile(name);
      const fits = compiled(value);
      validator.errors = compiled.errors;
      return fits;
    };
    validator.errors = undefined as Validator["errors"];
    return validator;
  };
}
