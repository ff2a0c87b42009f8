import assert from "node:assert/strict";
import type { JsonObject } from "../../../mesh/common/json";
import { checkInjection } from "../../../mesh/injection/match";
import { NEW, OLD } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import fixtures from "./fixtures/webhooks.json";

import { type Combination, configurations, labelsFor } from "./scenarios";

const BOTH = configurations("old", "new", "prod-old");

function answer(
  combination: Combination,
  more: { webhooks?: readonly JsonObject[]; revision?: string; managed?: boolean } = {},
) {
  const { webhooks = BOTH, revision = NEW, managed } = more;
  return checkInjection({ webhooks, revision, managed, ...labelsFor(combination) });
}

describe("the webhook and the label at fault are named", () => {
  it("istio-injection on the namespace overrides its revision", () => {
    const found = answer({ injection: "enabled", namespaceRevision: NEW });
    assert.equal(found.kind, "none");
    assert.deepEqual(found, {
      ...found,
      reason:
        `no webhook injects the pod; istio-sidecar-injector-${NEW}/rev.namespace.sidecar-injector.istio.io ` +
        `of ${NEW} would, but the namespace has the label istio-injection=enabled`,
      fix: "remove the label istio-injection from the namespace",
    });
  });

  it("a pod that opts out", () => {
    const found = answer({ namespaceRevision: NEW, podInject: "false" });
    assert.equal(found.kind, "none");
    assert.match(
      "reason" in found ? found.reason : "",
      /pod has the label sidecar.istio.io\/inject=false/,
    );
    assert.match(
      "fix" in found ? found.fix : "",
      /remove the label sidecar.istio.io\/inject from the pod/,
    );
  });

  it("no label at all: the fix is the label to set", () => {
    const found = answer({});
    assert.equal(found.kind, "none");
    assert.equal("fix" in found && found.fix, `label the namespace istio.io/rev=${NEW}`);
    assert.deepEqual("faults" in found && found.faults, [
      {
        on: "namespace",
        requirement: { key: "istio.io/rev", operator: "In", values: [NEW] },
        value: undefined,
      },
    ]);
  });

  it("the namespace's revision wins over the pod's", () => {
    const found = answer({ namespaceRevision: "prod", podRevision: NEW });
    assert.equal(found.kind, "wrongRevision");
    assert.match(
      "reason" in found ? found.reason : "",
      pattern`${OLD} \(tag prod\) injects the pod and not ${NEW}: the namespace has the label istio.io/rev=prod`,
    );
    assert.match("fix" in found ? found.fix : "", pattern`label the namespace istio.io/rev=${NEW}`);
  });

  it("a revision that is not installed: the others are listed", () => {
    const found = answer({ namespaceRevision: "1-30-0" }, { revision: "1-30-0" });
    assert.deepEqual(found, {
      kind: "none",
      reason: `no webhook of a revision or tag 1-30-0 is in the cluster; there are: ${OLD}, ${NEW}, prod`,
      fix: "install the revision 1-30-0 first, or name one of these",
      faults: [],
    });
    const empty = answer({}, { webhooks: [] });
    assert.match("reason" in empty ? empty.reason : "", /there is none at all/);
  });

  it("the default revision and the tag default both serve istio-injection=enabled", () => {
    const webhooks = configurations("default", "new", "tag-default-new");
    const found = answer({ injection: "enabled" }, { webhooks });
    assert.equal(found.kind, "several");
    assert.match(
      "fix" in found ? found.fix : "",
      /deactivate the webhooks in istio-sidecar-injector/,
    );
    assert.equal("webhooks" in found && found.webhooks.length, 2);
  });
});

describe("a gateway's image: auto is filled in by one webhook with a certificate", () => {
  const rendered = [fixtures.new] as unknown as JsonObject[];

  it("an empty caBundle is not yet a webhook that works", () => {
    const found = answer({ podRevision: NEW }, { webhooks: rendered });
    assert.equal(found.kind, "noCaBundle");
    assert.match("reason" in found ? found.reason : "", /has no caBundle yet/);
  });

  it("with it, the webhook is named", () => {
    const found = answer({ podRevision: NEW });
    assert.equal(found.kind, "ok");
    assert.deepEqual("webhook" in found && found.webhook?.service, {
      kind: "service",
      namespace: "istio-system",
      name: `istiod-${NEW}`,
    });
  });

  it("a managed control plane's certificate is not looked at", () => {
    const config = structuredClone(fixtures.new) as unknown as JsonObject;
    const text = JSON.stringify(config).replaceAll(NEW, "asm-managed");
    const webhooks = [JSON.parse(text) as JsonObject];
    const managed = answer(
      { namespaceRevision: "asm-managed" },
      { webhooks, revision: "asm-managed", managed: true },
    );
    assert.equal(managed.kind, "ok");
  });

  it("a gateway may name a tag", () => {
    assert.equal(answer({ podRevision: "prod" }, { revision: "prod" }).kind, "ok");
    assert.equal(answer({ podRevision: "prod" }, { revision: OLD }).kind, "ok");
    assert.equal(answer({ podRevision: "prod" }, { revision: NEW }).kind, "wrongRevision");
  });

  it("webhooks that inject no proxy do not count", () => {
    const [config] = configurations("new");
    const text = JSON.stringify(config).replaceAll(
      "sidecar-injector.istio.io",
      "policy.example.com",
    );
    const other = JSON.parse(text) as JsonObject;
    assert.equal(answer({ podRevision: NEW }, { webhooks: [...BOTH, other] }).kind, "ok");
  });
});
