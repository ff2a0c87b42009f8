import assert from "node:assert/strict";
import { type Output, runtime } from "@pulumi/pulumi";
import { ShopMesh } from "./shopMesh";

const { ISTIO_CHARTS } = process.env;
const SERVICE = "kubernetes:core/v1:Service";

/** The value of an Output. */
function promiseOf<T>(output: Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

describe("ShopMesh", () => {
  /** What is wrong with a component's inputs: its Outputs never have a value then. */
  const failure = new Promise<never>((_, reject) => process.once("unhandledRejection", reject));
  const resources: runtime.MockResourceArgs[] = [];
  let shop: ShopMesh;

  before(async () => {
    await runtime.setMocks({
      newResource: (args) => {
        resources.push(args);
        const status = { loadBalancer: { ingress: [{ ip: "203.0.113.7" }] } };
        const state = args.type === SERVICE ? { ...args.inputs, status } : args.inputs;
        return { id: `${args.name}-id`, state };
      },
      call: ({ inputs }) => inputs,
    });
    shop = new ShopMesh("shop", {
      version: "1.31.0",
      target: { kind: "cluster", context: "shop" },
      replicas: 4,
      // Without it, Istio's charts come from their official place.
      charts: ISTIO_CHARTS ? { kind: "folder", path: ISTIO_CHARTS } : undefined,
    });
    await Promise.race([promiseOf(shop.mesh.summary), failure]);
    // Ends once everything is registered.
    await runtime.disconnect();
  });

  /** Inputs of the one object of a kind and name. */
  function objectOf(kind: string, name: string) {
    const found = resources.filter(
      ({ type, inputs }) => type.endsWith(`:${kind}`) && inputs.metadata?.name === name,
    );
    assert.equal(found.length, 1, `${kind} ${name}`);
    return found[0]?.inputs;
  }

  it("has one control plane, of the version that it was given", async () => {
    assert.equal(await promiseOf(shop.mesh.revision), "1-31-0");
    assert.equal(await promiseOf(shop.mesh.version), "1.31.0");
    assert.equal(objectOf("Deployment", "istiod-1-31-0").metadata.namespace, "istio-system");
  });

  it("has a tag that points to it", async () => {
    assert.equal(await promiseOf(shop.tag.revision), "1-31-0");
    objectOf("MutatingWebhookConfiguration", "istio-revision-tag-stable");
  });

  it("has as many gateway pods as it was told, behind one address", async () => {
    assert.equal(objectOf("Deployment", "ingress-1-31-0").spec.replicas, 4);
    assert.deepEqual(await promiseOf(shop.gateway.selector), {
      app: "ingress",
      istio: "ingressgateway",
    });
    assert.equal(await promiseOf(shop.address), "203.0.113.7");
  });

  it("has the shop's namespace at the tag", () => {
    assert.equal(objectOf("Namespace", "shop").metadata.labels["istio.io/rev"], "stable");
  });

  it("refuses plaintext in the shop", () => {
    assert.deepEqual(objectOf("PeerAuthentication", "default").spec, { mtls: { mode: "STRICT" } });
  });
});
