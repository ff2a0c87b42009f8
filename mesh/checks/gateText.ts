import { groupBy } from "../common/lists";
import type { Finding } from "./finding";

/** Returns the lines for findings that have the same fix. */
function fixText(fix: string, findings: readonly Finding[]): string[] {
  const lines = findings.map(({ object, reason }) => `  ${object}: ${reason}`);
  return fix === "" ? lines : [...lines, `  fix: ${fix}`];
}

/** Returns the message of an update that stops before it changes anything. */
export function gateText(findings: readonly Finding[]): string {
  const byFix = groupBy(findings, ({ fix }) => fix ?? "");
  return [
    "the update stops before it changes anything, because it could not succeed:",
    ...[...byFix].flatMap(([fix, own]) => fixText(fix, own)),
    "`mesh precheck` runs all checks; `precheck: false` (pulumi config set mesh:precheck false) updates without them",
  ].join("\n");
}
