import type { Finding } from "../../../mesh/checks/finding";
import { checkImages, imagesToAsk } from "../../../mesh/checks/precheck/images";
import { leftovers } from "../../../mesh/checks/precheck/leftovers";
import type { LiveState, Wish } from "../../../mesh/checks/precheck/types";
import { runPrechecks } from "../../../mesh/checks/registry";
import { type K8sObject, objectTitle } from "../../../mesh/k8s/objects";
import type { Cluster } from "../../cluster/cluster";
import { objectPaths } from "../../cluster/objectPath";
import { deleteObject } from "../../cluster/objects";
import type { RegistryReader } from "../../images/crane";
import { askRegistries } from "./images";
import { type PullOptions, tryPulls } from "./pullTrial";
import { readState } from "./state";

/** What a precheck found, and what it would delete. */
export interface Prechecked {
  readonly findings: readonly Finding[];
  /** What is left of older installs and may go; see `leftovers`. */
  readonly prunable: readonly K8sObject[];
}

const MAY: Finding = {
  check: "permissions",
  severity: "ok",
  object: "permissions",
  reason: "the kubeconfig's user may do all that an update does",
};

/** What is asked besides the API server. */
export interface PrecheckOptions {
  /** Asks registries for the images of the mesh. @default nobody */
  readonly registry?: RegistryReader;
  /** Has nodes pull the images; the only thing that writes, in a namespace of its own. @default no */
  readonly pull?: PullOptions;
}

async function imageFindings(
  cluster: Cluster,
  wish: Wish,
  live: LiveState,
  { registry, pull }: PrecheckOptions,
): Promise<readonly Finding[]> {
  const trial = pull === undefined ? undefined : await tryPulls(cluster, wish, live, pull);
  const tried = trial?.findings ?? [];
  const proven = trial?.pulled ?? new Set();
  const left = imagesToAsk(wish, live, proven);
  if (registry === undefined || (proven.size > 0 && left.length === 0)) {
    return tried;
  }
  const answers = await askRegistries(registry, left);
  return [...tried, ...checkImages(wish, live, answers, proven)];
}

/** Compares a wished mesh with a cluster. Unless nodes are to pull images, nothing is written. */
export async function precheck(
  cluster: Cluster,
  wish: Wish,
  options: PrecheckOptions = {},
): Promise<Prechecked> {
  const { live, unread, findings } = await readState(cluster, wish);
  const mayAll = !findings.some(({ check }) => check === MAY.check);
  const images = await imageFindings(cluster, wish, live, options);
  return {
    findings: [
      ...(mayAll ? [MAY] : []),
      ...findings,
      ...runPrechecks({ ...live, wish }, unread),
      ...images,
    ],
    prunable: (unread.includes("leftovers") ? [] : leftovers(wish, live.leftovers))
      .filter(({ instead }) => instead === undefined)
      .map(({ object }) => object),
  };
}

/** Webhooks go first: as long as they are there, what answers them must not be missing. */
function webhooksFirst(objects: readonly K8sObject[]): K8sObject[] {
  const isWebhook = ({ kind }: K8sObject) => kind.endsWith("WebhookConfiguration");
  return [...objects.filter(isWebhook), ...objects.filter((object) => !isWebhook(object))];
}

/**
 * Deletes what is left of older installs.
 *
 * @param objects of {@link precheck}
 * @param tell is told of each one that is gone
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
