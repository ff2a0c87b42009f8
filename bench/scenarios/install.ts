import { isCrd } from "../../mesh/k8s/objects";
import { liveCluster } from "../../test/support/liveCluster";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import type { BenchContext, Scenario } from "../context";
import { ourManifests } from "../manifests";
import { compare, run as runCommand, type Timed } from "../measure";
import { meshOf, onCluster, twoRevisions } from "../meshes";
import { installRevision, uninstallRevision, WITHOUT_AGENTS } from "../peers";
import { row } from "../table";

const PAIRS = 4;
const GOAL = 2;

/** Restores the CRDs of the old version, which an update rightly refuses to do. */
async function downgradeCrds(kubeconfig: string): Promise<void> {
  const crds = (await ourManifests(meshOf([{ revision: OLD }]))).filter(isCrd);
  const live = liveCluster(kubeconfig, "bench");
  for (const crd of crds) {
    await live.apply(crd);
  }
}

async function ours(context: BenchContext): Promise<Record<"whole" | "withoutPreview", Timed>> {
  const { kubeconfig } = await context.cluster();
  const before = { ...meshOf([{ revision: OLD }]), ...onCluster(kubeconfig) };
  const after = { ...twoRevisions(), ...onCluster(kubeconfig) };
  const project = context.mesh("install", before);
  project.up();
  project.configure(after);
  const undo = async () => {
    await downgradeCrds(kubeconfig);
    project.up(before);
    project.configure(after);
  };
  return {
    whole: { command: project.command("up", "--yes"), undo },
    withoutPreview: { command: project.command("up", "--yes", "--skip-preview"), undo },
  };
}

async function peer(context: BenchContext): Promise<Timed> {
  const { kubeconfig } = await context.cluster();
  await runCommand(installRevision(kubeconfig, PREVIOUS, OLD));
  return {
    command: installRevision(kubeconfig, NEWEST, NEW, ...WITHOUT_AGENTS),
    undo: async () => {
      await downgradeCrds(kubeconfig);
      await runCommand(uninstallRevision(kubeconfig, NEWEST, NEW));
    },
  };
}

async function run(context: BenchContext): Promise<string[]> {
  const { whole, withoutPreview } = await ours(context);
  const theirs = await peer(context);
  return [
    row(
      "one more revision until ready, pulumi up / istioctl install",
      await compare(whole, theirs, PAIRS),
      GOAL,
    ),
    row(
      "  of it without the preview (--skip-preview)",
      await compare(withoutPreview, theirs, PAIRS),
      GOAL,
    ),
  ];
}

export const install: Scenario = {
  name: "install",
  title: "one more revision beside another, until it is ready",
  run,
};
