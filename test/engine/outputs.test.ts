import assert from "node:assert/strict";
import type { MeshGateway } from "../../components";
import { getPath } from "../../mesh/k8s/path";
import { NEW } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { kwokStack } from "../support/kwokStack";
import { type LiveCluster, untilAt } from "../support/liveCluster";
import { writeCaBundle } from "../support/liveControlPlane";
import type { TestStack } from "../support/stack";
import { toolsFor } from "../support/tools";

const REVISION = NEW;
const OVERLAY = { namespace: "istio-system", name: "istio-ingressgateway" };
const TYPED = { namespace: "edge", name: "web" };

interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

describe("outputs of a mesh on a real API server", () => {
  let api: ApiServer;
  let live: LiveCluster;
  let stack: TestStack;

  before(async function () {
    ({ api, live, stack } = await kwokStack(await toolsFor(this), "outputs", {
      "mesh:revision": REVISION,
      "mesh:overlays": ["legacy-default-ingressgateway"],
    }));
    // Pulumi waits for the address of an overlay's Service.
    await upWhileGiven(OVERLAY, "203.0.113.8");
    await writeCaBundle(api.kubeconfig, `istio-sidecar-injector-${REVISION}`);
  });

  after(() => api?.stop());

  const pathOf = ({ namespace, name }: ServiceName) =>
    `/api/v1/namespaces/${namespace}/services/${name}`;

  function declare(more: object): void {
    const gateway = { ...TYPED, protect: false, revisions: [{ revision: REVISION }], ...more };
    stack.configure({ "mesh:gateways": [gateway] });
  }

  /** As a cloud's controller does it once the load balancer is there. */
  async function giveAddress({ namespace, name }: ServiceName, ip: string): Promise<void> {
    const status = { loadBalancer: { ingress: [{ ip, ipMode: "VIP" }] } };
    const metadata = { name, namespace };
    await live.applyStatus({ apiVersion: "v1", kind: "Service", metadata, status });
  }

  /** An update, with an address for a Service as soon as that is there. */
  async function upWhileGiven(service: ServiceName, ip: string): Promise<void> {
    const update = stack.up();
    // An update that fails tells why at once.
    await Promise.race([untilAt(live, pathOf(service), () => true), update]);
    await giveAddress(service, ip);
    await update;
  }

  async function gateways(): Promise<readonly MeshGateway[]> {
    const args = ["stack", "output", "gateways", "--json", "--stack", stack.name];
    const { code, stdout, output } = await stack.pulumi(args);
    assert.equal(code, 0, output);
    return JSON.parse(stdout) as MeshGateway[];
  }

  /** The address in the status that the API server has. */
  async function liveAddress(service: ServiceName): Promise<unknown> {
    const ingress = getPath(await live.get(pathOf(service)), "status.loadBalancer.ingress");
    return (ingress as { ip: string }[] | undefined)?.[0]?.ip;
  }

  it("have the addresses of the Services' status, typed and of overlays, once they are there", async () => {
    declare({ name: "first" });
    const typed = { ...TYPED, name: "first" };
    await stack.up();
    assert.deepEqual(
      (await gateways()).map(({ name, address }) => [name, address]),
      [
        ["first", undefined],
        ["istio-ingressgateway", "203.0.113.8"],
      ],
    );
    await giveAddress(typed, "203.0.113.7");
    // Nothing changes, and so Pulumi's state still has the Service without an address.
    assert.deepEqual((await stack.up()).changes, []);
    const addresses = (await gateways()).map(({ address }) => address);
    assert.deepEqual(addresses, ["203.0.113.7", "203.0.113.8"]);
    assert.deepEqual(addresses, [await liveAddress(typed), await liveAddress(OVERLAY)]);
  });

  it("have an address that was waited for after the first update", async () => {
    declare({ name: "second", waitForAddress: true });
    const service = { ...TYPED, name: "second" };
    await upWhileGiven(service, "203.0.113.9");
    const [gateway] = await gateways();
    assert.equal(gateway?.address, "203.0.113.9");
    assert.equal(gateway.address, await liveAddress(service));
  });
});
