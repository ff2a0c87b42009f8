import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import { type MeshFacts, NO_MESH, type OverlayGatewayFacts } from "../../../mesh/model/facts";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";
import {
  checkGatewaySteps,
  gatewaysToLookAt,
  type LiveGateways,
  NOT_LOOKED,
} from "../../../mesh/plan/gatewaySteps";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { refuseProtectedRemoval } from "../../../mesh/plan/meshUses";

const PORTS = [
  { name: "http2", port: 80, targetPort: 8080 },
  { name: "https", port: 443, targetPort: 8443 },
];

const LABELS = { app: "istio-ingressgateway", istio: "ingressgateway" };

function overlay(more: Partial<OverlayGatewayFacts> = {}): MeshFacts {
  const gateway = {
    name: "istio-ingressgateway",
    namespace: "istio-system",
    kind: "ingress" as const,
    protect: true,
    service: { type: "LoadBalancer", internal: false, ports: PORTS },
    ...more,
  };
  const place = { namespace: "istio-system", selector: LABELS };
  return {
    ...NO_MESH,
    overlayGateways: [gateway],
    podLabels: {
      workloads: [
        {
          ...place,
          title: "Deployment istio-system/istio-ingressgateway",
          group: "Deployment istio-system/istio-ingressgateway",
          labels: LABELS,
          hasPods: true,
        },
      ],
      services: [{ ...place, title: "Service istio-system/istio-ingressgateway", waits: false }],
    },
  };
}

const service = (more: object) => ({
  service: { type: "LoadBalancer", internal: false, ports: PORTS, ...more },
});

function typed(more: Partial<GatewayInputs> = {}): MeshFacts {
  const gateway = { name: "web", namespace: "edge", revisions: [{ revision: "r1" }], ...more };
  const inputs = { version: "1.29.1", revision: "r1", profile: "minimal", gateways: [gateway] };
  return planMesh(inputs, overlayLibrary()).facts;
}

const NONE: MeshFacts = { ...NO_MESH, overlayGateways: [] };

const live = (number: number, selector: Record<string, string>): LiveGateways => ({
  ...NOT_LOOKED,
  resources: [
    {
      metadata: { namespace: "shop", name: "shop" },
      spec: { selector, servers: [{ port: { number, name: "x", protocol: "TLS" } }] },
    },
  ],
});

const [EMPTY, SAFE] = [[] as string[], NOT_LOOKED];
const refusedPaths = (before: MeshFacts, after: MeshFacts, known = SAFE) =>
  checkGatewaySteps(before, after, known).problems.map(({ path }) => path);

describe("steps that take something from the clients of a gateway", () => {
  it("a removed gateway is refused with its Service, its address and the input that consents", () => {
    const known = { ...SAFE, addresses: { "istio-system/istio-ingressgateway": "203.0.113.7" } };
    const [problem] = checkGatewaySteps(overlay(), NONE, known).problems;
    assert.equal(problem?.source, "gateway istio-system/istio-ingressgateway of an overlay");
    assert.match(
      problem?.reason ?? "",
      /^the gateway is protected, but this update would delete its pods and its LoadBalancer Service istio-system\/istio-ingressgateway, which has the address 203\.0\.113\.7; the mesh would have no ingress gateway left$/,
    );
    assert.match(
      problem?.fix ?? "",
      /`overlayGateways: \[\{ name: istio-ingressgateway, namespace: istio-system, protect: false \}\]` and update first/,
    );
    const [own] = checkGatewaySteps(typed(), NONE, SAFE).problems;
    assert.equal(own?.source, "gateway web");
    assert.match(own?.reason ?? "", /would delete its pods and its LoadBalancer Service edge\/web/);
    assert.match(own?.fix ?? "", /set its `protect` to false and update first/);
  });

  it("a gateway whose Service the cluster does not have may go: an update before was stopped", () => {
    const gone = (...missing: string[]): LiveGateways => ({ ...NOT_LOOKED, missing });
    assert.deepEqual(refusedPaths(typed(), NONE, gone("edge/web")), EMPTY);
    assert.deepEqual(
      refusedPaths(overlay(), NONE, gone("istio-system/istio-ingressgateway")),
      EMPTY,
    );
    assert.equal(refusedPaths(typed(), NONE, gone("edge/other")).length, 1);
  });

  it("what was unprotected in the update before may go, typed or of an overlay", () => {
    assert.deepEqual(refusedPaths(overlay({ protect: false }), NONE), EMPTY);
    assert.deepEqual(refusedPaths(typed({ protect: false }), NONE), EMPTY);
    assert.deepEqual(gatewaysToLookAt(overlay({ protect: false }), NONE), EMPTY);
  });

  it("a gateway that is left of its kind is not called the last", () => {
    const before = typed();
    const after = typed({ name: "other" });
    const [problem] = checkGatewaySteps(before, after, SAFE).problems;
    assert.doesNotMatch(problem?.reason ?? "", /no ingress gateway left/);
  });

  it("a state of an earlier release that knows only labels: its gateways are protected, istiod's Service is not one", () => {
    const { overlayGateways: _, ...old } = overlay();
    const istiod = {
      title: "Service istio-system/istiod",
      namespace: "istio-system",
      selector: { app: "istiod", istio: "pilot" },
      waits: false,
    };
    const { podLabels } = old;
    const services = [...(podLabels?.services ?? []), istiod];
    const state = { ...old, podLabels: { workloads: podLabels?.workloads ?? [], services } };
    const found = checkGatewaySteps(state, NONE, SAFE).problems;
    assert.deepEqual(
      found.map(({ source }) => source),
      ["gateway istio-system/istio-ingressgateway of an overlay"],
    );
    assert.deepEqual(refusedPaths(state, overlay()), EMPTY, "the update that records it");
  });

  it("an overlay's Service keeps type, place and class, as a typed one's does", () => {
    assert.deepEqual(refusedPaths(overlay(), overlay(service({ type: "ClusterIP" }))), [
      "k8s.service.type",
    ]);
    assert.deepEqual(refusedPaths(overlay(), overlay(service({ internal: true }))), [
      "k8s.serviceAnnotations",
    ]);
    assert.deepEqual(refusedPaths(overlay(), overlay(service({ loadBalancerClass: "x" }))), [
      "k8s.service.loadBalancerClass",
    ]);
    assert.deepEqual(refusedPaths(overlay(), overlay()), EMPTY);
  });

  it("a port is closed with a warning, and refused if a Gateway in the cluster uses it", () => {
    const closed = overlay(service({ ports: PORTS.slice(0, 1) }));
    assert.deepEqual(gatewaysToLookAt(overlay(), closed), ["istio-system/istio-ingressgateway"]);
    const unused = checkGatewaySteps(overlay(), closed, live(443, { istio: "other" }));
    assert.deepEqual(unused.problems, []);
    assert.match(unused.warnings[0]?.reason ?? "", /port 443 \(https\) is closed/);
    for (const number of [443, 8443]) {
      const [problem] = checkGatewaySteps(overlay(), closed, live(number, LABELS)).problems;
      assert.match(problem?.reason ?? "", /but Gateway shop\/shop in the cluster uses the port/);
    }
    const consent = overlay({ ...service({ ports: PORTS.slice(0, 1) }), protect: false });
    assert.deepEqual(refusedPaths(overlay(), consent, live(443, LABELS)), EMPTY);
  });

  it("a typed gateway's ports follow the same rule, and its own Gateway goes with the port", () => {
    const ports = [{ name: "mongo", port: 27_017 }];
    const [before, after] = [typed({ service: { ports } }), typed()];
    assert.deepEqual(refusedPaths(before, after), EMPTY);
    const used = live(27_017, { istio: "ingressgateway" });
    assert.deepEqual(refusedPaths(before, after, used), ["service.ports"]);
  });

  it("a destroy names both kinds, each with its own input", () => {
    const uses = {
      revisions: [],
      tags: [],
      namespaces: [],
      workloads: [],
      protected: ["edge/web"],
    };
    const found = refuseProtectedRemoval({ ...uses, protectedOverlays: ["istio-system/gw"] });
    assert.match(found[0] ?? "", /^gateway edge\/web .* set its `protect` to false/);
    assert.match(found[1] ?? "", /^gateway istio-system\/gw .* `overlayGateways: \[\{ name: gw,/);
  });
});
