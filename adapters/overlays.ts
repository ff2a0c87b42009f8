import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openCatalogue } from "../mesh/overlay/catalogue";
import type { FileContent, OverlayFiles } from "../mesh/overlay/files";
import type { OverlayLibrary } from "../mesh/overlay/library";
import { readFailure } from "./readFailure";

function read(path: string): FileContent {
  try {
    return { kind: "text", text: readFileSync(path, "utf8") };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") {
      return { kind: "missing" };
    }
    return code === "EISDIR"
      ? { kind: "folder" }
      : { kind: "unreadable", reason: readFailure(error) };
  }
}

const FILES: OverlayFiles = { read, entries: (folder) => readdirSync(folder) };

/** Sources, build and bundle lie at different depths below the package that holds `overlays`. */
function overlaysFolder(from: string): string {
  const folder = join(from, "overlays");
  if (existsSync(join(folder, "options"))) {
    return folder;
  }
  const parent = dirname(from);
  if (parent === from) {
    throw new Error(`the built-in overlays are missing: no overlays folder above ${__dirname}`);
  }
  return overlaysFolder(parent);
}

let opened: OverlayLibrary | undefined;

/** The overlays in this package's `overlays` folder, and files on disk. Each is read once. */
export function overlayLibrary(): OverlayLibrary {
  if (opened === undefined) {
    const root = overlaysFolder(__dirname);
    opened = {
      options: openCatalogue(join(root, "options"), "option", FILES),
      profiles: openCatalogue(join(root, "profiles"), "profile", FILES),
      readFile: read,
    };
  }
  return opened;
}
