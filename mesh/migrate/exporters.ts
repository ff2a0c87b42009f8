import { isSeq } from "yaml";
import { isObject, type Json, type JsonObject } from "../common/json";
import { splitPath } from "../common/propertyPath";
import type { OverlayLibrary } from "../overlay/library";
import { documentData } from "../overlay/parse";
import {
  EXPORTERS_DROPPED,
  EXPORTERS_SOURCE,
  type ExporterOption,
  type GoogleExporter,
  googleExporters,
} from "../spec/googleExporters";
import type { MigrationContext } from "./change";
import { keptNote } from "./rewrite";
import { asTaken, put, take } from "./yamlTree";

const EFFECTS: Readonly<Record<ExporterOption, string>> = {
  stackdriver: "proxies log to standard output, and offer their metrics to Prometheus",
  "cloud-tracing": "proxies send traces to a collector in the cluster",
};

const BY_HAND: Readonly<Record<ExporterOption, string>> = {
  stackdriver:
    "metrics reach Google Cloud with googlePrometheus (or a PodMonitoring of yours), logs with GKE's own agent",
  "cloud-tracing":
    "run Google's OpenTelemetry collector in the cluster, and name it as the service",
};

/** A field of an option, and where it goes. An item of a list of providers is found by its name. */
interface Leaf {
  readonly path: readonly string[];
  readonly value: Json;
}

function leavesOf(value: Json, path: readonly string[]): Leaf[] {
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]));
  }
  const items = Array.isArray(value) ? value.filter(isObject) : [];
  return items.length === 0
    ? [{ path, value }]
    : items.map((item) => ({ path: [...path, `[name:${item.name}]`], value: item }));
}

/** Takes out a field, or of a list of providers those that are gone. */
function takeOut({ document }: MigrationContext, { path, providers }: GoogleExporter): void {
  const segments = splitPath(path);
  const list = document.getIn(segments, true);
  if (providers !== undefined && isSeq(list)) {
    list.items = list.items.filter((item) => !providers.includes(String(item)));
    if (list.items.length > 0) {
      return;
    }
  }
  take(document, segments);
}

/** Writes what an option sets. @returns what could not be written */
function putOption(
  { document }: MigrationContext,
  option: ExporterOption,
  version: string,
  { options }: OverlayLibrary,
): string[] {
  const { spec } = options.read(option, version).layer?.document ?? ({} as JsonObject);
  return leavesOf(spec ?? {}, ["spec"]).flatMap(({ path, value }) => {
    const note = keptNote(path.join("."), put(document, path, asTaken(document, value)));
    return note === undefined ? [] : [note];
  });
}

/**
 * Replaces settings for Google Cloud's exporters, which proxies no longer have, by what the option
 * in their place sets. A value of the user's own stays.
 */
export function migrateExporters(
  context: MigrationContext,
  version: string,
  library: OverlayLibrary,
): void {
  const found = googleExporters(documentData(context.document) as JsonObject, version);
  const lines = found.map(({ path }) => context.lineOf(splitPath(path)));
  for (const exporter of found) {
    takeOut(context, exporter);
  }
  const chosen = [...new Set(found.map(({ option }) => option))];
  const notes = new Map(
    chosen.map((option) => [option, putOption(context, option, version, library)]),
  );
  for (const [index, { path, option }] of found.entries()) {
    context.changes.push({
      from: path,
      line: lines[index],
      to: `what the option ${option} sets`,
      why: EXPORTERS_DROPPED,
      source: EXPORTERS_SOURCE,
      effect: EFFECTS[option],
      byHand: [BY_HAND[option], ...(notes.get(option) ?? [])].join("; "),
    });
    notes.delete(option);
  }
}
