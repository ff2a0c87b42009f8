import assert from "node:assert/strict";
import type { JsonObject } from "../../mesh/common/json";
import { NEWEST } from "../../toolchain/versions";
import { type Step, TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";

const REVISION = "r1";

function overlay(spec: JsonObject): JsonObject {
  return { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator", spec };
}

interface Patch {
  readonly path: string;
  readonly value: JsonObject | string;
}

function patched(...patches: readonly Patch[]): JsonObject {
  const own = patches.map(({ path, value }) => ({ path, value }));
  const overlays = [{ kind: "Deployment", name: `istiod-${REVISION}`, patches: own }];
  return overlay({ components: { pilot: { k8s: { overlays } } } });
}

function assertNothingMade(changes: readonly Step[]): void {
  assert.deepEqual(
    changes.filter(({ type }) => type.startsWith("kubernetes:")),
    [],
  );
}

/** What others render without a word, and the API server or the traffic shows later. */
describe("faults of overlays are said before anything happens", () => {
  let tools: Tools;

  before(async function () {
    tools = await toolsFor(this);
  });

  const stackOf = (name: string, overlays: readonly JsonObject[]) =>
    TestStack.create(tools, name, {
      "mesh:version": NEWEST,
      "mesh:revision": REVISION,
      "mesh:overlays": overlays,
    });

  it("settings that leave out what the mesh needs are warned of, each with its place", async () => {
    const gateway = {
      name: "istio-ingressgateway",
      enabled: true,
      namespace: "edge",
      k8s: {
        podDisruptionBudget: { minAvailable: 2 },
        hpaSpec: { minReplicas: 2, maxReplicas: 2 },
      },
    };
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "istiod" };
    const stack = await stackOf("warned", [
      overlay({
        meshConfig: {
          discoverySelectors: [{ matchLabels: { mesh: "on" } }],
          extensionProviders: [
            { name: "oc", opencensus: { service: "collector.example.svc", port: 55678 } },
          ],
        },
        components: {
          ingressGateways: [gateway],
          pilot: { k8s: { hpaSpec: { minReplicas: 2, maxReplicas: 5, scaleTargetRef } } },
        },
        // The chart makes no budget for a single pod.
        values: { gateways: { "istio-ingressgateway": { autoscaleMin: 2 } } },
      }),
    ]);
    const { output } = await stack.preview();
    for (const expected of [
      /discoverySelectors: leaves out namespace istio-system, the root namespace/,
      /discoverySelectors: leaves out namespace edge, where a gateway of this mesh runs/,
      /opencensus: sends no traces: Istio [\d.]+ has dropped this provider/,
      /hpaSpec\.scaleTargetRef: scales a workload that this component does not make/,
      /podDisruptionBudget\.minAvailable: blocks every drain of a node: of at most 2 pods none may go/,
    ]) {
      assert.match(output, expected);
    }
  });

  it("a patch that leaves istiod's Deployment without containers is refused", async () => {
    const path = "spec.template.spec";
    const parent = patched(
      { path, value: { hostNetwork: true } },
      { path, value: { dnsPolicy: "ClusterFirstWithHostNet" } },
    );
    const stack = await stackOf("parent", [parent]);
    const { output, changes } = await stack.failure("preview");
    assert.match(
      output,
      /overlays\[0\]\.patches\[\d\]: the API server would refuse Deployment istio-system\/istiod-r1: .*containers is empty/,
    );
    assertNothingMade(changes);
  });

  it("a path that is cut at the dots of an annotation is refused, with the right one", async () => {
    const path = "spec.template.metadata.annotations.prometheus.io/scrape";
    const stack = await stackOf("dots", [patched({ path, value: "true" })]);
    const { output, changes } = await stack.failure("preview");
    assert.match(output, /fix: a path is cut at its dots; escape .*prometheus\\\.io\/scrape/);
    assertNothingMade(changes);
  });
});
