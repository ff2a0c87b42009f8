import type { Tool } from "../catalog";
import type { SetupContext } from "../context";
import { buildBinary } from "../go";
import { writeMark } from "../mark";
import type { Installers } from "./installer";

export const binaryInstallers: Installers = {
  go: { name: "Go modules", run: build },
};

async function build(context: SetupContext, tool: Tool): Promise<void> {
  const { binary } = tool;
  if (binary === undefined) {
    throw new Error("there is nothing to build it from");
  }
  await buildBinary(context, binary);
  writeMark(tool);
}
