import type { BenchContext, Scenario } from "../context";
import { compare } from "../measure";
import { onCluster, smallMesh } from "../meshes";
import { row } from "../table";

const PAIRS = 7;
const GOAL = 2.5;

async function run(context: BenchContext): Promise<string[]> {
  const { kubeconfig } = await context.cluster();
  const empty = context.empty();
  const rendered = context.mesh("rendered", { ...smallMesh(), "mesh:target": "render" });
  const live = context.mesh("live", { ...smallMesh(), ...onCluster(kubeconfig) });
  rendered.up();
  live.up();
  const against = (project: typeof live) =>
    compare({ command: project.preview() }, { command: empty.preview() }, PAIRS);
  return [
    row("preview, unchanged, rendered / empty program", await against(rendered), GOAL),
    row("preview, unchanged, live API server / empty program", await against(live), GOAL),
    `  state file: ${rendered.stateKib().toFixed(0)} KiB rendered, ${live.stateKib().toFixed(0)} KiB on the API server`,
  ];
}

export const preview: Scenario = {
  name: "preview",
  title: "previews of an unchanged mesh of one revision",
  run,
};
