import { existsSync, renameSync, writeFileSync } from "node:fs";
import { extname } from "node:path";
import type { AskRange } from "../adapters/gates/prometheus";
import { NO_PROMETHEUS, readTraffic } from "../adapters/upgrade/readTraffic";
import { InvalidInput, type Problem, throwIfAny } from "../mesh/common/problem";
import type { Happening } from "../mesh/runner/events";
import { type ReportDocument, type ReportEvent, readReport } from "../mesh/upgradeReport/document";
import { upgradeReport } from "../mesh/upgradeReport/model";
import { newReport } from "../mesh/upgradeReport/newReport";
import { activeSpans } from "../mesh/upgradeReport/spans";
import { versionsAt } from "../mesh/upgradeReport/versions";
import { courseOf, standingOf } from "../mesh/upgradeReport/words";
import { jsonText } from "./format";
import { dataText, type OutputFormat } from "./output";
import { readText } from "./readFile";
import { masked } from "./secrets";
import type { PlannedUpgrade } from "./upgradeContext";

/** Writes the report of a run while it goes on. */
export interface ReportRecorder {
  take(event: Happening): void;
  /** Asks Prometheus a last time, and writes the files. */
  close(): Promise<void>;
}

/** Loaded only where it is asked for, with what draws the plots. */
function pageOf(document: ReportDocument): string {
  const { reportPage } =
    require("../mesh/reportPage/page") as typeof import("../mesh/reportPage/page");
  return reportPage(document);
}

const WRITERS: Readonly<Record<string, (document: ReportDocument) => string>> = {
  ".html": pageOf,
  ".json": (document) => jsonText({ ...document, report: upgradeReport(document) }),
};

/** Prometheus is asked at most so often while the upgrade goes on, in milliseconds. */
const LEAST_MS_BETWEEN = 30_000;

/** Fields of events that are no free text. */
const FIXED: readonly string[] = ["event", "stage", "to", "result", "verdict", "outcome", "time"];

function withoutSecrets(event: ReportEvent): ReportEvent {
  const fields = Object.entries(event).map(([key, value]) => {
    const isText = !FIXED.includes(key) && typeof value === "string";
    const hidden = Array.isArray(value) ? value.map((each) => masked(String(each))) : value;
    return [key, isText ? masked(value) : hidden];
  });
  return Object.fromEntries(fields) as ReportEvent;
}

const inFile = (file: string, reason: string, fix: string): Problem => ({
  source: `--report ${file}`,
  path: "",
  reason,
  fix,
});

function formatProblems(file: string): Problem[] {
  if (WRITERS[extname(file)] !== undefined) {
    return [];
  }
  const problem = inFile(file, "is neither .html nor .json", "name a file such as report.html");
  return [{ ...problem, allowed: "names that end with .html or .json" }];
}

/** @param of the upgrade that the file has to be of, if it exists */
function formerIn(
  file: string,
  of: Pick<ReportDocument, "stack" | "to">,
): { readonly former?: ReportDocument; readonly problems: readonly Problem[] } {
  const problems = formatProblems(file);
  if (problems.length > 0) {
    return { problems };
  }
  if (!existsSync(file)) {
    return { problems: [] };
  }
  const former = readReport(readText(file));
  if (former === undefined) {
    const problem = inFile(file, "exists, and is no report of mesh upgrade", "name another file");
    return { problems: [problem] };
  }
  return former.stack === of.stack && former.to === of.to
    ? { former, problems: [] }
    : {
        problems: [
          inFile(
            file,
            `is the report of ${former.stack} to Istio ${former.to}`,
            "name another file",
          ),
        ],
      };
}

/** The flags of `mesh upgrade report`. */
export interface ReportFlags {
  readonly output: OutputFormat;
  readonly report?: readonly string[];
}

/**
 * Prints what a report says, or writes it in its other form.
 *
 * @throws InvalidInput if the file is no report, or another one cannot be written
 */
export function showReport(file: string, { output, report: files = [] }: ReportFlags): void {
  const document = readReport(readText(file));
  if (document === undefined) {
    const reason = "is no report of mesh upgrade";
    const fix = "name a file that --report has written";
    throw new InvalidInput([{ source: file, path: "", reason, fix, isUnread: true }]);
  }
  throwIfAny(files.flatMap((each) => formerIn(each, document).problems));
  const read = upgradeReport(document);
  writeNew(files, document);
  process.stdout.write(
    output === "text"
      ? `${standingOf(read.runs.at(-1)).text}\n${courseOf(document, read).join("\n")}\n`
      : dataText({ ...document, report: read }, output),
  );
}

const lastTime = ({ runs }: ReportDocument) =>
  runs.flatMap(({ began, events }) => [began, ...events.map(({ time }) => time)]).at(-1) ?? "";

/** The newest of the files goes on in all of them. */
function newestFormer(
  files: readonly string[],
  { stack, plan }: PlannedUpgrade,
): ReportDocument | undefined {
  const read = files.map((file) => formerIn(file, { stack, to: plan.to }));
  throwIfAny(read.flatMap(({ problems }) => problems));
  const former = read.flatMap((each) => (each.former === undefined ? [] : [each.former]));
  return former.sort((a, b) => lastTime(b).localeCompare(lastTime(a)))[0];
}

function writeAll(files: readonly string[], document: ReportDocument): void {
  for (const file of files) {
    // The file is replaced as a whole, so that nobody reads half of it.
    const half = `${file}.${process.pid}.part`;
    writeFileSync(half, WRITERS[extname(file)]?.(document) ?? "");
    renameSync(half, file);
  }
}

/** @throws InvalidInput if a file cannot be written */
function writeNew(files: readonly string[], document: ReportDocument): void {
  try {
    writeAll(files, document);
  } catch (error) {
    const reason = `cannot be written: ${(error as Error).message}`;
    throw new InvalidInput([inFile(files.join(", "), reason, "name a file in a folder of yours")]);
  }
}

/** What a recorder needs. */
interface Recording {
  readonly files: readonly string[];
  readonly planned: PlannedUpgrade;
  /** Absent if the policy names no Prometheus. */
  readonly ask: AskRange | undefined;
}

class FileRecorder implements ReportRecorder {
  private reading: Promise<void> | undefined;
  private lastRead = 0;
  private isWarned = false;
  private readonly events: ReportEvent[] = [];

  constructor(
    private readonly recording: Recording,
    private document: ReportDocument,
    command: string,
  ) {
    const run = { command, began: new Date().toISOString(), events: this.events };
    this.document = { ...document, runs: [...document.runs, run] };
  }

  take(event: Happening): void {
    this.events.push(withoutSecrets({ ...event, time: new Date().toISOString() }));
    if (event.event === "update") {
      const after = versionsAt(this.recording.planned.plan, event.stage);
      this.document = { ...this.document, after };
    }
    this.write();
    const isDue = Date.now() - this.lastRead >= LEAST_MS_BETWEEN;
    if (isDue && this.reading === undefined && event.event === "gate") {
      this.reading = this.read().finally(() => {
        this.reading = undefined;
      });
    }
  }

  async close(): Promise<void> {
    await this.reading;
    await this.read();
  }

  /** @throws InvalidInput if a file cannot be written */
  writeFirst(): void {
    writeNew(this.recording.files, this.document);
  }

  /** An upgrade does not stop because its report cannot be written. */
  private write(): void {
    try {
      writeAll(this.recording.files, this.document);
    } catch (error) {
      if (!this.isWarned) {
        process.stderr.write(`warning: the report is not written: ${(error as Error).message}\n`);
      }
      this.isWarned = true;
    }
  }

  private async read(): Promise<void> {
    const { ask, planned } = this.recording;
    const { runs, traffic } = this.document;
    this.lastRead = Date.now();
    if (ask === undefined) {
      this.document = { ...this.document, traffic: { ...traffic, missing: [NO_PROMETHEUS] } };
    } else {
      const spans = activeSpans(upgradeReport({ ...this.document, runs }).runs);
      const { plan, policy = {} } = planned;
      const found = await readTraffic(ask, plan, policy, spans, traffic.series);
      const missing = found.missing.map(masked);
      this.document = { ...this.document, traffic: { series: found.series, missing } };
    }
    this.write();
  }
}

/**
 * Begins or continues the report of an upgrade in files.
 *
 * @param command the name of the command that runs
 * @throws InvalidInput if a file is of another upgrade or no report, or cannot be written
 */
export function openReports(recording: Recording, command: string): ReportRecorder | undefined {
  const { files, planned } = recording;
  if (files.length === 0) {
    return undefined;
  }
  const former = newestFormer(files, planned);
  const document = former ?? newReport(planned.stack, planned.plan);
  const recorder = new FileRecorder(recording, document, command);
  recorder.writeFirst();
  return recorder;
}
