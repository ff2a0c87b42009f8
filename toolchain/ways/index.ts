import type { Tool } from "../catalog";
import { binaryWays } from "./binary";
import { chartsWays } from "./charts";
import { cliWays } from "./cli";
import { providerWays } from "./provider";
import type { Ways } from "./way";

export const waysOf: Readonly<Record<Tool["kind"], Ways>> = {
  cli: cliWays,
  provider: providerWays,
  charts: chartsWays,
  binary: binaryWays,
};
