import { isObject } from "../common/json";
import type { Problem } from "../common/problem";
import { formatReference, isDigest, parseReference } from "../k8s/imageReference";

/** The digests that images must have, by full reference. */
export type Pins = Readonly<Record<string, string>>;

export interface ReadPins {
  readonly pins: Pins;
  readonly problems: readonly Problem[];
}

const EXPECTED =
  'what mesh images list --digests --output json prints: [{"image": …, "digest": "sha256:…"}]';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads a file of pins.
 *
 * @param file for messages
 * @param text what `mesh images list --digests --output json` printed
 */
export function readPins(file: string, text: string): ReadPins {
  const rows = parsed(text);
  const bad = (path: string, value: unknown, reason: string): Problem => ({
    source: file,
    path,
    value,
    reason,
    allowed: EXPECTED,
  });
  if (!Array.isArray(rows)) {
    return { pins: {}, problems: [bad("", undefined, "is not a list in JSON")] };
  }
  const read = rows.map((row: unknown, index) => {
    const image = isObject(row) ? row.image : undefined;
    const digest = isObject(row) ? row.digest : undefined;
    const reference = typeof image === "string" ? parseReference(image) : undefined;
    return {
      entry:
        reference && isDigest(digest) ? ([formatReference(reference), digest] as const) : undefined,
      problems: [
        ...(reference === undefined ? [bad(`[${index}].image`, image, "is not an image")] : []),
        ...(isDigest(digest) ? [] : [bad(`[${index}].digest`, digest, "is not a digest")]),
      ],
    };
  });
  return {
    pins: Object.fromEntries(read.flatMap(({ entry }) => (entry === undefined ? [] : [entry]))),
    problems: read.flatMap(({ problems }) => problems),
  };
}

/** Returns a problem for each image without a pin, if there are pins. */
export function missingPins(file: string, pins: Pins, images: readonly string[]): Problem[] {
  return images
    .filter((image) => !Object.hasOwn(pins, image))
    .map((image) => ({
      source: file,
      path: "",
      value: image,
      reason: "has no pin",
      fix: "create the file again: mesh images list --digests --output json",
    }));
}
