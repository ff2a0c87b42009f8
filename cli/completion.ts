import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

const HELP = `
Exit code: 0 fine, 2 an unknown shell.

Examples:
  mesh completion bash > /etc/bash_completion.d/mesh
  mesh completion zsh > "\${fpath[1]}/_mesh"
  mesh completion fish > ~/.config/fish/completions/mesh.fish
  mesh completion powershell >> $PROFILE`;

const NAME = "completion";

/**
 * Adds `mesh completion SHELL`, which prints a script for a shell, and a hidden command that this
 * script asks for the words that may follow.
 *
 * @param program the command with all its others
 */
export function withCompletion(program: Command): Command {
  tab(program, { completionCommandName: NAME });
  program.commands
    .find((command) => command.name() === NAME)
    ?.description("print a script that completes commands and flags in a shell")
    .addHelpText("after", HELP);
  return program;
}
