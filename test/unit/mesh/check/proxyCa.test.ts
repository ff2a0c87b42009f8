import assert from "node:assert/strict";
import { checkProxyCa } from "../../../../mesh/checks/validate/proxyCa";
import type { JsonObject } from "../../../../mesh/common/json";
import { OLD, PREVIOUS } from "../../../../toolchain/versions";
import { pattern } from "../../../support/pattern";
import { goodMesh } from "./goodMesh";

const MESH_CA = "meshca.googleapis.com:443";

/** A good mesh's pod with a proxy that asks a CA. */
function podWith(name: string, env: readonly JsonObject[]): JsonObject {
  return {
    metadata: { name, namespace: "shop", annotations: { "istio.io/rev": OLD } },
    spec: { containers: [{ name: "istio-proxy", image: `proxyv2:${PREVIOUS}`, env: [...env] }] },
  };
}

const address = (value: string) => ({ name: "CA_ADDR", value });

describe("validate: the CA that proxies ask", () => {
  const good = goodMesh();

  function found(pods: readonly JsonObject[], values: string, mesh = ""): string[] {
    const namespace = "istio-system";
    const configMaps: JsonObject[] = [
      { metadata: { name: `istio-sidecar-injector-${OLD}`, namespace }, data: { values } },
      { metadata: { name: `istio-${OLD}`, namespace }, data: { mesh } },
    ];
    return checkProxyCa({ ...good, pods, configMaps }).map(
      ({ severity, object, reason }) => `${severity} ${object}: ${reason}`,
    );
  }

  const toMeshCa = JSON.stringify({ global: { caAddress: MESH_CA } });
  const toIstiod = JSON.stringify({ global: { caAddress: "" } });

  it("is the configured one: istiod by any of its addresses, or another", () => {
    const pods = [
      podWith("a", []),
      podWith("b", [address(`istiod-${OLD}.istio-system.svc:15012`)]),
    ];
    assert.deepEqual(found(pods, toIstiod), []);
    assert.deepEqual(found([podWith("a", [address(MESH_CA)])], toMeshCa), []);
    const metadata = `defaultConfig:\n  proxyMetadata:\n    CA_ADDR: ${MESH_CA}\n`;
    assert.deepEqual(found([podWith("a", [address(MESH_CA)])], toIstiod, metadata), []);
  });

  it("is another one after a change: the pods are named together, and are to be restarted", () => {
    const pods = [podWith("a", []), podWith("b", []), podWith("c", [address(MESH_CA)])];
    const [text, ...more] = found(pods, toMeshCa);
    assert.deepEqual(more, []);
    assert.match(
      text ?? "",
      pattern`^warning Namespace shop: the proxies of a, b ask istiod .* revision ${OLD} is configured for meshca`,
    );
  });

  it("is judged by the entry that counts, and by the provider too", () => {
    const twice = [address("istiod.istio-system.svc:15012"), address(MESH_CA)];
    assert.deepEqual(found([podWith("a", twice)], toMeshCa), []);
    const provider = [{ name: "CA_PROVIDER", value: "GoogleCAS" }, address(MESH_CA)];
    assert.match(found([podWith("a", provider)], toMeshCa).join(), /GoogleCAS at meshca/);
  });
});
