import type { Catalogue } from "./catalogue";
import type { FileContent } from "./files";

/** The overlays that inputs can name: the built-in ones, and the user's own files. */
export interface OverlayLibrary {
  readonly options: Catalogue;
  readonly profiles: Catalogue;
  /** Reads an overlay file of the user's. */
  readFile(path: string): FileContent;
}
