import { NEWEST } from "../../toolchain/versions";
import { useTestCache } from "./temporary";
import { type Tools, toolsFor } from "./tools";

/** The inputs that every component test starts from. */
export interface CommonArgs {
  readonly version: string;
  readonly charts: { readonly kind: "folder"; readonly path: string };
}

/**
 * Sets up real charts and a real Helm for a suite of component tests.
 *
 * @returns inputs to start from, once the suite runs
 */
export function withRealCharts(): () => CommonArgs {
  let tools: Tools;
  let undo: () => void;
  before(async function () {
    tools = await toolsFor(this);
    undo = useTestCache();
    process.env.PULUMI_HOME ??= tools.home;
  });
  after(() => undo?.());
  return () => ({ version: NEWEST, charts: { kind: "folder", path: tools.charts } });
}
