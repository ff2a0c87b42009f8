import type { Tool } from "../catalog";
import type { Context } from "../context";
import { buildBinary } from "../go";
import { writeMark } from "../mark";
import type { Ways } from "./way";

export const binaryWays: Ways = {
  go: { name: "Go modules", run: build },
};

async function build(context: Context, tool: Tool): Promise<void> {
  const { binary } = tool;
  if (binary === undefined) {
    throw new Error("there is nothing to build it from");
  }
  await buildBinary(context, binary);
  writeMark(tool);
}
