import { stageWords } from "../upgrade/stageWords";
import type { UpgradePlan } from "../upgrade/types";
import { REPORT_FORMAT, type ReportDocument } from "./document";
import { versionsAt } from "./versions";

/** Returns the report of an upgrade of which nothing has been done yet. */
export function newReport(stack: string, plan: UpgradePlan): ReportDocument {
  const { to, revision, from, stages } = plan;
  const before = versionsAt(plan, stages[0]?.name ?? "");
  return {
    format: REPORT_FORMAT,
    stack,
    to,
    revision,
    from,
    stages: stages.map(({ name }) => ({ name, title: stageWords(plan, name).title })),
    before,
    after: before,
    runs: [],
    traffic: { series: [], missing: [] },
  };
}
