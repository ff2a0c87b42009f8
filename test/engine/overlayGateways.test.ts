import assert from "node:assert/strict";
import type { JsonObject } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import type { ApiServer } from "../cluster/apiServer";
import { kwokStack } from "../support/kwokStack";
import type { LiveCluster } from "../support/liveCluster";
import type { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { toolsFor } from "../support/tools";

const NAME = "istio-ingressgateway";
const SERVICE = `/api/v1/namespaces/istio-system/services/${NAME}`;
const ADDRESS = "203.0.113.7";

function overlay(...ingressGateways: readonly JsonObject[]): JsonObject {
  return {
    apiVersion: "install.istio.io/v1alpha1",
    kind: "IstioOperator",
    spec: { components: { ingressGateways: [...ingressGateways] } },
  };
}

/** Nothing gives Services an address here, so the update does not wait for one. */
function gateway(k8s: JsonObject = {}, name = NAME): JsonObject {
  const serviceAnnotations = { "pulumi.com/skipAwait": "true" };
  return { name, enabled: true, k8s: { serviceAnnotations, ...k8s } };
}

const WEB = { name: "http2", port: 80, targetPort: 8080 };

/** Uses port 443 of the gateway. */
const SHOP: K8sObject = {
  apiVersion: "networking.istio.io/v1",
  kind: "Gateway",
  metadata: { name: "shop", namespace: "default" },
  spec: {
    selector: { istio: "ingressgateway" },
    servers: [{ port: { number: 443, name: "https", protocol: "TLS" }, hosts: ["*"] }],
  },
};

describe("gateways of overlays and profiles keep their Service", () => {
  const stage = stages();
  let api: ApiServer;
  let live: LiveCluster;
  let stack: TestStack;

  before(async function () {
    ({ api, live, stack } = await kwokStack(await toolsFor(this), "overlay-gateways", {
      "mesh:profile": "default",
      "mesh:overlays": [overlay(gateway())],
    }));
  });

  after(() => api?.stop());

  async function refused(config: JsonObject, ...patterns: readonly RegExp[]): Promise<void> {
    const before = await live.get(SERVICE);
    stack.configure(config);
    for (const command of ["preview", "up"] as const) {
      const { output } = await stack.failure(command);
      for (const pattern of patterns) {
        assert.match(output, pattern);
      }
    }
    assert.equal(getPath(await live.get(SERVICE), "metadata.uid"), getPath(before, "metadata.uid"));
  }

  stage("the gateway of the profile is installed, and gets its address", async () => {
    await stack.up();
    await live.applyStatus({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: NAME, namespace: "istio-system" },
      status: { loadBalancer: { ingress: [{ ip: ADDRESS, ipMode: "VIP" }] } },
    } as unknown as K8sObject);
  });

  stage("another profile without it is refused, with Service, address and consent", () =>
    refused(
      { "mesh:profile": "minimal", "mesh:overlays": [] },
      /gateway istio-system\/istio-ingressgateway of an overlay: the gateway is protected, but this update would delete its pods and its LoadBalancer Service istio-system\/istio-ingressgateway, which has the address 203\.0\.113\.7;/,
      /the mesh would have no ingress gateway left/,
      /set `overlayGateways: \[\{ name: istio-ingressgateway, namespace: istio-system, protect: false \}\]` and update first/,
    ),
  );

  stage("so is a list with another gateway, which replaces the profile's", () =>
    refused(
      { "mesh:profile": "default", "mesh:overlays": [overlay(gateway({}, "other"))] },
      /would delete its pods and its LoadBalancer Service istio-system\/istio-ingressgateway/,
    ),
  );

  stage("so is another type, which takes the load balancer away", () =>
    refused(
      { "mesh:overlays": [overlay(gateway({ service: { type: "ClusterIP" } }))] },
      /k8s\.service\.type: LoadBalancer becomes ClusterIP: the cloud takes the load balancer and its address away/,
    ),
  );

  stage("a port that a Gateway of the cluster uses is not closed", async () => {
    await live.apply(SHOP);
    await refused(
      { "mesh:overlays": [overlay(gateway({ service: { ports: [WEB] } }))] },
      /port 443 \(https\) is closed, and so is its node port; the address stays, but Gateway default\/shop in the cluster uses the port/,
    );
  });

  stage("one that nothing uses is closed with a warning", async () => {
    await live.remove(SHOP);
    const { output } = await stack.preview();
    assert.match(output, /port 443 \(https\) is closed/);
    await stack.up();
  });

  stage("a destroy is refused before anything goes", async () => {
    const { output } = await stack.failure("destroy");
    assert.match(
      output,
      /gateway istio-system\/istio-ingressgateway cannot be deleted because it is protected; fix: set `overlayGateways: \[/,
    );
    await live.get(SERVICE);
  });

  stage("with consent in an update before, it goes", async () => {
    stack.configure({ "mesh:overlayGateways": [{ name: NAME, protect: false }] });
    await stack.up();
    stack.configure({ "mesh:profile": "minimal", "mesh:overlays": [] });
    const { output } = await stack.preview();
    assert.match(output, /overlayGateways\[0\]: no overlay and no profile declares this gateway/);
    assert.match(
      output,
      /Deployment istio-system\/istio-ingressgateway is deleted with its pods and its LoadBalancer Service: its address is lost/,
    );
    await stack.up();
    const { status } = await live.cluster.call("GET", SERVICE);
    assert.equal(status, 404);
  });
});
