import assert from "node:assert/strict";
import { join } from "node:path";
import { overlayLibrary } from "../../../adapters/overlays";
import { InvalidInput } from "../../../mesh/common/problem";
import { resolveMesh } from "../../../mesh/spec/resolve";
import { NEW, NEWEST } from "../../../toolchain/versions";
import {
  at,
  frozen,
  overlay,
  overlayText,
  problemsOf,
  removeFolders,
  resolve,
  temporaryFolder,
  valuesOf,
} from "./support";

const titles = (inputs: Parameters<typeof resolve>[0]) =>
  resolve(inputs).components.map(({ component, name }) =>
    component.isList ? `${component.name}/${name}` : name,
  );

describe("the order of the layers", () => {
  afterEach(removeFolders);

  it("base, profile, platform, overlays in order, typed inputs, settings in order", () => {
    const folder = temporaryFolder({ "mine.yaml": overlayText("spec:\n  hub: file\n") });
    const file = join(folder, "mine.yaml");
    const mesh = resolve({
      profile: "demo",
      platform: "gke",
      overlays: ["cni-gcp", file, overlay({ hub: "inline" })],
      hub: "typed",
      mtls: { mode: "STRICT" },
      cni: {},
      set: ["hub=first", "hub=second"],
    });
    assert.deepEqual(mesh.layers, [
      "profile default",
      "profile demo",
      "platform gke",
      `base Istio ${NEWEST}`,
      "option cni-gcp",
      `file ${file}`,
      "inline overlays[2]",
      "inputs hub",
      "inputs mtls",
      "inputs cni",
      "set hub=first",
      "set hub=second",
    ]);
    assert.deepEqual(mesh.provenance["spec.hub"], {
      layer: "set hub=second",
      overrode: [
        { layer: `base Istio ${NEWEST}`, value: "docker.io/istio" },
        { layer: `file ${file}`, value: "file" },
        { layer: "inline overlays[2]", value: "inline" },
        { layer: "inputs hub", value: "typed" },
        { layer: "set hub=first", value: "first" },
      ],
    });
  });

  it("the later of two overlays wins, whichever it is", () => {
    const log = (overlays: string[]) =>
      at(resolve({ overlays }).document, "spec.meshConfig.defaultProviders.accessLogging");
    assert.deepEqual(log(["stackdriver", "prometheus"]), []);
    assert.deepEqual(log(["prometheus", "stackdriver"]), ["envoy"]);
  });

  it("a platform's setting beats the profile's, an overlay's the platform's", () => {
    const path = "spec.values.cni.resourceQuotas.enabled";
    assert.equal(at(resolve({ platform: "gke" }).document, path), false);
    const overlays = [overlay({ values: { cni: { resourceQuotas: { enabled: true } } } })];
    assert.equal(at(resolve({ platform: "gke", overlays }).document, path), true);
  });

  for (const value of [false, 0, ""]) {
    it(`${JSON.stringify(value)} of an overlay reaches the chart`, () => {
      const mesh = resolve({ overlays: [overlay({ values: { pilot: { env: { X: value } } } })] });
      assert.equal(at(valuesOf(mesh, "pilot"), "pilot.env.X"), value);
    });
  }

  it("inputs and overlays are not changed", () => {
    const inputs = frozen({
      version: NEWEST,
      overlays: [overlay({ components: { ingressGateways: [{ name: "a", enabled: "true" }] } })],
      set: ["components.ingressGateways.[name:a].tag=x"],
      tracing: { provider: "opentelemetry" as const, service: "s" },
    });
    const mesh = resolveMesh(inputs, overlayLibrary());
    assert.deepEqual(at(mesh.document, "spec.components.ingressGateways"), [
      { name: "a", enabled: true, tag: "x" },
    ]);
  });

  it("two resolutions of the same inputs are equal", () => {
    const inputs = {
      overlays: ["cni-gcp"],
      set: ["values.pilot.env.A=1"],
      ca: { type: "istio" as const },
    };
    assert.deepEqual(resolve(inputs), resolve(inputs));
  });

  it("inputs that were not given are no layers", () => {
    assert.deepEqual(resolve({ hub: undefined, mtls: undefined, overlays: undefined }).layers, [
      "profile default",
      `base Istio ${NEWEST}`,
    ]);
  });

  it("fields that were not given in an object keep what is below", () => {
    const mesh = resolve({ overlays: [overlay({ hub: undefined as never, tag: "t" })] });
    assert.equal(at(mesh.document, "spec.hub"), "docker.io/istio");
  });
});

describe("names", () => {
  it("namespace goes to metadata, global.istioNamespace and every component", () => {
    const mesh = resolve({ namespace: "mesh" });
    assert.equal(mesh.namespace, "mesh");
    assert.equal(at(mesh.document, "metadata.namespace"), "mesh");
    assert.equal(at(valuesOf(mesh, "pilot"), "global.istioNamespace"), "mesh");
    assert.ok(mesh.components.every(({ namespace }) => namespace === "mesh"));
    assert.equal(resolve().namespace, "istio-system");
  });

  it("a setting of istioNamespace beats the typed namespace", () => {
    const mesh = resolve({ namespace: "mesh", set: ["values.global.istioNamespace=other"] });
    assert.equal(mesh.namespace, "other");
  });

  it("revision reaches the charts and the result", () => {
    const mesh = resolve({ revision: NEW });
    assert.equal(mesh.revision, NEW);
    assert.equal(at(valuesOf(mesh, "pilot"), "revision"), NEW);
    assert.equal(resolve().revision, "");
    assert.equal(resolve({ overlays: [overlay({ revision: "a" })], revision: "" }).revision, "");
  });

  for (const [revision, fix] of [
    [NEWEST, `write "${NEW}"`],
    ["Canary", 'write "canary"'],
    ["a".repeat(57), `write "${"a".repeat(56)}"`],
    ["-a-", 'write "a"'],
    ["...", `write it like "${NEW}"`],
  ] as const) {
    it(`the revision ${revision.slice(0, 12)} is refused with the fix`, () => {
      const [problem] = problemsOf({ revision });
      assert.deepEqual([problem?.path, problem?.fix], ["revision", fix]);
    });
  }

  it("the Kubernetes version: the given one, or the lowest of the Istio version", () => {
    assert.equal(resolve({ version: "1.29.1" }).kubernetesVersion, "1.30.0");
    assert.equal(resolve({ kubernetesVersion: "1.33.0" }).kubernetesVersion, "1.33.0");
    assert.equal(resolveMesh({ version: "1.23.2" }, overlayLibrary()).kubernetesVersion, "1.26.0");
  });
});

describe("the hub of a build", () => {
  const hubs = (version: string, more: object = {}) =>
    at(valuesOf(resolve({ version, ...more }), "pilot"), "global.hub");

  it("is where the build publishes its images", () => {
    assert.equal(hubs(NEWEST), "docker.io/istio");
    assert.equal(hubs("1.23.3-asm.2"), "gke.gcr.io/asm");
    assert.equal(hubs("1.23.5-asm.11"), "gke.gcr.io/asm");
    assert.equal(hubs(`${NEWEST}-rc.1`), "docker.io/istio");
  });

  it("gives way to one that is set", () => {
    assert.equal(hubs("1.23.3-asm.2", { hub: "mirror.example.com/asm" }), "mirror.example.com/asm");
  });
});

describe("profiles", () => {
  const gateway = "ingressGateways/istio-ingressgateway";
  const cases: [string, string[]][] = [
    ["default", ["base", "pilot", gateway]],
    ["demo", ["base", "pilot", gateway, "egressGateways/istio-egressgateway"]],
    ["minimal", ["base", "pilot"]],
    ["empty", []],
    ["openshift", ["base", "pilot", "cni", gateway]],
    ["openshift-ambient", ["base", "pilot", "cni", "ztunnel"]],
    ["ambient", ["base", "pilot", "cni", "ztunnel"]],
    ["remote", ["base", "pilot"]],
    ["preview", ["base", "pilot", gateway]],
    ["stable", ["base", "pilot", gateway]],
    // A component that is placed only is on, as for istioctl (istio#54972).
    ["asm-gcp", ["base", "pilot"]],
    ["asm-gcp-multiproject", ["base", "pilot"]],
    ["asm-multicloud", ["base", "pilot"]],
  ];
  it("the table above names every profile", () => {
    assert.deepEqual(cases.map(([name]) => name).sort(), [...overlayLibrary().profiles.names]);
  });

  for (const [profile, components] of cases) {
    it(`${profile} installs ${components.join(", ") || "nothing"}`, () => {
      assert.deepEqual(titles({ profile }), components);
      assert.equal(resolve({ profile }).profile, profile);
    });
  }

  it("a profile by typed input, overlay or setting is the same profile", () => {
    const { components } = resolve({ profile: "ambient" });
    assert.deepEqual(
      resolve({ overlays: [overlay({ profile: "ambient" })] }).components,
      components,
    );
    assert.deepEqual(resolve({ set: ["profile=ambient"] }).components, components);
  });

  it("setting over typed input over the last overlay that names one", () => {
    const overlays = [overlay({ profile: "demo" }), overlay({ profile: "minimal" })];
    assert.equal(resolve({ overlays }).profile, "minimal");
    assert.equal(resolve({ overlays, profile: "ambient" }).profile, "ambient");
    assert.equal(
      resolve({ overlays, profile: "ambient", set: ["profile=empty"] }).profile,
      "empty",
    );
  });

  it("an option that names a profile brings it", () => {
    assert.equal(resolve({ overlays: ["multicloud"] }).profile, "asm-multicloud");
    assert.ok(resolve({ overlays: ["multicloud"] }).layers.includes("profile asm-multicloud"));
  });

  for (const [inputs, place] of [
    [{ profile: "ambiant" }, ["inputs", "profile"]],
    [{ set: ["profile=ambiant"] }, ["--set", "spec.profile"]],
    [{ overlays: [overlay({ profile: "ambiant" })] }, ["inline overlays[0]", "spec.profile"]],
  ] as const) {
    it(`an unknown profile is refused: ${JSON.stringify(inputs).slice(0, 30)}`, () => {
      const [problem] = problemsOf(inputs);
      assert.deepEqual(
        [problem?.source, problem?.path, problem?.fix],
        [...place, 'did you mean "ambient"?'],
      );
    });
  }

  const remote = (version: string) =>
    resolveMesh({ version, profile: "remote" }, overlayLibrary()).components.map(
      ({ name }) => name,
    );
  for (const [version, components] of [
    ["1.23.2", ["istiodRemote"]],
    ["1.23.3-asm.2", ["istiodRemote"]],
    ["1.24.0", ["base", "pilot"]],
    ["1.24.0-alpha.1", ["base", "pilot"]],
    [NEWEST, ["base", "pilot"]],
  ] as const) {
    it(`remote of ${version} is that version's`, () => {
      assert.deepEqual(remote(version), components);
    });
  }

  it("a profile without a special file is the same in 1.23", () => {
    assert.deepEqual(
      resolveMesh({ version: "1.23.2", profile: "minimal" }, overlayLibrary()).components.map(
        ({ name }) => name,
      ),
      ["base", "pilot"],
    );
  });
});

describe("platform", () => {
  it("gke puts CNI into kube-system without a quota, and enables nothing", () => {
    const mesh = resolve({ platform: "gke" });
    assert.equal(at(valuesOf(mesh, "pilot"), "global.platform"), "gke");
    assert.equal(at(mesh.document, "spec.components.cni.namespace"), "kube-system");
    assert.equal(at(mesh.document, "spec.values.cni.resourceQuotas.enabled"), false);
    assert.equal(at(resolve().document, "spec.values.global.platform"), undefined);
  });

  it("a component that is only placed is on, as for istioctl (istio#54972)", () => {
    assert.deepEqual(titles({ platform: "gke" }), [
      "base",
      "pilot",
      "cni",
      "ingressGateways/istio-ingressgateway",
    ]);
  });
});

describe("everything that is wrong, at once", () => {
  afterEach(removeFolders);

  it("inputs, overlays, files, folders, settings and requirements in one error", () => {
    const folder = temporaryFolder({
      "bad.yaml": overlayText("spec:\n  hubb: x\n  revision: 1.2\n"),
      "tabs.yaml": overlayText("spec:\n\thub: x\n"),
    });
    const problems = problemsOf({
      version: "1.29",
      revision: NEWEST,
      profile: "defautl",
      cni: { environment: "x" },
      tracing: { provider: "y" },
      ca: { type: "z" },
      mtls: "STRICT",
      overlays: [
        "strict-mtsl",
        join(folder, "bad.yaml"),
        join(folder, "tabs.yaml"),
        join(folder, "absent.yaml"),
        `${folder}/`,
        "mesh-ca",
        { kind: "Pod" },
      ],
      set: ["oops", "components.pliot.enabled=true"],
    });
    assert.deepEqual(
      problems.map(({ source, path }) => `${source.replace(folder, "DIR")} ${path}`.trim()),
      [
        "inputs mtls",
        "inputs tracing.provider",
        "inputs cni.environment",
        "inputs ca.type",
        "inputs version",
        "inputs revision",
        "inputs profile",
        "option strict-mtsl",
        "DIR/bad.yaml spec.hubb",
        "DIR/bad.yaml spec.revision",
        "DIR/tabs.yaml",
        "DIR/absent.yaml",
        "DIR/",
        "overlays[6] kind",
        "--set",
        "--set spec.components.pliot",
        "option mesh-ca spec.meshConfig.defaultConfig.proxyMetadata.CA_PROVIDER",
        "option mesh-ca spec.meshConfig.trustDomain",
      ],
    );
  });

  for (const [name, path, reason] of [
    ["a missing file", "absent.yaml", "no such file"],
    ["a folder", "folder.yaml", "is a folder"],
    ["an empty file", "empty.yaml", "is empty"],
  ] as const) {
    it(`${name} is named with the reason`, () => {
      const folder = temporaryFolder({ "folder.yaml/x": "", "empty.yaml": "" });
      const [problem, ...others] = problemsOf({ overlays: [join(folder, path)] });
      assert.deepEqual(others, []);
      assert.deepEqual([problem?.source, problem?.reason], [join(folder, path), reason]);
    });
  }

  for (const [name, inputs, path] of [
    ["overlays as a text", { overlays: "cni-gcp" }, "overlays"],
    ["an overlay that is a number", { overlays: [5] }, "overlays[0]"],
    ["an overlay that is a list", { overlays: ["cni-gcp", ["a"]] }, "overlays[1]"],
    ["settings as a text", { set: "a=b" }, "set"],
    ["a setting without a value", { set: [{ path: "a" }] }, "set[0].value"],
    ["a setting that is a number", { set: [1] }, "set[0]"],
    ["a version that is a number", { version: 1.29 }, "version"],
    ["no version", { version: undefined }, "version"],
    ["an old version", { version: "1.22.0" }, "version"],
    ["a version with a v", { version: `v${NEWEST}` }, "version"],
    ["a hub that is a list", { hub: [] }, "hub"],
    ["a revision that is a number", { revision: 1 }, "revision"],
  ] as const) {
    it(`${name} is refused`, () => {
      assert.deepEqual(
        problemsOf(inputs).map((problem) => [problem.source, problem.path]),
        [["inputs", path]],
      );
    });
  }

  it("the error's text is one line for each problem", () => {
    assert.throws(
      () => resolveMesh({ version: "x", set: ["y"] }, overlayLibrary()),
      (error: unknown) =>
        error instanceof InvalidInput &&
        error.name === "InvalidInput" &&
        error.message.split("\n").length === 2 &&
        error.message.startsWith("inputs: version: is not a full version"),
    );
  });

  it("warnings come with the mesh", () => {
    const mesh = resolve({ overlays: [overlay({ components: { cni: { enabled: "true" } } })] });
    assert.deepEqual(
      mesh.warnings.map(({ source, path }) => [source, path]),
      [["overlays[0]", "spec.components.cni.enabled"]],
    );
    assert.ok(mesh.components.some(({ name }) => name === "cni"));
  });
});
