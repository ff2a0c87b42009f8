import { Document, isMap, isScalar } from "yaml";
import type { JsonObject } from "../common/json";
import { splitPath } from "../common/propertyPath";
import { API_VERSION, KIND } from "../overlay/parse";
import { setPath } from "../overlay/setting";
import type { ExplainedField, Given } from "./explain";

function placed({ layer, place }: Given): string {
  return place === undefined ? layer : `${layer} (${place})`;
}

function comment(field: ExplainedField): string {
  const overrode = [...field.overrode]
    .reverse()
    .map((given) => `${JSON.stringify(given.value)} of ${placed(given)}`);
  return ` ${[placed(field), ...overrode.map((text) => `not ${text}`)].join(", ")}`;
}

/** A scalar's comment goes beside it. The comment of a list or map goes above its key. */
function annotate(map: unknown, segments: readonly string[], text: string): void {
  const [key, ...rest] = segments;
  const pair = isMap(map)
    ? map.items.find((item) => isScalar(item.key) && item.key.value === key)
    : undefined;
  if (pair === undefined) {
    return;
  }
  if (rest.length > 0 && isMap(pair.value)) {
    annotate(pair.value, rest, text);
  } else if (isScalar(pair.value) && !String(pair.value.value).includes("\n")) {
    pair.value.comment = text;
  } else if (isScalar(pair.key)) {
    pair.key.commentBefore = text;
  }
}

/** All fields of a gateway share the layer of their list. */
function leafSegments(path: string): string[] {
  const segments = splitPath(path);
  const list = segments.findIndex((segment) => /^\[\d+\]$/.test(segment));
  return list === -1 ? segments : segments.slice(0, list);
}

/**
 * Prints fields as an IstioOperator CR in which a comment names each field's layer and what it
 * overrode.
 */
export function explainedYaml(fields: readonly ExplainedField[]): string {
  const data = fields.reduce<JsonObject>(
    (document, { path, value }) => setPath(document, path, value),
    { apiVersion: API_VERSION, kind: KIND },
  );
  const document = new Document(data, { version: "1.1" });
  for (const field of fields) {
    annotate(document.contents, leafSegments(field.path), comment(field));
  }
  return document.toString({ lineWidth: 0, directives: false });
}
