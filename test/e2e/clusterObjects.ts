import assert from "node:assert/strict";
import { Discovery } from "../../adapters/cluster/discovery";
import { getObject } from "../../adapters/cluster/objects";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { getPath } from "../../mesh/k8s/path";
import type { LiveCluster } from "../support/liveCluster";

interface Listable {
  readonly path: string;
  readonly kind: string;
}

/** One object of a cluster. */
export interface Found {
  readonly kind: string;
  /** `NAMESPACE/NAME`, or `NAME`. */
  readonly name: string;
  readonly object: JsonObject;
}

function objects(list: JsonObject, key: string): JsonObject[] {
  return Array.isArray(list[key]) ? list[key].filter(isObject) : [];
}

/** Of a group or a kind whose CRDs have just gone, discovery still speaks for a moment: it has nothing. */
async function listOf({ cluster }: LiveCluster, path: string): Promise<JsonObject> {
  return (await getObject(cluster, path)) ?? {};
}

/** Returns the roots of all APIs, each in the version that the API server prefers. */
async function groupVersions({ cluster }: LiveCluster): Promise<string[]> {
  const preferred = new Map<string, string>();
  for (const version of await new Discovery(cluster).versions()) {
    const [group = ""] = version.split("/");
    preferred.set(group, preferred.get(group) ?? version);
  }
  // A list without them would find nothing left of anything.
  assert.ok(preferred.has("apps"), [...preferred.values()].join(", "));
  return ["/api/v1", ...[...preferred.values()].map((version) => `/apis/${version}`)];
}

async function listables(live: LiveCluster): Promise<Listable[]> {
  const found: Listable[] = [];
  for (const path of await groupVersions(live)) {
    const resources = objects(await listOf(live, path), "resources");
    found.push(
      ...resources
        .filter(
          ({ verbs, name }) => (verbs as string[]).includes("list") && !String(name).includes("/"),
        )
        .map(({ name, kind }) => ({ path: `${path}/${name}`, kind: String(kind) })),
    );
  }
  return found;
}

/** Everything in a cluster, of every kind that can be listed. */
export async function allObjects(live: LiveCluster): Promise<Found[]> {
  const lists = await Promise.all(
    (await listables(live)).map(async ({ path, kind }) =>
      objects(await listOf(live, path), "items").map((object) => ({ kind, object })),
    ),
  );
  return lists.flat().map(({ kind, object }) => {
    const [namespace, name] = [
      getPath(object, "metadata.namespace"),
      getPath(object, "metadata.name"),
    ];
    return { kind, name: namespace === undefined ? `${name}` : `${namespace}/${name}`, object };
  });
}
