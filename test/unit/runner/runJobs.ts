import type { Job } from "../../runner/job";
import { TestRun, type TestRunOptions } from "../../runner/testRun";

// Usage: runJobs.ts JOBS OPTIONS, both as JSON. A test may kill this process.
const [jobs = "[]", options = "{}"] = process.argv.slice(2);

new TestRun(JSON.parse(options) as TestRunOptions).run(JSON.parse(jobs) as Job[]).then((code) => {
  process.exitCode = code;
});
