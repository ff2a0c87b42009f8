import { isObject, type JsonObject } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { listableKinds, type ServedKind } from "../../mesh/ownership/shared/contents";
import { ApiError, type Cluster, succeeded } from "./cluster";
import { inParallel } from "./inParallel";
import { listAll } from "./objects";

const NOT_FOUND = 404;
const NO_LIST = 405;

interface Discovered {
  readonly kinds: readonly ServedKind[];
  /** Versions of APIs that the API server lists but does not describe. */
  readonly unknown: readonly string[];
}

interface Version {
  readonly apiVersion: string;
  readonly root: string;
}

function versionsOf(groups: JsonObject): Version[] {
  const list = Array.isArray(groups.groups) ? groups.groups.filter(isObject) : [];
  return list.flatMap((group) => {
    const preferred = getPath(group, "preferredVersion.groupVersion");
    const versions = Array.isArray(group.versions) ? group.versions.filter(isObject) : [];
    const names = [preferred, ...versions.map(({ groupVersion }) => groupVersion)];
    return [...new Set(names.map(String))].map((apiVersion) => ({
      apiVersion,
      root: `/apis/${apiVersion}`,
    }));
  });
}

/** A kind that several versions serve is the same one. */
function eachOnce(kinds: readonly ServedKind[]): ServedKind[] {
  const known = new Map<string, ServedKind>();
  for (const kind of kinds) {
    const group = kind.apiVersion.split("/").slice(0, -1).join("/");
    const key = `${group}/${kind.plural}`;
    known.set(key, known.get(key) ?? kind);
  }
  return [...known.values()];
}

async function describe(cluster: Cluster, { apiVersion, root }: Version): Promise<Discovered> {
  const answer = await cluster.call("GET", root);
  return answer.status > 299
    ? { kinds: [], unknown: answer.status === NOT_FOUND ? [] : [apiVersion] }
    : { kinds: listableKinds(apiVersion, root, answer.body), unknown: [] };
}

async function discover(cluster: Cluster): Promise<Discovered> {
  const groups = succeeded("/apis", await cluster.call("GET", "/apis"));
  const versions = [{ apiVersion: "v1", root: "/api/v1" }, ...versionsOf(groups)];
  const all = await inParallel(versions, (version) => describe(cluster, version));
  return {
    kinds: eachOnce(all.flatMap(({ kinds }) => kinds)),
    unknown: all.flatMap(({ unknown }) => unknown),
  };
}

/** The contents of a Namespace. */
export interface HeldObjects {
  readonly objects: readonly K8sObject[];
  /** Kinds and versions of APIs that could not be listed. */
  readonly unknown: readonly string[];
}

async function list(cluster: Cluster, namespace: string, kind: ServedKind): Promise<HeldObjects> {
  const { apiVersion, root, plural } = kind;
  try {
    const items = await listAll(cluster, `${root}/namespaces/${namespace}/${plural}`);
    const objects = items.map((item) => ({ ...item, apiVersion, kind: kind.kind }) as K8sObject);
    return { objects, unknown: [] };
  } catch (error) {
    const status = error instanceof ApiError ? error.status : undefined;
    const isNone = status === NOT_FOUND || status === NO_LIST;
    return { objects: [], unknown: isNone ? [] : [plural] };
  }
}

/** Reads every object in a Namespace, of all kinds that the API server lists. */
export async function namespaceContents(cluster: Cluster, namespace: string): Promise<HeldObjects> {
  const { kinds, unknown } = await discover(cluster);
  const all = await inParallel(kinds, (kind) => list(cluster, namespace, kind));
  return {
    objects: all.flatMap(({ objects }) => objects),
    unknown: [...unknown, ...all.flatMap((held) => held.unknown)],
  };
}
