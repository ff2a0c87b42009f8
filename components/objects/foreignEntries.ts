import type { Finding } from "../../mesh/checks/finding";
import { gateText } from "../../mesh/checks/gateText";
import * as pulumi from "../pulumi/sdk";

/** Reports warnings. For errors, a preview stops, as the update would. */
export function tellFindings(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === "error");
  for (const { object, reason, fix } of findings.filter(({ severity }) => severity !== "error")) {
    void pulumi.log.warn(`${object}: ${reason}; fix: ${fix}`);
  }
  if (pulumi.isDryRun() && errors.length > 0) {
    throw new Error(gateText(errors));
  }
}
