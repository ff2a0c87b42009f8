import { type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import { succeeded } from "./cluster";
import type { Lookup } from "./takeOver";

/** Applies an object server-side, as a field manager that takes fields from others. */
export async function applyAs(
  { cluster, paths }: Pick<Lookup, "cluster" | "paths">,
  manager: string,
  object: K8sObject,
): Promise<void> {
  const title = objectTitle(object);
  const path = await paths(object);
  if (path === undefined) {
    throw new Error(`${title}: the cluster does not serve this kind`);
  }
  const query = `?fieldManager=${encodeURIComponent(manager)}&force=true`;
  succeeded(title, await cluster.call("PATCH", path + query, object));
}
