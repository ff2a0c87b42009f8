import type { JsonObject } from "../common/json";
import type { LiveProxy } from "../snapshot/proxies";
import type { Pending } from "./types";
import { byText, type View } from "./view";

/** What istiod says of one proxy: whether it took what it was sent. */
interface Connection {
  /** `NAME.NAMESPACE` of its pod. */
  readonly proxy: string;
  /** Kinds of configuration that it was sent and has not acknowledged, as Envoy calls them. */
  readonly stale: readonly string[];
}

/** Fields of istiod's answer. Source: Istio `pilot/pkg/xds/debug.go` (SyncStatus). */
const KINDS: Readonly<Record<string, string>> = {
  cluster: "CDS",
  listener: "LDS",
  route: "RDS",
  endpoint: "EDS",
  extensionconfig: "ECDS",
};

function isStale(status: JsonObject, field: string): boolean {
  const sent = status[`${field}_sent`];
  return typeof sent === "string" && sent !== "" && status[`${field}_acked`] !== sent;
}

function read(status: JsonObject): Connection {
  const fields = Object.entries(KINDS).filter(([field]) => isStale(status, field));
  return { proxy: String(status.proxy), stale: fields.map(([, kind]) => kind) };
}

/** Connections of proxies, by `NAME.NAMESPACE`; `undefined` when istiod was not asked. */
export type Connections = ReadonlyMap<string, Connection> | undefined;

export function connectionsOf({ live }: View): Connections {
  return live.sync && new Map(live.sync.map(read).map((one) => [one.proxy, one]));
}

function connectionOf(proxy: LiveProxy, connections: NonNullable<Connections>) {
  return connections.get(`${proxy.name}.${proxy.namespace}`);
}

/** How many of a group's proxies istiod knows, and how many of those lag behind. */
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

/** How many pods a line names. */
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

function lagging(revision: string, proxies: readonly LiveProxy[], kinds: readonly string[]) {
  return proxies.length === 0
    ? []
    : [
        finding(
          revision,
          "not-synced",
          `behind what istiod sent (${kinds.join(", ")}): ${count(proxies.length)}, ${named(proxies)}`,
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
  const kinds = [...new Set(stale.flatMap(staleOf))].sort();
  const unknown = proxies.filter(
    (proxy) => proxy.ready && connectionOf(proxy, connections) === undefined,
  );
  // An istiod that did not answer may know the others.
  const isWhole = !view.live.unread.some(({ list }) => list === "syncz");
  return [...(isWhole ? lost(revision, unknown) : []), ...lagging(revision, stale, kinds)];
}

/** Revisions whose proxies some istiod in the cluster can know. */
export function syncPending(view: View, revisions: readonly string[]): Pending[] {
  const connections = connectionsOf(view);
  return connections === undefined
    ? []
    : revisions.flatMap((revision) => ofRevision(revision, view, connections));
}
