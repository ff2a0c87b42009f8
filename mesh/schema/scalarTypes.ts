import { isObject, type Json } from "../common/json";

/** A type without fields: the values it accepts, and its name in messages. */
export interface ScalarType {
  readonly allowed: string;
  takes(value: Json): boolean;
}

/** Go's JSON reader refuses fractions, and numbers that are too large for the type. */
function whole(bits: 32 | 64, signed: boolean): ScalarType {
  const [least, most] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  return {
    allowed: signed ? `a whole number of ${bits} bits` : `a whole number from 0 to 2^${bits}-1`,
    takes: (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  };
}

const DOUBLE: ScalarType = { allowed: "a number", takes: (value) => typeof value === "number" };

/** JSON's numbers: neither `05`, `+5`, `.5` nor `0x10`. */
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const JSON_WHOLE = /^-?(0|[1-9]\d*)$/;
const JSON_NATURAL = /^(0|[1-9]\d*)$/;

/** White space of JSON. */
const AROUND = /^[ \t\r\n]+|[ \t\r\n]+$/g;

/**
 * Protobuf messages accept numbers as text. istioctl takes off the quotes and reads the rest as JSON,
 * where `null` is "not set".
 */
function orText({ allowed, takes }: ScalarType, grammar: RegExp): ScalarType {
  const isNumber = (text: string) => grammar.test(text) && takes(Number(text));
  const isTaken = (text: string) => text === "null" || isNumber(text);
  return {
    allowed,
    takes: (value) =>
      takes(value) || (typeof value === "string" && isTaken(value.replace(AROUND, ""))),
  };
}

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
  int32OrText: orText(whole(32, true), JSON_WHOLE),
  uint32OrText: orText(whole(32, false), JSON_NATURAL),
  int64OrText: orText(whole(64, true), JSON_WHOLE),
  uint64OrText: orText(whole(64, false), JSON_NATURAL),
  doubleOrText: orText(DOUBLE, JSON_NUMBER),
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
