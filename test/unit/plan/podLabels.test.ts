import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import type { JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { type MeshFacts, NO_MESH } from "../../../mesh/model/facts";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { checkPodLabels, podLabelsOf } from "../../../mesh/plan/podLabels";
import { namespacesToLookAt, strandedServices } from "../../../mesh/plan/strandedServices";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";

function typed(more: Partial<GatewayInputs> = {}): MeshFacts {
  const gateway = { name: "web", namespace: "edge", revisions: [{ revision: OLD }], ...more };
  const revisions = [{ revision: OLD }, { revision: NEW, version: NEWEST }];
  return planMesh(
    { version: PREVIOUS, profile: "minimal", revisions, gateways: [gateway] },
    overlayLibrary(),
  ).facts;
}

const paths = (before: MeshFacts, after: MeshFacts) =>
  checkPodLabels(before, after).map(({ path }) => path);

describe("labels by which a gateway's pods are found", () => {
  const selector = { gateway: "web" };

  it("those that the Service selects by may not change in one update", () => {
    assert.deepEqual(paths(typed(), typed({ labels: { app: "x" } })), ["labels"]);
    assert.deepEqual(paths(typed(), typed({ service: { selector: { app: "x" } } })), [
      "service.selector",
    ]);
    assert.deepEqual(paths(typed(), typed({ kind: "egress" })), ["kind"]);
    assert.deepEqual(paths(typed(), typed({ service: { selector } })), ["service.selector"]);
    const next = { labels: { app: "x" }, revisions: [{ revision: NEW }] };
    assert.deepEqual(paths(typed(), typed(next)), ["labels"], "with a cutover, neither");
    const active = { traffic: "active", active: OLD } as const;
    assert.deepEqual(paths(typed(active), typed({ ...active, labels: { app: "x" } })), ["labels"]);
  });

  it("each of the three updates of the fix passes", () => {
    const steps = [
      typed(),
      typed({ labels: selector }),
      typed({ labels: selector, service: { selector } }),
      typed({ labels: { ...selector, app: "x" }, service: { selector } }),
    ];
    for (const [index, after] of steps.slice(1).entries()) {
      assert.deepEqual(paths(steps[index] as MeshFacts, after), []);
    }
  });

  it("canary, cutover, a switch and other labels are nothing of the kind", () => {
    const both = (old: number, fresh: number) => ({
      revisions: [
        { revision: OLD, weight: old },
        { revision: NEW, weight: fresh },
      ],
    });
    const on = (active: string) => ({ ...both(100, 100), traffic: "active" as const, active });
    const steps = [
      typed(),
      typed(both(50, 50)),
      typed(both(0, 100)),
      typed({ revisions: [{ revision: NEW }] }),
      typed(both(100, 100)),
      typed(on(OLD)),
      typed(on(NEW)),
      typed({ ...on(NEW), labels: { team: "edge" } }),
      NO_MESH,
    ];
    for (const [index, after] of steps.slice(1).entries()) {
      assert.deepEqual(paths(steps[index] as MeshFacts, after), []);
    }
  });
});

function chart(kind: string, spec: JsonObject): K8sObject {
  const apiVersion = kind === "Service" ? "v1" : "apps/v1";
  return { apiVersion, kind, metadata: { name: "gw", namespace: "edge" }, spec };
}

function charts(matchLabels: JsonObject, labels: JsonObject, selector: JsonObject): MeshFacts {
  const template = { metadata: { labels } };
  const objects = [
    chart("Deployment", { selector: { matchLabels }, template }),
    chart("Service", { selector }),
  ];
  return { ...NO_MESH, podLabels: podLabelsOf(objects) };
}

describe("labels of pods from charts", () => {
  const [a, b] = [{ app: "a" }, { app: "b" }];

  it("a selector that changes would have the Deployment made anew", () => {
    const [problem, ...others] = checkPodLabels(charts(a, a, a), charts(b, b, b));
    assert.equal(problem?.source, "Deployment edge/gw");
    assert.match(problem?.reason ?? "", /app=a becomes app=b: Kubernetes never changes/);
    assert.deepEqual(others, [], "what follows from it is not said besides");
  });

  it("a Service that changes with the pods would find none of them for a while", () => {
    const both = { ...a, tier: "x" };
    const found = checkPodLabels(charts(a, a, a), charts(a, both, { tier: "x" }));
    assert.deepEqual(
      found.map(({ source }) => source),
      ["Service edge/gw"],
    );
    assert.deepEqual(checkPodLabels(charts(a, a, a), charts(a, both, a)), []);
    assert.deepEqual(checkPodLabels(charts(a, both, a), charts(a, both, { tier: "x" })), []);
  });

  it("nothing is said of a state that does not have them", () => {
    assert.deepEqual(checkPodLabels(NO_MESH, charts(a, a, a)), []);
  });
});

describe("Services of others that select a gateway's pods", () => {
  const after = typed({ revisions: [{ revision: NEW }] });
  const service = (selector: JsonObject, name = "pinned"): JsonObject => ({
    metadata: { name, namespace: "edge" },
    spec: { selector },
  });
  const found = (...services: JsonObject[]) => strandedServices(typed(), after, services);

  it("are looked for only where pods with some labels go", () => {
    assert.deepEqual(namespacesToLookAt(typed(), typed({ replicas: 9 })), []);
    assert.deepEqual(namespacesToLookAt(typed(), after), ["edge"]);
    assert.deepEqual(
      namespacesToLookAt(typed(), NO_MESH),
      [],
      "a gateway that goes is said as such",
    );
  });

  it("are named if no pod is left for them, with the command", () => {
    const [problem, ...others] = found(service({ app: "web", "istio.io/rev": OLD }));
    assert.deepEqual(others, []);
    assert.equal(problem?.source, "Service edge/pinned");
    assert.match(
      problem?.reason ?? "",
      pattern`selects istio.io/rev=${OLD}, which no pod has after`,
    );
    assert.match(
      problem?.fix ?? "",
      /^kubectl -n edge patch service pinned --type=merge -p '\{"spec":\{"selector":\{"istio.io\/rev":null\}\}\}'/,
    );
  });

  it("that have no other label get the new revision, since an empty selector selects nobody", () => {
    const [problem] = found(service({ "istio.io/rev": OLD }));
    assert.match(problem?.fix ?? "", pattern`"istio.io/rev":"${NEW}"`);
  });

  it("are left alone if they select others, nobody, or are the gateway's own", () => {
    assert.deepEqual(
      found(
        service({ app: "web" }),
        service({ app: "shop", "istio.io/rev": OLD }),
        service({}),
        service({ app: "web", "istio.io/rev": OLD }, "web"),
      ),
      [],
    );
  });
});
