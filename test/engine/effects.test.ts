import assert from "node:assert/strict";
import type { JsonObject } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { untilFound } from "../node/wait";
import { gatewayMesh } from "../support/gatewayMesh";
import { type LiveCluster, untilAt } from "../support/liveCluster";
import type { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { toolsFor } from "../support/tools";

/** The API server takes its time to serve a new type. */
const SERVED_MS = 30_000;

const NAME = "istio-ingressgateway";
const ZIPKIN = { name: "zipkin", zipkin: { service: "zipkin.tracing.svc", port: 9411 } };

function overlay(meshConfig: JsonObject, k8s: JsonObject = {}): JsonObject {
  const service = { type: "ClusterIP" };
  const ingressGateways = [{ name: NAME, enabled: true, k8s: { service, ...k8s } }];
  return {
    apiVersion: "install.istio.io/v1alpha1",
    kind: "IstioOperator",
    spec: { meshConfig, components: { ingressGateways, cni: { enabled: true } } },
  };
}

const BEFORE = { extensionProviders: [ZIPKIN] };

/** Sends traces to the provider. */
const TRACES: K8sObject = {
  apiVersion: "telemetry.istio.io/v1",
  kind: "Telemetry",
  metadata: { name: "traces", namespace: "default" },
  spec: { tracing: [{ providers: [{ name: "zipkin" }] }] },
};

/** The Gateway API's own type, as far as the API server has to know it. */
const GATEWAY_TYPE: K8sObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: "gateways.gateway.networking.k8s.io",
    annotations: {
      "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api/pull/2466",
    },
  },
  spec: {
    group: "gateway.networking.k8s.io",
    scope: "Namespaced",
    names: { plural: "gateways", singular: "gateway", kind: "Gateway", listKind: "GatewayList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
};

const API_GATEWAY: K8sObject = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "Gateway",
  metadata: { name: "api", namespace: "default", labels: { "istio.io/rev": "stable" } },
  spec: { gatewayClassName: "istio" },
};

/** What istiod makes for the Gateway, as far as the preview looks at it. */
function deploymentOfGateway(): K8sObject {
  const labels = {
    "gateway.istio.io/managed": "istio.io-gateway-controller",
    "gateway.networking.k8s.io/gateway-name": "api",
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "api-istio", namespace: "default", labels },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "istio-proxy", image: "docker.io/istio/proxyv2:1" }] },
      },
    },
  };
}

/** Previews on a real API server, after one update. What they say comes from the objects. */
describe("what the preview says of overlays, settings and versions", () => {
  const stage = stages();
  let api: ApiServer;
  let live: LiveCluster;
  let stack: TestStack;

  const config = {
    "mesh:overlays": [overlay(BEFORE)],
    "mesh:tags": { stable: OLD },
    "mesh:gateways": [
      { name: "web", namespace: "edge", replicas: 2, revisions: [{ revision: "stable" }] },
    ],
  };

  before(async function () {
    const tools = await toolsFor(this);
    ({ api, live, stack } = await gatewayMesh(tools, {
      "mesh:tags": { stable: OLD },
    }));
    stack.configure(config);
    await stack.up();
  });

  after(() => api?.stop());

  async function said(change: JsonObject): Promise<string> {
    stack.configure({ ...config, ...change });
    const { output } = await stack.preview();
    return output;
  }

  stage("nothing, if nothing changes", async () => {
    assert.doesNotMatch(await said({}), /restart|mesh config|becomes/);
  });

  stage("which pods of an overlay's gateway restart, how many there are, and why", async () => {
    const changed = overlay(BEFORE, { podAnnotations: { team: "a" } });
    assert.match(
      await said({ "mesh:overlays": [changed] }),
      /the pods of Deployment istio-system\/istio-ingressgateway \(1 pod now\) restart: annotation team changes\./,
    );
  });

  stage("which gateway's pods a moved tag leaves behind", async () => {
    const output = await said({ "mesh:tags": { stable: NEW } });
    assert.match(output, new RegExp(`tag stable moves from ${OLD} to ${NEW}`));
    assert.doesNotMatch(
      output,
      /sends to pods with/,
      "the tag's Service is not said beside the tag",
    );
    assert.match(
      output,
      /gateway edge\/web names tag stable\. Its 2 pods keep the old proxy until they restart: set `restart` of the gateway to another text, or run kubectl .*web-stable/,
    );
  });

  stage("which pods istiod restarts by itself with a moved tag", async () => {
    await live.apply(GATEWAY_TYPE);
    await untilFound(
      () => live.apply(API_GATEWAY).catch(() => undefined),
      SERVED_MS,
      () => "the API server does not take a Gateway",
    );
    await live.apply(deploymentOfGateway());
    const path = "/apis/apps/v1/namespaces/default/deployments/api-istio";
    await untilAt(live, path, (object) => getPath(object, "status.replicas") === 3);
    assert.match(
      await said({ "mesh:tags": { stable: NEW } }),
      new RegExp(
        `tag stable moves to ${NEW}, so istiod restarts the pods that it runs for the Gateway API at once, by a rolling update: Gateway default/api \\(3 pods\\)\\.`,
      ),
    );
  });

  stage(
    "mesh config that changes what traffic may do, and who uses a provider that goes",
    async () => {
      await live.apply(TRACES);
      const after = {
        extensionProviders: [],
        outboundTrafficPolicy: { mode: "REGISTRY_ONLY" },
        discoverySelectors: [{ matchLabels: { mesh: "on" } }],
      };
      const output = await said({ "mesh:overlays": [overlay(after)] });
      assert.match(
        output,
        /outboundTrafficPolicy\.mode becomes REGISTRY_ONLY \(before: ALLOW_ANY\): requests to hosts that the mesh does not know are refused/,
      );
      assert.match(
        output,
        /discoverySelectors changes: istiod no longer watches .*istio-system.*, so proxies lose the Services and policies there/,
      );
      assert.match(
        output,
        /extension provider zipkin is removed, but Telemetry default\/traces names it/,
      );
      assert.match(
        output,
        /discoverySelectors: leaves out namespace istio-system, the root namespace/,
        "the warning about the setting itself",
      );
    },
  );

  stage("an upgrade in place: who restarts, and nothing twice", async () => {
    const revisions = [
      { revision: OLD, version: NEWEST },
      { revision: NEW, version: NEWEST },
    ];
    const output = await said({ "mesh:revisions": revisions });
    const versions = `${PREVIOUS} to ${NEWEST}`;
    assert.match(
      output,
      new RegExp(`control plane ${OLD} is changed in place from Istio ${versions}\\. Proxies`),
    );
    assert.match(
      output,
      new RegExp(
        `the pods of Deployment istio-system/istiod-${OLD} \\(.*\\) restart: image docker\\.io/istio/pilot:${PREVIOUS} becomes ${NEWEST}`,
      ),
    );
    assert.doesNotMatch(output, new RegExp(`control plane ${OLD} injects changed proxies`));
  });

  stage("a node agent that restarts, with the nodes that wait for it", async () => {
    const revisions = [
      { revision: OLD, version: PREVIOUS },
      { revision: NEW, version: NEWEST },
    ];
    const output = await said({ "mesh:version": NEWEST, "mesh:revisions": revisions });
    assert.match(
      output,
      /DaemonSet \S+\/istio-cni-node restarts on its only node \(image \S+ becomes \S+\); new pods on a node wait/,
    );
    assert.match(
      output,
      /the pods of Deployment istio-system\/istio-ingressgateway .* restart: image/,
    );
    assert.doesNotMatch(output, /the pods of Deployment istio-system\/istiod/);
  });

  stage("what a secret changes, without its value", async () => {
    stack.configure(config);
    await stack.setSecret("mesh:hub", "registry.not-to-be-seen.example");
    const { output } = await stack.preview();
    assert.match(
      output,
      new RegExp(
        `the pods of Deployment istio-system/istiod-${OLD} \\(.*\\) restart: image \\[secret\\] becomes \\[secret\\]`,
      ),
    );
    assert.doesNotMatch(output, /not-to-be-seen/);
  });

  stage(
    "an image of an older minor in place is refused, also where images may differ",
    async () => {
      const revisions = [
        { revision: OLD, tag: "1.21.0" },
        { revision: NEW, version: NEWEST },
      ];
      stack.configure({ ...config, "mesh:revisions": revisions });
      assert.match(
        (await stack.failure("preview")).output,
        /makes istiod.* run 1\.21\.0, \d+ minors/,
      );
      stack.configure({ ...config, "mesh:revisions": revisions, "mesh:allowImageSkew": true });
      const { output } = await stack.failure("preview");
      assert.match(output, /1\.21\.0 to \S+ are \d+ minor versions; rule:/);
      stack.configure({ "mesh:allowImageSkew": undefined });
    },
  );

  stage("images of an older minor are refused still", async () => {
    stack.configure({
      ...config,
      "mesh:revisions": [{ revision: OLD }, { revision: NEW, version: NEWEST, tag: "1.21.0" }],
    });
    const { output } = await stack.failure("preview");
    assert.match(output, new RegExp(`1\\.21\\.0, \\d+ minors older than the charts of ${NEWEST}`));
  });
});
