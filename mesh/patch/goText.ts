/** Text forms and pattern matching as in Go. List selectors compare by these. */
import { isObject, type Json } from "../common/json";

/**
 * From 10 to this power on, and below its inverse, Go's `%v` writes a fraction with an exponent.
 */
const MAX_PLAIN_POWER = 6;

function numberText(value: number): string {
  const [digits, exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (Number.isInteger(value) || (power >= -4 && power < MAX_PLAIN_POWER)) {
    return String(value);
  }
  const sign = power < 0 ? "-" : "+";
  return `${digits}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
}

/**
 * Returns the text that Go's `fmt.Sprint` gives for a value.
 *
 * @example
 * goText(15010) // "15010"
 * goText(null) // "<nil>"
 * goText({ b: 1, a: [true] }) // "map[a:[true] b:1]"
 */
export function goText(value: Json): string {
  if (Array.isArray(value)) {
    return `[${value.map(goText).join(" ")}]`;
  }
  if (isObject(value)) {
    const keys = Object.keys(value).sort();
    return `map[${keys.map((key) => `${key}:${goText(value[key] as Json)}`).join(" ")}]`;
  }
  if (value === null) {
    return "<nil>";
  }
  return typeof value === "number" ? numberText(value) : String(value);
}

/** JavaScript syntax that Go refuses: look-around and back-references. */
const NOT_IN_GO = /\(\?(<?[=!])|\\[1-9]/;

function compile(pattern: string): RegExp | undefined {
  const [, flags = "", body = ""] = /^(?:\(\?([ims]+)\))?([\s\S]*)$/.exec(pattern) ?? [];
  try {
    return new RegExp(
      body.replaceAll("(?P<", "(?<").replace(/^\\A/, "^").replace(/\\z$/, "$"),
      flags,
    );
  } catch {
    return undefined;
  }
}

/**
 * Returns whether a Go pattern matches somewhere in a text. A pattern that Go cannot compile
 * matches nothing. This function translates flags at the start, `\A` and `\z` at the ends, and
 * named groups. All other syntax is either the same in both languages or not used in patterns for
 * list items.
 *
 * @example
 * goMatch("^--log", "--log_output_level") // true
 * goMatch("[", "anything") // false
 */
export function goMatch(pattern: string, text: string): boolean {
  return !NOT_IN_GO.test(pattern) && (compile(pattern)?.test(text) ?? false);
}
