/** A program to run until it ends. */
export interface RunRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  /** The time limit in milliseconds. @default no limit */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

export interface RunResult {
  /** The exit code, or undefined if the program could not start or a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/**
 * Runs a program. Resolves for every outcome except an aborted signal, which rejects with its
 * reason.
 */
export type Runner = (request: RunRequest) => Promise<RunResult>;

/** What set-up needs from the machine. Tests provide their own. */
export interface System {
  readonly run: Runner;
  /** Milliseconds since a fixed time. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly env: NodeJS.ProcessEnv;
  /** Folders in which to look for `go` after PATH. */
  readonly goFolders: readonly string[];
}

/**
 * Puts Istio's charts of a version into an empty folder. Resolves to false if this way cannot
 * provide them.
 *
 * @param say receives messages about where the charts come from
 */
export type FetchCharts = (
  version: string,
  outDir: string,
  say: (line: string) => void,
) => Promise<boolean>;

/** Where a tool came from in this run. `present` means that it was already there. */
export type Source = "present" | "official" | "go";

export interface ToolReport {
  /** For example `pulumi CLI`. */
  readonly name: string;
  readonly version: string;
  /** The requested file or folder. */
  readonly path: string;
  readonly source: Source;
}

export interface SetupReport {
  /** The PULUMI_HOME with the CLI and the provider. */
  readonly home: string;
  readonly tools: readonly ToolReport[];
  readonly seconds: number;
}

export interface SetupOptions {
  /** The names of extra sets (see `extraSets`). @default none */
  readonly with?: readonly string[];
  /** The Istio versions whose charts are wanted. @default all pinned versions */
  readonly istio?: readonly string[];
  /** PULUMI_HOME. @default that of the environment, or else `.pulumi` in the user's home */
  readonly home?: string;
  /** The folder of this project. @default the one that contains this file */
  readonly project?: string;
  /** The first way to get the charts. @default none, so that they come from Go modules */
  readonly fetchCharts?: FetchCharts;
  /** Aborting it ends the run like Ctrl-C. */
  readonly signal?: AbortSignal;
  /**
   * Where progress is shown. @default a live list on a terminal, plain lines elsewhere, both on
   * stderr
   */
  readonly progress?: SetupProgress;
  /** Replaces parts of the machine. @default the real machine */
  readonly system?: Partial<System>;
}

/** A piece of work to show while it runs. */
export interface Job {
  readonly title: string;
  /** How long it may take, in words, such as `about 5 min`. */
  readonly estimate?: string;
  /** What happens if it fails, in words. Without it, the failure is shown as an error. */
  readonly otherwise?: string;
  readonly run: () => Promise<void>;
}

/** Runs jobs and shows their progress. */
export interface SetupProgress {
  readonly line: (text: string) => void;
  /**
   * Starts the jobs in order, at most `limit` at the same time. Resolves when all have ended, with
   * one entry for each job: its error, or undefined.
   */
  readonly run: (jobs: readonly Job[], limit: number) => Promise<(Error | undefined)[]>;
}
