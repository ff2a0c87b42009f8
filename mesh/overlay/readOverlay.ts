import { readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import type { JsonObject } from "../common/json";
import type { Catalogue } from "./catalogue";
import { type ParsedOverlay, parseOverlay, readOverlayObject } from "./parse";

const IS_FILE = /(\.ya?ml$|\/)/i;

/** `cni-gcp.yaml` where `cni-gcp` was meant: asmcli names its files so. */
function optionFix(path: string, options: Catalogue): string | undefined {
  const name = basename(path, extname(path));
  return options.names.includes(name) ? `write "${name}" for the built-in option` : undefined;
}

function readOverlayFile(path: string, options: Catalogue, version: string): ParsedOverlay {
  const source = { name: path, kind: "file" as const, version };
  try {
    return parseOverlay(readFileSync(path, "utf8"), source);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === "ENOENT" ? "no such file" : code === "EISDIR" ? "is a folder" : String(error);
    const fix = code === "ENOENT" ? optionFix(path, options) : undefined;
    return { problems: [{ source: path, path: "", reason, fix }], warnings: [] };
  }
}

/**
 * Reads one entry of `overlays`: an option by name, a file by path, or an object of a program.
 *
 * @param index position in the list, for messages
 */
export function readOverlay(
  overlay: string | JsonObject,
  index: number,
  options: Catalogue,
  version: string,
): ParsedOverlay {
  if (typeof overlay !== "string") {
    return readOverlayObject(overlay, { name: `overlays[${index}]`, kind: "inline", version });
  }
  return IS_FILE.test(overlay)
    ? readOverlayFile(overlay, options, version)
    : options.read(overlay, version);
}
