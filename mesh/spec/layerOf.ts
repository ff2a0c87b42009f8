import type { MergedOverlay } from "../overlay/merge";

/** The name of the layer that set a field of a merged document, or a field below it. */
export function layerOf({ provenance }: MergedOverlay, path: string): string {
  const origins = Object.entries(provenance);
  const found = origins.find(([leaf]) => leaf === path || leaf.startsWith(`${path}.`));
  return found?.[1].layer ?? "overlays";
}
