import type { LiveProxy } from "../snapshot/proxies";
import { isUnread, itemsOf } from "../snapshot/snapshot";
import { type ConnectedProxy, xdsNames } from "../snapshot/sync";
import type { Pending } from "./types";
import { byText, type View } from "./view";

/** Connections of proxies, by `NAMESPACE/NAME`. `undefined` if istiod was not asked. */
export type Connections = ReadonlyMap<string, ConnectedProxy> | undefined;

export function connectionsOf({ source: { sync } }: View): Connections {
  const all = sync?.flatMap(({ proxies }) => itemsOf(proxies));
  return all && new Map(all.map((one) => [`${one.namespace}/${one.pod}`, one]));
}

function connectionOf(proxy: LiveProxy, connections: NonNullable<Connections>) {
  return connections.get(`${proxy.namespace}/${proxy.name}`);
}

/** Counts the proxies of a group that istiod knows, and those of them that are not up to date. */
export function countConnections(
  proxies: readonly LiveProxy[],
  connections: Connections,
): { readonly connected?: number; readonly stale?: number } {
  if (connections === undefined) {
    return {};
  }
  const found = proxies.flatMap((proxy) => connectionOf(proxy, connections) ?? []);
  return { connected: found.length, stale: found.filter(({ stale }) => stale.length > 0).length };
}

/** How many pods are named in one line. */
const SHOWN = 5;

function named(proxies: readonly LiveProxy[]): string {
  const names = proxies.map(({ namespace, name }) => `${namespace}/${name}`).sort(byText);
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

const count = (number: number) => (number === 1 ? "1 proxy" : `${number} proxies`);

function finding(revision: string, check: string, reason: string, fix: string): Pending {
  const object = `revision ${revision === "" ? "unknown" : revision}`;
  return { check, severity: "warning", object, revisions: [revision], reason, fix };
}

function lost(revision: string, proxies: readonly LiveProxy[]): Pending[] {
  return proxies.length === 0
    ? []
    : [
        finding(
          revision,
          "not-connected",
          `connected to no istiod, and so told of no change: ${count(proxies.length)} in ready pods, ${named(proxies)}`,
          "see what the proxy says: kubectl logs POD -c istio-proxy",
        ),
      ];
}

function lagging(revision: string, proxies: readonly LiveProxy[], kinds: string) {
  return proxies.length === 0
    ? []
    : [
        finding(
          revision,
          "not-synced",
          `behind what istiod sent (${kinds}): ${count(proxies.length)}, ${named(proxies)}`,
          "look again in a moment; if it stays so, the proxy's log says what it refuses",
        ),
      ];
}

function ofRevision(
  revision: string,
  view: View,
  connections: NonNullable<Connections>,
): Pending[] {
  const proxies = view.proxies.filter((proxy) => proxy.revision === revision);
  const staleOf = (proxy: LiveProxy) => connectionOf(proxy, connections)?.stale ?? [];
  const stale = proxies.filter((proxy) => staleOf(proxy).length > 0);
  const kinds = xdsNames(stale.flatMap(staleOf));
  const unknown = proxies.filter(
    (proxy) => proxy.ready && connectionOf(proxy, connections) === undefined,
  );
  // An istiod that did not answer may be connected to the others.
  const isWhole = !view.source.sync?.some(({ proxies }) => isUnread(proxies));
  return [...(isWhole ? lost(revision, unknown) : []), ...lagging(revision, stale, kinds)];
}

/** Returns proxies that are not connected or not up to date, for revisions with an istiod in the cluster. */
export function syncPending(view: View, revisions: readonly string[]): Pending[] {
  const connections = connectionsOf(view);
  return connections === undefined
    ? []
    : revisions.flatMap((revision) => ofRevision(revision, view, connections));
}
