import { isEmpty, isObject, type Json, type JsonObject } from "../common/json";
import type { GatewayInputs, GatewayService } from "../model/gatewayInputs";
import type { InputProblem } from "../schema/checkInputs";

/** The inputs that one legacy setting becomes. */
export interface Piece {
  readonly inputs?: Partial<GatewayInputs>;
  readonly service?: Partial<GatewayService>;
  readonly problems?: readonly InputProblem[];
  /** Messages about what changes although nothing is lost. */
  readonly notes?: readonly string[];
}

/** Reads one setting. The path is for messages. */
export type SettingReader = (value: Json, path: string) => Piece;

/** Returns whether nothing was set. `false` and 0 count as set. */
export function isUnset(value: Json | undefined): boolean {
  return typeof value !== "number" && typeof value !== "boolean" && isEmpty(value);
}

/** Reports a setting that a typed gateway cannot express. */
export function noCounterpart(path: string, value: Json, fix?: string): Piece {
  const reason = "has no counterpart in a typed gateway";
  return { problems: [{ path, value, reason, ...(fix !== undefined && { fix }) }] };
}

/** Returns the values as texts, as a template prints them. */
export function texts(map: Json | undefined): Record<string, string> {
  const entries = isObject(map) ? Object.entries(map) : [];
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/** Returns a reader that copies the setting to the input of the given name. */
export function asInput(name: keyof GatewayInputs): SettingReader {
  return (value) => ({ inputs: { [name]: value } });
}

/** Returns a reader that copies the setting to the Service's input of the given name. */
export function asService(name: keyof GatewayService): SettingReader {
  return (value) => ({ service: { [name]: value } });
}

/** Reads a setting that changes nothing. */
export const IGNORED: SettingReader = () => ({});

/**
 * Reads every setting of a block by a table of readers. A setting that is not in the table is a
 * problem.
 *
 * @param readers by the name of the setting
 * @param skip returns whether a setting has no effect @default true for what a template treats as empty
 */
export function readAll(
  block: JsonObject,
  readers: Readonly<Record<string, SettingReader>>,
  path: string,
  skip: (value: Json) => boolean = isEmpty,
): Piece[] {
  return Object.entries(block)
    .filter(([, value]) => !skip(value))
    .map(([name, value]) => {
      const at = `${path}.${name}`;
      const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
      return reader === undefined ? noCounterpart(at, value) : reader(value, at);
    });
}

/**
 * Merges the pieces of one block. If two pieces set the same object, the fields of both are kept.
 */
export function mergePieces(pieces: readonly Piece[]): Piece {
  return {
    inputs: pieces.reduce(
      (all, { inputs = {} }) => mergeTwo(all, inputs as unknown as JsonObject),
      {} as JsonObject,
    ) as Piece["inputs"],
    service: pieces.reduce(
      (all, { service = {} }) => mergeTwo(all, service as unknown as JsonObject),
      {} as JsonObject,
    ) as Piece["service"],
    problems: pieces.flatMap(({ problems = [] }) => problems),
    notes: pieces.flatMap(({ notes = [] }) => notes),
  };
}

function mergeTwo(below: JsonObject, above: JsonObject): JsonObject {
  const both = Object.entries(above).map(([key, value]): [string, Json] => {
    const old = below[key];
    return [key, isObject(old) && isObject(value) ? mergeTwo(old, value) : value];
  });
  return { ...below, ...Object.fromEntries(both) };
}
