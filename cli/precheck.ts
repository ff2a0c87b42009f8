import { Command } from "commander";
import { checkProject } from "../adapters/checks/precheck/gcloud";
import { precheck, prune } from "../adapters/checks/precheck/precheck";
import type { Cluster } from "../adapters/cluster/cluster";
import { overlayLibrary } from "../adapters/overlays";
import { renderTools } from "../adapters/renderTools";
import type { Finding } from "../mesh/checks/finding";
import type { DesiredMesh } from "../mesh/checks/precheck/types";
import { InvalidInput } from "../mesh/common/problem";
import { listImages } from "../mesh/images/list";
import { type K8sObject, objectTitle } from "../mesh/k8s/objects";
import { DEFAULT_VERSION } from "../mesh/model/defaultVersion";
import { EXAMPLE_REVISION } from "../mesh/model/revision";
import type { ServiceMeshInputs } from "../mesh/model/serviceMeshInputs";
import { generateManifests } from "../mesh/plan/generate";
import { planMesh } from "../mesh/plan/meshPlan";
import { clusterVersionOf } from "./clusterVersion";
import {
  type ClusterFlags,
  checking,
  clusterOf,
  type FindingFlags,
  openChecked,
  withClusterFlags,
  withFindingFlags,
} from "./findings";
import { type InputFlags, inputsOf, withInputFlags } from "./inputs";
import { interruptible } from "./interrupt";
import { type ImageCheckFlags, imageCheck, withImageCheckFlags } from "./precheckImages";
import { CHART_NEWS, printWarnings } from "./report";
import { hasStack, readStack, stackName } from "./stack";

interface PrecheckFlags extends InputFlags, ClusterFlags, FindingFlags, ImageCheckFlags {
  readonly prune?: boolean;
  readonly yes?: boolean;
  readonly gcp?: boolean;
}

async function desiredMeshOf(
  inputs: ServiceMeshInputs,
  flags: InputFlags,
  cluster: Cluster,
): Promise<DesiredMesh> {
  const plan = planMesh(inputs, overlayLibrary());
  const { objects, warnings } = await generateManifests(
    plan,
    renderTools(inputs.charts, { news: CHART_NEWS, clusterVersion: clusterVersionOf(cluster) }),
  );
  printWarnings(warnings);
  return {
    plan,
    objects,
    adopt: inputs.adopt ?? "none",
    shared: inputs.shared,
    platform: inputs.platform,
    ...(hasStack(flags) && { stack: stackName(flags) }),
  };
}

/** Prints to standard error, because a program may read the findings. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function pruneOrShow(
  cluster: Cluster,
  objects: readonly K8sObject[],
  yes: boolean,
): Promise<void> {
  if (objects.length === 0) {
    say("nothing to prune");
  } else if (yes) {
    await prune(cluster, objects, (title) => say(`deleted ${title}`));
  } else {
    for (const object of objects) {
      say(`would delete ${objectTitle(object)}`);
    }
    say("nothing was deleted; --yes does it");
  }
}

async function run(flags: PrecheckFlags, overlays: readonly string[]): Promise<Finding[]> {
  if (flags.yes === true && flags.prune !== true) {
    const reason = "goes with --prune only";
    throw new InvalidInput([{ source: "--yes", path: "", reason, fix: "add --prune" }]);
  }
  const inputs = inputsOf(flags, overlays);
  const cluster = openChecked(flags, () => planMesh(inputs, overlayLibrary()));
  const desired = await desiredMeshOf(inputs, flags, cluster);
  const { findings, prunable } = await interruptible(async (signal) => {
    const { findings: notAsked, ...options } = imageCheck(flags, signal);
    const checked = await precheck(cluster, desired, options);
    return { ...checked, findings: [...checked.findings, ...notAsked] };
  });
  if (flags.prune === true) {
    await pruneOrShow(cluster, prunable, flags.yes === true);
  }
  const project = flags.gcp === true ? await projectFindings(flags, inputs, desired) : [];
  return [
    ...findings.filter((one) => project.length === 0 || !isUncheckedProject(one)),
    ...project,
  ];
}

function projectFindings(
  flags: PrecheckFlags,
  mesh: ServiceMeshInputs,
  { objects }: DesiredMesh,
): Promise<Finding[]> {
  const images = listImages(objects).images.map(({ image }) => image);
  const gke = hasStack(flags) ? readStack(flags).gke : undefined;
  const target = clusterOf(flags);
  return checkProject(target, { mesh, images, ...(gke !== undefined && { gke }) });
}

/** Returns whether a finding only says that the project was not checked. */
function isUncheckedProject({ check, severity }: Finding): boolean {
  return check === "gke" && severity === "info";
}

const EXAMPLES = `
Examples:
  mesh precheck --stack dev                           # before pulumi up
  mesh precheck --istio-version ${DEFAULT_VERSION} --revision ${EXAMPLE_REVISION} -f my-overlay.yaml --context prod
  mesh precheck --stack dev --prune                   # what an older install left; --yes deletes it
  mesh precheck --stack dev --output junit > precheck.xml
  mesh precheck --stack prod --pull                   # nodes pull the images, too

Exit code: 0 nothing is in the way, 1 an error was found (--strict: or a warning), 2 nothing could be checked.`;

/** Returns the command `mesh precheck`. */
export function precheckCommand(): Command {
  const overlays: string[] = [];
  const command = new Command("precheck")
    .description("check what would prevent installing or upgrading a mesh in a cluster")
    .option("--prune", "show what may be deleted of older installs")
    .option("-y, --yes", "with --prune: delete it")
    .option("--gcp", "ask gcloud about APIs, firewall and roles of the cluster's project too")
    .addHelpText("after", EXAMPLES);
  withImageCheckFlags(command);
  return withFindingFlags(withClusterFlags(withInputFlags(command, overlays))).action(
    (flags: PrecheckFlags) => checking("mesh precheck", flags, () => run(flags, overlays)),
  );
}
