import builder from "junit-report-builder";
import type { Finding } from "../mesh/checks/finding";

type TestCase = ReturnType<ReturnType<typeof builder.testSuite>["testCase"]>;

function details({ reason, fix }: Finding): string {
  return fix === undefined ? reason : `${reason}\nfix: ${fix}`;
}

/** JUnit has no warnings. A warning passes, with its text in the output of the test case. */
function addOutcome(testCase: TestCase, finding: Finding): void {
  switch (finding.severity) {
    case "ok":
      return;
    case "info":
      testCase.standardOutput(finding.reason);
      return;
    case "warning":
      testCase.standardError(`warning: ${details(finding)}`);
      return;
    case "error":
      testCase.failure(details(finding), finding.check);
      return;
    default:
      finding.severity satisfies never;
  }
}

/**
 * Formats findings as a JUnit report for CI systems: one suite, one case for each finding. Errors
 * are failures.
 *
 * @see https://github.com/testmoapp/junitxml
 */
export function toJUnit(suite: string, findings: readonly Finding[]): string {
  const report = builder.newBuilder();
  const cases = report.testSuite().name(suite);
  for (const finding of findings) {
    const testCase = cases.testCase().className(finding.check).name(finding.object);
    addOutcome(testCase, finding);
  }
  return report.build();
}
