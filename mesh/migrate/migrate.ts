import { type Document, isMap, isScalar } from "yaml";
import type { JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { pathText } from "../common/propertyPath";
import { type LintSource, lintOverlay } from "../lint/lintOverlay";
import { formerProfile } from "../overlay/formerProfiles";
import type { OverlayLibrary } from "../overlay/library";
import {
  API_VERSION,
  documentData,
  FORMER_API_VERSIONS,
  KIND,
  readOneDocument,
} from "../overlay/parse";
import { findDropped } from "../schema/droppedFields";
import { findQuoted } from "../schema/quotedScalars";
import { googleExporters } from "../spec/googleExporters";
import { hasAliases, writeOutAliases } from "./aliases";
import type { Change, MigrationContext } from "./change";
import { ownComments, textWithComments } from "./comments";
import { migrateExporters } from "./exporters";
import { migrateFields } from "./rewrite";
import { asTaken, put } from "./yamlTree";

/** A file converted to the current form. */
export interface Migrated {
  /** The new text, or the original if there was nothing to do. */
  readonly text: string;
  readonly changes: readonly Change[];
  /** The problems that remain. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

const PROFILE = ["spec", "profile"];
const ICP_SOURCE = "https://istio.io/latest/news/releases/1.5.x/announcing-1.5/upgrade-notes/";
const QUOTED_SOURCE =
  "https://istio.io/latest/docs/reference/config/istio.operator.v1alpha1/#BaseComponentSpec";
const KEPT_EFFECT =
  "the ConfigMaps that hold the values have the number in place of the text; nothing else changes";

function migrateHead({ document, lineOf, changes }: MigrationContext): void {
  const from = { kind: document.get("kind"), apiVersion: document.get("apiVersion") };
  const isFormer = from.kind === KIND && FORMER_API_VERSIONS.includes(String(from.apiVersion));
  if (from.kind !== "IstioControlPlane" && !isFormer) {
    return;
  }
  const why = isFormer
    ? `an ${KIND} is of ${API_VERSION}`
    : `${KIND} took the place of IstioControlPlane in Istio 1.5`;
  for (const [key, to] of [
    ["apiVersion", API_VERSION],
    ["kind", KIND],
  ] as const) {
    const node = document.get(key, true);
    if (from[key] !== to && isScalar(node)) {
      node.value = to;
      changes.push({ from: key, line: lineOf([key]), to, why, source: ICP_SOURCE });
    }
  }
}

/** Names the profile of today, with what the former one asked for besides. */
function migrateProfile({ document, lineOf, changes }: MigrationContext): void {
  const node = document.getIn(PROFILE, true);
  const name = isScalar(node) ? String(node.value) : "";
  const former = formerProfile(name);
  if (!isScalar(node) || former === undefined) {
    return;
  }
  const { instead, why, source, annotations = {}, byHand } = former;
  const path = PROFILE.join(".");
  node.value = instead;
  const added = Object.entries(annotations).map(([key, value]) => {
    put(document, ["metadata", "annotations", key], asTaken(document, value));
    return `metadata.annotations.${key}: ${JSON.stringify(value)}`;
  });
  changes.push({
    from: `${path}: ${name}`,
    line: lineOf(PROFILE),
    to: [`${path}: ${instead}`, ...added].join(", "),
    why,
    source,
    ...(byHand !== undefined && { byHand }),
  });
}

/** Takes the quotes off booleans and numbers. */
function unquote({ document, lineOf, changes }: MigrationContext, version?: string): void {
  const found = findQuoted(documentData(document) as JsonObject, version);
  for (const { segments, value, kept } of found) {
    const node = document.getIn(segments, true);
    if (isScalar(node)) {
      document.setIn(segments, document.createNode(value));
      const copy = document.getIn(segments, true);
      if (isScalar(copy)) {
        copy.comment = node.comment;
        copy.commentBefore = node.commentBefore;
      }
      const from = pathText(segments);
      const why = `a quoted ${typeof value} is a text`;
      const line = lineOf(segments.map(String));
      const to = `${value} without quotes`;
      changes.push({
        ...{ from, line, to, why, source: QUOTED_SOURCE },
        ...(kept && { effect: KEPT_EFFECT }),
      });
    }
  }
}

/** Fields that change must not be reached through an alias, which would change its anchor too. */
function writtenOut(document: Document.Parsed, version: string): boolean {
  if (!hasAliases(document)) {
    return false;
  }
  const data = documentData(document) as JsonObject;
  const isAffected =
    findDropped(data, version).length > 0 ||
    googleExporters(data, version).length > 0 ||
    findQuoted(data, version).some(({ segments }) => !isScalar(document.getIn(segments, true)));
  if (isAffected) {
    writeOutAliases(document);
  }
  return isAffected;
}

/** The new text of a file, without what remains to be said of it. */
type Rewritten = Pick<Migrated, "text" | "changes">;

function rewritten(text: string, version: string, library: OverlayLibrary): Rewritten {
  const original = { text, changes: [] };
  const read = readOneDocument(text);
  if (!("document" in read) || !isMap(read.document.contents)) {
    return original;
  }
  const { document, lines } = read;
  try {
    documentData(document);
  } catch {
    return original;
  }
  const changes: Change[] = [];
  const context = { document, lineOf: (path: readonly string[]) => lines.of(path), changes };
  migrateHead(context);
  if (document.get("kind") !== KIND) {
    return original;
  }
  const expanded = writtenOut(document, version);
  ownComments(document);
  migrateProfile(context);
  unquote(context, version);
  migrateFields(context, version);
  // A field that moved may have a type where it is now.
  unquote(context, version);
  migrateExporters(context, version, library);
  if (changes.length === 0) {
    return original;
  }
  if (expanded) {
    const why = "fields that move cannot refer to others";
    const source = "https://yaml.org/spec/1.1/#alias/";
    changes.push({ from: "&anchors", to: "written out", why, source });
  }
  changes.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return { text: textWithComments(document, text), changes };
}

/**
 * Converts an overlay file, or an `IstioControlPlane` of Istio 1.4, to the current form: fields
 * that a release dropped move to their replacements. Comments stay. What remains wrong with the
 * result is what `mesh overlay lint` finds.
 *
 * @param source its name in messages, and the Istio version
 * @param library the profiles that it can name, and the options that take the place of fields
 *
 * @example
 * migrateOverlay(text, { name: "old.yaml", version: "1.31.0" }, library).changes[0]
 * // { from: "spec.values.global.proxy.accessLogFile", to: "spec.meshConfig.accessLogFile", … }
 */
export function migrateOverlay(
  text: string,
  source: LintSource,
  library: OverlayLibrary,
): Migrated {
  const result = rewritten(text, source.version, library);
  const { errors, warnings } = lintOverlay(result.text, source, library);
  return { ...result, problems: errors, warnings };
}
