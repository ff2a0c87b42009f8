import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { Events } from "../../../adapters/pulumi/engine";

const stepOf = (op: string, type: string) =>
  ({ resourcePreEvent: { metadata: { op, type } } }) as unknown as EngineEvent;

const summary = (resourceChanges: object) =>
  ({ summaryEvent: { resourceChanges } }) as unknown as EngineEvent;

describe("how many resources an update changes", () => {
  it("leaves out those that stay, and what is in Pulumi's state alone", () => {
    const events = new Events(() => {});
    const all = [
      stepOf("update", "servicemesh:index:Plan"),
      stepOf("update", "servicemesh:index:ServiceMesh"),
      stepOf("create", "pulumi:index:Stash"),
      stepOf("create", "kubernetes:apps/v1:Deployment"),
      stepOf("same", "servicemesh:index:Crds"),
      summary({ update: 2, create: 2, same: 40 }),
    ];
    for (const event of all) {
      events.take(event);
    }
    assert.deepEqual(events.changes, { create: 1 });
  });
});
