import type { JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import type { Setting } from "../model/meshInputs";
import type { Layer } from "./layer";
import { API_VERSION, KIND, type ParsedOverlay, readOverlayObject } from "./parse";
import { settingLayers } from "./setting";

/** What messages call the place of a setting. */
export const SETTING_SOURCE = "--set";

/** A setting has the same fields as an overlay, so it goes through the same checks. */
function check(layer: Layer, version: string | undefined): ParsedOverlay {
  const whole = { apiVersion: API_VERSION, kind: KIND, ...layer.document };
  const parsed = readOverlayObject(whole, { name: SETTING_SOURCE, kind: layer.kind, version });
  const spec = parsed.layer?.document.spec;
  const document: JsonObject = spec === undefined ? {} : { spec };
  return {
    ...(parsed.layer !== undefined && { layer: { ...layer, document } }),
    problems: parsed.problems,
    warnings: parsed.warnings,
  };
}

/** Layers of settings with checked fields and types, and every problem found in them. */
export interface CheckedSettings {
  readonly layers: readonly Layer[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Turns `--set`-style settings into layers and checks them like overlays: an unknown field, a
 * wrong type or a revision with dots is refused here too.
 *
 * @param below merge of all the layers under the settings
 * @param version Istio's, which decides on fields that were dropped @default the newest
 * @see settingLayers
 */
export function checkedSettings(
  settings: readonly Setting[],
  below: JsonObject,
  version?: string,
): CheckedSettings {
  const { layers, problems } = settingLayers(settings, below, SETTING_SOURCE);
  const checked = layers.map((layer) => check(layer, version));
  return {
    layers: checked.flatMap(({ layer }) => (layer === undefined ? [] : [layer])),
    problems: [...problems, ...checked.flatMap((parsed) => parsed.problems)],
    warnings: checked.flatMap((parsed) => parsed.warnings),
  };
}
