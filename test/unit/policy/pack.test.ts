import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PolicyResource, StackValidationArgs } from "@pulumi/policy";
import { MESH_POLICIES } from "../../../mesh/checks/policy/policies";
import type { JsonObject } from "../../../mesh/common/json";
import { clusterOf, declaredObjects } from "../../../policy/declared";
import { meshPolicies } from "../../../policy/policies";
import { unknownMatters } from "../../../policy/unknown";
import { ROOT } from "../../support/tools";
import { configurations } from "../injection/scenarios";
import { gateway, service } from "./objects";

// What `@pulumi/policy` wraps properties in; it is not among its exports.
const { unknownCheckingProxy, unknownStringValue } = require("@pulumi/policy/proxy") as {
  readonly unknownCheckingProxy: (props: object) => Record<string, unknown>;
  readonly unknownStringValue: string;
};

/** A resource as `@pulumi/policy` hands it to a policy. */
function resource(type: string, props: JsonObject, more: Partial<PolicyResource> = {}) {
  const urn = `urn:pulumi:test::project::${type}::name`;
  const opts = { protect: false };
  return { type, urn, props: unknownCheckingProxy(props), opts, ...more } as PolicyResource;
}

const onCluster = (kubeconfig: string) =>
  ({
    type: "pulumi:providers:kubernetes",
    urn: `urn:${kubeconfig}`,
    props: unknownCheckingProxy({ kubeconfig }),
  }) as unknown as PolicyResource["provider"];

/** What a policy reports of resources, as `URN: MESSAGE`. */
async function report(name: string, resources: readonly PolicyResource[], config: object = {}) {
  const policy = meshPolicies().find((one) => one.name === name);
  const said: string[] = [];
  const args = { resources, getConfig: () => config } as unknown as StackValidationArgs;
  await policy?.validateStack(args, (message, urn) => said.push(`${urn}: ${message}`));
  return said;
}

const WEBHOOK = "kubernetes:admissionregistration.k8s.io/v1:MutatingWebhookConfiguration";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

describe("objects of a stack", () => {
  it("have the API version and kind of their resource, and a namespace", () => {
    const { apiVersion: _, kind: __, ...props } = service();
    const { namespace: ___, ...metadata } = props.metadata as JsonObject;
    const [found] = declaredObjects(resource("kubernetes:core/v1:Service", { ...props, metadata }));
    assert.equal(found?.object.apiVersion, "v1");
    assert.equal(found?.object.kind, "Service");
    assert.equal(found?.object.metadata.namespace, "default");
    assert.deepEqual([found?.isPatch, found?.isOpen, found?.isProtected], [false, false, false]);
  });

  it("are those of lists, patches and releases, and none of other providers", () => {
    const items = [gateway("edge/one"), gateway("edge/two")];
    assert.equal(
      declaredObjects(resource("kubernetes:apps/v1:DeploymentList", { items })).length,
      2,
    );
    const metadata = { name: "shop" };
    const [patch] = declaredObjects(resource("kubernetes:core/v1:NamespacePatch", { metadata }));
    assert.deepEqual([patch?.object.kind, patch?.isPatch], ["Namespace", true]);
    const [release] = declaredObjects(
      resource("kubernetes:helm.sh/v3:Release", { chart: "istiod", namespace: "istio-system" }),
    );
    assert.deepEqual(release?.object.metadata, { name: "name", namespace: "istio-system" });
    assert.deepEqual(declaredObjects(resource("gcp:container/cluster:Cluster", { metadata })), []);
    assert.deepEqual(declaredObjects(resource("kubernetes:core/v1:Secret", { metadata })), []);
  });

  it("are open where a value that decides is not known", () => {
    const own = gateway();
    const labelled = { ...own, metadata: { name: "web", labels: { app: unknownStringValue } } };
    const [open] = declaredObjects(resource(DEPLOYMENT, labelled));
    assert.equal(open?.isOpen, true);
    assert.deepEqual(open?.object.metadata.labels, {});
    assert.throws(() => open?.touchUnknown?.(), /\.metadata\.labels\.app can't be known/);
    const [known] = declaredObjects(resource(DEPLOYMENT, { ...own, status: unknownStringValue }));
    assert.equal(known?.isOpen, false);
  });

  it("decide by labels, images and selectors, and not by an environment variable", () => {
    const pod = ["spec", "template", "spec", "containers", "0"];
    for (const segments of [
      ["metadata", "name"],
      ["spec", "template", "metadata", "labels", "istio.io/rev"],
      ["spec", "template", "metadata", "annotations", "sidecar.istio.io/inject"],
      ["spec", "selector", "app"],
      ["webhooks", "0", "namespaceSelector"],
      [...pod, "image"],
      [],
    ]) {
      assert.equal(unknownMatters(segments), true, segments.join("."));
    }
    for (const segments of [
      [...pod, "env", "0", "value"],
      ["spec", "template", "metadata", "annotations", "checksum/config"],
      ["spec", "loadBalancerIP"],
      ["webhooks", "0", "clientConfig", "caBundle"],
      ["data", "password"],
      ["status"],
    ]) {
      assert.equal(unknownMatters(segments), false, segments.join("."));
    }
  });

  it("are of one cluster if the kubeconfig is the same", () => {
    const at = (kubeconfig: string) =>
      clusterOf(resource(DEPLOYMENT, {}, { provider: onCluster(kubeconfig) }));
    assert.equal(at("a"), at("a"));
    assert.notEqual(at("a"), at("b"));
  });
});

describe("policies of Pulumi", () => {
  const [one, other] = configurations("default", "tag-default-new");
  assert.ok(one && other);

  it("report at the resource, and keep clusters apart", async () => {
    const first = resource(WEBHOOK, one);
    assert.match(
      (await report("injection-overlap", [first, resource(WEBHOOK, other)]))[0] ?? "",
      /^urn:pulumi:test::.*: Mutating/,
    );
    const apart = [
      resource(WEBHOOK, one, { provider: onCluster("a") }),
      resource(WEBHOOK, other, { provider: onCluster("b") }),
    ];
    assert.deepEqual(await report("injection-overlap", apart), []);
  });

  it("refuse settings that they do not have", async () => {
    await assert.rejects(
      report("auto-image", [], { revisons: ["a"] }),
      /policy auto-image: revisons: is an unknown setting; allowed: enforcementLevel, revisions/,
    );
    assert.deepEqual(await report("auto-image", [], { revisions: ["a"] }), []);
  });

  it("have names of their own, and one sentence each", () => {
    const names = MESH_POLICIES.map(({ name }) => name);
    assert.deepEqual([...new Set(names)], names);
    for (const { name, description } of MESH_POLICIES) {
      assert.match(name, /^[a-z]+(-[a-z]+)+$/);
      assert.match(description, /^[A-Z][^.]*(\.\w[^.]*)*\.$/);
    }
  });

  it("are in a pack with the version of the package", () => {
    const versionOf = (file: string) => JSON.parse(readFileSync(join(ROOT, file), "utf8")).version;
    assert.equal(versionOf("policy/pack/package.json"), versionOf("package.json"));
  });
});
