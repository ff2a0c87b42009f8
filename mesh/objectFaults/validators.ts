import Ajv, { type AnySchemaObject, type SchemaValidateFunction, type ValidateFunction } from "ajv";
import { canonicalQuantity } from "../k8s/quantity";

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const FORMATS = {
  // Go ignores line breaks.
  byte: (text: string) => BASE64.test(text.replace(/[\r\n]/g, "")),
  quantity: (text: string) => canonicalQuantity(text) !== undefined,
};

/** Returns the validator of the schema of a name. */
export type Validators = (name: string) => ValidateFunction;

/**
 * Compiles schemas, each when a value is first checked against it. A pod has hundreds of types and
 * uses a few of them, so this takes a fraction of the time that it takes to compile all.
 *
 * @param schemaOf returns the schema of a name; schemas refer to each other by the keyword
 * `definition`
 */
export function lazyValidators(schemaOf: (name: string) => AnySchemaObject): Validators {
  const known = new Map<string, ValidateFunction>();
  const ajv = new Ajv({
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
  const validators: Validators = (name) => {
    const validator = known.get(name) ?? ajv.compile(schemaOf(name));
    known.set(name, validator);
    return validator;
  };
  const follow: SchemaValidateFunction = (name: string, data, _, context) => {
    const validator = validators(name);
    const isValid = validator(data, context);
    follow.errors = validator.errors ?? [];
    return isValid;
  };
  ajv.addKeyword({ keyword: "definition", errors: "full", validate: follow });
  return validators;
}
