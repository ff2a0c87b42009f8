import { appendFileSync } from "node:fs";
import { type MochaOptions, type Runner, reporters, type Test } from "mocha";

/** A line of the record, which is JSON. */
export type RecordLine =
  | { readonly event: "start"; readonly title: string }
  | {
      readonly event: "pass" | "fail" | "pending" | "hook";
      readonly title: string;
      readonly milliseconds: number;
      /** What the error of a test that failed said. */
      readonly message?: string;
    };

/** What Mocha's types leave out of hooks. */
type Timed = Pick<Test, "fullTitle" | "duration">;

/**
 * Mocha's "spec" reporter, which also writes each event to a file at once. So the runner knows what a
 * file did, and at which test it was, even if the file has to be killed.
 *
 * @example mocha --reporter test/runner/recordingReporter.ts --reporter-option file=/tmp/record
 */
class RecordingReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const { file } = options.reporterOptions as { readonly file: string };
    const write = (line: RecordLine) => appendFileSync(file, `${JSON.stringify(line)}\n`);
    const writeEnd =
      (event: "pass" | "fail" | "pending" | "hook") => (test: Timed, error?: Error) =>
        write({
          event,
          title: test.fullTitle(),
          milliseconds: test.duration ?? 0,
          message: error?.message,
        });
    runner.on("test", (test) => write({ event: "start", title: test.fullTitle() }));
    runner.on("hook", (hook) => write({ event: "start", title: hook.fullTitle() }));
    runner.on("pass", writeEnd("pass"));
    runner.on("fail", writeEnd("fail"));
    runner.on("pending", writeEnd("pending"));
    runner.on("hook end", writeEnd("hook"));
    // A process that is told to end does it in order, so that its exit handlers clean up.
    process.once("SIGTERM", () => process.exit(143));
  }
}

module.exports = RecordingReporter;
