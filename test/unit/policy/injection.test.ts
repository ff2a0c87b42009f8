import assert from "node:assert/strict";
import { NEW, OLD } from "../../../toolchain/versions";
import { configurations } from "../injection/scenarios";
import { deployment, gateway, messages, namespace, violations } from "./objects";

const EDGE = namespace("edge");

describe("the policy injection-overlap", () => {
  it("finds two configurations that inject the same pods", () => {
    const [found, ...others] = violations(
      "injection-overlap",
      configurations("default", "tag-default-new"),
    );
    assert.deepEqual(others, []);
    assert.equal(found?.path, "webhooks");
    assert.equal(found?.allowed, "one webhook for any pod");
    assert.match(
      found?.reason ?? "",
      /more than one webhook injects the pod: .* \(namespaces with the label/,
    );
    assert.match(
      found?.fix ?? "",
      /deactivate the webhooks in istio-sidecar-injector, or remove the tag/,
    );
  });

  it("finds nothing in revisions side by side, and their tag", () => {
    assert.deepEqual(
      messages("injection-overlap", configurations("old", "new", "tag-default-old")),
      [],
    );
  });
});

describe("the policy auto-image", () => {
  const BOTH = configurations("old", "new");

  it("finds pods that no webhook injects, because of their labels", () => {
    const disabled = namespace("edge", { "istio-injection": "disabled" });
    const [message = ""] = messages("auto-image", [...BOTH, disabled, gateway()]);
    assert.match(message, /^Deployment edge\/web: spec\.template\.metadata\.labels: .* image auto/);
    assert.match(
      message,
      /the namespace edge has istio-injection=disabled: its pods would never start/,
    );
    assert.match(message, /allowed: /);
    assert.match(message, /fix: /);
  });

  it("finds pods that ask for no injector", () => {
    const labels = { "istio.io/rev": undefined } as unknown as Record<string, string>;
    const [found] = violations("auto-image", [EDGE, gateway("edge/web", { labels })]);
    assert.match(found?.reason ?? "", /neither its pods nor the namespace edge ask for one/);
    const refused = gateway("edge/web", { labels: { "sidecar.istio.io/inject": "false" } });
    assert.match(messages("auto-image", [EDGE, refused])[0] ?? "", /its pods refuse one/);
  });

  it("finds a revision that nobody has", () => {
    const labels = { "istio.io/rev": "1-3-0" };
    const [found] = violations("auto-image", [...BOTH, EDGE, gateway("edge/web", { labels })]);
    assert.equal(found?.value, "1-3-0");
    assert.match(found?.allowed ?? "", new RegExp(`^${OLD}, ${NEW}, asm-managed`));
    assert.equal(violations("auto-image", [...BOTH, gateway("edge/web", { labels })]).length, 1);
  });

  it("finds nothing in pods that a webhook of the stack injects", () => {
    assert.deepEqual(messages("auto-image", [...BOTH, EDGE, gateway()]), []);
  });

  it("says nothing of control planes that are not in the stack, unless they are named", () => {
    assert.deepEqual(messages("auto-image", [EDGE, gateway()]), []);
    assert.deepEqual(messages("auto-image", [EDGE, gateway()], { revisions: [NEW] }), []);
    assert.equal(messages("auto-image", [EDGE, gateway()], { revisions: [OLD] }).length, 1);
    const managed = gateway("edge/web", { labels: { "istio.io/rev": "asm-managed" } });
    assert.deepEqual(messages("auto-image", [...BOTH, EDGE, managed]), []);
  });

  it("says nothing while a webhook's selectors are not known", () => {
    const labels = { "istio.io/rev": "1-3-0" };
    const [old, ...others] = BOTH;
    assert.ok(old);
    const open = { object: old, isOpen: true };
    assert.deepEqual(
      messages("auto-image", [open, ...others, gateway("edge/web", { labels })]),
      [],
    );
  });
});

describe("the policy injection-labels", () => {
  const shop = (labels: Record<string, string>) => [
    namespace("shop", labels),
    deployment("shop/cart"),
  ];

  it("finds labels that have no effect", () => {
    const [message = ""] = messages("injection-labels", shop({ "istio-injection": "true" }));
    assert.match(
      message,
      /^Namespace shop: metadata\.labels: has the label istio-injection=true, but/,
    );
    assert.match(message, /fix: have the program do what this would: kubectl label namespace shop/);
  });

  it("finds a revision that no control plane has, if the control planes are known", () => {
    const labels = { "istio.io/rev": "1-3-0" };
    assert.equal(
      messages("injection-labels", [...configurations("new"), ...shop(labels)]).length,
      1,
    );
    assert.deepEqual(messages("injection-labels", shop(labels)), []);
    assert.deepEqual(messages("injection-labels", shop(labels), { revisions: ["1-3-0"] }), []);
    assert.equal(messages("injection-labels", shop(labels), { revisions: [NEW] }).length, 1);
  });

  it("finds what a patch of a namespace says", () => {
    const both = namespace("shop", { "istio-injection": "enabled", "istio.io/rev": NEW });
    const patch = { object: both, isPatch: true };
    assert.match(messages("injection-labels", [patch])[0] ?? "", /has both labels/);
  });

  it("finds nothing in labels with an effect, nor in an annotation of an injected namespace", () => {
    assert.deepEqual(messages("injection-labels", shop({ "istio.io/rev": NEW })), []);
    const annotated = deployment("shop/cart", {
      annotations: { "sidecar.istio.io/inject": "true" },
    });
    const enabled = namespace("shop", { "istio-injection": "enabled" });
    assert.deepEqual(messages("injection-labels", [enabled, annotated]), []);
    assert.match(
      messages("injection-labels", [namespace("shop"), annotated])[0] ?? "",
      /annotation sidecar\.istio\.io\/inject, which no webhook looks at/,
    );
  });
});
