import assert from "node:assert/strict";
import fc from "fast-check";
import { overlayLibrary } from "../../adapters/overlays";
import { renderTools } from "../../adapters/renderTools";
import { ServiceMesh } from "../../components";
import { type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import type { ServiceMeshInputs } from "../../mesh/model/serviceMeshInputs";
import { generateManifests } from "../../mesh/plan/generate";
import { planMesh } from "../../mesh/plan/meshPlan";
import { type CommonArgs, withRealCharts } from "../support/meshProgram";
import { runProgram } from "../support/mocks";

/** Renders take seconds on a busy machine; most of them come from the cache after the first meshes. */
const MESHES = 8;

/** The control planes of a mesh, and what may point to each. */
const PLANES = fc.constantFrom<Pick<ServiceMeshInputs, "revisions" | "revision" | "tags">>(
  {},
  { tags: { default: "default" } },
  { revision: "blue" },
  { revision: "blue", tags: { default: "blue", stable: "blue" } },
  { revisions: [{ revision: "" }, { revision: "green" }], tags: { default: "green" } },
  { revisions: [{ revision: "blue" }, { revision: "green", overlays: ["cni-gcp"] }] },
);

const OVERLAYS = ["cni-gcp", "strict-mtls", "envoy-access-log", "legacy-default-egressgateway"];

const MESH = fc.record({
  planes: PLANES,
  profile: fc.constantFrom("default", "minimal", "demo", "ambient", "empty"),
  overlays: fc.subarray(OVERLAYS, { maxLength: 2 }),
  namespace: fc.constantFrom(undefined, "mesh"),
  hasGateway: fc.boolean(),
  hasNamespace: fc.boolean(),
});

type Drawn = typeof MESH extends fc.Arbitrary<infer T> ? T : never;

/** The revision that users of a mesh name. */
const firstRevision = ({ revision, revisions = [] }: Drawn["planes"]) =>
  revisions.at(-1)?.revision ?? revision ?? "default";

function inputsOf(drawn: Drawn, common: CommonArgs): ServiceMeshInputs {
  const { planes, profile, overlays, namespace, hasGateway, hasNamespace } = drawn;
  const named = profile === "empty" ? {} : planes;
  const revision = firstRevision(named);
  const isUsable = profile !== "empty";
  return {
    ...common,
    ...named,
    ...{ profile, overlays },
    ...(namespace !== undefined && { namespace }),
    ...(hasGateway &&
      isUsable && {
        gateways: [{ name: "web", namespace: "edge", revisions: [{ revision }] }],
      }),
    ...(hasNamespace && isUsable && { namespaces: [{ name: "shop", revision, create: true }] }),
  };
}

/** An object without what tells Pulumi's provider how to apply it. */
function withoutOrders(object: K8sObject): K8sObject {
  const { annotations, ...metadata } = object.metadata;
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !key.startsWith("pulumi.com/"));
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }),
    },
  };
}

/** Objects by their titles, as JSON has them. */
function byTitle(objects: readonly object[]): Record<string, unknown> {
  const plain = JSON.parse(JSON.stringify(objects)) as K8sObject[];
  return Object.fromEntries(plain.map((object) => [objectTitle(object), withoutOrders(object)]));
}

async function generated(inputs: ServiceMeshInputs): Promise<Record<string, unknown>> {
  const plan = planMesh(inputs, overlayLibrary());
  return byTitle((await generateManifests(plan, renderTools(inputs.charts))).objects);
}

async function registered(inputs: ServiceMeshInputs): Promise<Record<string, unknown>> {
  const { resources, errors } = await runProgram(() => new ServiceMesh("mesh", inputs));
  assert.deepEqual(errors, []);
  const objects = resources.filter(({ type }) => type.startsWith("kubernetes:"));
  return byTitle(objects.map((resource) => resource.inputs));
}

describe("the command and the Pulumi program", () => {
  const common = withRealCharts();

  it("make the same objects of the same inputs", async function () {
    this.timeout(600_000);
    await fc.assert(
      fc.asyncProperty(MESH, async (drawn) => {
        const inputs = inputsOf(drawn, common());
        const [printed, made] = [await generated(inputs), await registered(inputs)];
        assert.deepEqual(Object.keys(made).sort(), Object.keys(printed).sort());
        assert.deepEqual(made, printed);
      }),
      { numRuns: MESHES, seed: 15, endOnFailure: true },
    );
  });
});
