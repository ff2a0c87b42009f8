import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../../mesh/common/json";
import { getPath } from "../../../mesh/k8s/path";
import { componentsOf, isGatewayComponent } from "../../../mesh/model/component";
import { MINORS } from "../../../mesh/model/minors";
import { planComponents, toHelmValues } from "../../../mesh/spec/translate";
import { NEW, NEWEST } from "../../../toolchain/versions";
import { at, frozen, overlay, resolve, VERSION, valuesOf } from "./support";

/** Profiles have `values.global`, and no `values.meshConfig` or `values.pilot`. */
const PROFILE: JsonObject = { global: {} };

const translate = (spec: JsonObject, user: JsonObject = {}, profile = PROFILE) =>
  toHelmValues(frozen({ spec }), frozen({ user, profile }));

describe("spec fields become Helm values", () => {
  const cases: [string, JsonObject, string, Json][] = [
    ["hub", { hub: "h" }, "global.hub", "h"],
    ["tag", { tag: "1.10" }, "global.tag", "1.10"],
    ["a number as tag becomes a text", { tag: 20240101 }, "global.tag", "20240101"],
    ["revision", { revision: NEW }, "revision", NEW],
    ["an empty revision", { revision: "" }, "revision", ""],
    ["compatibilityVersion", { compatibilityVersion: "1.28" }, "compatibilityVersion", "1.28"],
    ["meshConfig", { meshConfig: { a: { b: false } } }, "meshConfig", { a: { b: false } }],
    [
      "meshConfig over values.meshConfig",
      { values: { meshConfig: { a: 1, b: 1 } }, meshConfig: { b: 2 } },
      "meshConfig",
      { a: 1, b: 2 },
    ],
    [
      "hub over values.global.hub",
      { hub: "h", values: { global: { hub: "v" } } },
      "global.hub",
      "h",
    ],
    [
      "unvalidatedValues",
      { unvalidatedValues: { any: { thing: 0 } }, values: { any: { thing: 1, other: 2 } } },
      "any",
      { thing: 0, other: 2 },
    ],
  ];
  for (const [name, spec, path, value] of cases) {
    it(`${name}`, () => assert.deepEqual(at(translate(spec), `spec.values.${path}`), value));
  }

  it("the user's own values win over translated fields, in maps that the profile has", () => {
    const values = { global: { hub: "mine" }, meshConfig: { a: "mine" } };
    const spec = { hub: "h", meshConfig: { a: "theirs", b: 1 }, values };
    const translated = translate(spec, values);
    assert.equal(at(translated, "spec.values.global.hub"), "mine");
    assert.deepEqual(at(translated, "spec.values.meshConfig"), { a: "theirs", b: 1 });
    const withMeshConfig = translate(spec, values, { ...PROFILE, meshConfig: {} });
    assert.deepEqual(at(withMeshConfig, "spec.values.meshConfig"), { a: "mine", b: 1 });
  });

  it("unvalidatedValues win over the user's values", () => {
    const translated = translate(
      { unvalidatedValues: { pilot: { x: 3 } }, values: { pilot: { x: 2 } } },
      { pilot: { x: 2 } },
    );
    assert.equal(at(translated, "spec.values.pilot.x"), 3);
  });

  for (const [enabled, value] of [
    [true, true],
    [false, false],
    [undefined, false],
  ] as const) {
    it(`charts learn whether pilot and CNI are enabled (${enabled})`, () => {
      const component: JsonObject = enabled === undefined ? {} : { enabled };
      const { values } = translate({ components: { pilot: component, cni: component } })
        .spec as JsonObject;
      assert.deepEqual(at(values as Json, "pilot"), { enabled: value, cni: { enabled: value } });
    });
  }

  it("the user's pilot.cni.enabled wins where the profile has such a map, as with istioctl", () => {
    const values = { pilot: { cni: { enabled: true } } };
    const path = "spec.values.pilot.cni.enabled";
    assert.equal(at(translate({ values }, values), path), false);
    assert.equal(at(translate({ values }, values, { pilot: { cni: {} } }), path), true);
  });

  it("values.global.istioNamespace is where everything goes", () => {
    assert.equal(
      at(translate({ values: { global: { istioNamespace: "mesh" } } }), "metadata.namespace"),
      "mesh",
    );
    assert.equal(
      at(translate({ values: { global: { istioNamespace: "" } } }), "metadata"),
      undefined,
    );
  });

  it("an inherited name is not found at a path", () => {
    assert.equal(getPath({}, "constructor.name"), undefined);
    assert.equal(getPath([], "length"), undefined);
  });
});

describe("the components of a version", () => {
  const names = (version: string) => componentsOf(version).map(({ name }) => name);
  const all = ["base", "pilot", "cni", "ztunnel", "ingressGateways", "egressGateways"];
  for (const version of ["1.24.0", "1.24.0-alpha.1", NEWEST]) {
    it(`${version} has no istiodRemote`, () => assert.deepEqual(names(version), all));
  }
  for (const version of ["1.23.0", "1.23.3-asm.2"]) {
    it(`${version} has istiodRemote`, () => {
      assert.deepEqual(names(version), ["base", "pilot", "istiodRemote", ...all.slice(2)]);
    });
  }

  it("only the two kinds of gateways are lists", () => {
    assert.deepEqual(
      componentsOf(VERSION)
        .filter(isGatewayComponent)
        .map(({ name }) => name),
      ["ingressGateways", "egressGateways"],
    );
  });
});

const planned = (spec: JsonObject, version = VERSION) => planComponents(frozen({ spec }), version);
const titles = (spec: JsonObject, version?: string) =>
  planned(spec, version).map(({ component, name }) =>
    component.name === name ? name : `${component.name}/${name}`,
  );

describe("k8s settings that charts have conditions on", () => {
  const scaled = {
    hpaSpec: { minReplicas: 2, maxReplicas: 7 },
    replicaCount: 3,
    resources: { limits: { cpu: "2000m" }, requests: { cpu: 0.5, memory: "1Gi" } },
  };
  const valuesIn = (name: string, k8s: JsonObject, version: string) => {
    const isGateway = name.endsWith("Gateways");
    const own = { k8s, enabled: true, ...(isGateway && { name: "web" }) };
    const spec = { components: { [name]: isGateway ? [own] : own } };
    const found = planned(spec, version).find(({ component }) => component.name === name);
    assert.ok(found);
    const { valuesRoot, flattenValues } = found.component;
    const root = flattenValues ? found.values : (getPath(found.values, valuesRoot) ?? {});
    return root as JsonObject;
  };
  const since = "1.31.0";
  const resources = { limits: { cpu: "2" }, requests: { cpu: "500m" } };

  for (const name of ["pilot", "ingressGateways", "egressGateways"]) {
    it(`${name}: replicas, autoscaling and CPU are values since 1.31`, () => {
      const values = valuesIn(name, scaled, since);
      const { autoscaleMin, autoscaleMax, replicaCount } = values;
      assert.deepEqual([autoscaleMin, autoscaleMax, replicaCount], [2, 7, 3]);
      assert.deepEqual(values.resources, resources);
      const before = valuesIn(name, scaled, "1.30.4");
      assert.deepEqual([before.autoscaleMin, before.replicaCount], [undefined, undefined]);
      assert.equal(before.resources, undefined);
    });
  }

  for (const name of ["cni", "ztunnel"]) {
    it(`${name} is no Deployment: only CPU is a value`, () => {
      const values = valuesIn(name, scaled, since);
      assert.equal(values.autoscaleMin, undefined);
      assert.equal(values.replicaCount, undefined);
      assert.deepEqual(values.resources, resources);
    });
  }

  it("no lowest number is a number too; none at all, zero replicas and zero CPU are not", () => {
    const none = { hpaSpec: { minReplicas: 0, maxReplicas: 0 }, replicaCount: 0 };
    const values = valuesIn("pilot", { ...none, resources: { limits: { cpu: "0m" } } }, since);
    const { autoscaleMin, autoscaleMax, replicaCount } = values;
    assert.deepEqual([autoscaleMin, autoscaleMax, replicaCount], [0, undefined, undefined]);
    assert.equal(values.resources, undefined);
    assert.equal(valuesIn("pilot", { hpaSpec: {} }, since).autoscaleMin, undefined);
  });

  it("a later minor does what the one before does, unless its data says otherwise", () => {
    assert.equal(MINORS.istioctl("1.23.0").k8sSetsValues, false);
    assert.equal(MINORS.istioctl("1.30.4").k8sSetsValues, false);
    assert.equal(MINORS.istioctl("1.99.0").k8sSetsValues, true);
  });
});

describe("the charts that a spec asks for", () => {
  const cases: [string, JsonObject, string[]][] = [
    ["nothing said: the defaults", {}, ["base", "pilot", "ingressGateways/"]],
    [
      "a component without enabled is on",
      { components: { cni: {} } },
      ["base", "pilot", "cni", "ingressGateways/"],
    ],
    [
      "false switches off",
      { components: { base: { enabled: false }, pilot: { enabled: false }, ingressGateways: [] } },
      [],
    ],
    [
      "several gateways, one of them off",
      {
        components: {
          ingressGateways: [{ name: "a" }, { name: "b", enabled: false }, { name: "c" }],
          egressGateways: [{ name: "e" }],
        },
      },
      ["base", "pilot", "ingressGateways/a", "ingressGateways/c", "egressGateways/e"],
    ],
    [
      "a value enables a gateway that is off",
      {
        components: { egressGateways: [{ name: "e", enabled: false }], ingressGateways: [] },
        values: { gateways: { "istio-egressgateway": { enabled: true } } },
      },
      ["base", "pilot", "egressGateways/e"],
    ],
    [
      "a value enables a gateway that is not there",
      {
        components: { ingressGateways: [] },
        values: { gateways: { "istio-egressgateway": { enabled: true } } },
      },
      ["base", "pilot", "egressGateways/"],
    ],
    [
      "the value false enables nothing",
      {
        components: { ingressGateways: [{ name: "a", enabled: false }] },
        values: { gateways: { "istio-ingressgateway": { enabled: false } } },
      },
      ["base", "pilot"],
    ],
  ];
  for (const [name, spec, want] of cases) {
    it(`${name}`, () => assert.deepEqual(titles(spec), want));
  }

  it("istiodRemote counts where the version has it", () => {
    const spec = { components: { istiodRemote: { enabled: true }, ingressGateways: [] } };
    assert.deepEqual(titles(spec, "1.23.2"), ["base", "pilot", "istiodRemote"]);
    assert.deepEqual(titles(spec, "1.24.0"), ["base", "pilot"]);
  });

  it("namespaces: the component's own, then the mesh's, then istio-system", () => {
    const components = { cni: { namespace: "kube-system" }, pilot: { namespace: "" } };
    const placed = planComponents(
      { metadata: { namespace: "mesh" }, spec: { components } },
      VERSION,
    );
    assert.deepEqual(
      placed.map(({ namespace }) => namespace),
      ["mesh", "mesh", "kube-system", "mesh"],
    );
    assert.equal(planned({})[0]?.namespace, "istio-system");
  });
});

describe("values of one component", () => {
  const plan = (name: string, spec: JsonObject) => {
    const found = planned(spec).find((candidate) => candidate.component.name === name);
    assert.ok(found);
    return found;
  };

  for (const [name, root, tag] of [
    ["pilot", "pilot", 1.1],
    ["cni", "cni", 1.1],
    ["base", "global", "1.1"],
  ] as const) {
    it(`hub and tag of ${name} are its own`, () => {
      const spec = {
        components: { [name]: { hub: "own", tag: 1.1 } },
        values: { global: { hub: "shared", tag: "t" }, pilot: {}, cni: {} },
      };
      const { values } = plan(name, spec);
      assert.deepEqual([at(values, `${root}.hub`), at(values, `${root}.tag`)], ["own", tag]);
      if (name !== "base") {
        assert.equal(at(values, "global.hub"), "shared");
        assert.equal(at(plan("base", spec).values, `${root}.hub`), undefined);
      }
    });
  }

  for (const [tag, value] of [
    ["7", 7],
    [7, 7],
    ["1.10", "1.10"],
    ["007", "007"],
    ["20240101", "20240101"],
    [20240101, "20240101"],
    ["", ""],
    [NEWEST, NEWEST],
  ] as const) {
    it(`the tag ${JSON.stringify(tag)} of a component stays the same tag`, () => {
      const { values } = plan("pilot", { components: { pilot: { hub: "", tag } }, values: {} });
      assert.deepEqual(at(values, "pilot"), { tag: value });
    });
  }

  it("ztunnel takes its block, scalars, lists and global at the top", () => {
    const { values } = plan("ztunnel", {
      components: { ztunnel: { hub: "own" } },
      values: {
        global: { hub: "shared" },
        revision: "r",
        profile: "ambient",
        list: [1],
        pilot: { x: 1 },
        meshConfig: { x: 1 },
        ztunnel: { resourceName: "z", revision: "own" },
      },
    });
    assert.deepEqual(values, {
      global: { hub: "shared" },
      revision: "own",
      profile: "ambient",
      list: [1],
      resourceName: "z",
      hub: "own",
    });
  });

  it("ztunnel without a block of its own takes all as it is, as istioctl has it", () => {
    const values = { global: { hub: "h" }, pilot: { x: 1 } };
    assert.deepEqual(plan("ztunnel", { components: { ztunnel: {} }, values }).values, values);
  });

  it("a gateway's name, labels and ports", () => {
    const ports = [{ name: "http", port: 80 }];
    const { values, k8s } = plan("ingressGateways", {
      components: {
        ingressGateways: [
          { name: "gw", label: { app: "gw" }, k8s: { service: { ports }, replicaCount: 0 } },
        ],
      },
      values: { gateways: { "istio-ingressgateway": { type: "NodePort", name: "old" } } },
    });
    assert.deepEqual(at(values, "gateways.istio-ingressgateway"), {
      type: "NodePort",
      name: "gw",
      labels: { app: "gw" },
      // As Kubernetes' own type has it; the chart leaves a targetPort of 0 to the port.
      ports: [{ name: "http", port: 80, targetPort: 0 }],
    });
    assert.deepEqual(k8s, { service: { ports }, replicaCount: 0 });
  });

  it("a gateway without labels and ports leaves the chart's ports alone", () => {
    const { values } = plan("egressGateways", { components: { egressGateways: [{ name: "e" }] } });
    assert.deepEqual(at(values, "gateways.istio-egressgateway"), { name: "e", labels: {} });
  });

  it("one gateway's values do not reach the next", () => {
    const mesh = resolve({
      overlays: [
        overlay({
          components: {
            ingressGateways: [
              {
                name: "a",
                label: { x: "1" },
                tag: "t1",
                k8s: { service: { ports: [{ port: 15020 }] } },
              },
              { name: "b" },
            ],
          },
        }),
      ],
    });
    assert.deepEqual(at(valuesOf(mesh, "ingressGateways", "b"), "gateways.istio-ingressgateway"), {
      name: "b",
      labels: {},
    });
  });
});
