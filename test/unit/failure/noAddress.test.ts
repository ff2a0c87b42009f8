import assert from "node:assert/strict";
import type { ApiAnswer, Cluster } from "../../../adapters/cluster/cluster";
import { explainFailure, watchRollout } from "../../../adapters/failure/explainRollout";
import type { JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { fakeClock } from "../guard/clock";

const LATE = "failed to fully initialize or become live: timed out";

const SERVICE = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "edge" },
  spec: { type: "LoadBalancer" },
} satisfies K8sObject;

const given = { status: { loadBalancer: { ingress: [{ ip: "203.0.113.7" }] } } };

interface State {
  readonly service?: JsonObject;
  /** Absent where they may not be read. */
  readonly events?: readonly JsonObject[];
  readonly others?: readonly JsonObject[];
}

/** A cluster that shows one state after the other, and the last one for good. */
function showing(...states: readonly State[]): Cluster {
  let looks = 0;
  return {
    async call(_method, url): Promise<ApiAnswer> {
      const [path = ""] = url.split("?");
      looks += path.endsWith("/services/web") ? 1 : 0;
      const {
        service = SERVICE,
        events,
        others = [],
      } = states[Math.min(Math.max(looks, 1), states.length) - 1] as State;
      if (path.endsWith("/services/web")) {
        return { status: 200, body: service };
      }
      if (path.endsWith("/events") && events === undefined) {
        return { status: 403, body: { message: "forbidden" } };
      }
      const items = path.endsWith("/events") ? [...(events ?? [])] : [service, ...others];
      return { status: 200, body: { items } };
    },
  };
}

const watched = async (...states: readonly State[]) => {
  const clock = fakeClock();
  const warning = await watchRollout(showing(...states), { object: SERVICE, seconds: 300 }, clock);
  return { warning, slept: clock.slept };
};

const BUSY = { type: "Normal", message: "Ensuring load balancer" };

describe("a Service that waits for an address", () => {
  it("is a warning after 20 s in a cluster that has nothing for load balancers", async () => {
    const { warning, slept } = await watched({ events: [] });
    assert.match(warning ?? "", /^Service edge\/web gets no address: nothing in this cluster/);
    assert.match(warning ?? "", /minikube tunnel.*MetalLB.*waitForAddress: false.*skipAwait/);
    assert.match(warning ?? "", /The update waits 300 s/);
    assert.deepEqual(slept, [20_000]);
  });

  it("is a warning with what the load balancer's controller says", async () => {
    const failed = { type: "Warning", message: "no available IPs", lastTimestamp: "2026-01-02" };
    const older = { type: "Warning", message: "try again", lastTimestamp: "2026-01-01" };
    const { warning } = await watched({ events: [BUSY] }, { events: [older, failed, BUSY] });
    assert.match(warning ?? "", /says: no available IPs/);
  });

  it("is none while a controller works, or others have an address, and once it has its own", async () => {
    const done = { service: { ...SERVICE, ...given }, events: [] };
    assert.equal((await watched({ events: [BUSY] }, done)).warning, undefined);
    const others = [{ metadata: { name: "other" }, ...given }];
    assert.equal((await watched({ events: [], others }, done)).warning, undefined);
    assert.equal((await watched({ events: undefined }, done)).warning, undefined);
  });

  it("is explained at the end of the wait, without words about pods", async () => {
    const text = await explainFailure(showing({ events: [] }), { object: SERVICE, seconds: 40 }, [
      LATE,
    ]);
    assert.match(text, /^Service edge\/web did not come up within 40 s\.\ncause: nothing in this/);
    assert.doesNotMatch(text, /still serving/);
  });
});
