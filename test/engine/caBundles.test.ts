import assert from "node:assert/strict";
import type { JsonObject } from "../../mesh/common/json";
import { identityOf } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { NEW } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { kwokStack } from "../support/kwokStack";
import { type LiveCluster, pathOf } from "../support/liveCluster";
import { WEBHOOKS, writeCaBundle } from "../support/liveControlPlane";
import type { TestStack } from "../support/stack";
import { toolsFor } from "../support/tools";
import { type WatchEvent, watchObjects } from "../support/watch";

const VALIDATORS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
const ADMISSION = "admissionregistration.k8s.io/v1";
const REVISION = NEW;
const GIVEN = Buffer.from("given").toString("base64");
const ISTIODS = Buffer.from("istiod's").toString("base64");

function bundles({ object }: Pick<WatchEvent, "object">): unknown[] {
  const webhooks = object.webhooks as JsonObject[];
  return webhooks.map((webhook) => getPath(webhook, "clientConfig.caBundle") ?? "");
}

describe("CA bundles of webhooks", () => {
  let api: ApiServer;
  let live: LiveCluster;
  let stack: TestStack;

  const withBundles = [
    `values.base.validationCABundle=${GIVEN}`,
    `values.istiodRemote.injectionCABundle=${GIVEN}`,
  ];

  before(async function () {
    ({ api, live, stack } = await kwokStack(await toolsFor(this), "bundles", {
      "mesh:revision": REVISION,
    }));
  });

  after(async () => {
    await api?.stop();
  });

  /** Everything that an update does to webhook configurations, from their present state on. */
  async function watched(update: () => Promise<unknown>): Promise<WatchEvent[]> {
    const paths = [WEBHOOKS, VALIDATORS];
    const all = await Promise.all(paths.map((path) => watchObjects(api.kubeconfig, path)));
    try {
      await update();
    } finally {
      for (const watching of all) {
        watching.stop();
      }
    }
    return all.flatMap(({ events }) => [...events]);
  }

  /** Events after which a webhook that had a bundle has none. */
  function emptied(events: readonly WatchEvent[]): string[] {
    return events
      .filter((event) => event.type !== "DELETED" && bundles(event).includes(""))
      .map(({ type, object }) => `${type} ${identityOf(object).name}`);
  }

  it("stay when the settings that carried them are taken out again", async () => {
    stack.configure({ "mesh:set": withBundles, "mesh:tags": { default: REVISION } });
    await stack.up();
    stack.configure({ "mesh:set": undefined });
    const events = await watched(() => stack.up());
    const names = new Set(events.map(({ object }) => identityOf(object).name));
    assert.deepEqual([...names].sort(), [
      "istio-revision-tag-default",
      `istio-sidecar-injector-${REVISION}`,
      `istio-validator-${REVISION}-istio-system`,
      "istiod-default-validator",
    ]);
    assert.deepEqual(emptied(events), []);
    assert.deepEqual((await stack.up()).changes, []);
  });

  it("are istiod's as soon as it has written its own, and stay so", async () => {
    stack.configure({ "mesh:set": withBundles, "mesh:tags": { default: REVISION } });
    await stack.up();
    stack.configure({ "mesh:set": undefined });
    await stack.up();
    await writeCaBundle(api.kubeconfig, "istio-revision-tag-default", ISTIODS);
    stack.configure({ "mesh:set": ["values.sidecarInjectorWebhook.reinvocationPolicy=IfNeeded"] });
    const events = await watched(() => stack.up());
    assert.deepEqual(emptied(events), []);
    const tag = (await live.get(`${WEBHOOKS}/istio-revision-tag-default`)) as never;
    assert.deepEqual(new Set(bundles({ object: tag })), new Set([ISTIODS]));
  });

  it("stay when a webhook is replaced", async () => {
    stack.configure({ "mesh:set": withBundles, "mesh:tags": { default: REVISION } });
    await stack.up();
    stack.configure({ "mesh:set": undefined });
    await stack.up();
    const { deployment } = JSON.parse(await stack.stateText()) as {
      deployment: { resources: { urn: string }[] };
    };
    const urns = deployment.resources
      .map(({ urn }) => urn)
      .filter((urn) => /WebhookConfiguration::/.test(urn));
    assert.equal(urns.length, 4);
    const flags = urns.flatMap((urn) => ["--replace", urn]);
    const events = await watched(() => stack.up(flags));
    const deleted = events.filter(({ type }) => type === "DELETED");
    assert.equal(deleted.length, urns.length);
    assert.deepEqual(emptied(events), []);
    for (const { object } of events) {
      const now = (await live.get(pathOf({ ...object, apiVersion: ADMISSION }))) as never;
      assert.deepEqual(new Set(bundles({ object: now })), new Set([GIVEN]));
    }
  });

  it("and the object stay when the default validator goes from the base to a tag, and back", async () => {
    const base = { "mesh:set": [`values.defaultRevision=${NEW}`], "mesh:tags": undefined };
    const tag = { "mesh:set": undefined, "mesh:tags": { default: REVISION } };
    stack.configure(base);
    await stack.up();
    for (const [step, config] of [
      ["to", tag],
      ["back", base],
    ] as const) {
      stack.configure(config);
      const events = await watched(() => stack.up());
      const gone = events.filter(
        ({ type, object }) =>
          type === "DELETED" && identityOf(object).name === "istiod-default-validator",
      );
      assert.deepEqual(gone, [], step);
      await live.get(`${VALIDATORS}/istiod-default-validator`);
    }
  });
});
