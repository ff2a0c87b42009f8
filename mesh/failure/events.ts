import type { JsonObject } from "../common/json";
import { getPath } from "../k8s/path";

/**
 * Returns when an event was last seen. Kubernetes counts repeated events instead of adding new
 * ones.
 */
function lastSeen(event: JsonObject): string {
  const times = ["series.lastObservedTime", "lastTimestamp", "eventTime", "firstTimestamp"];
  const found = times.map((path) => getPath(event, path)).find((time) => typeof time === "string");
  return String(found ?? "");
}

/** Returns events with the one that was seen last first. */
export function newestFirst(events: readonly JsonObject[]): JsonObject[] {
  return [...events].sort((a, b) => (lastSeen(a) < lastSeen(b) ? 1 : -1));
}

/**
 * Returns the latest event about an object with one of the reasons, and with the given text, if
 * any.
 *
 * @param object the name of the object; it is unique among the objects of the namespace that are examined here
 */
export function lastEvent(
  events: readonly JsonObject[],
  object: string,
  reasons: readonly string[],
  text: RegExp = /./,
): JsonObject | undefined {
  return newestFirst(
    events.filter(
      (event) =>
        getPath(event, "involvedObject.name") === object &&
        reasons.includes(String(event.reason)) &&
        text.test(String(event.message ?? "")),
    ),
  )[0];
}

/**
 * Returns the message of an event.
 *
 * @example eventMessage({ message: "Readiness probe failed: …" })
 */
export function eventMessage(event: JsonObject | undefined): string | undefined {
  return typeof event?.message === "string" && event.message !== "" ? event.message : undefined;
}
