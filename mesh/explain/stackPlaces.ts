import { LineCounter, parseDocument } from "yaml";
import type { Json } from "../common/json";
import type { Layer } from "../overlay/layer";
import { settingName } from "../overlay/setting";
import { SourceLines } from "../overlay/sourceLines";
import type { PlaceFinder } from "./explain";

type Segments = readonly (string | number)[];

/** Inputs that share one layer, by the field that each of them sets. */
const NAMED_BY_FIELD: Readonly<Record<string, string>> = {
  "spec.hub": "hub",
  "spec.tag": "tag",
  "spec.revision": "revision",
  "spec.namespace": "namespace",
  "spec.values.global.istioNamespace": "namespace",
  "metadata.namespace": "namespace",
};

function inputKey(layer: Layer, segments: Segments): string {
  return NAMED_BY_FIELD[segments.join(".")] ?? layer.name;
}

/** Returns the settings of the mesh and of each revision, with their places. */
function settings(config: Json): [string, Segments][] {
  const { "mesh:set": set, "mesh:revisions": revisions } = (config ?? {}) as Record<string, Json>;
  const named = (list: unknown, at: Segments) =>
    (Array.isArray(list) ? list : []).map((item, index): [string, Segments] => [
      settingName(item),
      [...at, index],
    ]);
  const own = (Array.isArray(revisions) ? revisions : []).flatMap((revision, index) =>
    named((revision as { set?: unknown } | null)?.set, ["mesh:revisions", index, "set"]),
  );
  return [...named(set, ["mesh:set"]), ...own];
}

/**
 * Finds the lines of a stack's file that typed inputs, settings and inline overlays come from.
 *
 * @param typed flags on the command line, by the input that they set; they take precedence over the file
 */
export function stackPlaces(
  file: string,
  text: string,
  typed: Readonly<Record<string, string>> = {},
): PlaceFinder {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const lines = new SourceLines(document, counter);
  const all = settings((document.toJS() as { config?: Json } | null)?.config ?? null);

  const placeOf = (path: Segments | undefined) => {
    const whole = ["config", ...(path ?? [])];
    return path !== undefined && document.hasIn(whole) ? `${file}:${lines.of(whole)}` : undefined;
  };
  return (layer, segments) => {
    switch (layer.kind) {
      case "set":
        return placeOf(all.find(([name]) => name === layer.name)?.[1]);
      case "inline": {
        const index = Number(/\d+/.exec(layer.name)?.[0]);
        return placeOf(["mesh:overlays", index, ...segments]);
      }
      case "inputs": {
        const key = inputKey(layer, segments);
        return typed[key] ?? placeOf([`mesh:${key}`]) ?? placeOf(["mesh:revisions"]);
      }
      default:
        return undefined;
    }
  };
}
