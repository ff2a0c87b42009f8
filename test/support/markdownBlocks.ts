import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./tools";

/** A fenced block of a page. */
export interface Block {
  /** Below the project's folder. */
  readonly page: string;
  /** What stands behind the opening fence, such as `sh` or `sh run`. */
  readonly info: string;
  readonly text: string;
}

const FENCE = /^```(\S.*)?\n([\s\S]*?)^```$/gm;

/** The fenced blocks of a page's text, in order. */
export function blocksOf(page: string, text: string): readonly Block[] {
  return [...text.matchAll(FENCE)].map(([, info = "", body = ""]) => ({ page, info, text: body }));
}

/** The pages that people write: README and docs, but for what is made from the exported types. */
export function writtenPages(): readonly string[] {
  const docs = readdirSync(join(ROOT, "docs"), { recursive: true })
    .map((file) => join("docs", String(file)))
    .filter((file) => file.endsWith(".md") && !/^docs\/(reference\/api|\.vitepress)\//.test(file));
  return ["README.md", "CONTRIBUTING.md", ...docs.sort()];
}

/** All fenced blocks of {@link writtenPages}. */
export function allBlocks(): readonly Block[] {
  return writtenPages().flatMap((page) => blocksOf(page, readFileSync(join(ROOT, page), "utf8")));
}

/** Fenced blocks that a page has marked to be run. */
const MARKED = "sh run";

/**
 * The marked blocks of a page as one script, as a reader has one terminal; a command that fails ends
 * it.
 *
 * @param page below the project's folder
 */
export function runnableScript(page: string): string {
  const parts = blocksOf(page, readFileSync(join(ROOT, page), "utf8"))
    .filter(({ info }) => info === MARKED)
    .map(({ text }, index) => `echo "== block ${index + 1}"\nset -x\n${text}set +x`);
  return ["set -euo pipefail", ...parts, ""].join("\n");
}
