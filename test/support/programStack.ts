import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump, load } from "js-yaml";
import { compiledFile } from "./compiled";
import { TestStack } from "./stack";
import type { Tools } from "./tools";

/**
 * A stack that runs one of the programs in `test/engine/programs` in place of the project's own. The
 * program reads its data from the configuration key `mesh:program`.
 */
export async function programStack(tools: Tools, program: string): Promise<TestStack> {
  const stack = await TestStack.create(tools, "test", {});
  const file = join(stack.folder, "Pulumi.yaml");
  const { config: _, ...project } = load(readFileSync(file, "utf8")) as { config: object };
  const runtime = { name: "nodejs", options: { typescript: false } };
  const main = compiledFile(`test/engine/programs/${program}.ts`);
  writeFileSync(file, dump({ ...project, runtime, main }));
  return stack;
}
