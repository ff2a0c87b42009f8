import assert from "node:assert/strict";
import { NEW } from "../../../toolchain/versions";
import { configurations } from "../injection/scenarios";
import {
  deployment,
  gateway,
  messages,
  namespace,
  object,
  peerAuthentication,
  violations,
} from "./objects";

const STRICT = peerAuthentication("istio-system/default", "STRICT");
const IN_MESH = namespace("shop", { "istio.io/rev": NEW });
const CART = deployment("shop/cart");

describe("the policy strict-without-proxy", () => {
  const NAME = "strict-without-proxy";

  it("finds workloads that get no proxy under a policy of the mesh", () => {
    const [message = "", ...others] = messages(NAME, [STRICT, namespace("shop"), CART]);
    assert.deepEqual(others, []);
    assert.match(message, /^PeerAuthentication istio-system\/default: spec\.mtls\.mode: /);
    assert.match(message, /Deployment shop\/cart of this stack gets no proxy: .* \(got "STRICT"\)/);
    assert.match(message, /allowed: PERMISSIVE while .*; fix: label its namespace istio\.io\/rev/);
  });

  it("finds those of the namespace of a policy", () => {
    const own = peerAuthentication("shop/default", "STRICT");
    assert.equal(messages(NAME, [own, namespace("shop"), CART]).length, 1);
    assert.deepEqual(messages(NAME, [own, namespace("old"), deployment("old/cart")]), []);
  });

  it("finds pods that opt out, or that a webhook of the stack does not match", () => {
    const out = deployment("shop/cart", { labels: { "sidecar.istio.io/inject": "false" } });
    assert.equal(messages(NAME, [STRICT, IN_MESH, out]).length, 1);
    const webhooks = configurations("new");
    assert.deepEqual(messages(NAME, [...webhooks, STRICT, IN_MESH, CART]), []);
  });

  it("finds nothing in pods with a proxy, in ambient mode, or of a namespace that is not known", () => {
    assert.deepEqual(messages(NAME, [STRICT, IN_MESH, CART]), []);
    const ambient = namespace("shop", { "istio.io/dataplane-mode": "ambient" });
    assert.deepEqual(messages(NAME, [STRICT, ambient, CART]), []);
    assert.deepEqual(messages(NAME, [STRICT, CART]), []);
  });

  it("leaves gateways, the mesh's own workloads and Kubernetes' alone", () => {
    const istiod = deployment("istio-system/istiod");
    const cni = deployment("kube-system/istio-cni-node");
    const all = [
      namespace("edge"),
      namespace("istio-system"),
      namespace("kube-system"),
      istiod,
      cni,
    ];
    assert.deepEqual(messages(NAME, [STRICT, ...all, gateway()]), []);
  });

  it("looks at the root namespace that it is told", () => {
    const other = peerAuthentication("mesh-root/default", "STRICT");
    const stack = [other, namespace("shop"), CART];
    assert.deepEqual(messages(NAME, stack), []);
    assert.equal(messages(NAME, stack, { rootNamespace: "mesh-root" }).length, 1);
  });

  it("leaves PERMISSIVE policies and those of some pods alone", () => {
    const some = peerAuthentication("shop/cart", "STRICT", {
      selector: { matchLabels: { app: "x" } },
    });
    const permissive = peerAuthentication("istio-system/default", "PERMISSIVE");
    assert.deepEqual(messages(NAME, [some, permissive, namespace("shop"), CART]), []);
  });
});

describe("the policy plaintext-to-strict", () => {
  const rule = (mode: string) =>
    object(
      "DestinationRule shop/cart",
      { spec: { host: "cart", trafficPolicy: { tls: { mode } } } },
      "networking.istio.io/v1",
    );
  const service = object("Service shop/cart", { spec: { selector: { app: "cart" } } });
  const stack = [STRICT, IN_MESH, CART, service];

  it("refuses plaintext to a Service that is STRICT", () => {
    const [found, ...others] = violations("plaintext-to-strict", [...stack, rule("DISABLE")]);
    assert.deepEqual(others, []);
    assert.equal(found?.path, "spec.trafficPolicy.tls.mode");
    assert.equal(found?.value, "DISABLE");
    assert.match(
      found?.reason ?? "",
      /Service shop\/cart, .* STRICT by PeerAuthentication istio-system\/default/,
    );
    assert.equal(found?.fix, "write spec.trafficPolicy.tls.mode: ISTIO_MUTUAL");
  });

  it("finds nothing in mutual TLS, nor in plaintext to pods without a proxy", () => {
    assert.deepEqual(messages("plaintext-to-strict", [...stack, rule("ISTIO_MUTUAL")]), []);
    const bare = [STRICT, namespace("shop"), CART, service, rule("DISABLE")];
    assert.deepEqual(messages("plaintext-to-strict", bare), []);
    const own = peerAuthentication("shop/default", "PERMISSIVE");
    assert.deepEqual(messages("plaintext-to-strict", [...stack, own, rule("DISABLE")]), []);
  });
});
