import { spawn } from "node:child_process";
import { compiledFile } from "./compiled";
import { temporaryFolder, testCache } from "./temporary";

/** How a program ended and what it said. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, for searches and messages. */
  readonly output: string;
}

interface Options {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}

/** Runs a program to its end; its standard input is closed. */
export function run(program: string, args: readonly string[], options: Options): Promise<Finished> {
  const { cwd, env = {} } = options;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, SERVICE_MESH_CACHE: testCache(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const [out, err] = [stdout(), stderr()];
      resolve({ code, stdout: out, stderr: err, output: `${out}${err}` });
    });
  });
}

/** What teaches Node.js TypeScript, wherever it is started. */
export const TSX = require.resolve("tsx/cjs");

/** What starts `mesh …` as it is in the sources now. */
export function meshCommand(args: readonly string[]): [program: string, args: string[]] {
  return [process.execPath, [compiledFile("cli/main.ts"), ...args]];
}

/** Runs `mesh …` to its end. */
export function mesh(args: readonly string[], options: Partial<Options> = {}): Promise<Finished> {
  const cwd = options.cwd ?? temporaryFolder("cli");
  return run(...meshCommand(args), { ...options, cwd });
}
