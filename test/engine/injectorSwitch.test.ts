import assert from "node:assert/strict";
import type { JsonObject } from "../../mesh/common/json";
import { matchingWebhooks } from "../../mesh/injection/match";
import { usualProbes } from "../../mesh/injection/overlap";
import { injectionWebhooks } from "../../mesh/injection/webhooks";
import { identityOf, type K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { NEW } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { kwokStack } from "../support/kwokStack";
import type { LiveCluster } from "../support/liveCluster";
import { WEBHOOKS, writeCaBundle } from "../support/liveControlPlane";
import type { TestStack } from "../support/stack";
import { toolsFor } from "../support/tools";
import { type WatchEvent, watchObjects } from "../support/watch";

const REVISION = NEW;

type Config = Record<string, unknown>;

/** The ways in which a stack may have its injectors. */
const STATES: Readonly<Record<string, Config>> = {
  "the default revision": { "mesh:revision": undefined, "mesh:tags": undefined },
  "the default revision with a default tag": {
    "mesh:revision": undefined,
    "mesh:tags": { default: "default" },
  },
  "a revision with a default tag": {
    "mesh:revision": REVISION,
    "mesh:tags": { default: REVISION },
  },
  "a revision with another tag": { "mesh:revision": REVISION, "mesh:tags": { prod: REVISION } },
  "a revision without a tag": { "mesh:revision": REVISION, "mesh:tags": undefined },
};

/** The shortest walk that takes each step from one state to another once, both ways. */
function walk(states: readonly string[]): string[] {
  const there = states.flatMap((from, index) => [
    from,
    // The step to the next one is taken when there is nowhere else to go.
    ...states.slice(index + 2).flatMap((to) => [to, from]),
  ]);
  return [...there, ...states.slice(0, -1).reverse()];
}

const PROBES = usualProbes(["default", REVISION, "prod"]);

/** Pods that more than one injector matches at some moment. */
function overlaps(events: readonly WatchEvent[]): string[] {
  const objects = new Map<string, K8sObject>();
  const found: string[] = [];
  for (const { type, object } of events) {
    const { name } = identityOf(object);
    if (type === "DELETED") {
      objects.delete(name);
    } else {
      objects.set(name, object);
    }
    const webhooks = injectionWebhooks([...objects.values()]);
    for (const probe of PROBES) {
      const matching = matchingWebhooks(webhooks, probe);
      if (matching.length > 1) {
        found.push(`${type} ${name}: ${probe.title}: ${matching.map((one) => one.config).join()}`);
      }
    }
  }
  return found;
}

/** Whether the API server would ask an injector about some pod. */
function isServed(event: WatchEvent): boolean {
  const webhooks = injectionWebhooks([event.object]);
  return PROBES.some((probe) => matchingWebhooks(webhooks, probe).length > 0);
}

describe("from one injector to another", () => {
  let api: ApiServer;
  let live: LiveCluster;
  let stack: TestStack;

  before(async function () {
    ({ api, live, stack } = await kwokStack(await toolsFor(this), "switch"));
  });

  after(async () => {
    await api?.stop();
  });

  async function injectors(): Promise<K8sObject[]> {
    return (await live.get(WEBHOOKS)).items as unknown as K8sObject[];
  }

  /** Each injector has a certificate, as istiod would have written it. */
  async function fillBundles(): Promise<void> {
    for (const { metadata } of await injectors()) {
      await writeCaBundle(api.kubeconfig, String(metadata.name));
    }
  }

  /** The injectors that a new pod of each kind goes through. */
  async function served(): Promise<string[]> {
    const webhooks = injectionWebhooks(await injectors());
    return PROBES.flatMap((probe) =>
      matchingWebhooks(webhooks, probe).map(({ config }) => `${probe.title}: ${config}`),
    );
  }

  it("at most one matches any pod, in every step between two states, both ways", async function () {
    this.timeout(900_000);
    const steps = walk(Object.keys(STATES));
    const taken = steps.slice(1).map((to, index) => `${steps[index]} > ${to}`);
    const states = Object.keys(STATES).length;
    assert.equal(new Set(taken).size, states * (states - 1), steps.join());
    assert.equal(taken.length, states * (states - 1), steps.join());
    const final = new Map<string, string[]>();
    let before = "nothing";
    for (const state of steps) {
      stack.configure(STATES[state] ?? {});
      const watching = await watchObjects(api.kubeconfig, WEBHOOKS);
      try {
        await stack.up();
      } finally {
        watching.stop();
      }
      const step = `from ${before} to ${state}`;
      assert.deepEqual(overlaps(watching.events), [], step);
      await fillBundles();
      const now = await served();
      assert.deepEqual(now, final.get(state) ?? now, `${step}: as the first time`);
      final.set(state, now);
      before = state;
    }
    assert.ok(
      final
        .get("the default revision with a default tag")
        ?.join()
        .includes("enabled: istio-revision-tag-default"),
    );
    assert.ok(
      final.get("the default revision")?.join().includes("enabled: istio-sidecar-injector"),
    );
  });

  it("the one that takes over has a certificate from its first moment on", async () => {
    stack.configure(STATES["the default revision"] ?? {});
    await stack.up();
    await fillBundles();
    stack.configure(STATES["a revision with a default tag"] ?? {});
    const watching = await watchObjects(api.kubeconfig, WEBHOOKS);
    try {
      await stack.up();
    } finally {
      watching.stop();
    }
    const tag = watching.events.filter(
      (event) => identityOf(event.object).name === "istio-revision-tag-default" && isServed(event),
    );
    assert.ok(tag.length > 0);
    for (const { object } of tag) {
      const webhooks = object.webhooks as JsonObject[];
      const bundles = webhooks.map((webhook) => getPath(webhook, "clientConfig.caBundle"));
      assert.deepEqual(new Set(bundles), new Set(["Y2VydA=="]));
    }
  });
});
