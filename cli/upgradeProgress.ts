import type { Happening } from "../mesh/runner/events";
import {
  type PodCount,
  progressAfter,
  progressLines,
  type RunProgress,
} from "../mesh/runner/progress";

/** Shows how far a run is, below the lines that stay. */
export interface ProgressView {
  /** Writes a text that stays. */
  print(text: string): void;
  take(event: Happening): void;
  /** @param done number of resources of the running update that are done */
  progressed(done: number): void;
  close(): void;
}

const MS_BETWEEN_DRAWS = 1000;
const MS_BETWEEN_READS = 3000;

/** Returns whether lines may be drawn over: on a terminal for people, and not in CI. */
export function canDrawOver(
  stream: { readonly isTTY?: boolean },
  { CI, NO_COLOR, TERM }: NodeJS.ProcessEnv = process.env,
): boolean {
  return stream.isTTY === true && !CI && !NO_COLOR && TERM !== "dumb";
}

/** Loaded only where it is asked for: it takes a tenth of a second. */
function logUpdate(): typeof import("log-update") {
  return require("log-update");
}

/** What a view shows. */
interface Shown {
  readonly begin: RunProgress;
  /** Reads the pods of the mesh in a stage. Absent without a cluster. */
  readonly pods?: (stage: string) => Promise<readonly PodCount[]>;
}

class LiveView implements ProgressView {
  private progress: RunProgress;
  private pods: readonly PodCount[] = [];
  private lastRead = 0;
  private isReading = false;
  private readonly log;
  private readonly timer;

  constructor(
    private readonly shown: Shown,
    private readonly stream: NodeJS.WriteStream,
  ) {
    this.progress = shown.begin;
    // A hidden cursor would stay hidden after a kill.
    this.log = logUpdate().createLogUpdate(stream, { showCursor: true });
    this.timer = setInterval(() => this.tick(), MS_BETWEEN_DRAWS);
    this.timer.unref();
  }

  print(text: string): void {
    this.log.clear();
    this.stream.write(`${text}\n`);
    this.draw();
  }

  take(event: Happening): void {
    this.progress = progressAfter(this.progress, event, Date.now());
  }

  progressed(done: number): void {
    this.progress = { ...this.progress, done };
  }

  close(): void {
    clearInterval(this.timer);
    this.log.clear();
    this.log.done();
  }

  private draw(): void {
    this.log(progressLines(this.progress, this.pods, Date.now()).join("\n"));
  }

  private tick(): void {
    this.draw();
    const { pods } = this.shown;
    const { stage } = this.progress;
    const isDue = !this.isReading && Date.now() - this.lastRead >= MS_BETWEEN_READS;
    if (pods !== undefined && stage !== undefined && isDue) {
      void this.read(pods, stage);
    }
  }

  private async read(pods: NonNullable<Shown["pods"]>, stage: string): Promise<void> {
    this.isReading = true;
    this.pods = await pods(stage);
    this.isReading = false;
    this.lastRead = Date.now();
  }
}

/**
 * Begins to show how far a run is.
 *
 * @returns `undefined` where lines cannot be drawn over
 */
export function openProgress(
  shown: Shown,
  stream: NodeJS.WriteStream = process.stdout,
): ProgressView | undefined {
  return canDrawOver(stream) ? new LiveView(shown, stream) : undefined;
}
