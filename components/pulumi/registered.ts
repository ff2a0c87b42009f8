import { setImmediate } from "node:timers/promises";
import type * as pulumi from "./sdk";

/** Resolves when a resource is created, updated or unchanged, and its hooks have run. */
export function registered(resource: pulumi.Resource): Promise<void> {
  return new Promise((resolve) => {
    resource.urn.apply(() => resolve());
  });
}

/** The SDK has sent a request after so many turns of the event loop. */
const TURNS = 4;

/** Resolves when the SDK has asked the engine for all children that a resource has so far. */
export async function requestsSent(parent: pulumi.Resource): Promise<void> {
  await registered(parent);
  for (let turn = 0; turn < TURNS; turn += 1) {
    await setImmediate();
  }
}
