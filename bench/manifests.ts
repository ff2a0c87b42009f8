import { spawnSync } from "node:child_process";
import { loadAll } from "js-yaml";
import { overlayLibrary } from "../adapters/overlays";
import { renderTools } from "../adapters/renderTools";
import { type K8sObject, objectTitle } from "../mesh/k8s/objects";
import { generateManifests } from "../mesh/plan/generate";
import { planMesh } from "../mesh/plan/meshPlan";
import { readStackConfig } from "../mesh/plan/stackConfig";
import type { MeasuredCommand } from "./measure";
import type { Config } from "./projects";

/** Returns what our program renders from a stack's configuration. */
export async function ourManifests(config: Config): Promise<readonly K8sObject[]> {
  const texts = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const { inputs } = readStackConfig(Object.fromEntries(texts), "bench");
  const { objects } = await generateManifests(
    planMesh(inputs, overlayLibrary()),
    renderTools(inputs.charts),
  );
  return objects;
}

/** Returns the objects that a command prints as YAML. */
export function printedManifests({ program, args, cwd }: MeasuredCommand): K8sObject[] {
  const printed = spawnSync(program, args, { cwd, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (printed.status !== 0) {
    throw new Error(`${program} ${args.join(" ")}\n${printed.stderr}`);
  }
  return (loadAll(printed.stdout) as (K8sObject | null)[]).filter((object) => object !== null);
}

/**
 * Returns our objects that the peer lacks: gateways and namespaces.
 *
 * @throws Error if the peer has objects that we lack, because the two would not do the same
 */
export function missingIn(peer: readonly K8sObject[], ours: readonly K8sObject[]): K8sObject[] {
  const [theirs, own] = [peer, ours].map((objects) => new Set(objects.map(objectTitle)));
  const extra = [...(theirs ?? [])].filter((title) => !own?.has(title));
  if (extra.length > 0 || theirs?.size !== peer.length) {
    throw new Error(`the peer makes other objects: ${extra.join(", ")} (${peer.length} in all)`);
  }
  return ours.filter((object) => !theirs.has(objectTitle(object)));
}
