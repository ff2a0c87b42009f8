import assert from "node:assert/strict";
import { NEWEST } from "../../../toolchain/versions";
import { deployment, messages, object, violations } from "./objects";

describe("the policy retired-places", () => {
  it("finds images, charts and repositories of retired places", () => {
    const spec = {
      containers: [{ name: "proxy", image: `gcr.io/istio-release/proxyv2:${NEWEST}` }],
    };
    const [found] = violations("retired-places", [deployment("shop/cart", { spec })]);
    assert.equal(found?.path, "spec.template.spec.containers[0].image");
    assert.match(found?.reason ?? "", /names gcr\.io\/istio-release, which Istio retires/);
    assert.equal(found?.fix, "write docker.io/istio in place of gcr.io/istio-release");
    const release = object("Release istio-system/istiod", {
      chart: "istiod",
      repositoryOpts: { repo: "https://istio-release.storage.googleapis.com/charts" },
    });
    assert.match(
      messages("retired-places", [release])[0] ?? "",
      /^Release istio-system\/istiod: repositoryOpts\.repo: /,
    );
  });

  it("finds the hub of an injector, and no text in the data of others", () => {
    const data = { values: '{"global":{"hub":"gcr.io/istio-release"}}' };
    const map = (name: string) => object(`ConfigMap istio-system/${name}`, { data });
    assert.equal(messages("retired-places", [map("istio-sidecar-injector")]).length, 1);
    assert.deepEqual(messages("retired-places", [map("notes")]), []);
  });

  it("finds nothing in Istio's present places and in mirrors", () => {
    for (const image of [
      "docker.io/istio/pilot:1",
      "mirror.example.com/gcr.io/istio-release/pilot:1",
    ]) {
      const spec = { containers: [{ name: "discovery", image }] };
      assert.deepEqual(messages("retired-places", [deployment("shop/cart", { spec })]), []);
    }
  });
});

describe("the policy retired-apis", () => {
  const of = (apiVersion: string, kind: string) => object(`${kind} shop/one`, {}, apiVersion);

  it("refuses objects that no istiod reads", () => {
    const [message = ""] = messages("retired-apis", [of("rbac.istio.io/v1alpha1", "ServiceRole")]);
    assert.match(
      message,
      /^ServiceRole shop\/one: apiVersion: no istiod reads .* \(got "rbac\.istio/,
    );
    assert.match(
      message,
      /allowed: AuthorizationPolicy \(since Istio 1\.6\); fix: use AuthorizationPolicy in/,
    );
    assert.match(
      messages("retired-apis", [of("install.istio.io/v1alpha1", "IstioOperator")])[0] ?? "",
      /fix: use an overlay of this package in its place/,
    );
  });

  it("finds nothing in APIs that istiod reads", () => {
    assert.deepEqual(
      messages("retired-apis", [of("security.istio.io/v1", "AuthorizationPolicy")]),
      [],
    );
  });
});
