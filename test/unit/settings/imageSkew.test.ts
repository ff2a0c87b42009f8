import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import type { JsonObject } from "../../../mesh/common/json";
import { formatProblem, type Problem } from "../../../mesh/common/problem";
import { lintOverlay } from "../../../mesh/lint/lintOverlay";
import type { MeshInputs } from "../../../mesh/model/meshInputs";
import type { ServiceMeshInputs } from "../../../mesh/model/serviceMeshInputs";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { imageSkew } from "../../../mesh/settings/tags";
import { overlay, resolve } from "../mesh/support";

/** The distance to other versions is what these tests are about, so all are written out. */
const VERSION = "1.29.1";

const skewOf = (inputs: Partial<MeshInputs>) =>
  imageSkew([{ mesh: resolve({ version: VERSION, ...inputs }) }]);
const ofSpec = (spec: JsonObject) => skewOf({ overlays: [overlay(spec)] });

/** The only finding, which is a problem. */
function refused({ problems, warnings }: ReturnType<typeof imageSkew>): Problem {
  assert.deepEqual(warnings, []);
  assert.equal(problems.length, 1, problems.map(formatProblem).join("\n"));
  return problems[0] as Problem;
}

describe("images of another minor than the charts'", () => {
  it("the tag of the inputs makes every part run it, and is named once", () => {
    const { path, value, reason, fix } = refused(skewOf({ tag: "1.21.0" }));
    assert.deepEqual([path, value], ["spec.tag", "1.21.0"]);
    assert.match(
      reason,
      /^makes istiod, injected proxies, gateway istio-ingressgateway run 1\.21\.0, 8 minors older than the charts of 1\.29\.1/,
    );
    assert.match(fix ?? "", /set the version to 1\.21\.0 too/);
  });

  const places: readonly [string, JsonObject, RegExp][] = [
    ["spec.tag", { tag: "1.21.0" }, /makes istiod, injected proxies/],
    ["spec.values.global.tag", { values: { global: { tag: "1.30.4" } } }, /1 minor newer/],
    ["spec.values.pilot.tag", { values: { pilot: { tag: "1.28.0" } } }, /makes istiod run/],
    ["spec.components.pilot.tag", { components: { pilot: { tag: "1.28.0" } } }, /istiod run/],
    [
      "spec.values.pilot.image",
      { values: { pilot: { image: "registry.local/pilot:1.28.0-distroless" } } },
      /makes istiod run 1\.28\.0/,
    ],
    [
      "spec.values.global.proxy.image",
      { values: { global: { proxy: { image: "registry.local/proxyv2:1.27.0" } } } },
      /makes injected proxies, gateway istio-ingressgateway run 1\.27\.0/,
    ],
    [
      "spec.components.cni.tag",
      { components: { cni: { enabled: true, tag: "1.27.0" } } },
      /makes istio-cni-node run/,
    ],
    [
      "spec.values.ztunnel.tag",
      { components: { ztunnel: { enabled: true } }, values: { ztunnel: { tag: "1.30.4" } } },
      /makes ztunnel run/,
    ],
    [
      "spec.components.ingressGateways[0].tag",
      { components: { ingressGateways: [{ name: "istio-ingressgateway", tag: "1.27.0" }] } },
      /makes gateway istio-ingressgateway run 1\.27\.0/,
    ],
  ];
  for (const [path, spec, reason] of places) {
    it(`is found at ${path}`, () => {
      const found = refused(ofSpec(spec));
      assert.equal(found.path, path);
      assert.match(found.reason, reason);
    });
  }

  it("is found in a patch of the workload's image", () => {
    const path = "spec.template.spec.containers.[name:discovery].image";
    const patches = [{ path, value: "registry.local/pilot:1.21.0" }];
    const overlays = [{ kind: "Deployment", name: "istiod", patches }];
    const found = refused(ofSpec({ components: { pilot: { k8s: { overlays } } } }));
    assert.equal(found.path, "spec.components.pilot.k8s.overlays[0].patches[0].value");
    assert.match(found.reason, /makes istiod run 1\.21\.0/);
  });

  it("a tag that another one overrides runs nowhere", () => {
    const found = refused(ofSpec({ tag: "1.29.1", values: { global: { tag: "1.21.0" } } }));
    assert.equal(found.path, "spec.values.global.tag");
    assert.deepEqual(ofSpec({ tag: "1.21.0", values: { global: { tag: "1.29.1" } } }).problems, []);
  });

  const suffixes = ["v1.30.2-distroless", "1.30.2-debug", "1.30.2-asm.2", "1.30"];
  for (const tag of suffixes) {
    it(`understands ${tag}`, () => {
      assert.match(refused(skewOf({ tag })).reason, /1 minor newer/);
    });
  }

  const fine = [
    "latest",
    "1.30-alpha.0123456789abcdef",
    "main-debug",
    "1.29",
    `${VERSION}-distroless`,
    `${VERSION}-debug`,
    `v${VERSION}`,
  ];
  for (const tag of fine) {
    it(`leaves ${tag} alone`, () => {
      assert.deepEqual(skewOf({ tag }), { problems: [], warnings: [] });
    });
  }

  it("leaves a digest alone", () => {
    const image = `registry.local/pilot@sha256:${"0".repeat(64)}`;
    assert.deepEqual(ofSpec({ values: { pilot: { image } } }), { problems: [], warnings: [] });
  });

  it("another patch is a warning", () => {
    const { problems, warnings } = skewOf({ tag: "1.29.0-distroless" });
    assert.deepEqual(problems, []);
    assert.match(warnings.map(formatProblem).join("\n"), /run 1\.29\.0-?.*another patch/);
  });
});

describe("what an update does with images of another minor", () => {
  const planOf = (inputs: Partial<ServiceMeshInputs>) =>
    planMesh({ version: VERSION, ...inputs }, overlayLibrary());

  it("refuses them, and manifests have a warning", () => {
    const { refused: found, warnings } = planOf({ tag: "1.21.0" });
    assert.equal(found.length, 1);
    assert.equal(warnings.filter(({ reason }) => /8 minors older/.test(reason)).length, 1);
  });

  it("warns of them with allowImageSkew", () => {
    const { refused: found, warnings } = planOf({ tag: "1.21.0", allowImageSkew: true });
    assert.deepEqual(found, []);
    assert.match(warnings.map(formatProblem).join("\n"), /8 minors older/);
  });

  it("knows what istiod runs, which the rules of upgrades need", () => {
    const { controlPlanes } = planOf({ tag: "1.28.5-distroless" }).facts;
    assert.deepEqual(controlPlanes, [{ revision: "", version: VERSION, image: "1.28.5" }]);
    assert.deepEqual(planOf({ tag: "latest" }).facts.controlPlanes, [
      { revision: "", version: VERSION },
    ]);
  });

  it("manifests are made of images that may not run side by side, and an update refuses them", () => {
    const plan = planOf({
      allowImageSkew: true,
      cni: { enabled: true },
      overlays: [overlay({ values: { pilot: { tag: "1.26.0" } } })],
    });
    const reason =
      /CNI 1\.29\.1 is 3 minor versions ahead of the control plane default \(1\.26\.0\)/;
    assert.match(plan.refused.map(formatProblem).join("\n"), reason);
    assert.match(plan.warnings.map(formatProblem).join("\n"), reason);
  });

  it("lint warns of images that may not run side by side, as the plan does", () => {
    const text =
      "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec:\n" +
      "  components: { pilot: { tag: 1.26.0 }, cni: { enabled: true } }\n";
    const source = { name: "a.yaml", version: VERSION };
    const { errors, warnings } = lintOverlay(text, source, overlayLibrary());
    assert.deepEqual(errors, []);
    assert.match(
      warnings.map(formatProblem).join("\n"),
      /CNI 1\.29\.1 is 3 minor versions ahead of the control plane default \(1\.26\.0\)/,
    );
  });

  it("a revision has a tag of its own, and the mesh's tag reaches revisions of other versions", () => {
    const revisions = [
      { revision: "1-28-2", version: "1.28.2" },
      { revision: "1-29-1", version: "1.29.1" },
    ];
    assert.match(
      planOf({ tag: "1.29.1", revisions }).refused.map(formatProblem).join("\n"),
      /makes istiod, injected proxies run 1\.29\.1, 1 minor newer than the charts of 1\.28\.2/,
    );
    const own = revisions.map((one) => ({ ...one, tag: `${one.version}-distroless` }));
    assert.deepEqual(planOf({ revisions: own }).refused, []);
  });

  it("a node agent has the mesh's version, whatever the revisions have", () => {
    const plan = planOf({
      version: "1.28.2",
      cni: { enabled: true },
      overlays: [overlay({ values: { cni: { tag: "1.28.2-distroless" } } })],
      revisions: [{ revision: "1-29-1", version: "1.29.1" }],
    });
    assert.deepEqual(plan.refused, []);
  });
});
