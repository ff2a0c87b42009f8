import assert from "node:assert/strict";
import type { ApiAnswer, Cluster } from "../../../adapters/cluster/cluster";
import { awaitInjection, refuseWhileUsed } from "../../../components/objects/guards";
import type { JsonObject } from "../../../mesh/common/json";
import { NEW, OLD } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { configurations } from "../injection/scenarios";
import { fakeClock } from "./clock";
import { istiod, namespaceObject, pod } from "./objects";

type Lists = Readonly<Record<string, readonly JsonObject[]>>;

const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
const ISTIODS = "/apis/apps/v1/namespaces/istio-system/deployments";
const PODS = "/api/v1/namespaces/istio-system/pods";

/** An API server that answers lists, one answer a call and the last one for good. */
function fakeCluster(
  answers: readonly Lists[],
  objects: Readonly<Record<string, JsonObject>> = {},
): Cluster & { readonly calls: string[] } {
  const calls: string[] = [];
  const seen = new Map<string, number>();
  return {
    calls,
    async call(_method, url): Promise<ApiAnswer> {
      calls.push(url);
      const [path = ""] = url.split("?");
      const object = objects[path];
      if (object !== undefined) {
        return { status: 200, body: object };
      }
      const count = seen.get(path) ?? 0;
      seen.set(path, count + 1);
      const lists = answers[Math.min(count, answers.length - 1)] ?? {};
      const items = lists[path];
      return items === undefined
        ? { status: 404, body: { message: `${path} not found` } }
        : { status: 200, body: { items: [...items], metadata: {} } };
    },
  };
}

const EDGE = { "/api/v1/namespaces/edge": namespaceObject("edge") };
const WISH = {
  namespace: "edge",
  revision: NEW,
  podLabels: { "istio.io/rev": NEW },
  controlPlaneNamespace: "istio-system",
};
const crashing = pod("istiod-0", {
  labels: { "istio.io/rev": NEW },
  ready: false,
  container: { name: "discovery", state: { waiting: { reason: "CrashLoopBackOff" } } },
});

const READY: Lists = { [WEBHOOKS]: configurations("new"), [ISTIODS]: [istiod(NEW)], [PODS]: [] };
const STARTING: Lists = { ...READY, [ISTIODS]: [istiod(NEW, false)], [PODS]: [crashing] };

describe("the gate asks the cluster", () => {
  it("waits until istiod is available, and no longer", async () => {
    const clock = fakeClock();
    await awaitInjection(fakeCluster([STARTING, STARTING, READY], EDGE), WISH, {
      timeoutSeconds: 120,
      clock,
    });
    assert.deepEqual(clock.slept, [1000, 1000]);
  });

  it("after the timeout the error has pod, container, reason and the end of its log", async () => {
    const log = "/api/v1/namespaces/istio-system/pods/istiod-0/log";
    const cluster = fakeCluster([STARTING], {
      ...EDGE,
      [log]: { message: "2026-01-01T00:00:00Z Error: no such file /etc/cacerts" },
    });
    const clock = fakeClock();
    await assert.rejects(
      awaitInjection(cluster, WISH, { timeoutSeconds: 5, clock }),
      (error: Error) => {
        assert.match(error.message, pattern`^still not ready after 5 s: istiod of revision ${NEW}`);
        assert.match(error.message, /pod istiod-0, container discovery: CrashLoopBackOff/);
        assert.match(error.message, /last lines of its log:\n.*no such file \/etc\/cacerts/);
        return true;
      },
    );
    assert.equal(clock.now(), 5000);
    assert.ok(
      cluster.calls.some(
        (url) => url.includes("timestamps=true&") || url.endsWith("timestamps=true"),
      ),
    );
  });

  it("a log that cannot be read hides nothing else", async () => {
    await assert.rejects(
      awaitInjection(fakeCluster([STARTING], EDGE), WISH, {
        timeoutSeconds: 1,
        clock: fakeClock(),
      }),
      /CrashLoopBackOff\nits log cannot be read:/,
    );
  });

  it("a label at fault ends it at once, with the fix", async () => {
    const clock = fakeClock();
    const labels = { "istio-injection": "disabled" };
    const objects = { "/api/v1/namespaces/edge": namespaceObject("edge", labels) };
    await assert.rejects(
      awaitInjection(fakeCluster([READY], objects), WISH, { timeoutSeconds: 120, clock }),
      /namespace has the label istio-injection=disabled; fix: remove the label istio-injection/,
    );
    assert.deepEqual(clock.slept, []);
  });

  it("a call that does not get through is tried again, and named in the end", async () => {
    let calls = 0;
    const flaky: Cluster = {
      async call(...args) {
        calls += 1;
        if (calls === 1) {
          throw new Error("https://cluster: ECONNRESET");
        }
        return fakeCluster([READY], EDGE).call(...args);
      },
    };
    const clock = fakeClock();
    await awaitInjection(flaky, WISH, { timeoutSeconds: 120, clock });
    assert.deepEqual(clock.slept, [1000]);
    const dead: Cluster = {
      call: async () => {
        throw new Error("https://cluster: ECONNREFUSED");
      },
    };
    await assert.rejects(
      awaitInjection(dead, WISH, { timeoutSeconds: 1, clock: fakeClock() }),
      /still not ready after 1 s: https:\/\/cluster: ECONNREFUSED/,
    );
  });
});

describe("a call that is refused", () => {
  const refusing = (status: number, message: string): Cluster => ({
    call: async () => ({ status, body: { message } }),
  });
  const wait = async (cluster: Cluster) => {
    const clock = fakeClock();
    await awaitInjection(cluster, WISH, { timeoutSeconds: 120, clock }).finally(() =>
      assert.deepEqual(clock.slept, [], "it ends at once"),
    );
  };

  it("names the permission that is missing, at once", async () => {
    const forbidden = (resource: string, group: string, place: string) =>
      refusing(
        403,
        `${resource} is forbidden: User "ci" cannot list resource "${resource}" in API group "${group}" ${place}`,
      );
    await assert.rejects(
      wait(forbidden("deployments", "apps", 'in the namespace "istio-system"')),
      /; fix: grant ci the verb list on deployments\.apps in the namespace istio-system$/,
    );
    await assert.rejects(
      wait(forbidden("pods", "", "at the cluster scope")),
      /; fix: grant ci the verb list on pods in the whole cluster$/,
    );
    await assert.rejects(wait(refusing(403, "no")), /no; fix: let the user of the kubeconfig/);
  });

  it("of somebody whom the cluster does not know ends at once too", async () => {
    await assert.rejects(wait(refusing(401, "Unauthorized")), /Unauthorized; fix: log in again/);
  });
});

describe("a revision in use is not deleted", () => {
  const page = (items: readonly JsonObject[]): Lists => ({
    [WEBHOOKS]: configurations("old", "new"),
    "/api/v1/namespaces": [namespaceObject("shop", { "istio.io/rev": OLD })],
    "/api/v1/pods": items,
    "/apis/apps/v1/deployments": [istiod(OLD)],
    "/apis/apps/v1/statefulsets": [],
    "/apis/apps/v1/daemonsets": [],
  });

  it("lists the users", async () => {
    const proxy = pod("cart", { namespace: "shop", annotations: { "istio.io/rev": OLD } });
    await assert.rejects(
      refuseWhileUsed(fakeCluster([page([proxy])]), OLD),
      pattern`control plane ${OLD} is still used by namespace shop, proxy shop/cart; fix: `,
    );
  });

  it("lets an unused one go", async () => {
    await refuseWhileUsed(fakeCluster([page([])]), NEW);
  });

  it("reads every page of a long list", async () => {
    const far = pod("far", { namespace: "shop", annotations: { "istio.io/rev": NEW } });
    const first = fakeCluster([page([])]);
    const cluster: Cluster = {
      async call(method, url): Promise<ApiAnswer> {
        if (!url.startsWith("/api/v1/pods")) {
          return first.call(method, url);
        }
        return url.includes("continue=next")
          ? { status: 200, body: { items: [far], metadata: {} } }
          : { status: 200, body: { items: [], metadata: { continue: "next" } } };
      },
    };
    await assert.rejects(refuseWhileUsed(cluster, NEW), /proxy shop\/far/);
  });

  it("an answer that is an error is not taken for nobody", async () => {
    await assert.rejects(refuseWhileUsed(fakeCluster([{}]), NEW), /not found/);
  });
});
