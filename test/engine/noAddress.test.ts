import assert from "node:assert/strict";
import type { ApiServer } from "../cluster/apiServer";
import { kwokStack } from "../support/kwokStack";
import type { TestStack } from "../support/stack";
import { toolsFor } from "../support/tools";

const GATEWAY = "istio-ingressgateway";

/** Nothing in this cluster gives Services an address, as on machines of one's own. */
describe("an overlay's gateway in a cluster without load balancers", () => {
  let api: ApiServer;
  let stack: TestStack;

  before(async function () {
    ({ api, stack } = await kwokStack(await toolsFor(this), "no-address", {
      "mesh:overlays": ["legacy-default-ingressgateway"],
      "mesh:timeouts": { gateways: 40 },
    }));
  });

  after(() => api?.stop());

  it("says while it waits that no address can come, and how to go on", async () => {
    const { code, output } = await stack.attempt();
    assert.notEqual(code, 0, output);
    assert.match(
      output,
      /Service istio-system\/istio-ingressgateway gets no address: nothing in this/,
    );
    assert.match(output, /did not come up within 40 s\.\s+cause: nothing in this cluster/);
  });

  it("comes up without an address where its Service is not waited for", async () => {
    const serviceAnnotations = { "pulumi.com/skipAwait": "true" };
    const ingressGateways = [{ name: GATEWAY, k8s: { serviceAnnotations } }];
    const overlay = {
      apiVersion: "install.istio.io/v1alpha1",
      kind: "IstioOperator",
      spec: { components: { ingressGateways } },
    };
    stack.configure({ "mesh:overlays": ["legacy-default-ingressgateway", overlay] });
    await stack.up();
  });
});
