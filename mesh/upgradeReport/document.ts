import { isObject, type Json } from "../common/json";
import type { ControlPlaneFacts } from "../model/facts";
import type { Happening } from "../runner/events";
import type { Traffic } from "./traffic";

/** The name of the format, and its version. */
export const REPORT_FORMAT = "mesh-upgrade-report/1";

/** An event, of the one stack of a report. */
export type ReportEvent = Happening & {
  /** In ISO 8601. */
  readonly time: string;
};

/** One run of a command that went through stages. */
export interface ReportRun {
  /** @example "resume" */
  readonly command: string;
  /** In ISO 8601. */
  readonly began: string;
  readonly events: readonly ReportEvent[];
}

/** What a part of the mesh runs or names. */
export interface PartVersion {
  /** @example "gateway edge/web" */
  readonly part: string;
  /** @example "1-30-4 90 %, 1-31-0 10 %" */
  readonly runs: string;
}

/** What a report is made of. It is embedded in each report, so that a later run goes on with it. */
export interface ReportDocument {
  readonly format: typeof REPORT_FORMAT;
  readonly stack: string;
  readonly to: string;
  /** The revision of the new control plane. */
  readonly revision: string;
  /** The control planes that are replaced. */
  readonly from: readonly ControlPlaneFacts[];
  /** All stages of the upgrade in order, each with what it does in one sentence. */
  readonly stages: readonly { readonly name: string; readonly title: string }[];
  /** What the parts of the mesh ran before the upgrade. */
  readonly before: readonly PartVersion[];
  /** What they run after the last update. */
  readonly after: readonly PartVersion[];
  /** The oldest first. */
  readonly runs: readonly ReportRun[];
  readonly traffic: Traffic;
}

/** The element of a page that has its document. */
export const DOCUMENT_ID = "mesh-upgrade-report";

const EMBEDDED = new RegExp(`<script[^>]* id="${DOCUMENT_ID}"[^>]*>([^<]*)</script>`);

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/**
 * Reads the document of a report.
 *
 * @param text of a file: the page, or the JSON
 * @returns `undefined` if the text is no report
 */
export function readReport(text: string): ReportDocument | undefined {
  const found = parsed(EMBEDDED.exec(text)?.[1] ?? text);
  return isObject(found) && found.format === REPORT_FORMAT
    ? (found as unknown as ReportDocument)
    : undefined;
}
