import { readFileSync } from "node:fs";
import { get } from "node:https";
import type { K8sObject } from "../../mesh/k8s/objects";

/** One change of an object, as the API server tells it. */
export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: K8sObject;
}

/** Follows every change of a list. */
export interface Watching {
  /** In the order in which the changes were made; the objects that were there come first. */
  readonly events: readonly WatchEvent[];
  stop(): void;
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

/**
 * Watches a list of a test's API server.
 *
 * @param path such as `/api/v1/namespaces`
 */
export function watchObjects(kubeconfig: string, path: string): Promise<Watching> {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, "utf8")) as Kubeconfig;
  const url = `${clusters[0]?.cluster.server}${path}?watch=true&allowWatchBookmarks=false`;
  const events: WatchEvent[] = [];
  const headers = { authorization: `Bearer ${users[0]?.user.token}` };
  return new Promise((resolve, reject) => {
    const call = get(url, { rejectUnauthorized: false, headers }, (response) => {
      let rest = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        events.push(...lines.map((line) => JSON.parse(line) as WatchEvent));
      });
      response.on("error", () => undefined); // the end of the watch
      resolve({ events, stop: () => call.destroy() });
    });
    call.on("error", reject);
  });
}
