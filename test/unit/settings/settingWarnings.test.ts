import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import type { JsonObject } from "../../../mesh/common/json";
import { collecting, formatProblem, type Problem } from "../../../mesh/common/problem";
import type { MeshInputs } from "../../../mesh/model/meshInputs";
import { settingWarnings } from "../../../mesh/settings/settingWarnings";
import { resolveMesh } from "../../../mesh/spec/resolve";
import { NEWEST } from "../../../toolchain/versions";
import { overlay, overlayText, resolve, VERSION } from "../mesh/support";

const warningsOf = (spec: JsonObject, version = VERSION) =>
  settingWarnings(resolve({ version, overlays: [overlay(spec)] }));

/** The one warning of a spec. */
function only(spec: JsonObject, version?: string): Problem {
  const found = warningsOf(spec, version);
  assert.equal(found.length, 1, JSON.stringify(found, null, 2));
  return found[0] as Problem;
}

const pilot = (k8s: JsonObject) => ({ components: { pilot: { k8s } } });
const ingress = (k8s: JsonObject) => ({
  components: { ingressGateways: [{ name: "istio-ingressgateway", enabled: true, k8s }] },
});

describe("settings that a spec has twice", () => {
  it("hub and tag: the value that reaches the charts wins, and the warning stands at the other", () => {
    const hub = only({ hub: "a.example/x", values: { global: { hub: "b.example/y" } } });
    assert.equal(hub.path, "spec.hub");
    assert.match(hub.reason, /spec\.values\.global\.hub: "b\.example\/y" \(.*\) says the same/);
    const tag = only({ tag: "1.29.0", values: { global: { tag: NEWEST } } });
    assert.equal(tag.path, "spec.tag");
  });

  it("a k8s setting is patched over the chart's value", () => {
    const found = only({ ...pilot({ replicaCount: 3 }), values: { pilot: { replicaCount: 2 } } });
    assert.equal(found.path, "spec.values.pilot.replicaCount");
    assert.match(found.reason, /spec\.components\.pilot\.k8s\.replicaCount: 3/);
    const maps = only({
      ...pilot({ nodeSelector: { pool: "a", zone: "b" } }),
      values: { pilot: { nodeSelector: { pool: "c" } } },
    });
    assert.equal(maps.path, "spec.values.pilot.nodeSelector.pool");
    const gateway = only({
      ...ingress({ service: { type: "ClusterIP" } }),
      values: { gateways: { "istio-ingressgateway": { type: "NodePort" } } },
    });
    assert.equal(gateway.path, "spec.values.gateways.istio-ingressgateway.type");
  });

  it("a switch of a component and the one that the charts are told", () => {
    const off = only({
      components: { cni: { enabled: false } },
      values: { pilot: { cni: { enabled: true } } },
    });
    assert.equal(off.path, "spec.values.pilot.cni.enabled");
    assert.match(off.reason, /contradicts spec\.components\.cni\.enabled: false .*no node agent/);
  });

  it("a gateway that is off, and the old value that installs all of them", () => {
    const gateway = { name: "istio-ingressgateway", enabled: false };
    const found = only({
      components: { ingressGateways: [gateway] },
      values: { gateways: { "istio-ingressgateway": { enabled: true } } },
    });
    assert.equal(found.path, "spec.values.gateways.istio-ingressgateway.enabled");
    assert.match(
      found.reason,
      /contradicts spec\.components\.ingressGateways\[0\]\.enabled: false \(.*\), and wins: gateway istio-ingressgateway is installed/,
    );
  });

  it("ambient mode of the CNI agent, and a ztunnel that is off", () => {
    const off = { ztunnel: { enabled: false } };
    const found = only({ profile: "ambient", components: off });
    assert.equal(found.path, "spec.components.ztunnel.enabled");
    assert.match(found.reason, /ztunnel, which is not installed/);
    const values = { cni: { ambient: { enabled: false } } };
    assert.deepEqual(warningsOf({ profile: "ambient", components: off, values }), []);
  });

  it("the mesh config in values", () => {
    const found = only({
      meshConfig: { accessLogFile: "/dev/stdout" },
      values: { meshConfig: { accessLogFile: "" } },
    });
    assert.equal(found.path, "spec.values.meshConfig.accessLogFile");
  });

  it("the same value twice, and a value that a profile sets, are no contradiction", () => {
    assert.deepEqual(warningsOf({ hub: "a/x", values: { global: { hub: "a/x" } } }), []);
    assert.deepEqual(warningsOf({ values: { global: { hub: "a/x" } } }), []);
    assert.deepEqual(
      warningsOf({ ...pilot({ replicaCount: 2 }), values: { pilot: { replicaCount: 2 } } }),
      [],
    );
  });

  it("file and line are those of the overlay", () => {
    const text = overlayText("spec:\n  hub: a\n  values:\n    global:\n      hub: b\n");
    const library = {
      ...overlayLibrary(),
      readFile: () => ({ kind: "text", text }) as const,
    };
    const [found] = settingWarnings(
      resolveMesh({ version: VERSION, overlays: ["./a.yaml"] }, library),
    );
    assert.deepEqual([found?.source, found?.line], ["./a.yaml", 4]);
    assert.match(found?.reason ?? "", /\(\.\/a\.yaml:7\)/);
  });
});

describe("variables that a spec has twice", () => {
  const values = { pilot: { env: { A: "2", B: "2" } } };

  it("k8s.env is patched over the chart's values", () => {
    const found = only({ ...pilot({ env: [{ name: "A", value: "1" }] }), values });
    assert.equal(found.path, "spec.values.pilot.env.A");
    assert.match(found.reason, /spec\.components\.pilot\.k8s\.env\[0\] \(.*\) sets the same/);
  });

  it("two of one name in k8s.env: the last one stays", () => {
    const env = [
      { name: "A", value: "1" },
      { name: "A", value: "2" },
    ];
    const found = only(pilot({ env }));
    assert.deepEqual([found.path, found.value], ["spec.components.pilot.k8s.env[0]", "A"]);
    assert.match(found.reason, /has no effect: spec\.components\.pilot\.k8s\.env\[1\]/);
    assert.deepEqual(warningsOf(pilot({ env: [env[0], env[0]] as JsonObject[] })), []);
  });

  it("the same value twice is no contradiction", () => {
    assert.deepEqual(warningsOf({ ...pilot({ env: [{ name: "A", value: "2" }] }), values }), []);
  });
});

describe("settings without effect", () => {
  it("k8s settings that istioctl renders nowhere, or whose object the chart does not have", () => {
    assert.match(
      only(pilot({ volumes: [{ name: "x", emptyDir: {} }] })).fix ?? "",
      /pilot\.volumes/,
    );
    // No other chart has values of this name.
    const agent = { enabled: true, k8s: { volumes: [{ name: "x", emptyDir: {} }] } };
    assert.equal(
      only({ components: { cni: agent } }).fix,
      "set a patch of spec.template.spec.volumes in k8s.overlays",
    );
    const cni = only({
      components: { cni: { enabled: true, k8s: { hpaSpec: { maxReplicas: 3 } } } },
    });
    assert.match(cni.reason, /the chart of CNI makes no HorizontalPodAutoscaler/);
    const base = only({ components: { base: { k8s: { replicaCount: 2 } } } });
    assert.match(base.reason, /the chart of Istio core makes no workload/);
  });

  it("a budget for a single pod, from the release on that makes none", () => {
    const budget = pilot({ podDisruptionBudget: { minAvailable: 2 } });
    assert.match(
      only(budget).reason,
      /makes no PodDisruptionBudget \(it makes none for a single pod\)/,
    );
    assert.deepEqual(warningsOf(budget, "1.26.0"), []);
    assert.deepEqual(warningsOf({ ...budget, values: { pilot: { autoscaleMin: 3 } } }), []);
  });

  it("a budget where all budgets are off: the fix turns them on", () => {
    const budget = pilot({ podDisruptionBudget: { minAvailable: 1 } });
    const off = { defaultPodDisruptionBudget: { enabled: false } };
    const found = only({ ...budget, values: { global: off, pilot: { autoscaleMin: 3 } } });
    assert.match(
      found.fix ?? "",
      /^set values\.global\.defaultPodDisruptionBudget\.enabled: true$/,
    );
  });

  it("an autoscaler without a bound, and settings of an autoscaler that is off", () => {
    const values = { pilot: { autoscaleEnabled: true, autoscaleMax: null } };
    assert.equal(only({ values }).path, "spec.values.pilot.autoscaleMax");
    const off = only({
      ...pilot({ hpaSpec: { minReplicas: 2 } }),
      values: { pilot: { autoscaleEnabled: false } },
    });
    assert.match(off.reason, /makes no HorizontalPodAutoscaler/);
  });

  it("a number of pods in the values of a chart that scales them itself", () => {
    const found = only({ values: { pilot: { replicaCount: 3 } } });
    assert.equal(found.path, "spec.values.pilot.replicaCount");
    assert.match(found.reason, /the chart's autoscaler sets the number of pods/);
    const off = { pilot: { autoscaleEnabled: false, replicaCount: 3 } };
    assert.deepEqual(warningsOf({ values: off }), []);
  });

  it("an autoscaler of another workload than the component's own, with its revision", () => {
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "istiod" };
    const hpaSpec = { minReplicas: 2, maxReplicas: 5, scaleTargetRef };
    assert.match(only({ revision: "r1", ...pilot({ hpaSpec }) }).reason, /Deployment istiod-r1/);
    assert.deepEqual(warningsOf(pilot({ hpaSpec })), []);
  });

  it("a budget that no pod may leave", () => {
    const values = { gateways: { "istio-ingressgateway": { autoscaleMin: 2 } } };
    const hpaSpec = { minReplicas: 2, maxReplicas: 2 };
    const blocks = (podDisruptionBudget: JsonObject) =>
      warningsOf({ ...ingress({ podDisruptionBudget, hpaSpec }), values })
        .filter(({ reason }) => reason.startsWith("blocks every drain"))
        .map(({ path }) => path.split(".").at(-1));
    assert.deepEqual(blocks({ minAvailable: 2 }), ["minAvailable"]);
    assert.deepEqual(blocks({ minAvailable: "100%" }), ["minAvailable"]);
    assert.deepEqual(blocks({ maxUnavailable: 0 }), ["maxUnavailable"]);
    assert.deepEqual(blocks({ minAvailable: 1 }), []);
    assert.deepEqual(blocks({ maxUnavailable: 1 }), []);
  });

  it("a budget that the chart does not make blocks nothing", () => {
    const hpaSpec = { minReplicas: 1, maxReplicas: 1 };
    const found = only(ingress({ podDisruptionBudget: { minAvailable: 1 }, hpaSpec }));
    assert.match(found.reason, /makes no PodDisruptionBudget/);
  });
});

describe("what a list of the user's takes away", () => {
  it("a gateway of the profile, with its address", () => {
    const ingressGateways = [{ name: "istio-eastwestgateway", enabled: true }];
    const found = only({ components: { ingressGateways } });
    assert.match(found.reason, /list of profile default, .*istio-ingressgateway: .*address/);
    const off = [...ingressGateways, { name: "istio-ingressgateway", enabled: false }];
    assert.deepEqual(warningsOf({ components: { ingressGateways: off } }), []);
  });

  it("an entry of an overlay below", () => {
    const providers = (...names: string[]) =>
      overlay({
        meshConfig: {
          extensionProviders: names.map((name) => ({
            name,
            opentelemetry: { service: "a.b.svc", port: 4317 },
          })),
        },
      });
    const mesh = resolve({ overlays: [providers("a", "b"), providers("b", "c")] });
    const found = settingWarnings(mesh);
    assert.equal(found.length, 1);
    assert.match(found[0]?.reason ?? "", /inline overlays\[0\], and with it a: nothing has them/);
  });

  it("a text of an overlay below", () => {
    const excluding = (...excludeNamespaces: string[]) =>
      overlay({ components: { cni: { enabled: true } }, values: { cni: { excludeNamespaces } } });
    const found = settingWarnings(
      resolve({ overlays: [excluding("a", "b"), excluding("b", "c")] }),
    );
    assert.equal(found.length, 1);
    assert.match(found[0]?.reason ?? "", /and with it a: nothing has them/);
  });

  it("the default ports of a gateway", () => {
    const service = { ports: [{ name: "https", port: 443, targetPort: 8443 }] };
    const found = only(ingress({ service }));
    assert.match(found.reason, /with them status-port 15021, http2 80$/);
    const values = { gateways: { "istio-ingressgateway": service } };
    const inValues = only({ values });
    assert.equal(inValues.path, "spec.values.gateways.istio-ingressgateway.ports");
    assert.equal(inValues.reason, found.reason);
  });
});

describe("settings of the mesh config that lose something", () => {
  it("discovery selectors that leave out the root namespace or a gateway's", () => {
    const discoverySelectors = [{ matchLabels: { mesh: "on" } }];
    assert.match(only({ meshConfig: { discoverySelectors } }).reason, /root namespace/);
    const named = [{ matchLabels: { "kubernetes.io/metadata.name": "istio-system" } }];
    assert.deepEqual(warningsOf({ meshConfig: { discoverySelectors: named } }), []);
    const elsewhere = {
      components: {
        ingressGateways: [{ name: "istio-ingressgateway", enabled: true, namespace: "edge" }],
      },
      meshConfig: { discoverySelectors: named },
    };
    assert.match(only(elsewhere).reason, /leaves out namespace edge, where a gateway/);
    const others = [{ matchExpressions: [{ key: "x", operator: "NotIn", values: ["y"] }] }];
    assert.deepEqual(warningsOf({ meshConfig: { discoverySelectors: others } }), []);
  });

  it("a provider that this Istio no longer has, unless it is Google's build", () => {
    const extensionProviders = [{ name: "oc", opencensus: { service: "c.d.svc", port: 55678 } }];
    const spec = { meshConfig: { extensionProviders } };
    assert.match(only(spec).reason, /Istio 1\.23 has dropped this provider/);
    assert.deepEqual(warningsOf(spec, "1.23.3-asm.2"), []);
  });

  it("providers that istiod mixes up: of two kinds, without a name, of one name", () => {
    const zipkin = { service: "z.default.svc", port: 9411 };
    const found = warningsOf({
      meshConfig: {
        extensionProviders: [
          { name: "a", zipkin, opentelemetry: { service: "o.default.svc", port: 4317 } },
          { zipkin },
          { name: "a", prometheus: {} },
        ],
      },
    });
    assert.deepEqual(
      found.map(({ path, reason }) => [path.split(".").at(-1), reason.split(":")[0]]),
      [
        ["extensionProviders[0]", "has more than one provider in it"],
        ["extensionProviders[0]", "has no effect"],
        ["extensionProviders[1]", "has no name"],
      ],
    );
    assert.match(found[1]?.reason ?? "", /extensionProviders\[2\] has the same name, and wins/);
  });

  it("a provider with nothing in it", () => {
    const extensionProviders = [{ name: "a", envoyExtAuthzGrpc: null }];
    assert.match(only({ meshConfig: { extensionProviders } }).reason, /has no provider in it/);
  });

  it("a discovery address that nobody has", () => {
    const at = (discoveryAddress: string) => ({
      revision: "r1",
      meshConfig: { defaultConfig: { discoveryAddress } },
    });
    assert.match(only(at("istiod.istio-system.svc:15012")).reason, /istiod-r1\.istio-system\.svc$/);
    assert.deepEqual(warningsOf(at("istiod-r1.istio-system.svc:15012")), []);
    assert.deepEqual(warningsOf(at("istiod.elsewhere.example:15012")), []);
  });
});

describe("what comes with this package", () => {
  it("contradicts nothing and loses nothing", () => {
    const { options, profiles } = overlayLibrary();
    // Some options want a value of the user's first.
    const usable = (inputs: Partial<MeshInputs>) => collecting([], () => resolve(inputs)) ?? [];
    const meshes = [
      ...options.names
        // It is there since installations name it, and says so.
        .filter((name) => name !== "v1beta1-crds")
        .flatMap((name) => usable({ overlays: [name] })),
      ...profiles.names.flatMap((profile) => usable({ profile })),
    ];
    assert.ok(meshes.length > profiles.names.length + options.names.length / 2);
    const said = meshes.flatMap((mesh) => settingWarnings(mesh).map(formatProblem));
    assert.deepEqual(said, []);
  });
});

describe("discovery selectors that are none", () => {
  it("are named, since istiod drops the whole list", () => {
    const found = only({
      meshConfig: {
        discoverySelectors: [{ matchLabels: {} }, { matchExpressions: [{ key: "a" }] }],
      },
    });
    assert.equal(found.path, "spec.meshConfig.discoverySelectors[1]");
    assert.match(found.reason, /istiod drops the whole list, and watches every namespace/);
  });
});

describe("the namespace of the control plane", () => {
  it("spec.namespace decides, and the warning names what istioctl reads", () => {
    const mesh = resolve({ overlays: [overlay({ namespace: "mesh" })] });
    assert.equal(mesh.namespace, "mesh");
    assert.deepEqual([...new Set(mesh.components.map(({ namespace }) => namespace))], ["mesh"]);
    const found = only({ namespace: "mesh" });
    assert.equal(found.path, "spec.namespace");
    assert.match(
      found.reason,
      /istioctl from 1\.24 on ignores the field, and puts it into istio-system/,
    );
    assert.match(found.fix ?? "", /values\.global\.istioNamespace/);
  });

  it("no word where istioctl does the same, or where a typed input names it", () => {
    assert.deepEqual(warningsOf({ namespace: "istio-system" }), []);
    assert.deepEqual(
      warningsOf({ namespace: "mesh", values: { global: { istioNamespace: "mesh" } } }),
      [],
    );
    assert.deepEqual(settingWarnings(resolve({ namespace: "mesh" })), []);
  });

  it("the value in the charts wins over it, and is said", () => {
    const spec = { namespace: "a", values: { global: { istioNamespace: "b" } } };
    assert.equal(resolve({ overlays: [overlay(spec)] }).namespace, "b");
    const found = only(spec);
    assert.equal(found.path, "spec.namespace");
    assert.match(found.reason, /has no effect: spec\.values\.global\.istioNamespace: "b"/);
  });

  it("metadata.namespace of another one has no effect", () => {
    const named = (namespace: string) =>
      settingWarnings(resolve({ overlays: [{ ...overlay({}), metadata: { namespace } }] }));
    assert.deepEqual(named("istio-system"), []);
    assert.match(named("mesh")[0]?.reason ?? "", /has no effect: .* goes into istio-system/);
  });

  it("a name that no namespace can have is refused", () => {
    assert.throws(
      () => resolve({ overlays: [overlay({ namespace: "Mesh" })] }),
      /spec\.namespace: is not a namespace/,
    );
  });
});

describe("options that set nothing", () => {
  it("are named, and those that set something are not", () => {
    const found = settingWarnings(resolve({ overlays: ["v1beta1-crds", "cni-gcp"] }));
    assert.deepEqual(found.map(formatProblem), [
      "overlays/options/v1beta1-crds.yaml: has no effect: the option sets nothing in any Istio of today; fix: take it out",
    ]);
  });
});

describe("environment variables that Istio has dropped", () => {
  const NAME = "PILOT_SPAWN_UPSTREAM_SPAN_FOR_GATEWAY";
  const spec = { values: { pilot: { env: { [NAME]: "false" } } } };

  it("are named with place, minor and source", () => {
    const found = only(spec, "1.31.0");
    assert.equal(found.path, `spec.values.pilot.env.${NAME}`);
    assert.match(found.reason, /no variable PILOT_SPAWN_UPSTREAM_SPAN_FOR_GATEWAY since 1\.31/);
    assert.match(String(found.see), /release-1\.31/);
  });

  it("also in k8s.env of a component, and among the variables of proxies", () => {
    assert.equal(
      only(
        pilot({
          env: [
            { name: "A", value: "b" },
            { name: NAME, value: "false" },
          ],
        }),
        "1.31.0",
      ).path,
      "spec.components.pilot.k8s.env[1]",
    );
    assert.equal(
      only({ meshConfig: { defaultConfig: { proxyMetadata: { [NAME]: "false" } } } }, "1.31.0")
        .path,
      `spec.meshConfig.defaultConfig.proxyMetadata.${NAME}`,
    );
  });

  it("nothing is said for a version that has the variable, or of one that nobody knows", () => {
    assert.deepEqual(warningsOf(spec, "1.30.4"), []);
    assert.deepEqual(warningsOf({ values: { pilot: { env: { MY_OWN: "1" } } } }, "1.31.0"), []);
  });
});

describe("settings of a component that is not installed", () => {
  it("its k8s settings and its values have no effect", () => {
    const [k8s, values, ...more] = warningsOf({
      components: { cni: { enabled: false, k8s: { priorityClassName: "high" } } },
      values: { cni: { logLevel: "debug" } },
    });
    assert.deepEqual(more, []);
    assert.equal(k8s?.path, "spec.components.cni.k8s");
    assert.match(k8s.reason, /^has no effect: CNI is not enabled here/);
    assert.equal(values?.path, "spec.values.cni");
    assert.match(values.fix ?? "", /^set spec\.components\.cni\.enabled: true/);
  });

  it("a gateway that is off beside one that is on", () => {
    const found = only({
      components: {
        ingressGateways: [
          { name: "istio-ingressgateway", enabled: true },
          { name: "second", enabled: false, k8s: { replicaCount: 2 } },
        ],
      },
    });
    assert.equal(found.path, "spec.components.ingressGateways[1].k8s");
  });

  it("values of gateways, where no gateway is installed", () => {
    const values = { gateways: { "istio-egressgateway": { autoscaleMin: 2, autoscaleMax: 3 } } };
    const found = only({ values });
    assert.equal(found.path, "spec.values.gateways.istio-egressgateway");
    assert.deepEqual(
      warningsOf({
        components: { egressGateways: [{ name: "istio-egressgateway", enabled: true }] },
        values,
      }),
      [],
    );
  });

  it("values that the injected proxies read, and settings of a profile, are no settings of it", () => {
    const seccompProfile = { type: "RuntimeDefault" };
    assert.deepEqual(
      warningsOf({ profile: "minimal", values: { gateways: { seccompProfile } } }),
      [],
    );
    assert.deepEqual(
      warningsOf({ profile: "openshift", components: { cni: { enabled: false } } }),
      [],
    );
  });
});
