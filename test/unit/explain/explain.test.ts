import assert from "node:assert/strict";
import { load } from "js-yaml";
import { explainedYaml } from "../../../mesh/explain/asYaml";
import { type ExplainedField, explainMesh, selectFields } from "../../../mesh/explain/explain";
import { stackPlaces } from "../../../mesh/explain/stackPlaces";
import { getPath } from "../../../mesh/k8s/path";
import type { MeshInputs } from "../../../mesh/model/meshInputs";
import { overlay, overlayText, removeFolders, resolve, temporaryFolder } from "../mesh/support";

function explain(inputs: Partial<MeshInputs>): ExplainedField[] {
  return explainMesh(resolve(inputs));
}

function field(fields: readonly ExplainedField[], path: string): ExplainedField {
  const found = fields.find((one) => one.path === path);
  assert.ok(found, fields.map((one) => one.path).join("\n"));
  return found;
}

describe("explain: layers", () => {
  after(removeFolders);

  it("names the file and line of the layer, and of each that it overrode", () => {
    const folder = temporaryFolder({
      "a.yaml": overlayText("spec:\n  meshConfig:\n    accessLogEncoding: TEXT\n"),
    });
    const file = `${folder}/a.yaml`;
    const found = field(
      explain({ overlays: ["access-log-json", file], set: ["meshConfig.accessLogEncoding=JSON"] }),
      "spec.meshConfig.accessLogEncoding",
    );
    assert.deepEqual(found, {
      path: "spec.meshConfig.accessLogEncoding",
      layer: "set meshConfig.accessLogEncoding=JSON",
      value: "JSON",
      overrode: [
        {
          layer: "option access-log-json",
          place: "overlays/options/access-log-json.yaml:7",
          value: "JSON",
        },
        { layer: `file ${file}`, place: `${file}:5`, value: "TEXT" },
      ],
      became: ["Helm value meshConfig.accessLogEncoding"],
    });
  });

  it("every field of the merged document is there, with its value", () => {
    const mesh = resolve({ overlays: ["cni-gcp", "strict-mtls"], hub: "example.com/i" });
    const paths = explainMesh(mesh).map(({ path }) => path);
    for (const leaf of Object.keys(mesh.provenance).filter((one) => one.includes("."))) {
      assert.ok(
        paths.some((path) => path.startsWith(leaf)),
        leaf,
      );
    }
    const cni = field(explainMesh(mesh), "spec.values.cni.cniBinDir");
    assert.equal(cni.value, getPath(mesh.document, "spec.values.cni.cniBinDir"));
  });

  it("a gateway's fields stand by themselves, with the lines of its element", () => {
    const found = field(
      explain({ overlays: ["internal-load-balancer"] }),
      "spec.components.ingressGateways[0].k8s.serviceAnnotations.networking\\.gke\\.io/load-balancer-type",
    );
    assert.equal(found.place, "overlays/options/internal-load-balancer.yaml:11");
  });

  it("a stack's inputs are found in its file; what was typed goes before it", () => {
    const text =
      "config:\n  mesh:hub: h.example/x\n  mesh:revision: blue\n  mesh:accessLog:\n    encoding: JSON\n  mesh:set:\n    - meshConfig.trustDomain=a\n  mesh:overlays:\n    - apiVersion: install.istio.io/v1alpha1\n      spec:\n        profile: minimal\n";
    const places = stackPlaces("Pulumi.x.yaml", text, { revision: "--revision" });
    const mesh = resolve({
      hub: "h.example/x",
      revision: "green",
      accessLog: { encoding: "JSON" },
      set: ["meshConfig.trustDomain=a"],
      overlays: [overlay({ profile: "minimal" })],
    });
    const place = (path: string) => field(explainMesh(mesh, places), path).place;
    assert.equal(place("spec.hub"), "Pulumi.x.yaml:2");
    assert.equal(place("spec.revision"), "--revision");
    assert.equal(place("spec.meshConfig.accessLogEncoding"), "Pulumi.x.yaml:4");
    assert.equal(place("spec.meshConfig.trustDomain"), "Pulumi.x.yaml:7");
    assert.equal(place("spec.profile"), "Pulumi.x.yaml:11");
    assert.equal(place("spec.tag"), undefined);
  });
});

describe("explain: what a field became", () => {
  const k8s = {
    replicaCount: 2,
    env: [{ name: "A", value: "b" }],
    hpaSpec: { maxReplicas: 3 },
    serviceAnnotations: { "a.b/c": "d" },
    volumes: [{ name: "x" }],
    overlays: [{ kind: "Deployment", name: "istiod", patches: [{ path: "spec.x", value: 1 }] }],
  };
  const spec = {
    hub: "example.com/h",
    namespace: "elsewhere",
    components: {
      pilot: { tag: "other", k8s },
      cni: { enabled: false, k8s: { replicaCount: 1 } },
      egressGateways: [
        {
          name: "out",
          label: { team: "a" },
          k8s: { service: { ports: [{ name: "p", port: 8080 }] } },
        },
      ],
    },
    values: { cni: { logging: { level: "debug" } }, global: { hub: "other.example/h" } },
    unvalidatedValues: { anything: 1 },
  };
  const inputs = { overlays: [overlay(spec), "strict-mtls"], revision: "blue" };

  for (const [path, want] of [
    ["spec.hub", 'Helm value global.hub, overridden: charts get "other.example/h"'],
    ["spec.values.global.hub", "Helm value global.hub"],
    ["spec.revision", "Helm value revision"],
    ["spec.namespace", "Helm value global.istioNamespace"],
    ["spec.components.pilot.tag", "Helm value pilot.tag of chart istiod"],
    ["spec.components.pilot.k8s.replicaCount", "patch: Deployment istiod-blue spec.replicas"],
    [
      "spec.components.pilot.k8s.env",
      "patch: Deployment istiod-blue spec.template.spec.containers[name:discovery].env",
    ],
    [
      "spec.components.pilot.k8s.hpaSpec.maxReplicas",
      "patch: HorizontalPodAutoscaler istiod-blue spec.maxReplicas",
    ],
    [
      "spec.components.pilot.k8s.serviceAnnotations.a\\.b/c",
      "patch: Service istiod-blue metadata.annotations.a\\.b/c",
    ],
    ["spec.components.pilot.k8s.volumes", "nothing: istioctl takes it without effect"],
    ["spec.components.pilot.k8s.overlays", "path overlay: Deployment istiod spec.x"],
    ["spec.components.cni.enabled", "chart cni is not rendered"],
    ["spec.components.cni.k8s.replicaCount", "nothing: the component is not enabled"],
    [
      "spec.components.egressGateways[0].label.team",
      "Helm value gateways.istio-egressgateway.labels.team of chart istio-egress",
    ],
    [
      "spec.components.egressGateways[0].k8s.service.ports",
      "Helm value gateways.istio-egressgateway.ports of chart istio-egress",
    ],
    [
      "spec.values.cni.logging.level",
      "Helm value cni.logging.level, not used: CNI is not rendered",
    ],
    ["spec.unvalidatedValues.anything", "Helm value anything"],
    [
      "metadata.annotations.pulumi-service-mesh/mtls-mode",
      "PeerAuthentication elsewhere/default spec.mtls.mode",
    ],
    ["spec.components.base.enabled", "chart base is rendered"],
  ] as const) {
    it(`${path}: ${want}`, () => assert.equal(field(explain(inputs), path).became[0], want));
  }
});

describe("explain --field and -o yaml", () => {
  const fields = explain({ overlays: ["cni-gcp"] });

  it("a prefix takes all below it, with or without spec", () => {
    for (const path of ["values.cni", "spec.values.cni"]) {
      assert.deepEqual(
        selectFields(fields, path).map((one) => one.path),
        ["spec.values.cni.cniBinDir", "spec.values.cni.excludeNamespaces"],
      );
    }
    assert.equal(selectFields(fields, "components.ingressGateways[0].name").length, 1);
  });

  for (const [typed, near] of [
    ["values.cni.cniBinDri", "spec.values.cni.cniBinDir"],
    ["components.pilto", "spec.components.pilot"],
    ["spec.value", "spec.values"],
  ] as const) {
    it(`${typed}: did you mean ${near}?`, () => {
      assert.throws(() => selectFields(fields, typed), new RegExp(`did you mean "${near}"`));
    });
  }

  it("as YAML it is the same data, with the layers as comments", () => {
    const mesh = resolve({ overlays: ["cni-gcp", "internal-load-balancer", "strict-mtls"] });
    const text = explainedYaml(explainMesh(mesh));
    assert.deepEqual(load(text), mesh.document);
    assert.match(
      text,
      /cniBinDir: \/home\/kubernetes\/bin # option cni-gcp \(overlays\/options\/cni-gcp\.yaml:11\)/,
    );
  });
});
