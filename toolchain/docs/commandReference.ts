import type { Argument, Command, Option } from "commander";
import { blocks, cell, codeCell, fence, generatedPage, table } from "./markdown";

/** A command with the words that invoke it, such as `mesh overlay lint`. */
interface Named {
  readonly path: string;
  readonly command: Command;
}

/** Without what the help does not show, and without `help` itself. */
function visible(command: Command): readonly Command[] {
  const shown = command.createHelp().visibleCommands(command);
  return command.commands.filter((child) => shown.includes(child));
}

function leaves(command: Command, parents: readonly string[] = []): Named[] {
  const words = [...parents, command.name()];
  return command.commands.length === 0
    ? [{ path: words.join(" "), command }]
    : visible(command).flatMap((child) => leaves(child, words));
}

/** Returns what `addHelpText("after", …)` added to a command's help. */
function textAfterHelp(command: Command): string {
  const written: string[] = [];
  command.configureOutput({ writeOut: (text) => void written.push(text) });
  command.outputHelp();
  return written.join("").slice(command.helpInformation().length).trim();
}

/** The help of a command starts with a lower-case letter, but a sentence of a page must not. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Formats examples and other indented lines as code, and leaves the rest unchanged. */
function paragraph(text: string): string {
  const [first = "", ...rest] = text.split("\n");
  if (rest.length > 0 && rest.every((line) => line.startsWith("  "))) {
    return blocks(first, fence("sh", rest.map((line) => line.slice(2)).join("\n")));
  }
  return text.startsWith("Exit code: ")
    ? text.replace("Exit code:", "**Exit code:**").replace(/</g, "&lt;")
    : text.replace(/</g, "&lt;");
}

/** Returns the default as code, if the description does not state it in words. */
function defaultOf({ defaultValue, defaultValueDescription }: Option | Argument): string {
  if (defaultValue === undefined || Array.isArray(defaultValue)) {
    return "";
  }
  return codeCell(defaultValueDescription ?? String(defaultValue));
}

/** Moves a default in the last brackets of a description to its own column. */
function described(of: Option | Argument): { readonly meaning: string; readonly usual: string } {
  const inWords = /^(.*?) ?\(default: (.*)\)$/s.exec(of.description);
  const choices = of.argChoices === undefined ? "" : `: ${of.argChoices.map(codeCell).join(", ")}`;
  return {
    meaning: `${cell(inWords?.[1] ?? of.description)}${choices}`,
    usual: inWords?.[2] === undefined ? defaultOf(of) : cell(inWords[2]),
  };
}

function argumentRow(argument: Argument): string[] {
  const name = argument.variadic ? `${argument.name()}…` : argument.name();
  const { meaning, usual } = described(argument);
  const required = argument.required ? "required" : usual;
  return [codeCell(name), meaning, required];
}

function optionRow(option: Option): string[] {
  const { meaning, usual } = described(option);
  return [codeCell(option.flags), meaning, option.mandatory ? "required" : usual];
}

function options(command: Command): readonly Option[] {
  return command.options.filter(({ hidden }) => !hidden);
}

function commandSection({ path, command }: Named): string {
  const args = command.registeredArguments;
  const flags = options(command);
  return blocks(
    `## ${path}`,
    sentence(cell(command.description())),
    fence("sh", `${path} ${command.usage()}`),
    args.length === 0 ? "" : table(["argument", "meaning", "default"], args.map(argumentRow)),
    flags.length === 0 ? "" : table(["option", "meaning", "default"], flags.map(optionRow)),
    ...textAfterHelp(command)
      .split(/\n\n+/)
      .map((text) => paragraph(text)),
  );
}

/** Returns the words of all commands that can be run, such as `mesh overlay lint`. */
export function commandPaths(program: Command): readonly string[] {
  return leaves(program).map(({ path }) => path);
}

/**
 * Describes every command of a program with its arguments, options, defaults, exit codes and
 * examples.
 */
export function commandReference(program: Command, introduction: string): string {
  const all = leaves(program);
  const rows = all.map(({ path, command }) => [
    `[\`${path}\`](#${path.replace(/ /g, "-")})`,
    cell(command.description()),
  ]);
  return generatedPage(
    "the command's own help (cli/)",
    `# The command \`${program.name()}\``,
    introduction,
    table(["command", "what it does"], rows),
    ...all.map(commandSection),
  );
}
