import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import { runPrechecks } from "../../../mesh/checks/registry";
import { formatProblem } from "../../../mesh/common/problem";
import { retiredImages } from "../../../mesh/images/retired";
import type { ServiceMeshInputs } from "../../../mesh/model/serviceMeshInputs";
import { parseOverlay } from "../../../mesh/overlay/parse";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { findRetired, retiredInputs, retiredPlaceIn } from "../../../mesh/schema/retiredPlaces";
import { NEWEST } from "../../../toolchain/versions";
import { deployment, desiredMesh, liveWith, texts } from "../mesh/check/precheckSupport";
import { overlay, overlayText } from "../mesh/support";

describe("places that Istio retires: what a text names", () => {
  const named: [text: string, by: string][] = [
    ["https://istio-release.storage.googleapis.com/charts", "blob.istio.io/istio-release"],
    ["https://storage.googleapis.com/istio-release/releases", "blob.istio.io/istio-release"],
    ["oci://gcr.io/istio-release/charts", "ghcr.io/istio/release/charts"],
    ["oci://gcr.io/istio-release/charts/base", "ghcr.io/istio/release/charts"],
    ["oci://registry.istio.io/release/charts", "ghcr.io/istio/release/charts"],
    ["gcr.io/istio-release", "docker.io/istio"],
    [`GCR.io/istio-release/pilot:${NEWEST}`, "docker.io/istio"],
    [`gcr.io/istio-release:${NEWEST}`, "docker.io/istio"],
    ["registry.istio.io/release/proxyv2:1.30.0", "docker.io/istio"],
    ["registry.istio.io", "docker.io/istio"],
    ['image: "registry.istio.io/release/proxyv2:1.30.0"', "docker.io/istio"],
    ["--hub=gcr.io/istio-release", "docker.io/istio"],
  ];
  for (const [text, by] of named) {
    it(`${text}: ${by} takes its place`, () => assert.equal(retiredPlaceIn(text)?.by, by));
  }

  const others = [
    "docker.io/istio",
    "https://blob.istio.io/istio-release/charts",
    "oci://ghcr.io/istio/release/charts",
    "gcr.io/istio-release-mirror/pilot",
    "gcr.io/istio-testing",
    "eu.gcr.io/istio-release",
    `mirror.example.com/gcr.io/istio-release/pilot:${NEWEST}`,
    "oci://mirror.example.com/registry.istio.io/release/charts",
    "my-registry.istio.io/release",
    "registry.istio.io.example.com/release",
    "",
  ];
  for (const text of others) {
    it(`${JSON.stringify(text)} is not one of them`, () =>
      assert.equal(retiredPlaceIn(text), undefined));
  }

  it("texts are found at any depth, with their paths", () => {
    const found = findRetired({
      a: [{ b: "gcr.io/istio-release" }, 1, null],
      c: { d: "docker.io/istio" },
      e: "registry.istio.io/release",
    });
    assert.deepEqual(
      found.map(({ segments }) => segments),
      [["a", 0, "b"], ["e"]],
    );
  });
});

describe("places that Istio retires: warnings", () => {
  const HUB = "gcr.io/istio-release";

  it("an input is named with its path, the replacement and the page that says so", () => {
    assert.deepEqual(retiredInputs({ version: NEWEST, hub: HUB }).map(formatProblem), [
      "inputs: hub: names gcr.io/istio-release, which Istio retires in December 2026; " +
        "fix: write docker.io/istio in place of gcr.io/istio-release; " +
        "see https://istio.io/latest/blog/2026/retirement-of-gcp/",
    ]);
  });

  const warned = (inputs: Partial<ServiceMeshInputs>): string[] =>
    planMesh({ version: NEWEST, ...inputs }, overlayLibrary())
      .warnings.filter(({ reason }) => reason.includes("which Istio retires"))
      .map(({ source, path }) => `${source}: ${path}`);

  const cases: [name: string, inputs: Partial<ServiceMeshInputs>, places: string[]][] = [
    ["hub", { hub: HUB }, ["inputs: hub"]],
    [
      "the hub of a revision",
      { revisions: [{ revision: "a" }, { revision: "b", hub: HUB }] },
      ["inputs: revisions[1].hub"],
    ],
    [
      "the URL of a chart repository",
      {
        charts: { kind: "repository", url: "https://istio-release.storage.googleapis.com/charts" },
      },
      ["inputs: charts.url"],
    ],
    [
      "the URL of charts in a registry",
      { charts: { kind: "oci", url: "oci://gcr.io/istio-release/charts" } },
      ["inputs: charts.url"],
    ],
    ["a setting", { set: [`values.global.hub=${HUB}`] }, ["--set: spec.values.global.hub"]],
    [
      "hub, a component's hub, the proxy's image and a patch in an overlay",
      {
        overlays: [
          overlay({
            hub: HUB,
            components: {
              cni: { hub: "registry.istio.io/release" },
              pilot: {
                k8s: {
                  overlays: [
                    {
                      kind: "Deployment",
                      name: "istiod",
                      patches: [
                        {
                          path: "spec.template.spec.containers.[name:discovery].image",
                          value: `${HUB}/pilot:${NEWEST}`,
                        },
                      ],
                    },
                  ],
                },
              },
            },
            values: { global: { proxy: { image: `${HUB}/proxyv2:${NEWEST}` } } },
          }),
        ],
      },
      [
        "overlays[0]: spec.hub",
        "overlays[0]: spec.components.cni.hub",
        "overlays[0]: spec.components.pilot.k8s.overlays[0].patches[0].value",
        "overlays[0]: spec.values.global.proxy.image",
      ],
    ],
    [
      "an overlay beside a control plane that Google runs",
      { revisions: [], managed: { channel: "regular" }, overlays: [overlay({ hub: HUB })] },
      ["overlays[0]: spec.hub"],
    ],
    ["nothing in what is not retired", { hub: "quay.io/istio" }, []],
  ];
  for (const [name, inputs, places] of cases) {
    it(`${name}`, () => assert.deepEqual(warned(inputs), places));
  }

  it("an overlay's file is named with the line, as mesh overlay lint has it", () => {
    const text = overlayText("spec:\n  hub: registry.istio.io/release\n");
    const { warnings, problems } = parseOverlay(text, { name: "a.yaml", kind: "file" });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      warnings.map(({ source, line, path }) => [source, line, path]),
      [["a.yaml", 4, "spec.hub"]],
    );
  });
});

describe("places that Istio retires: images that are pulled from there", () => {
  const uses = (...images: string[]) => images.map((image) => ({ image, users: [] }));

  it("one warning for each place, with the images", () => {
    const images = uses(
      `docker.io/istio/pilot:${NEWEST}`,
      `gcr.io/istio-release/install-cni:${NEWEST}`,
      `gcr.io/istio-release/pilot:${NEWEST}`,
      `registry.istio.io/release/proxyv2:${NEWEST}`,
    );
    assert.deepEqual(
      retiredImages(images).map(({ path, reason, fix }) => [path, reason, fix]),
      [
        [
          `gcr.io/istio-release/install-cni:${NEWEST}, gcr.io/istio-release/pilot:${NEWEST}`,
          "pulled from gcr.io/istio-release, which Istio retires in December 2026",
          "write docker.io/istio in place of gcr.io/istio-release",
        ],
        [
          `registry.istio.io/release/proxyv2:${NEWEST}`,
          "pulled from registry.istio.io/release, which Istio retires in December 2026",
          "write docker.io/istio in place of registry.istio.io/release",
        ],
      ],
    );
  });

  const found = (image: string) => {
    const objects = [deployment("istio-system/istiod", { containers: [{ name: "a", image }] })];
    const findings = runPrechecks({ ...liveWith(), desired: desiredMesh({}, objects) });
    return texts(findings.filter(({ check }) => check === "retired-places"));
  };

  it("mesh precheck: a warning", () => {
    assert.deepEqual(found(`gcr.io/istio-release/pilot:${NEWEST}`), [
      `warning images: gcr.io/istio-release/pilot:${NEWEST}: ` +
        "pulled from gcr.io/istio-release, which Istio retires in December 2026 " +
        "(https://istio.io/latest/blog/2026/retirement-of-gcp/); " +
        "fix: write docker.io/istio in place of gcr.io/istio-release",
    ]);
  });

  it("mesh precheck: fine with others", () => {
    assert.deepEqual(found(`docker.io/istio/pilot:${NEWEST}`), [
      "ok images: none comes from a place that Istio retires",
    ]);
  });
});
