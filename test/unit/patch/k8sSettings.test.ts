import assert from "node:assert/strict";
import fc from "fast-check";
import type { Json } from "../../../mesh/common/json";
import { objectLabel } from "../../../mesh/k8s/objects";
import {
  applyK8sSettings,
  applyK8sSettingsChecked,
  SETTING_ROWS,
} from "../../../mesh/patch/k8sSettings";
import { anyJson } from "./arbitrary";
import { frozen, getPath, istiodObjects, PILOT, recorded } from "./istioctl";

const SAMPLES: Record<string, Json> = {
  affinity: { podAntiAffinity: {} },
  env: [{ name: "NEW", value: "" }],
  hpaSpec: { minReplicas: 0 },
  imagePullPolicy: "Always",
  nodeSelector: { master: "true" },
  podDisruptionBudget: { minAvailable: 0 },
  podAnnotations: { "a.io/b": "c" },
  priorityClassName: "high",
  readinessProbe: { initialDelaySeconds: 0 },
  replicaCount: 0,
  resources: { limits: { cpu: "1" } },
  strategy: { type: "Recreate" },
  tolerations: [],
  serviceAnnotations: { a: "b" },
  service: { type: "LoadBalancer" },
  securityContext: { runAsNonRoot: false },
};

const KIND_CHANGED = { workload: "Deployment" } as Record<string, string>;

function changedLabels(k8s: Record<string, Json>): string[] {
  const before = istiodObjects();
  const after = applyK8sSettings(PILOT, k8s, before);
  return after
    .filter((object, i) => JSON.stringify(object) !== JSON.stringify(before[i]))
    .map(objectLabel);
}

describe("k8s settings", () => {
  for (const row of SETTING_ROWS) {
    it(`${row.field} changes one object and its arguments stay`, () => {
      const k8s = frozen({ [row.field]: SAMPLES[row.field] ?? "no sample" });
      const kind = KIND_CHANGED[row.kind] ?? row.kind;
      assert.deepEqual(changedLabels(k8s), [`${kind}/istiod`]);
      applyK8sSettings(PILOT, k8s, frozen(istiodObjects()));
    });

    it(`${row.field} is recorded from istioctl`, () => {
      assert.ok(recorded("settings").some(({ k8s }) => Object.hasOwn(k8s ?? {}, row.field)));
    });
  }

  it("maxUnavailable takes the place of the chart's minAvailable", () => {
    const objects = applyK8sSettings(
      PILOT,
      { podDisruptionBudget: { maxUnavailable: 1 } },
      istiodObjects(),
    );
    const budget = objects.find(({ kind }) => kind === "PodDisruptionBudget");
    const spec = budget?.spec as { minAvailable: Json; maxUnavailable: Json };
    assert.deepEqual([spec.minAvailable, spec.maxUnavailable], [null, 1]);
  });

  it("the ports of a gateway's service are left to Helm values", () => {
    const gateway = { ...PILOT, isGateway: true };
    const service = { type: "ClusterIP", ports: [{ port: 443, name: "mine" }] };
    const before = istiodObjects();
    const after = applyK8sSettings(gateway, frozen({ service }), before);
    const [was, is] = [before[1]?.spec, after[1]?.spec] as { ports: Json; type?: string }[];
    assert.deepEqual(is?.ports, was?.ports);
    assert.equal(is?.type, "ClusterIP");
  });

  it("volumes, volumeMounts and unknown fields change nothing", () => {
    assert.deepEqual(changedLabels({ volumes: [{ name: "x" }], volumeMounts: [], other: 1 }), []);
  });

  it("a setting that cannot be applied is reported, the others are applied", () => {
    const k8s = { env: [{ value: "1" }], replicaCount: 4 };
    const { objects, problems } = applyK8sSettingsChecked(PILOT, k8s, istiodObjects());
    assert.deepEqual(
      problems.map(({ object, path }) => [object, path]),
      [["Deployment/istiod", "k8s.env"]],
    );
    assert.equal(getPath(objects[0], "spec", "replicas"), 4);
  });

  it("no setting is the identity", () => {
    assert.deepEqual(applyK8sSettings(PILOT, {}, istiodObjects()), istiodObjects());
  });

  it("never throws on random settings", () => {
    const fields = SETTING_ROWS.map(({ field }) => field);
    const k8s = fc.dictionary(fc.constantFrom(...fields), anyJson);
    fc.assert(
      fc.property(k8s, fc.boolean(), (settings, isGateway) => {
        applyK8sSettings({ ...PILOT, isGateway }, frozen(settings), frozen(istiodObjects()));
      }),
    );
  });
});
