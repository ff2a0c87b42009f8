import type { Finding } from "../../../mesh/checks/finding";
import { checkImages, imagesToAsk } from "../../../mesh/checks/precheck/images";
import { leftovers } from "../../../mesh/checks/precheck/leftovers";
import type { DesiredMesh, LiveState } from "../../../mesh/checks/precheck/types";
import { runPrechecks } from "../../../mesh/checks/registry";
import { type K8sObject, objectTitle } from "../../../mesh/k8s/objects";
import type { Cluster } from "../../cluster/cluster";
import { objectPaths } from "../../cluster/discovery";
import { deleteObject } from "../../cluster/objects";
import type { RegistryReader } from "../../images/crane";
import { askRegistries } from "./images";
import { type PullOptions, tryPulls } from "./pullTrial";
import { readState } from "./state";

/** The findings of a precheck, and what `--prune` would delete. */
export interface Prechecked {
  readonly findings: readonly Finding[];
  /** Objects that older installs left and that may be deleted; see `leftovers`. */
  readonly prunable: readonly K8sObject[];
}

const MAY: Finding = {
  check: "permissions",
  severity: "ok",
  object: "permissions",
  reason: "the kubeconfig's user may do all that an update does",
};

/** What is asked in addition to the API server. */
export interface PrecheckOptions {
  /** Asks registries for the images of the mesh. @default no registry is asked */
  readonly registry?: RegistryReader;
  /** Makes nodes pull the images, in a temporary namespace. Nothing else writes. @default no pulls */
  readonly pull?: PullOptions;
}

async function imageFindings(
  cluster: Cluster,
  desired: DesiredMesh,
  live: LiveState,
  { registry, pull }: PrecheckOptions,
): Promise<readonly Finding[]> {
  const trial = pull === undefined ? undefined : await tryPulls(cluster, desired, live, pull);
  const tried = trial?.findings ?? [];
  const proven = trial?.pulled ?? new Set();
  const left = imagesToAsk(desired, live, proven);
  if (registry === undefined || (proven.size > 0 && left.length === 0)) {
    return tried;
  }
  const answers = await askRegistries(registry, left);
  return [...tried, ...checkImages(desired, live, answers, proven)];
}

/** Compares the desired mesh with a cluster. Writes nothing, unless nodes should pull images. */
export async function precheck(
  cluster: Cluster,
  desired: DesiredMesh,
  options: PrecheckOptions = {},
): Promise<Prechecked> {
  const { live, unread, findings } = await readState(cluster, desired);
  const mayAll = !findings.some(({ check }) => check === MAY.check);
  const images = await imageFindings(cluster, desired, live, options);
  return {
    findings: [
      ...(mayAll ? [MAY] : []),
      ...findings,
      ...runPrechecks({ ...live, desired }, unread),
      ...images,
    ],
    prunable: (unread.includes("leftovers") ? [] : leftovers(desired, live.leftovers))
      .filter(({ instead }) => instead === undefined)
      .map(({ object }) => object),
  };
}

/** Webhooks are deleted first, because their Services must exist while they do. */
function webhooksFirst(objects: readonly K8sObject[]): K8sObject[] {
  const isWebhook = ({ kind }: K8sObject) => kind.endsWith("WebhookConfiguration");
  return [...objects.filter(isWebhook), ...objects.filter((object) => !isWebhook(object))];
}

/**
 * Deletes what older installs left.
 *
 * @param objects of {@link precheck}
 * @param tell is called with the title of each deleted object
 */
export async function prune(
  cluster: Cluster,
  objects: readonly K8sObject[],
  tell: (title: string) => void,
): Promise<void> {
  const paths = objectPaths(cluster);
  for (const object of webhooksFirst(objects)) {
    const path = await paths(object);
    if (path !== undefined) {
      await deleteObject(cluster, path);
      tell(objectTitle(object));
    }
  }
}
