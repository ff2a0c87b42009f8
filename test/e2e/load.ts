import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** Of one phase, or of one shape in it. Times are in milliseconds. */
export interface Figures {
  readonly requests: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** One lost request. */
export interface Failure {
  readonly shape: string;
  readonly started: string;
  readonly ended: string;
  readonly error: string;
}

/** What `load run` reports of the requests that began in one phase. */
export interface Phase {
  readonly name: string;
  readonly seconds: number;
  /** All shapes but the long requests, whose times are the backend's. */
  readonly quick: Figures;
  readonly shapes: Readonly<Record<string, Figures>>;
  readonly failures: readonly Failure[] | null;
}

export interface LoadOptions {
  /** Path of the program `load`. */
  readonly program: string;
  /** The command that runs a program where the gateway can be reached. */
  readonly wrap: (program: string, args: readonly string[]) => readonly [string, string[]];
  /** URL of the gateway. */
  readonly target: string;
  readonly host: string;
  /** Requests a second. @default 400 */
  readonly rate?: number;
  /**
   * Clients that have a request of 5 to 20 s in flight at all times. More than two, and they are above
   * one percent of the requests where the rate is below 100.
   * @default 8
   */
  readonly long?: number;
}

/** Clients of a gateway, in four shapes at once, until they are stopped. */
export class Load {
  private output = "";
  private errors = "";

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on("data", (chunk: Buffer) => {
      this.output += chunk;
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      this.errors += chunk;
    });
  }

  static start({ program, wrap, target, host, rate = 400, long = 8 }: LoadOptions): Load {
    const numbers = ["--rate", String(rate), "--long", String(long)];
    const flags = ["run", "--target", target, "--host", host, ...numbers];
    const [command, args] = wrap(program, flags);
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    child.once("exit", () => process.removeListener("exit", kill));
    return new Load(child);
  }

  /** Requests from now on are counted under this name; a name may come again. */
  phase(name: string): void {
    this.child.stdin?.write(`phase ${name}\n`);
  }

  /** Ends the load once nothing is in flight. */
  async stop(): Promise<Phase[]> {
    const ended =
      this.child.exitCode === null ? once(this.child, "close") : Promise.resolve([0, null]);
    this.child.stdin?.end("stop\n");
    const [code] = await ended;
    if (code !== 0) {
      throw new Error(`load ended with ${code}: ${this.errors}`);
    }
    return (JSON.parse(this.output) as { phases: Phase[] }).phases;
  }
}

/** Requests and failures of phases together, long ones included. */
export function totals(phases: readonly Phase[]): { requests: number; failed: number } {
  const all = phases.flatMap(({ shapes }) => Object.values(shapes));
  return {
    requests: all.reduce((sum, { requests }) => sum + requests, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
  };
}

/** The lost requests as text, for a message. */
export function failuresText(phases: readonly Phase[]): string {
  return phases
    .flatMap(({ name, failures }) =>
      (failures ?? []).map(
        ({ shape, started, ended, error }) => `${name}: ${shape} ${started} - ${ended}: ${error}`,
      ),
    )
    .join("\n");
}
