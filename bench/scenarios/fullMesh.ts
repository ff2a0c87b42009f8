import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";
import type { BenchContext, Scenario } from "../context";
import { actAsIstiod } from "../istiod";
import { missingIn, ourManifests, printedManifests } from "../manifests";
import { compare } from "../measure";
import { onCluster, twoGateways, twoRevisions } from "../meshes";
import { generateAndDiff, generateBoth } from "../peers";
import type { Config } from "../projects";
import { row } from "../table";

const PAIRS = 7;
const GOAL = 1;

/** Returns a folder with what istioctl does not create: our gateways and namespaces. */
async function otherManifests(mesh: Config): Promise<string> {
  const theirs = generateBoth().flatMap(printedManifests);
  const others = missingIn(theirs, await ourManifests(mesh));
  const folder = mkdtempSync(join(tmpdir(), "mesh-bench-manifests-"));
  const text = others.map((object) => `---\n${dump(object)}`).join("");
  writeFileSync(join(folder, "others.yaml"), text);
  return folder;
}

async function run(context: BenchContext): Promise<string[]> {
  const { kubeconfig } = await context.cluster();
  const bare = { ...twoRevisions(), ...onCluster(kubeconfig) };
  const full = { ...bare, ...twoGateways() };
  const ours = context.mesh("full", bare);
  ours.up();
  await actAsIstiod(kubeconfig);
  ours.up(full);
  const peer = generateAndDiff(kubeconfig, context.folder(await otherManifests(full)));
  const times = await compare({ command: ours.preview() }, { command: peer }, PAIRS);
  return [
    row("preview, unchanged, 2 revisions, 2 gateways / istioctl + kubectl diff", times, GOAL),
  ];
}

export const fullMesh: Scenario = {
  name: "full",
  title: "preview of an unchanged mesh of two revisions and two gateways",
  run,
};
