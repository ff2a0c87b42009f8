import type { Json } from "../common/json";
import type { FieldDiff } from "./fields";
import { diffLines, hunks } from "./lines";
import type { ObjectDiff } from "./objects";

export type Sign = "+" | "-" | "~";

/** Colours a line by its sign, or returns it unchanged. */
export type Paint = (sign: Sign, text: string) => string;

const PLAIN: Paint = (_, text) => text;

/** Number of lines to show around a change in a text. */
const CONTEXT = 2;

/** A value that is printed on one line is cut off at this length. */
const MAX_VALUE = 400;

function show(value: Json | undefined): string {
  const text = JSON.stringify(value);
  return text.length > MAX_VALUE
    ? `${text.slice(0, MAX_VALUE)}… (${text.length} characters)`
    : text;
}

function isText(value: Json | undefined): value is string {
  return typeof value === "string" && value.includes("\n");
}

function textDiff(path: string, from: string, to: string, paint: Paint): string[] {
  const lines = hunks(diffLines(from, to), CONTEXT).map((line) => {
    if (line === undefined) {
      return "      …";
    }
    const text = `      ${line.sign} ${line.text}`;
    return line.sign === " " ? text : paint(line.sign, text);
  });
  return [paint("~", `  ~ ${path}:`), ...lines];
}

function fieldLines({ path, from, to }: FieldDiff, paint: Paint): string[] {
  if (isText(from) && isText(to)) {
    return textDiff(path, from, to, paint);
  }
  if (from === undefined) {
    return [paint("+", `  + ${path}: ${show(to)}`)];
  }
  return to === undefined
    ? [paint("-", `  - ${path}: ${show(from)}`)]
    : [paint("~", `  ~ ${path}: ${show(from)} -> ${show(to)}`)];
}

/** Prints fields that differ, one on each line, and texts line by line. */
export function printFields(fields: readonly FieldDiff[], paint: Paint = PLAIN): string[] {
  return fields.flatMap((field) => fieldLines(field, paint));
}

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;

function count(diffs: readonly ObjectDiff[], change: ObjectDiff["change"]): string {
  return `${diffs.filter((diff) => diff.change === change).length} ${change}`;
}

/** Prints objects that differ, each with its fields, and a line that counts them. */
export function printObjects(diffs: readonly ObjectDiff[], paint: Paint = PLAIN): string[] {
  if (diffs.length === 0) {
    return ["no differences"];
  }
  const blocks = diffs.flatMap(({ title, change, fields }) => [
    paint(SIGNS[change], `${SIGNS[change]} ${title}`),
    ...printFields(fields, paint),
  ]);
  const counts = (["added", "removed", "changed"] as const).map((change) => count(diffs, change));
  const objects = diffs.length === 1 ? "1 object differs" : `${diffs.length} objects differ`;
  return [...blocks, `${objects}: ${counts.join(", ")}`];
}
