import { type Document, isMap, isScalar } from "yaml";
import type { JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { pathText } from "../common/propertyPath";
import {
  API_VERSION,
  documentData,
  FORMER_API_VERSIONS,
  KIND,
  parseOverlay,
  readOneDocument,
} from "../overlay/parse";
import { findDropped } from "../schema/droppedFields";
import { findQuoted } from "../schema/quotedScalars";
import { hasAliases, writeOutAliases } from "./aliases";
import type { Change, MigrationContext } from "./change";
import { ownComments, textWithComments } from "./comments";
import { migrateFields } from "./rewrite";

/** A file converted to the current form. */
export interface Migrated {
  /** The new text, or the original if there was nothing to do. */
  readonly text: string;
  readonly changes: readonly Change[];
  /** The problems that remain. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

const ICP_SOURCE = "https://istio.io/latest/news/releases/1.5.x/announcing-1.5/upgrade-notes/";
const QUOTED_SOURCE =
  "https://istio.io/latest/docs/reference/config/istio.operator.v1alpha1/#BaseComponentSpec";

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

/** Takes the quotes off booleans and numbers. */
function unquote({ document, lineOf, changes }: MigrationContext, version?: string): void {
  for (const { segments, value } of findQuoted(documentData(document) as JsonObject, version)) {
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
      changes.push({ from, line, to: `${value} without quotes`, why, source: QUOTED_SOURCE });
    }
  }
}

/** Fields that change must not be reached through an alias, which would change its anchor too. */
function writtenOut(document: Document.Parsed, version: string | undefined): boolean {
  if (!hasAliases(document)) {
    return false;
  }
  const data = documentData(document) as JsonObject;
  const isAffected =
    findDropped(data, version).length > 0 ||
    findQuoted(data, version).some(({ segments }) => !isScalar(document.getIn(segments, true)));
  if (isAffected) {
    writeOutAliases(document);
  }
  return isAffected;
}

/**
 * Converts an overlay file, or an `IstioControlPlane` of Istio 1.4, to the current form: fields
 * that a release dropped move to their replacements. Comments stay.
 *
 * @param source.name its name in messages
 * @param source.version the Istio version @default the newest that is known
 *
 * @example
 * migrateOverlay(text, { name: "old.yaml" }).changes[0]
 * // { from: "spec.values.global.proxy.accessLogFile", to: "spec.meshConfig.accessLogFile", … }
 */
export function migrateOverlay(
  text: string,
  { name, version }: { readonly name: string; readonly version?: string },
): Migrated {
  const source = { name, kind: "file" as const, version };
  const read = readOneDocument(text);
  const original = { text, changes: [], ...pick(parseOverlay(text, source)) };
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
  unquote(context, version);
  migrateFields(context, version);
  // A field that moved may have a type where it is now.
  unquote(context, version);
  if (changes.length === 0) {
    return original;
  }
  if (expanded) {
    const why = "fields that move cannot refer to others";
    changes.push({
      from: "&anchors",
      to: "written out",
      why,
      source: "https://yaml.org/spec/1.1/#alias/",
    });
  }
  const migrated = textWithComments(document, text);
  changes.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return { text: migrated, changes, ...pick(parseOverlay(migrated, source)) };
}

function pick({ problems, warnings }: Pick<Migrated, "problems" | "warnings">) {
  return { problems, warnings };
}
