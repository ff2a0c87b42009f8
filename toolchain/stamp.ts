import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A text in the sources, and the text that replaces it in a release. */
interface Placeholder {
  readonly pattern: RegExp;
  readonly released: (version: string) => string;
}

const chartPlaceholders: readonly Placeholder[] = [
  { pattern: /^(\s*(?:- )?(?:version|appVersion): )1\.0\.0$/gm, released: (version) => version },
];

const valuePlaceholders: readonly Placeholder[] = [
  {
    pattern: /^(\s*hub: )(?:gcr\.io\/istio-testing|registry\.istio\.io\/testing)$/gm,
    released: () => "docker.io/istio",
  },
  { pattern: /^(\s*tag: )latest$/gm, released: (version) => version },
];

/** The files with placeholders, by the end of their path. */
const stamped: readonly { readonly file: RegExp; readonly holds: readonly Placeholder[] }[] = [
  { file: /(^|\/)Chart\.yaml$/, holds: chartPlaceholders },
  { file: /(^|\/)values\.yaml$/, holds: valuePlaceholders },
  { file: /(^|\/)profiles\/default\.yaml$/, holds: valuePlaceholders },
];

/**
 * Turns a file of Istio's sources into that of a release by setting chart versions, image hub and
 * image tag. Other files, and all other text, are returned unchanged.
 *
 * @param path the file's path inside the charts folder, with `/` between its parts
 * @param version the Istio version, without a leading `v`
 * @example
 * stamp('charts/base/Chart.yaml', 'version: 1.0.0\n', '1.31.0')
 * // 'version: 1.31.0\n'
 */
export function stamp(path: string, text: string, version: string): string {
  const rule = stamped.find(({ file }) => file.test(path));
  return (rule?.holds ?? []).reduce(
    (result, { pattern, released }) =>
      result.replace(pattern, (_all, key: string) => key + released(version)),
    text,
  );
}

/** Stamps every file below a folder in place. */
export function stampFolder(folder: string, version: string): void {
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const posix = path.replaceAll("\\", "/");
    if (stamped.some(({ file }) => file.test(posix))) {
      const full = join(folder, path);
      writeFileSync(full, stamp(posix, readFileSync(full, "utf8"), version));
    }
  }
}
