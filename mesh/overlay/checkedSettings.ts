import type { JsonObject } from "../json";
import type { Problem } from "../problem";
import type { Layer } from "./layer";
import { API_VERSION, KIND, type ParsedOverlay, readOverlayObject } from "./parse";
import { type Setting, settingLayers } from "./setting";

const SOURCE = "--set";

/** The fields of a setting are those of an overlay, so it passes the same checks. */
function check(layer: Layer): ParsedOverlay {
  const whole = { apiVersion: API_VERSION, kind: KIND, ...layer.document };
  const parsed = readOverlayObject(whole, { name: SOURCE, kind: layer.kind });
  const spec = parsed.layer?.document.spec;
  const document: JsonObject = spec === undefined ? {} : { spec };
  return {
    ...(parsed.layer !== undefined && { layer: { ...layer, document } }),
    problems: parsed.problems,
    warnings: parsed.warnings,
  };
}

/** Layers of settings whose fields and types were checked, with all that is wrong with them. */
export interface CheckedSettings {
  readonly layers: readonly Layer[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * The layers of `--set`-style settings, checked as overlays are: an unknown field, a wrong type or
 * a revision with dots is refused here too.
 *
 * @param below merge of all the layers under the settings
 * @see settingLayers
 */
export function checkedSettings(settings: readonly Setting[], below: JsonObject): CheckedSettings {
  const { layers, problems } = settingLayers(settings, below, SOURCE);
  const checked = layers.map(check);
  return {
    layers: checked.flatMap(({ layer }) => (layer === undefined ? [] : [layer])),
    problems: [...problems, ...checked.flatMap((parsed) => parsed.problems)],
    warnings: checked.flatMap((parsed) => parsed.warnings),
  };
}
