import type { JsonObject } from "../common/json";
import { getPath } from "../k8s/path";

/** When an event was last seen; the same kind of event is counted rather than repeated. */
function lastSeen(event: JsonObject): string {
  const times = ["series.lastObservedTime", "lastTimestamp", "eventTime", "firstTimestamp"];
  const found = times.map((path) => getPath(event, path)).find((time) => typeof time === "string");
  return String(found ?? "");
}

/**
 * The latest event about an object with one of the reasons, and with a text where that is asked for.
 *
 * @param object by its name, which is unique among those of one namespace that events are about here
 */
export function lastEvent(
  events: readonly JsonObject[],
  object: string,
  reasons: readonly string[],
  text: RegExp = /./,
): JsonObject | undefined {
  return events
    .filter(
      (event) =>
        getPath(event, "involvedObject.name") === object &&
        reasons.includes(String(event.reason)) &&
        text.test(String(event.message ?? "")),
    )
    .sort((a, b) => (lastSeen(a) < lastSeen(b) ? 1 : -1))[0];
}

/** @example messageOf({ message: "Readiness probe failed: …" }) */
export function eventMessage(event: JsonObject | undefined): string | undefined {
  return typeof event?.message === "string" && event.message !== "" ? event.message : undefined;
}
