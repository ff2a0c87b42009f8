import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** A server that a test started; its log is a file in the test's folder. */
export interface Server {
  readonly name: string;
  readonly log: string;
  stop(): Promise<void>;
}

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** Turns a command into the one that runs it somewhere else, as in a network namespace. */
export type Wrap = (command: Command) => Command;

const STOP_TIMEOUT_MS = 5_000;

/** What has to end with this process. */
const running = new Set<ChildProcess>();

process.once("exit", () => {
  for (const child of running) {
    child.kill("SIGKILL");
  }
});

/** A port of the loopback address that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}

function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    child.once("exit", () => {
      clearTimeout(force);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

/** A command that Linux ends with this process, also when that is killed. Elsewhere, as it is. */
function mortal(command: Command): Command {
  const program = ["/usr/bin/setpriv", "/bin/setpriv"].find(existsSync);
  return program === undefined ? command : [program, "--pdeathsig", "KILL", "--", ...command];
}

/** Starts a server with its output in a log file. It ends with this process, however that ends. */
export function startServer(
  name: string,
  program: string,
  args: readonly string[],
  folder: string,
  wrap: Wrap = (command) => command,
): Server {
  const log = join(folder, `${name}.log`);
  const [command, ...rest] = mortal(wrap([program, ...args]));
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"], cwd: folder });
  const output = createWriteStream(log);
  child.stdout?.pipe(output);
  child.stderr?.pipe(output);
  child.on("error", (error) => output.write(String(error)));
  running.add(child);
  return {
    name,
    log,
    async stop() {
      await stopProcess(child);
      running.delete(child);
    },
  };
}

/** Last lines of a server's log, for an error message. */
export function logTail(server: Server, lines = 15): string {
  return readFileSync(server.log, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}
