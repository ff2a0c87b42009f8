import type { Tool } from "../catalog";
import { binaryWays } from "./binary";
import { chartsWays } from "./charts";
import { cliWays } from "./cli";
import { moduleFileWays } from "./moduleFile";
import { providerWays } from "./provider";
import type { Ways } from "./way";
import { wheelWays } from "./wheel";

export const waysOf: Readonly<Record<Tool["kind"], Ways>> = {
  cli: cliWays,
  provider: providerWays,
  charts: chartsWays,
  binary: binaryWays,
  moduleFile: moduleFileWays,
  wheel: wheelWays,
};
