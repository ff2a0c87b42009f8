import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compareMinors, type MinorFolder } from "../../mesh/model/minors";

/** The folder below the project's with a folder for each minor of Istio. */
export const MINORS_FOLDER = join("mesh", "data", "istio");

/** What the command writes in place of what only a person can know. */
export const GAP = "FILL IN";

/** The file in the folder that names all others. */
export const INDEX = "index.ts";

/** The files with what a minor changes. */
export const PATCHES = ["facts", "types", "flags"] as const;

const MINOR = /^\d+\.\d+$/;

/** The minors that have a folder, the oldest first. */
export function minorsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => MINOR.test(name))
    .sort(compareMinors);
}

/** Reads the folders as they are now, where the index may name others. */
export function readFolders(folder: string): Record<string, MinorFolder> {
  const read = (minor: string, file: string) => {
    const path = join(folder, minor, `${file}.json`);
    return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
  };
  return Object.fromEntries(
    minorsIn(folder).map((minor) => {
      const [types, flags] = [read(minor, "types"), read(minor, "flags")];
      const facts = read(minor, "facts");
      return [
        minor,
        { facts, release: read(minor, "release"), types: () => types, flags: () => flags },
      ];
    }),
  );
}

/** A name for a variable. @example nameOf("facts", "1.31") // "facts1_31" */
function nameOf(file: string, minor: string): string {
  return `${file}${minor.replace(".", "_")}`;
}

/**
 * Returns the text of its index in `mesh/data/istio`, which names the files of each minor. The
 * compiler and the bundler find files that are named and no others.
 */
export function folderIndex(folder: string): string {
  const minors = minorsIn(folder);
  const has = (minor: string, file: string) => existsSync(join(folder, minor, `${file}.json`));
  const imports = minors.flatMap((minor) =>
    ["facts", "release"]
      .filter((file) => has(minor, file))
      .map((file) => `import ${nameOf(file, minor)} from "./${minor}/${file}.json";`),
  );
  const rows = minors.map((minor) => {
    const eager = ["facts", "release"]
      .filter((file) => has(minor, file))
      .map((file) => `    ${file}: ${nameOf(file, minor)},`);
    const lazy = ["types", "flags"]
      .filter((file) => has(minor, file))
      .map((file) => `    ${file}: () => require("./${minor}/${file}.json"),`);
    return [`  "${minor}": {`, ...eager, ...lazy, "  },"].join("\n");
  });
  return [
    "// Written by `npm run istio`: the files of each minor of Istio.",
    ...imports,
    "",
    "export const FOLDERS = {",
    ...rows,
    "};",
    "",
  ].join("\n");
}
