import { isObject, type Json } from "../common/json";

/** A type without fields: the values it accepts, and its name in messages. */
export interface ScalarType {
  readonly allowed: string;
  takes(value: Json): boolean;
}

const WHOLE = /^[+-]?\d+$/;

/** Go's JSON reader refuses fractions, and numbers that are too large for the type. */
function whole(bits: 32 | 64, signed: boolean): ScalarType {
  const [least, most] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  return {
    allowed: signed ? `a whole number of ${bits} bits` : `a whole number from 0 to 2^${bits}-1`,
    takes: (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  };
}

const DOUBLE: ScalarType = { allowed: "a number", takes: (value) => typeof value === "number" };

/** Protobuf messages accept numbers as text. */
function orText({ allowed, takes }: ScalarType, isNumber: (text: string) => boolean): ScalarType {
  return {
    allowed,
    takes: (value) =>
      takes(value) || (typeof value === "string" && isNumber(value) && takes(Number(value))),
  };
}

const isWhole = (text: string) => WHOLE.test(text);
const isNumeric = (text: string) => text.trim() !== "" && Number.isFinite(Number(text));

const TEXT: ScalarType = { allowed: "a text", takes: (value) => typeof value === "string" };

const DURATION = /^[+-]?(0|(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$/;
const QUANTITY = /^[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

/** The scalars of the type tables. Each accepts null, which means "not set". */
export const SCALAR_TYPES: Readonly<Record<string, ScalarType>> = {
  any: { allowed: "anything", takes: () => true },
  object: { allowed: "a map", takes: isObject },
  bool: { allowed: "true or false", takes: (value) => typeof value === "boolean" },
  string: TEXT,
  bytes: TEXT,
  int32: whole(32, true),
  uint32: whole(32, false),
  int64: whole(64, true),
  uint64: whole(64, false),
  double: DOUBLE,
  int32OrText: orText(whole(32, true), isWhole),
  uint32OrText: orText(whole(32, false), isWhole),
  int64OrText: orText(whole(64, true), isWhole),
  uint64OrText: orText(whole(64, false), isWhole),
  doubleOrText: orText(DOUBLE, isNumeric),
  duration: {
    allowed: "a duration such as 10s or 1m30s",
    takes: (value) => typeof value === "string" && DURATION.test(value),
  },
  intOrString: {
    allowed: "a whole number or a text",
    takes: (value) => TEXT.takes(value) || whole(32, true).takes(value),
  },
  quantity: {
    allowed: "a quantity such as 500m or 2Gi",
    takes: (value) =>
      DOUBLE.takes(value) || (typeof value === "string" && QUANTITY.test(value.trim())),
  },
};
