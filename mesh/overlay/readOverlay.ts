import { basename, extname } from "node:path";
import type { JsonObject } from "../common/json";
import type { Catalogue } from "./catalogue";
import type { OverlayLibrary } from "./library";
import { type ParsedOverlay, parseOverlay, readOverlayObject } from "./parse";

const IS_FILE = /(\.ya?ml$|\/)/i;

/** Returns whether an overlay is named by its path, and not as a built-in option. */
export function isOverlayFile(name: string): boolean {
  return IS_FILE.test(name);
}

/** Suggests `cni-gcp` for `cni-gcp.yaml`, because asmcli's option files have that ending. */
function optionFix(path: string, options: Catalogue): string | undefined {
  const name = basename(path, extname(path));
  return options.names.includes(name) ? `write "${name}" for the built-in option` : undefined;
}

function unread(path: string, reason: string, fix?: string): ParsedOverlay {
  return { problems: [{ source: path, path: "", reason, fix, isUnread: true }], warnings: [] };
}

function readOverlayFile(path: string, library: OverlayLibrary, version: string): ParsedOverlay {
  const content = library.readFile(path);
  switch (content.kind) {
    case "text":
      return parseOverlay(content.text, { name: path, kind: "file", version });
    case "missing":
      return unread(path, "no such file", optionFix(path, library.options));
    case "folder":
      return unread(path, "is a folder");
    case "unreadable":
      return unread(path, content.reason);
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
  library: OverlayLibrary,
  version: string,
): ParsedOverlay {
  if (typeof overlay !== "string") {
    return readOverlayObject(overlay, { name: `overlays[${index}]`, kind: "inline", version });
  }
  return IS_FILE.test(overlay)
    ? readOverlayFile(overlay, library, version)
    : library.options.read(overlay, version);
}
