import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import type { UpgradeNote } from "../../mesh/model/minors";
import { sourceUrl } from "./sourceUrl";

interface ReleaseNote {
  readonly upgradeNotes?: readonly { readonly title: string }[];
}

function notesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/**
 * Returns what a release asks of those who upgrade to it: the upgrade notes that its sources have
 * and those of the release before do not. Sources keep all notes, so others are of releases before.
 *
 * @param before the sources of the release before
 */
export function upgradeNotes(sources: string, before: string, minor: string): UpgradeNote[] {
  const notes = (folder: string) => join(folder, "releasenotes", "notes");
  const known = new Set(notesIn(notes(before)));
  return notesIn(notes(sources))
    .filter((file) => !known.has(file))
    .flatMap((file) => {
      const note = load(readFileSync(join(notes(sources), file), "utf8")) as
        | ReleaseNote
        | undefined;
      const asked = note?.upgradeNotes ?? [];
      return asked.map(({ title }) => ({
        title,
        source: sourceUrl(minor, `releasenotes/notes/${file}`),
      }));
    });
}
