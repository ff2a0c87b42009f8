import assert from "node:assert/strict";
import { checkMeshConfig, meshConfigPlaces } from "../../../../mesh/checks/precheck/meshConfig";
import type { K8sObject } from "../../../../mesh/k8s/objects";
import { desiredMesh, istiod, object, texts } from "./precheckSupport";

const configMap = (name: string, mesh: string): K8sObject =>
  object("v1", "ConfigMap", `istio-system/${name}`, { data: { mesh } });

const workloads = [istiod("default", "1.29.1"), istiod("1-28-2", "1.28.2")];

const check = (name: string, mesh: string, inputs = {}) =>
  texts(
    checkMeshConfig(desiredMesh({ version: "1.30.4", revision: "", ...inputs }), {
      workloads,
      meshConfigs: [configMap(name, mesh)],
    }),
  );

describe("precheck: the mesh configuration in the cluster", () => {
  it("is read from the ConfigMap of each control plane", () => {
    assert.deepEqual(
      meshConfigPlaces(workloads).map(({ namespace, name }) => `${namespace}/${name}`),
      ["istio-system/istio", "istio-system/istio-1-28-2"],
    );
  });

  it("one of the wrong type is an error with field, value, what is allowed, and the fix", () => {
    const [text = "", ...others] = check("istio", "defaultConfig:\n  concurrency: two\n");
    assert.deepEqual(others, []);
    assert.match(
      text,
      /^error ConfigMap istio-system\/istio: mesh: defaultConfig\.concurrency: has the wrong type \(got "two"\); allowed: a whole number of 32 bits\. istiod 1\.30\.4 drops the whole mesh config/,
    );
    assert.match(text, /issues\/61563\); fix: .*kubectl -n istio-system edit configmap istio$/);
  });

  it("a quoted boolean, a variable that is no text and an unknown word are errors, all at once", () => {
    const config = `enableTracing: "true"
defaultConfig:
  proxyMetadata:
    ISTIO_META_DNS_CAPTURE: true
outboundTrafficPolicy:
  mode: NOWHERE
`;
    assert.deepEqual(
      check("istio", config).map((text) => /mesh: (\S+):/.exec(text)?.[1]),
      [
        "enableTracing",
        "defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE",
        "outboundTrafficPolicy.mode",
      ],
    );
  });

  it("what istiod's own validation refuses is an error too", () => {
    const [text = ""] = check("istio", "defaultConfig: { tracing: { zipkin: {} } }");
    assert.match(text, /mesh: defaultConfig\.tracing\.zipkin: lacks address/);
  });

  it("text that is no YAML, or no map", () => {
    assert.match(check("istio", "a: [").join(), /mesh: is no YAML: /);
    assert.match(check("istio", "- a").join(), /mesh: is no map \(got \["a"\]\)/);
  });

  it("fields that istiod does not know are passed over, and so is an empty configuration", () => {
    assert.deepEqual(check("istio", "aNewField: 1\naccessLogFile: /dev/stdout\n"), []);
    assert.deepEqual(check("istio", ""), []);
  });

  it("a control plane that stays is judged by the version that runs", () => {
    const [text = ""] = check("istio-1-28-2", "accessLogFile: 1\n");
    assert.match(text, /mesh: accessLogFile: has the wrong type .* istiod 1\.28\.2 drops/);
  });
});
