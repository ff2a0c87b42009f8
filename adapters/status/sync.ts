import { readyIstiodPods } from "../../mesh/snapshot/controlPlanes";
import type { StatusSource } from "../../mesh/status/types";
import { planes, viewOf } from "../../mesh/status/view";
import type { PodShell } from "../cluster/exec";
import { askIstiods } from "../cluster/istiodSync";

/** Adds what every ready istiod reports about the proxies that it serves. */
export async function withSync(source: StatusSource, shell: PodShell): Promise<StatusSource> {
  const view = viewOf(source);
  return {
    ...source,
    sync: await askIstiods(shell, readyIstiodPods(planes(view), view.lists.pods)),
  };
}
