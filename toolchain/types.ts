/** A program to run to its end. */
export interface RunRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds after which the program is ended; default: no limit. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

export interface RunResult {
  /** The exit code, or undefined when the program could not start or a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/** Runs a program; resolves for any outcome but an aborted signal, which rejects with its reason. */
export type Runner = (request: RunRequest) => Promise<RunResult>;

/** What set-up needs of the machine; tests put their own in place. */
export interface System {
  readonly run: Runner;
  /** Milliseconds since some fixed moment. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly env: NodeJS.ProcessEnv;
  /** Folders in which `go` is looked for after PATH. */
  readonly goFolders: readonly string[];
}

/**
 * Puts Istio's charts of a version into an empty folder; false means "not to be had this way".
 *
 * @param say is told where they come from
 */
export type FetchCharts = (
  version: string,
  outDir: string,
  say: (line: string) => void,
) => Promise<boolean>;

/** Where a tool came from in this run; `present` means it was there before. */
export type Source = "present" | "official" | "go";

export interface ToolReport {
  /** For example `pulumi CLI`. */
  readonly name: string;
  readonly version: string;
  /** The file or folder that was asked for. */
  readonly path: string;
  readonly source: Source;
}

export interface SetupReport {
  /** The PULUMI_HOME that holds the CLI and the provider. */
  readonly home: string;
  readonly tools: readonly ToolReport[];
  readonly seconds: number;
}

export interface SetupOptions {
  /** Names of extra sets (see `extraSets`); default: none. */
  readonly with?: readonly string[];
  /** Istio versions whose charts are wanted; default: all that are pinned. */
  readonly istio?: readonly string[];
  /** Default: the environment's PULUMI_HOME, else `.pulumi` in the user's home. */
  readonly home?: string;
  /** The folder of this project; default: the one this file belongs to. */
  readonly project?: string;
  /** First way for the charts; default: none, the Go modules serve. */
  readonly fetchCharts?: FetchCharts;
  /** Aborting ends the run as Ctrl-C would. */
  readonly signal?: AbortSignal;
  /** Default: a live list on a terminal, plain lines elsewhere, both on stderr. */
  readonly progress?: SetupProgress;
  /** Default: the real machine. */
  readonly system?: Partial<System>;
}

/** A piece of work to show while it runs. */
export interface Job {
  readonly title: string;
  /** How long it may take, in words, for instance `about 5 min`. */
  readonly estimate?: string;
  /** What follows when it fails, in words; without it a failure is shown as one. */
  readonly otherwise?: string;
  readonly run: () => Promise<void>;
}

/** Runs jobs and shows how they fare. */
export interface SetupProgress {
  readonly line: (text: string) => void;
  /**
   * Starts the jobs in their order, at most `limit` at a time. Resolves when all have
   * ended, with one entry per job: its error, or undefined.
   */
  readonly run: (jobs: readonly Job[], limit: number) => Promise<(Error | undefined)[]>;
}
