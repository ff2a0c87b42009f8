import { apiRoot, type ServedKind } from "../../mesh/k8s/discovery";
import type { K8sObject } from "../../mesh/k8s/objects";
import { mayHoldData } from "../../mesh/ownership/shared/contents";
import { ApiError, type Cluster } from "./cluster";
import { Discovery } from "./discovery";
import { inParallel } from "./inParallel";
import { listAll } from "./objects";

const NOT_FOUND = 404;
const NO_LIST = 405;

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

interface Discovered {
  readonly kinds: readonly ServedKind[];
  /** Versions of APIs that the API server lists but does not describe. */
  readonly unknown: readonly string[];
}

async function discover(cluster: Cluster): Promise<Discovered> {
  const discovery = new Discovery(cluster);
  const versions = ["v1", ...(await discovery.versions())];
  const all = await inParallel(versions, async (version): Promise<Discovered> => {
    try {
      return { kinds: (await discovery.kinds(version)).filter(mayHoldData), unknown: [] };
    } catch (error) {
      if (error instanceof ApiError) {
        return { kinds: [], unknown: [version] };
      }
      throw error;
    }
  });
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
  const { apiVersion, plural } = kind;
  try {
    const items = await listAll(
      cluster,
      `${apiRoot(apiVersion)}/namespaces/${namespace}/${plural}`,
    );
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
