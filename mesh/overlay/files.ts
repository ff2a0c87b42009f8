/** What is found at a path. */
export type FileContent =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "missing" }
  | { readonly kind: "folder" }
  | { readonly kind: "unreadable"; readonly reason: string };

/** How overlays are read: the core opens no file itself. */
export interface OverlayFiles {
  read(path: string): FileContent;
  /** Names of a folder's files and folders. */
  entries(folder: string): readonly string[];
}
