import assert from "node:assert/strict";
import {
  type LabelFinding,
  type LabelledWorkload,
  labelFindings,
} from "../../../mesh/injection/labelFindings";
import { injectionWebhooks } from "../../../mesh/injection/webhooks";
import type { Labels } from "../../../mesh/k8s/istioLabels";
import { NEW, OLD } from "../../../toolchain/versions";
import { configurations } from "./scenarios";

const INJECT = "sidecar.istio.io/inject";
const REVISIONS = injectionWebhooks(configurations("old", "new"));
const WITH_DEFAULT = injectionWebhooks(configurations("old", "tag-default-old"));

interface Shop {
  readonly namespace?: Labels;
  readonly podLabels?: Labels;
  readonly podAnnotations?: Labels;
  readonly webhooks?: typeof REVISIONS;
}

/** What is found of one namespace with one workload in it. */
function foundIn({ namespace = {}, webhooks = REVISIONS, ...pod }: Shop): LabelFinding[] {
  const cart: LabelledWorkload = {
    object: "Deployment shop/cart",
    namespace: "shop",
    podLabels: {},
    podAnnotations: {},
    ...pod,
  };
  return labelFindings({
    namespaces: new Map([["shop", namespace]]),
    workloads: [cart],
    webhooks,
  });
}

function onlyOne(shop: Shop): LabelFinding {
  const found = foundIn(shop);
  assert.equal(found.length, 1, JSON.stringify(found));
  return found[0] as LabelFinding;
}

describe("labels that decide about a proxy", () => {
  const fine: readonly [string, Shop][] = [
    ["none", {}],
    ["a revision that is there", { namespace: { "istio.io/rev": NEW } }],
    ["Google's channel", { namespace: { "istio.io/rev": "asm-managed" } }],
    ["disabled", { namespace: { "istio-injection": "disabled" } }],
    [
      "enabled, with a default",
      { namespace: { "istio-injection": "enabled" }, webhooks: WITH_DEFAULT },
    ],
    [
      "a pod that opts out",
      { namespace: { "istio.io/rev": NEW }, podLabels: { [INJECT]: "false" } },
    ],
    [
      "a pod that opts out by the annotation, which istiod reads",
      { namespace: { "istio.io/rev": NEW }, podAnnotations: { [INJECT]: "false" } },
    ],
    [
      "an annotation that says what the namespace says",
      { namespace: { "istio.io/rev": NEW }, podAnnotations: { [INJECT]: "true" } },
    ],
    ["a pod's own revision", { podLabels: { [INJECT]: "true", "istio.io/rev": NEW } }],
  ];
  for (const [name, shop] of fine) {
    it(`are fine: ${name}`, () => assert.deepEqual(foundIn(shop), []));
  }

  for (const value of ["true", "yes", "Enabled", ""]) {
    it(`istio-injection=${value} on a namespace has no effect: an error`, () => {
      const { about, severity, object, reason, fix } = onlyOne({
        namespace: { "istio-injection": value },
        webhooks: WITH_DEFAULT,
      });
      assert.deepEqual([about, severity, object], ["namespace", "error", "Namespace shop"]);
      assert.match(reason, /only enabled and disabled have an effect: its pods get no proxy/);
      assert.equal(
        fix,
        "kubectl label namespace shop istio-injection=enabled --overwrite, then restart its workloads",
      );
    });
  }

  it("where nobody serves istio-injection=enabled, the fix is a revision", () => {
    const { fix } = onlyOne({ namespace: { "istio-injection": "true" } });
    assert.equal(
      fix,
      `kubectl label namespace shop istio-injection- and kubectl label namespace shop istio.io/rev=${OLD} --overwrite, then restart its workloads`,
    );
  });

  it("a value that means no does what it says: a warning", () => {
    const { severity, fix } = onlyOne({ namespace: { "istio-injection": "false" } });
    assert.equal(severity, "warning");
    assert.equal(fix, "kubectl label namespace shop istio-injection=disabled --overwrite");
  });

  it("a value without effect keeps a revision from working", () => {
    const namespace = { "istio-injection": "true", "istio.io/rev": NEW };
    const { severity, reason, fix } = onlyOne({ namespace });
    assert.equal(severity, "error");
    assert.match(reason, new RegExp(`keeps istio.io/rev=${NEW} from working`));
    assert.match(fix, /^kubectl label namespace shop istio-injection-, then restart/);
  });

  it("both labels: what happens is said", () => {
    const namespace = { "istio-injection": "enabled", "istio.io/rev": NEW };
    const found = onlyOne({ namespace, webhooks: WITH_DEFAULT });
    assert.equal(found.severity, "error");
    assert.match(found.reason, new RegExp(`the first wins: ${OLD} injects its pods`));
  });

  it("a revision that nobody has: the near one", () => {
    const { reason, fix } = onlyOne({ namespace: { "istio.io/rev": `${NEW}1` } });
    assert.match(reason, /no webhook is of a revision or tag of that name/);
    assert.match(fix, new RegExp(`istio.io/rev=${NEW} --overwrite`));
  });

  it("a pod's label with another value than true and false leaves it to the namespace", () => {
    const { about, severity, reason, fix } = onlyOne({
      namespace: { "istio.io/rev": NEW },
      podLabels: { [INJECT]: "no" },
    });
    assert.deepEqual([about, severity], ["workload", "warning"]);
    assert.match(reason, /label sidecar\.istio\.io\/inject=no, but only true and false/);
    assert.match(fix, /inject: "false" into the labels/);
  });

  it("a label and an annotation that differ: the label wins", () => {
    const { reason, fix } = onlyOne({
      namespace: { "istio.io/rev": NEW },
      podLabels: { [INJECT]: "true" },
      podAnnotations: { [INJECT]: "false" },
    });
    assert.match(reason, /the label wins$/);
    assert.match(fix, /take the annotation/);
  });

  it("an annotation alone asks nobody", () => {
    const { severity, reason, fix } = onlyOne({ podAnnotations: { [INJECT]: "true" } });
    assert.equal(severity, "warning");
    assert.match(reason, /annotation .*, which no webhook looks at: they get none/);
    assert.match(fix, /inject: "true" into the labels/);
  });

  it("a pod asks by its label, and the namespace is disabled", () => {
    const { about, severity, reason } = onlyOne({
      namespace: { "istio-injection": "disabled" },
      podLabels: { [INJECT]: "true", "istio.io/rev": NEW },
    });
    assert.deepEqual([about, severity], ["workload", "error"]);
    assert.match(reason, /the namespace has the label istio-injection=disabled/);
  });

  it("what is wrong with a namespace is said once, and not for each of its workloads", () => {
    const found = foundIn({
      namespace: { "istio-injection": "true" },
      podLabels: { [INJECT]: "true" },
      podAnnotations: { [INJECT]: "true" },
    });
    assert.deepEqual(
      found.map(({ object }) => object),
      ["Namespace shop"],
    );
  });
});
