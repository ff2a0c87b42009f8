import { type Command, InvalidArgumentError, Option } from "commander";
import type { Json } from "../mesh/common/json";
import { jsonText, toYaml } from "./format";

/** Forms that every command can print. */
export type DataFormat = "json" | "yaml";

/** What the data formats are beside: a text for people. */
export type OutputFormat = "text" | DataFormat;

export const OUTPUT_FORMATS: readonly OutputFormat[] = ["text", "json", "yaml"];

interface OutputOption {
  /** The formats of the command. @default text, json and yaml */
  readonly formats?: readonly string[];
  /** @default the first one */
  readonly usual?: string;
  /** Other names of formats, which the help does not list. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** A flag that names a folder, for those who give `-o` one. */
  readonly folderFlag?: string;
}

function notAFormat(value: string, { formats = [], folderFlag }: OutputOption): string {
  const allowed = `Allowed choices are ${formats.join(", ")}.`;
  return folderFlag === undefined || formats.includes(value)
    ? allowed
    : `${allowed} A folder is ${folderFlag} ${value}.`;
}

/**
 * Adds `-o, --output`, as kubectl has it: how the command prints, and never where to.
 *
 * @example withOutput(new Command("list"), { formats: [...OUTPUT_FORMATS, "name"] })
 * @see https://kubernetes.io/docs/reference/kubectl/#output-options
 */
export function withOutput(command: Command, options: OutputOption = {}): Command {
  const { formats = OUTPUT_FORMATS, aliases = {} } = options;
  const { usual = formats[0] } = options;
  const option = new Option("-o, --output <format>", "how it is printed")
    .choices(formats)
    .default(usual)
    .argParser((value: string) => {
      const format = aliases[value] ?? value;
      if (!formats.includes(format)) {
        throw new InvalidArgumentError(notAFormat(value, { ...options, formats }));
      }
      return format;
    });
  return command.addOption(option);
}

/** Adds `--json` to a command that has had it before `-o json`. */
export function withJson(command: Command): Command {
  return command.addOption(
    new Option("--json", "the same as --output json").implies({ output: "json" }),
  );
}

/** Formats a value for programs, with the same fields in both formats. */
export function dataText(value: unknown, format: DataFormat): string {
  // YAML knows no absent fields: those of the JSON are what there is.
  return format === "json" ? jsonText(value) : toYaml(JSON.parse(JSON.stringify(value)) as Json);
}

/** One of many documents: JSON on one line, YAML behind its separator. */
export function document(value: unknown, format: DataFormat): string {
  return format === "json" ? `${JSON.stringify(value)}\n` : `---\n${dataText(value, format)}`;
}
