import { type Document, isScalar, LineCounter, parseAllDocuments, type Tags } from "yaml";
import { isObject, type Json, type JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { pathText } from "../common/propertyPath";
import { nestsDeeper } from "../schema/nesting";
import { findRetired } from "../schema/retiredPlaces";
import { checkOverlay } from "../schema/schema";
import type { SchemaFinding } from "../schema/schemaFinding";
import type { Layer, LayerKind } from "./layer";
import { findNonJson } from "./plainData";
import { SourceLines } from "./sourceLines";

/** People write overlays by hand. Anything larger is a mistake, such as a rendered manifest. */
const MAX_OVERLAY_BYTES = 256 * 1024;
const MAX_DEPTH = 100;
const TOO_DEEP = `is nested deeper than ${MAX_DEPTH} levels`;

export const API_VERSION = "install.istio.io/v1alpha1";
export const KIND = "IstioOperator";

/** The `apiVersion` of an IstioOperator in files of older releases. istioctl does not check it. */
export const FORMER_API_VERSIONS: readonly Json[] = [
  "install.istio.io/v1alpha2",
  "operator.istio.io/v1alpha1",
];

const MINIMAL = `start it with "apiVersion: ${API_VERSION}" and "kind: ${KIND}"`;

export interface ParsedOverlay {
  /** The layer. Absent if there is a problem. */
  readonly layer?: Layer;
  readonly problems: readonly Problem[];
  /** What is accepted but deserves attention, such as a quoted boolean. */
  readonly warnings: readonly Problem[];
}

interface Source {
  readonly name: string;
  readonly kind: LayerKind;
  /**
   * The Istio version, which decides which fields were dropped. @default the newest that is known
   */
  readonly version?: string;
  /** The file, if it differs from the name. */
  readonly file?: string;
}

function layerOf({ kind, name, file }: Source): Omit<Layer, "document"> {
  const path = file ?? (kind === "file" ? name : undefined);
  return { kind, name, ...(path !== undefined && { file: path }) };
}

function refuse(source: Source, problem: Omit<Problem, "source">): ParsedOverlay {
  return { problems: [{ source: source.name, ...problem }], warnings: [] };
}

/**
 * Tags of YAML 1.1 whose values Go's reader leaves as text: dates (`2024-01-01`) and base-60
 * numbers (`12:30`).
 */
const NOT_READ_BY_GO = ["tag:yaml.org,2002:timestamp"];

function goTags(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === "string" || !(NOT_READ_BY_GO.includes(tag.tag) || tag.format === "TIME"),
  );
}

function isEmpty(document: Document.Parsed): boolean {
  const { contents } = document;
  return contents === null || (isScalar(contents) && contents.value === null);
}

function readDocuments(text: string, lines: LineCounter): Document.Parsed[] {
  // Kubernetes tools and istioctl read YAML 1.1, where `yes` is a boolean.
  const parsed = parseAllDocuments(text, {
    version: "1.1",
    uniqueKeys: true,
    lineCounter: lines,
    customTags: goTags,
    // Otherwise the parser prints warnings (about an unknown tag, for example) to the console.
    logLevel: "error",
  });
  const documents = Array.isArray(parsed) ? (parsed as Document.Parsed[]) : [];
  return documents.filter((document) => document.errors.length > 0 || !isEmpty(document));
}

function syntaxProblems(documents: readonly Document.Parsed[]): Unreadable {
  return documents.flatMap((document) =>
    document.errors.map((error) => ({
      line: error.linePos?.[0].line,
      path: "",
      reason: `is not valid YAML: ${error.message.split("\n")[0]?.replace(/ at line .*$/, "")}`,
    })),
  );
}

/** Returns the data of a document. @throws Error if aliases in the document expand too far */
export function documentData(document: Document.Parsed): Json {
  // maxAliasCount stops alias bombs: the parser throws, and the caller reports it.
  return document.toJS({ maxAliasCount: 100 }) as Json;
}

function identityProblem(json: Json): Omit<Problem, "source"> | undefined {
  if (!isObject(json)) {
    return { path: "", reason: "is not a YAML mapping", allowed: `one ${KIND} CR`, fix: MINIMAL };
  }
  if (json.kind === "IstioControlPlane") {
    return {
      path: "kind",
      value: json.kind,
      reason: "was dropped after Istio 1.4",
      allowed: KIND,
      fix: `rewrite it as an ${KIND} of ${API_VERSION}; "mesh overlay migrate" does`,
    };
  }
  if (json.kind !== KIND) {
    return {
      path: "kind",
      value: json.kind,
      reason: "is not an overlay",
      allowed: KIND,
      fix: MINIMAL,
    };
  }
  if (json.apiVersion !== API_VERSION && !isFormer(json)) {
    return {
      path: "apiVersion",
      value: json.apiVersion,
      reason: "is unknown",
      allowed: API_VERSION,
    };
  }
  return undefined;
}

const isFormer = ({ apiVersion = null }: JsonObject) => FORMER_API_VERSIONS.includes(apiVersion);

function formerVersionFindings(json: JsonObject): SchemaFinding[] {
  const { apiVersion = null } = json;
  const reason = `is of an older release, read as ${API_VERSION}`;
  const fix = `write ${API_VERSION}; "mesh overlay migrate" does`;
  return isFormer(json) ? [{ segments: ["apiVersion"], value: apiVersion, reason, fix }] : [];
}

function toProblem(source: string, finding: SchemaFinding, line: number | undefined): Problem {
  const { segments, ...rest } = finding;
  return { source, line, path: pathText(segments), ...rest };
}

/**
 * Checks an overlay that is already plain data, such as an object in a Pulumi program.
 *
 * @returns the layer with quoted booleans and numbers read as what they are meant, or every problem found
 */
export function readOverlayObject(json: Json, source: Source): ParsedOverlay {
  return checkData(json, source);
}

/** JSON cannot hold dates, sets, bytes, infinite numbers or endless structures. */
function checkData(json: Json, source: Source, lines?: SourceLines): ParsedOverlay {
  const foreign = findNonJson(json, MAX_DEPTH);
  if (foreign === undefined) {
    return checkDocument(json, source, lines);
  }
  const { segments, depth } = foreign;
  const line = lines?.of(segments);
  return depth > MAX_DEPTH
    ? refuse(source, { line, path: "", reason: TOO_DEEP })
    : refuse(source, {
        line,
        path: pathText(segments),
        reason: "is not plain data",
        allowed: "texts, numbers, booleans, lists and maps",
      });
}

function checkDocument(json: Json, source: Source, lines?: SourceLines): ParsedOverlay {
  const wrongKind = identityProblem(json);
  if (wrongKind !== undefined) {
    return refuse(source, { line: lines?.of([wrongKind.path]), ...wrongKind });
  }
  const raw = json as JsonObject;
  const { document, errors, warnings } = checkOverlay(
    { ...raw, apiVersion: API_VERSION },
    { version: source.version, isFile: source.kind === "file" },
  );
  const place = (finding: SchemaFinding) =>
    toProblem(source.name, finding, lines?.of(finding.segments));
  return {
    ...(errors.length === 0 && {
      layer: { ...layerOf(source), document, ...(lines && { lines }) },
    }),
    problems: errors.map(place),
    warnings: [...formerVersionFindings(raw), ...warnings, ...findRetired(document)].map(place),
  };
}

/** The single document of a text, and the lines of its fields. */
export interface OneDocument {
  readonly document: Document.Parsed;
  readonly lines: SourceLines;
}

type Unreadable = readonly Omit<Problem, "source">[];

function tooManyDocuments(documents: readonly Document.Parsed[], counter: LineCounter) {
  const range = documents[1]?.contents?.range;
  return {
    line: range ? counter.linePos(range[0]).line : undefined,
    path: "",
    reason: `holds ${documents.length} documents`,
    allowed: `exactly one ${KIND} CR in a file`,
    fix: "put each overlay in a file of its own",
  };
}

/** Reads a YAML text with one document. Returns every problem found if the text cannot be read. */
export function readOneDocument(text: string): OneDocument | Unreadable {
  if (Buffer.byteLength(text) > MAX_OVERLAY_BYTES) {
    return [{ path: "", reason: "is larger than 256 KiB", allowed: `one ${KIND} CR` }];
  }
  if (nestsDeeper(text, MAX_DEPTH)) {
    return [{ path: "", reason: TOO_DEEP }];
  }
  const counter = new LineCounter();
  const documents = readDocuments(text, counter);
  const syntax = syntaxProblems(documents);
  const [document] = documents;
  if (syntax.length > 0 || documents.length > 1) {
    return syntax.length > 0 ? syntax : [tooManyDocuments(documents, counter)];
  }
  return document === undefined
    ? [{ path: "", reason: "is empty", allowed: `one ${KIND} CR`, fix: MINIMAL }]
    : { document, lines: new SourceLines(document, counter) };
}

/**
 * Reads one overlay: a YAML text with exactly one `IstioOperator` CR.
 *
 * @param text the YAML
 * @param source how messages name it, and what kind of layer it becomes
 * @returns the layer, or every problem found, each with its line
 *
 * @example
 * parseOverlay("apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n", { name: "a.yaml", kind: "file" })
 */
export function parseOverlay(text: string, source: Source): ParsedOverlay {
  const read = readOneDocument(text);
  if (!("document" in read)) {
    return {
      problems: read.map((problem) => ({ source: source.name, ...problem })),
      warnings: [],
    };
  }
  try {
    return checkData(documentData(read.document), source, read.lines);
  } catch (error) {
    return refuse(source, { path: "", reason: `cannot be read: ${(error as Error).message}` });
  }
}
