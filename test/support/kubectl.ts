import assert from "node:assert/strict";
import { extraProgram } from "../../toolchain/setup";
import { run } from "./run";
import { shellWord } from "./shellWord";
import { temporaryFolder } from "./temporary";

/** Runs a command that a message prints, as a person would, in a cluster. */
export async function kubectl(command: string, kubeconfig: string): Promise<void> {
  const words = command.split(" ");
  assert.equal(words.shift(), "kubectl", command);
  const program = [extraProgram("kubectl"), "--kubeconfig", kubeconfig].map(shellWord);
  const args = ["-c", [...program, ...words].join(" ")];
  const { code, output } = await run("sh", args, { cwd: temporaryFolder("kubectl") });
  assert.equal(code, 0, output);
}
