import { pinned } from "../k8s/imageReference";
import type { MirrorItem } from "./mirror";

/** Programs for which a script can be written. */
export const SCRIPT_TOOLS = ["docker", "crane"] as const;
export type ScriptTool = (typeof SCRIPT_TOOLS)[number];

/** An image, and its digest if it is known. */
export interface ScriptItem extends MirrorItem {
  readonly digest?: string;
}

export interface ScriptOptions {
  /**
   * The platform to copy of images for several platforms. @default all with crane, this machine's
   * with docker
   */
  readonly platform?: string;
}

/** References contain no character that a shell interprets inside single quotes. */
const quoted = (text: string) => `'${text}'`;

function commands(item: ScriptItem, tool: ScriptTool, platform: string | undefined): string[] {
  const { digest, target } = item;
  const source = quoted(digest === undefined ? item.source : pinned(item.source, digest));
  const only = platform === undefined ? "" : ` --platform ${quoted(platform)}`;
  return tool === "crane"
    ? [`crane copy${digest === undefined ? only : ""} ${source} ${quoted(target)}`]
    : [
        `docker pull${only} ${source}`,
        `docker tag ${source} ${quoted(target)}`,
        `docker push ${quoted(target)}`,
      ];
}

function block(item: ScriptItem, tool: ScriptTool, platform: string | undefined): string {
  const note = item.digest === undefined ? " (digest not known: the tag is trusted)" : "";
  return [`# ${item.image}${note}`, ...commands(item, tool, platform)].join("\n");
}

const HEADS: Readonly<Record<ScriptTool, string>> = {
  docker: "# docker takes one platform of each image; crane takes all.",
  crane: "# crane takes all platforms of each image, and digests stay as they are.",
};

/**
 * Returns a shell script that carries out the plan.
 *
 * @example
 * mirrorScript([{ image, source, target, digest }], "docker") // "…docker pull …\ndocker tag …\ndocker push …"
 */
export function mirrorScript(
  items: readonly ScriptItem[],
  tool: ScriptTool,
  { platform }: ScriptOptions = {},
): string {
  const blocks = items.map((item) => block(item, tool, platform));
  return `${["#!/bin/sh", HEADS[tool], "set -eu", ...blocks].join("\n")}\n`;
}
