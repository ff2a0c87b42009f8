import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "../../mesh/common/json";
import { managersOf } from "../../mesh/k8s/managers";
import {
  identityOf,
  type K8sObject,
  type ObjectIdentity,
  objectTitle,
  stageOf,
} from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { foreignContents } from "../../mesh/ownership/shared/contents";
import {
  type Contents,
  decideLeaving,
  type Leaving,
  type LeavingFacts,
} from "../../mesh/ownership/shared/leaving";
import {
  leftMark,
  leftObjects,
  MARKS_MANAGER,
  markedBy,
  markKey,
  owningStacks,
} from "../../mesh/ownership/shared/marks";
import { anchorName, type SharedPart, sharedPart } from "../../mesh/ownership/shared/parts";
import { keptInClusterMessage } from "../../mesh/ownership/shared/sharedPartMessages";
import { type Cluster, isForbidden, succeeded } from "./cluster";
import type { ObjectPaths } from "./discovery";
import { namespaceContents } from "./namespaceContents";
import { getObject } from "./objects";
import { requireList } from "./snapshot";

/** A cluster with shared objects, and the stack that leaves them. */
export interface Site {
  readonly cluster: Cluster;
  readonly paths: ObjectPaths;
  /** The stack's field manager. */
  readonly manager: string;
  /** Revisions and channels of the stack's own control planes. */
  readonly revisions: readonly string[];
  /** Changes nothing, and only says what stays. */
  readonly preview: boolean;
  say(text: string): void;
}

/** How long a deletion may take. Pulumi's Kubernetes provider has the same limit. */
const GOES_MS = 600_000;
const POLL_MS = 250;
const ATTEMPTS = 5;

/** Returns an object with nothing but its identity, to look it up. */
function objectOf({ apiVersion, kind, namespace, name }: ObjectIdentity): K8sObject {
  return { apiVersion, kind, metadata: { name, ...(namespace !== "" && { namespace }) } };
}

/** Returns the DaemonSet that represents all objects of a node agent, in any Namespace. */
export async function findAnchor(
  cluster: Cluster,
  part: SharedPart,
): Promise<K8sObject | undefined> {
  const name = anchorName(part);
  if (name === undefined) {
    return undefined;
  }
  const fieldSelector = `metadata.name=${name}`;
  return (await requireList(cluster, "daemonSets", { fieldSelector }))[0];
}

/** Writes marks, or removes them with `null`. Does nothing if the object does not exist. */
export async function mark(
  { cluster }: Pick<Site, "cluster">,
  path: string,
  annotations: Readonly<Record<string, string | null>>,
): Promise<void> {
  const patch = { metadata: { annotations: { ...annotations } } };
  const query = `?fieldManager=${MARKS_MANAGER}`;
  const answer = await cluster.call("PATCH", path + query, patch, "merge");
  if (answer.status !== 404) {
    succeeded(path, answer);
  }
}

async function contentsOf(site: Site, object: K8sObject): Promise<Contents> {
  const { objects, unknown } = await namespaceContents(site.cluster, identityOf(object).name);
  const viewer = { manager: site.manager, ownGo: site.preview };
  return { foreign: foreignContents(objects, viewer), unknown };
}

/** Reads whether anybody needs an object. */
async function factsAround(
  site: Site,
  part: SharedPart,
  object: K8sObject,
  anchor: K8sObject | undefined,
): Promise<Pick<LeavingFacts, "istiods" | "pods" | "contents">> {
  const { cluster } = site;
  // The other objects of an agent are of no use to pods without its DaemonSet.
  const isAgent = anchor !== undefined;
  const [istiods, pods, contents] = await Promise.all([
    part === "namespace" || part === "validator"
      ? []
      : requireList(cluster, "deployments", { labelSelector: "app=istiod" }),
    isAgent ? requireList(cluster, "pods") : [],
    part === "namespace" ? contentsOf(site, object) : undefined,
  ]);
  return { istiods, pods, ...(contents && { contents }) };
}

async function decide(
  site: Site,
  part: SharedPart,
  object: K8sObject,
  { heir, anchor }: { readonly heir: boolean; readonly anchor: K8sObject | undefined },
): Promise<Leaving> {
  const { manager, revisions } = site;
  const known = { part, object, manager, revisions, heir, ...(anchor && { anchor }) };
  try {
    return decideLeaving({ ...known, ...(await factsAround(site, part, object, anchor)) });
  } catch (error) {
    if (!isForbidden(error)) {
      throw error;
    }
    return { kind: "keep", reasons: [`it is not known who needs it: ${error.message}`] };
  }
}

async function deleteAndWait({ cluster }: Site, path: string, object: K8sObject): Promise<void> {
  const uid = String(getPath(object, "metadata.uid"));
  const options = { preconditions: { uid }, propagationPolicy: "Foreground" };
  const answer = await cluster.call("DELETE", path, options);
  if (answer.status === 404 || answer.status === 409) {
    return; // deleted, or created again by somebody else
  }
  succeeded(objectTitle(object), answer);
  const deadline = Date.now() + GOES_MS;
  for (;;) {
    const live = await getObject(cluster, path);
    if (live === undefined || getPath(live, "metadata.uid") !== uid) {
      return;
    }
    if (Date.now() > deadline) {
      throw new Error(`${objectTitle(object)} is still being deleted after ${GOES_MS / 1000} s`);
    }
    await delay(POLL_MS);
  }
}

/** Gives up the stack's ownership of an object. The fields stay, except those of a Namespace. */
async function release(site: Site, path: string, object: K8sObject): Promise<void> {
  if (object.kind === "Namespace") {
    return applyToNamespace(site, path, object, {});
  }
  let live: JsonObject | undefined = object;
  for (let attempt = 1; live !== undefined; attempt++) {
    const managedFields = managersOf(live).filter(({ manager }) => manager !== site.manager);
    const version = getPath(live, "metadata.resourceVersion") ?? null;
    const patch = [
      { op: "replace", path: "/metadata/managedFields", value: managedFields },
      { op: "replace", path: "/metadata/resourceVersion", value: version },
    ];
    const answer = await site.cluster.call("PATCH", path, patch, "json");
    if (answer.status !== 409 || attempt === ATTEMPTS) {
      succeeded(objectTitle(object), answer);
      return;
    }
    live = await getObject(site.cluster, path);
  }
}

/** Removes everything else that the stack has set, such as labels. */
async function applyToNamespace(
  { cluster, manager }: Site,
  path: string,
  object: K8sObject,
  annotations: Readonly<Record<string, string>>,
): Promise<void> {
  const bare = objectOf(identityOf(object));
  const some = Object.keys(annotations).length > 0;
  const applied = {
    ...bare,
    metadata: { ...bare.metadata, ...(some && { annotations: { ...annotations } }) },
  };
  const query = `?fieldManager=${encodeURIComponent(manager)}&force=true`;
  succeeded(objectTitle(object), await cluster.call("PATCH", path + query, applied));
}

/** Leaves an object to the other stacks. The last of them finds it by a note on the part's anchor. */
async function hand(
  site: Site,
  path: string,
  object: K8sObject,
  anchor: K8sObject | undefined,
): Promise<void> {
  const note = leftMark(object);
  const anchorPath = anchor && (await site.paths(anchor));
  if (anchorPath !== undefined && anchorPath !== path) {
    await mark(site, anchorPath, note);
  }
  await mark(site, path, note);
  await release(site, path, object);
}

/** A Namespace that stays loses the labels that the stack gave it. */
async function keep(site: Site, path: string, object: K8sObject): Promise<void> {
  if (object.kind === "Namespace") {
    const isOwn = managersOf(object).some(({ manager }) => manager === site.manager);
    await (isOwn ? applyToNamespace(site, path, object, leftMark(object)) : undefined);
  }
}

async function act(
  site: Site,
  path: string,
  object: K8sObject,
  { leaving, anchor }: { readonly leaving: Leaving; readonly anchor: K8sObject | undefined },
): Promise<void> {
  switch (leaving.kind) {
    case "delete":
      return deleteAndWait(site, path, object);
    case "lost":
      return mark(site, path, { [markKey("former", site.manager)]: null });
    case "leave":
      return hand(site, path, object, anchor);
    case "keep":
      return keep(site, path, object);
  }
}

/**
 * Deletes an object of a shared part, unless somebody else needs it.
 *
 * @param uid of the object that the stack knows; another object of that name is not touched
 * @param heir the stack does not own the object, but is the last one to use it
 */
export async function leaveObject(
  site: Site,
  planned: K8sObject,
  { uid, heir = false }: { readonly uid?: string | undefined; readonly heir?: boolean },
): Promise<void> {
  const part = sharedPart(planned);
  const path = await site.paths(planned);
  const found = path === undefined ? undefined : await getObject(site.cluster, path);
  if (part === undefined || path === undefined || found === undefined) {
    return;
  }
  const object = { ...found, apiVersion: planned.apiVersion, kind: planned.kind } as K8sObject;
  if (uid !== undefined && uid !== getPath(object, "metadata.uid")) {
    return;
  }
  const anchor = await findAnchor(site.cluster, part);
  const leaving = await decide(site, part, object, { heir, anchor });
  const words = keptInClusterMessage(objectTitle(object), leaving, site.preview);
  if (words !== undefined) {
    site.say(words);
  }
  if (!site.preview) {
    await act(site, path, object, { leaving, anchor });
  }
}

/** Returns objects in the order of their deletion: workloads before what they need. */
function inOrderOfRemoval(identities: readonly ObjectIdentity[]): K8sObject[] {
  return identities.map(objectOf).sort((one, other) => stageOf(other) - stageOf(one));
}

/** Removes a stack's mark as a user of a part. The last stack deletes what the owners left. */
export async function endUse(site: Site, planned: K8sObject): Promise<void> {
  const path = await site.paths(planned);
  if (path === undefined || site.preview) {
    return;
  }
  await mark(site, path, {
    [markKey("user", site.manager)]: null,
    [markKey("former", site.manager)]: null,
  });
  const anchor = await getObject(site.cluster, path);
  const isUsed =
    anchor === undefined ||
    owningStacks(anchor).length > 0 ||
    markedBy(anchor, "user").length > 0 ||
    markedBy(anchor, "former").length > 0;
  for (const object of isUsed ? [] : inOrderOfRemoval(leftObjects(anchor))) {
    await leaveObject(site, object, { heir: true });
  }
}
