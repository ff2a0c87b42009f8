import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { run } from "./run";
import { temporaryFolder } from "./temporary";

/** npm packages that hold Node.js, by platform. */
const { platforms } = require("../../toolchain/node.json") as {
  readonly platforms: Readonly<Record<string, { readonly package: string } | undefined>>;
};

/**
 * A PATH on which `node` is this version, as on a machine that has it. npm fetches it.
 *
 * @example
 * await run("npm", ["start"], { cwd, env: { PATH: await pathWithNode("20.18.1") } });
 */
export async function pathWithNode(version: string): Promise<string> {
  const name = platforms[`${process.platform}-${process.arch}`]?.package;
  assert.ok(name, "npm has no Node.js for this platform");
  const folder = temporaryFolder("node");
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${version}`];
  const { code, output } = await run("npm", args, { cwd: folder });
  assert.equal(code, 0, output);
  return [join(folder, "node_modules", name, "bin"), process.env.PATH].join(delimiter);
}
