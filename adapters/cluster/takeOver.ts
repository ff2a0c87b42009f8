import type { JsonObject } from "../../mesh/common/json";
import { isManagedBy, managersOf } from "../../mesh/k8s/managers";
import { type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import type { AdoptMode } from "../../mesh/model/adoptMode";
import { type ExistingObject, takeOverFailure } from "../../mesh/ownership/adoptionMessages";
import { changesBetween } from "../../mesh/ownership/changes";
import { decideAdoption } from "../../mesh/ownership/decide";
import { ownerOf } from "../../mesh/ownership/owner";
import { rivalOf, rivalText } from "../../mesh/ownership/rival";
import { markKey, owningStacks, stackMark } from "../../mesh/ownership/shared/marks";
import { sharedPart } from "../../mesh/ownership/shared/parts";
import {
  afterTransfer,
  type NewOwner,
  type Transfer,
  transferFields,
} from "../../mesh/ownership/transfer";
import { type Cluster, succeeded } from "./cluster";
import type { ObjectPaths } from "./discovery";
import { listWebhooks } from "./guardState";
import { mark } from "./leaveShared";
import { getObject } from "./objects";

/** A cluster, and the stack for which objects are looked up. */
export interface Lookup {
  readonly cluster: Cluster;
  readonly paths: ObjectPaths;
  /** The stack's field manager. */
  readonly manager: string;
  readonly mode: AdoptMode;
  /** Whether the stack takes over an object that another stack owns. */
  takes(object: K8sObject): boolean;
}

/** An object as it is about to be created. */
export interface Planned {
  /** Of its resource. */
  readonly name: string;
  readonly object: K8sObject;
  /** Whether some of its values must not be shown. */
  readonly secret: boolean;
}

/** An object of another owner that has the name of one that is about to be created. */
export interface Found {
  readonly finding: ExistingObject;
  readonly live: K8sObject;
  readonly path: string;
}

/** How often a write may conflict with another write of the same object. */
const ATTEMPTS = 5;

/** Looks for an object of another owner. Returns `undefined` if there is none or it is the stack's. */
export async function findForeign(
  { cluster, paths, manager, mode, takes }: Lookup,
  object: K8sObject,
): Promise<Found | undefined> {
  const path = await paths(object);
  const found = path === undefined ? undefined : await getObject(cluster, path);
  if (path === undefined || found === undefined) {
    return undefined;
  }
  const live = { ...found, apiVersion: object.apiVersion, kind: object.kind } as K8sObject;
  const adoption = decideAdoption(live, manager, mode, takes(object));
  const { kind } = live;
  return adoption === "own"
    ? undefined
    : { path, live, finding: { title: objectTitle(live), kind, owner: ownerOf(live), adoption } };
}

/** Returns another owner's injector that would inject the same pods as one that is about to be created. */
export async function findRival(
  { cluster, manager }: Lookup,
  object: K8sObject,
): Promise<ExistingObject | undefined> {
  const { kind } = object;
  if (kind !== "MutatingWebhookConfiguration") {
    return undefined;
  }
  const rival = rivalOf(object, await listWebhooks(cluster), (other) =>
    isManagedBy(other, manager),
  );
  return rival === undefined
    ? undefined
    : {
        title: objectTitle(object),
        kind,
        owner: ownerOf(rival),
        adoption: "block",
        obstacle: rivalText({ planned: object, rival }),
      };
}

function newOwner(manager: string, { apiVersion }: K8sObject): NewOwner {
  return { manager, apiVersion };
}

function transferOf(manager: string, live: K8sObject): Transfer | undefined {
  return transferFields(managersOf(live), newOwner(manager, live));
}

/** Returns an object without the fields that only the API server writes. */
function writable(object: K8sObject): K8sObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Returns the object with all defaults, from a dry run at the API server. */
async function dryRun(
  { cluster, manager }: Lookup,
  { live, path }: Found,
  object: K8sObject,
): Promise<K8sObject> {
  const title = objectTitle(object);
  const query = `?dryRun=All&fieldManager=${encodeURIComponent(manager)}`;
  const apply = `${path}${query}&force=true`;
  const applied = succeeded(title, await cluster.call("PATCH", apply, object)) as K8sObject;
  const moved = transferOf(manager, live);
  if (moved === undefined) {
    return applied;
  }
  const next = writable(afterTransfer(applied, moved, newOwner(manager, live)));
  return succeeded(title, await cluster.call("PUT", path + query, next)) as K8sObject;
}

/** Returns what a take-over would change, or why the API server would refuse it. */
export async function foresee(
  lookup: Lookup,
  found: Found,
  { object, secret }: Pick<Planned, "object" | "secret">,
): Promise<ExistingObject> {
  const { finding, live } = found;
  try {
    const changes = changesBetween(live, await dryRun(lookup, found, object));
    return { ...finding, changes, secret };
  } catch (error) {
    const reason = secret ? "the API server refuses it" : (error as Error).message;
    return { ...finding, obstacle: takeOverFailure(finding.title, reason) };
  }
}

/** Replacing the version makes the API server refuse the patch if somebody else was faster. */
function patchOf(live: K8sObject, { managedFields }: Transfer): JsonObject[] {
  const resourceVersion = getPath(live, "metadata.resourceVersion") ?? null;
  return [
    { op: "replace", path: "/metadata/managedFields", value: [...managedFields] },
    { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
  ];
}

/** Notes on a Namespace of another owner that it must stay. */
export async function noteFound({ cluster, manager }: Lookup, { path }: Found): Promise<void> {
  await mark({ cluster }, path, stackMark("found", manager));
}

/** Stacks that lose an object. Their next preview reports it. Until then, they count as users. */
async function noteFormer({ cluster, manager }: Lookup, { live, path }: Found): Promise<void> {
  const losers = owningStacks(live, manager).map((loser) => stackMark("former", loser));
  const own = { [markKey("former", manager)]: null };
  await mark({ cluster }, path, Object.assign({}, own, ...losers));
}

/**
 * Transfers the fields that the installers of an object own to the stack. Nothing else of the object
 * changes, except the marks of stacks. The next apply is then like any update of the stack's own object.
 */
export async function takeOver(lookup: Lookup, found: Found): Promise<void> {
  const { cluster, manager } = lookup;
  const { live, path, finding } = found;
  if (sharedPart(live) !== undefined) {
    await noteFormer(lookup, found);
  }
  let current = (await getObject(cluster, path)) as K8sObject | undefined;
  for (let attempt = 1; current !== undefined; attempt++) {
    const moved = transferOf(manager, current);
    if (moved === undefined) {
      return;
    }
    const answer = await cluster.call("PATCH", path, patchOf(current, moved), "json");
    if (answer.status !== 409 || attempt === ATTEMPTS) {
      succeeded(finding.title, answer);
      return;
    }
    current = (await getObject(cluster, path)) as K8sObject | undefined;
  }
}
