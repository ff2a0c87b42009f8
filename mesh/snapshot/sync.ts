import { isObject, type Json, type JsonObject } from "../common/json";
import type { Reading } from "./snapshot";

/** What one istiod reports about a proxy that is connected to it: an entry of `/debug/syncz`. */
export interface ConnectedProxy {
  readonly namespace: string;
  readonly pod: string;
  readonly version: string;
  /** Kinds of configuration that were sent to it and that it has not acknowledged. */
  readonly stale: readonly SyncKind[];
}

/** The answer of one istiod pod. */
export interface SyncAnswer {
  /** `NAMESPACE/NAME` */
  readonly pod: string;
  readonly revision: string;
  readonly proxies: Reading<readonly ConnectedProxy[]>;
}

/** How fields of istiod's answer begin, and what Envoy calls that kind of configuration. */
const XDS_NAMES = {
  cluster: "CDS",
  listener: "LDS",
  route: "RDS",
  endpoint: "EDS",
  extensionconfig: "ECDS",
} as const;

type SyncKind = keyof typeof XDS_NAMES;

/** @example xdsNames(["cluster", "route", "cluster"]) // "CDS, RDS" */
export function xdsNames(kinds: readonly SyncKind[]): string {
  return [...new Set(kinds.map((kind) => XDS_NAMES[kind]))].sort().join(", ");
}

/** Nothing sent is no fault: a proxy without routes requests none. */
function isStale(entry: JsonObject, kind: SyncKind): boolean {
  const sent = entry[`${kind}_sent`] ?? "";
  return sent !== "" && sent !== (entry[`${kind}_acked`] ?? "");
}

/** istiod writes `POD.NAMESPACE`. The name of a pod may contain dots, that of a namespace may not. */
function connectedProxy(entry: JsonObject): ConnectedProxy[] {
  const [, pod, namespace] = /^(.+)\.([^.]+)$/.exec(String(entry.proxy ?? "")) ?? [];
  if (pod === undefined || namespace === undefined) {
    return [];
  }
  const kinds = Object.keys(XDS_NAMES) as SyncKind[];
  const stale = kinds.filter((kind) => isStale(entry, kind));
  return [{ pod, namespace, version: String(entry.istio_version ?? ""), stale }];
}

/**
 * Returns the JSON in what Istio's programs print. They log warnings to standard output before it.
 *
 * @example answerIn('2026-01-01T00:00:00Z\twarn\tno CA\n{"a": 1}') // '{"a": 1}'
 */
export function answerIn(text: string): string {
  const start = text.search(/^[[{]/m);
  return start < 0 ? text : text.slice(start);
}

/**
 * Returns the proxies that an istiod's `/debug/syncz` lists.
 *
 * @throws Error if the text is not such a list
 * @see Istio `pilot/pkg/xds/debug.go` (SyncStatus)
 */
export function parseSync(text: string): ConnectedProxy[] {
  const parsed = JSON.parse(answerIn(text)) as Json;
  if (!Array.isArray(parsed)) {
    throw new Error("it is not a list of proxies");
  }
  return parsed.filter(isObject).flatMap(connectedProxy);
}
