import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import { checkServedApis, neededKinds } from "../../../mesh/checks/precheck/servedApis";
import { objectTitle } from "../../../mesh/k8s/objects";
import type { ServiceMeshInputs } from "../../../mesh/model/serviceMeshInputs";
import { sharedPart } from "../../../mesh/ownership/shared/parts";
import { meshGraph, objectsWithoutCharts } from "../../../mesh/plan/graph";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { overlay, problemsOf, resolve, VERSION } from "./support";

const GOOGLES_BUILD = "1.23.3-asm.2";

/** The objects of a plan that Google's managed Prometheus reads. */
function monitoring(inputs: Partial<ServiceMeshInputs>) {
  const graph = meshGraph(planMesh({ version: VERSION, ...inputs }, overlayLibrary()));
  return objectsWithoutCharts(graph).filter(({ apiVersion }) =>
    apiVersion.startsWith("monitoring"),
  );
}

describe("Google's managed Prometheus", () => {
  it("is asked for nothing by default, also not by the option stackdriver", () => {
    assert.deepEqual(monitoring({}), []);
    assert.deepEqual(monitoring({ telemetry: "stackdriver" }), []);
  });

  it("scrapes istiod and the proxies of every namespace, as Google's guide has it", () => {
    assert.deepEqual(monitoring({ googlePrometheus: {} }), [
      {
        apiVersion: "monitoring.googleapis.com/v1",
        kind: "PodMonitoring",
        metadata: { name: "istiod", namespace: "istio-system" },
        spec: {
          selector: { matchLabels: { app: "istiod" } },
          endpoints: [{ port: 15014, path: "/metrics", interval: "30s" }],
          targetLabels: { fromPod: [{ from: "app", to: "app" }] },
        },
      },
      {
        apiVersion: "monitoring.googleapis.com/v1",
        kind: "ClusterPodMonitoring",
        metadata: { name: "istio-proxy" },
        spec: {
          selector: {},
          endpoints: [{ port: "http-envoy-prom", path: "/stats/prometheus", interval: "30s" }],
        },
      },
    ]);
  });

  it("does so once for several revisions, in the namespace of the control plane", () => {
    const objects = monitoring({
      namespace: "mesh",
      googlePrometheus: { intervalSeconds: 60 },
      revisions: [{ revision: "a" }, { revision: "b" }],
    });
    assert.deepEqual(objects.map(objectTitle), [
      "PodMonitoring mesh/istiod",
      "ClusterPodMonitoring istio-proxy",
    ]);
    for (const { spec } of objects) {
      assert.match(JSON.stringify(spec), /"interval":"60s"/);
    }
  });

  it("a mesh without a control plane has proxies only", () => {
    const objects = monitoring({ profile: "empty", googlePrometheus: {} });
    assert.deepEqual(objects.map(objectTitle), ["ClusterPodMonitoring istio-proxy"]);
  });

  it("an overlay asks by an annotation, and a typed input takes precedence", () => {
    const overlays = [overlay({}, { "pulumi-service-mesh/google-prometheus": "15s" })];
    assert.match(JSON.stringify(monitoring({ overlays })), /"interval":"15s"/);
    const both = monitoring({ overlays, googlePrometheus: { intervalSeconds: 20 } });
    assert.match(JSON.stringify(both), /"interval":"20s"/);
  });

  for (const interval of ["30", "4s", "0s", "1m", "5.5s", ""]) {
    it(`an interval of "${interval}" is refused`, () => {
      const overlays = [overlay({}, { "pulumi-service-mesh/google-prometheus": interval })];
      const [problem, ...more] = problemsOf({ overlays });
      assert.deepEqual(
        [problem?.path, problem?.value, problem?.allowed, more],
        [
          "metadata.annotations.pulumi-service-mesh/google-prometheus",
          interval,
          "whole seconds, at least 5s, such as 30s",
          [],
        ],
      );
    });
  }

  for (const intervalSeconds of [4, 0, -30, 7.5]) {
    it(`an input of ${intervalSeconds} seconds is refused`, () => {
      assert.ok(problemsOf({ googlePrometheus: { intervalSeconds } }).length > 0);
    });
  }

  for (const [name, inputs, isWarned] of [
    ["by default", {}, false],
    ["with the option stackdriver", { telemetry: "stackdriver" }, false],
    ["with none", { telemetry: "none" }, true],
    ["with Google's exporter alone", { version: GOOGLES_BUILD, telemetry: "stackdriver" }, true],
    [
      "with Google's exporter and Prometheus",
      { version: GOOGLES_BUILD, telemetry: "prometheus-and-stackdriver" },
      false,
    ],
  ] as const) {
    it(`proxies ${name} ${isWarned ? "have no metrics of Istio's: a warning" : "have metrics"}`, () => {
      const { warnings } = resolve({ googlePrometheus: {}, ...inputs });
      assert.deepEqual(
        warnings.map(({ reason }) => /^scrapes proxies without metrics/.test(reason)),
        isWarned ? [true] : [],
      );
    });
  }

  it("stacks of one cluster share the objects", () => {
    const objects = monitoring({ googlePrometheus: {} });
    assert.deepEqual(objects.map(sharedPart), ["monitoring", "monitoring"]);
  });

  it("a cluster without the CRDs is an error of precheck and of the update, with the command", () => {
    const objects = monitoring({ googlePrometheus: {} });
    const kinds = neededKinds(objects, []);
    const findings = checkServedApis(
      objects,
      kinds.map((kind) => ({ ...kind, served: [] })),
    );
    assert.deepEqual(
      findings.map(({ severity, object }) => `${severity} ${object}`),
      [
        "error monitoring.googleapis.com/v1 PodMonitoring",
        "error monitoring.googleapis.com/v1 ClusterPodMonitoring",
      ],
    );
    for (const { reason, fix } of findings) {
      assert.match(reason, /does not serve it, nor any other version: it would refuse/);
      assert.match(
        fix ?? "",
        /^turn Google's managed Prometheus on \(gcloud container clusters update/,
      );
    }
  });
});
