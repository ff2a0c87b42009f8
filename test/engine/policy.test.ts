import assert from "node:assert/strict";
import { NEW, OLD } from "../../toolchain/versions";
import { startKwokCluster } from "../cluster/kwokCluster";
import { liveCluster } from "../support/liveCluster";
import {
  installedPacks,
  type Judged,
  otherPack,
  type Packs,
  previewWithPack,
} from "../support/policyPack";
import { programStack } from "../support/programStack";
import { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";

const GOOD = {
  injectors: ["new"],
  revision: NEW,
  protect: true,
  shop: { "istio.io/rev": NEW },
  image: "example.com/cart:1",
  callers: "ISTIO_MUTUAL",
};

/** A mesh in which each of these policies finds one thing. */
const BAD = {
  ...GOOD,
  injectors: ["new", "default", "tag-default-new"],
  revision: "1-3-0",
  protect: false,
  shop: { "istio.io/rev": NEW, "istio-injection": "true" },
  image: "gcr.io/istio-release/proxyv2:1.31.0",
  role: true,
};

/** What was reported, as `LEVEL POLICY KIND::NAME`, sorted. */
function reported({ violations }: Judged): string[] {
  return violations
    .map(({ enforcementLevel, policyName, resourceUrn = "" }) => {
      const [, , type = "", name] = resourceUrn.split("::");
      return `${enforcementLevel} ${policyName} ${type.split(":").at(-1)}::${name}`;
    })
    .sort();
}

describe("the policy pack on the real engine", () => {
  let tools: Tools;
  let packs: Packs;
  let stack: TestStack;

  before(async function () {
    tools = await toolsFor(this);
    packs = await installedPacks();
    stack = await programStack(tools, "plainMesh");
  });

  function judge(program: object, config?: object, pack = packs.own): Promise<Judged> {
    stack.configure({ "mesh:program": { folder: stack.rendered, ...program } });
    return previewWithPack(stack, pack, config);
  }

  it("finds nothing in a mesh of plain resources that is well", async () => {
    const judged = await judge(GOOD);
    assert.equal(judged.code, 0, judged.output);
    assert.deepEqual(reported(judged), []);
    assert.match(judged.stdout, /pulumi-service-mesh@v0\.1\.0/);
  });

  it("says at each resource what is wrong, and refuses the update", async () => {
    const judged = await judge(BAD);
    assert.notEqual(judged.code, 0);
    assert.deepEqual(reported(judged), [
      "advisory gateway-service-protection Service::web",
      "advisory injection-labels Namespace::shop",
      "advisory retired-places Deployment::cart",
      "advisory strict-without-proxy PeerAuthentication::strict",
      "mandatory auto-image Deployment::web",
      "mandatory injection-overlap MutatingWebhookConfiguration::injector-default",
      "mandatory retired-apis ServiceRole::readers",
    ]);
    const said = judged.violations.map(({ message }) => message).join("\n");
    for (const part of [
      "Service edge/web: options.protect: has the address of Deployment edge/web",
      "Namespace shop: metadata.labels: has the label istio-injection=true, but only enabled and",
      "spec.template.spec.containers[0].image: names gcr.io/istio-release, which Istio retires",
      "fix: write docker.io/istio in place of gcr.io/istio-release",
      'ask for revision 1-3-0, which no webhook of this stack has (got "1-3-0"); allowed: ',
      "more than one webhook injects the pod: istio-revision-tag-default/",
      "ServiceRole shop/readers: apiVersion: no istiod reads objects of this API any more",
    ]) {
      assert.ok(said.includes(part), `${part} is not in ${said}`);
      assert.ok(judged.stdout.includes(part), `${part} is not in ${judged.stdout}`);
    }
  });

  it("refuses callers that send plaintext to what is STRICT", async () => {
    const judged = await judge({ ...GOOD, callers: "DISABLE" });
    assert.notEqual(judged.code, 0);
    assert.deepEqual(reported(judged), ["mandatory plaintext-to-strict DestinationRule::callers"]);
  });

  it("takes levels and settings of the configuration", async () => {
    const warned = await judge(BAD, { all: "advisory", "retired-apis": "disabled" });
    assert.equal(warned.code, 0, warned.output);
    assert.equal(warned.violations.length, 6);
    assert.ok(warned.violations.every(({ enforcementLevel }) => enforcementLevel === "advisory"));

    const program = { ...GOOD, injectors: [], revision: OLD };
    assert.deepEqual(reported(await judge(program)), []);
    const settings = { revisions: [NEW] };
    assert.deepEqual(reported(await judge(program, { "auto-image": settings })), [
      "mandatory auto-image Deployment::web",
    ]);
    const unknown = await judge(program, { "auto-image": { revisons: [NEW] } });
    assert.notEqual(unknown.code, 0);
    assert.match(
      unknown.output.replace(/\s+/g, " "),
      /policy auto-image: revisons: is an unknown setting; allowed: enforcementLevel, revisions/,
    );
  });

  it("says which policy cannot run while a value is not known", async () => {
    const { code, output, violations } = await judge({ ...BAD, isShopOpen: true });
    assert.notEqual(code, 0);
    assert.ok(!violations.some(({ message }) => /^Namespace shop/.test(message)));
    assert.match(
      output.replace(/\s+/g, " "),
      /can't run policy 'injection-labels' .* \.metadata\.labels\.istio\.io\/rev can't be known/,
    );
  });

  it("finds nothing in the mesh of this package's own components", async () => {
    const own = await TestStack.dev(tools);
    const judged = await previewWithPack(own, packs.own);
    assert.equal(judged.code, 0, judged.output);
    assert.deepEqual(reported(judged), []);
  });

  it("refuses a change in a cluster that takes the address of a gateway away", async () => {
    const api = await startKwokCluster({ webhooks: false });
    try {
      const live = liveCluster(api.kubeconfig);
      const inCluster = { ...GOOD, injectors: [], kubeconfig: api.kubeconfig };
      stack.configure({ "mesh:program": { folder: stack.rendered, ...inCluster } });
      await stack.up();
      const service = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web", namespace: "edge" },
      };
      const status = { loadBalancer: { ingress: [{ ip: "203.0.113.7" }] } };
      await live.applyStatus({ ...service, status });
      assert.deepEqual(reported(await judge(inCluster)), []);
      assert.deepEqual(reported(await judge({ ...inCluster, address: "203.0.113.7" })), []);
      const judged = await judge({ ...inCluster, address: "203.0.113.8" });
      assert.notEqual(judged.code, 0);
      assert.deepEqual(reported(judged), ["mandatory gateway-service-address Service::web"]);
      assert.match(judged.violations[0]?.message ?? "", /from 203\.0\.113\.7 to 203\.0\.113\.8/);
    } finally {
      await api.stop();
    }
  });

  it("lends its policies to a pack of somebody else's", async () => {
    const pack = otherPack(
      packs,
      `import { PolicyPack } from "@pulumi/policy";
       import { meshPolicies } from "pulumi-service-mesh/policy";
       new PolicyPack("our-company", { policies: [...meshPolicies()] });`,
    );
    const judged = await judge({ ...GOOD, role: true }, undefined, pack);
    assert.deepEqual(reported(judged), ["mandatory retired-apis ServiceRole::readers"]);
    assert.match(judged.stdout, /our-company@v1\.2\.3/);
  });
});
