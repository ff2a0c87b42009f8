import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import type { JsonObject } from "../../../mesh/common/json";
import { InvalidInput } from "../../../mesh/common/problem";
import {
  identityOf,
  isCrd,
  type K8sObject,
  objectTitle,
  podTemplate,
  sortObjects,
} from "../../../mesh/k8s/objects";
import type { RenderRequest } from "../../../mesh/render/engine";
import { imagesOf } from "../../../mesh/render/images";
import { withoutLiveFields } from "../../../mesh/render/liveFields";
import { type RenderTools, renderMesh } from "../../../mesh/render/render";
import { NEW, NEWEST } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { at, frozen, k8sObject, overlay, removeFolders, resolve, temporaryFolder } from "./support";

const workload = (kind: string, name: string, container: JsonObject): K8sObject =>
  k8sObject(kind, name, { spec: { template: { spec: { containers: [container] } } } });

describe("order of objects", () => {
  const titles = (objects: readonly K8sObject[]) => sortObjects(objects).map(objectTitle);

  it("as they are applied: kind, then namespace, then name", () => {
    const placed = (kind: string, namespace: string, name: string) =>
      k8sObject(kind, name, { metadata: { namespace } });
    assert.deepEqual(
      titles([
        k8sObject("ValidatingWebhookConfiguration", "w"),
        k8sObject("EnvoyFilter", "z"),
        placed("Deployment", "b", "a"),
        placed("Deployment", "a", "b"),
        placed("Deployment", "a", "a"),
        placed("ConfigMap", "a", "c"),
        k8sObject("ClusterRole", "r"),
        k8sObject("CustomResourceDefinition", "d"),
        k8sObject("Application", "y"),
        k8sObject("Namespace", "n"),
      ]),
      [
        "Namespace n",
        "CustomResourceDefinition d",
        "ClusterRole r",
        "ConfigMap a/c",
        "Deployment a/a",
        "Deployment a/b",
        "Deployment b/a",
        "ValidatingWebhookConfiguration w",
        "Application y",
        "EnvoyFilter z",
      ],
    );
  });

  const anyObject = fc.record({
    apiVersion: fc.constantFrom("v1", "v2"),
    kind: fc.constantFrom("Service", "Deployment", "Odd", "Other"),
    metadata: fc.record({
      name: fc.constantFrom("a", "b", "B", "ä"),
      namespace: fc.constantFrom("x", "y"),
    }),
  });

  it("the order of the input does not matter, and the input is not changed (property)", () => {
    const distinct = fc.uniqueArray(anyObject, {
      selector: (o) => JSON.stringify(o),
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        distinct.chain((list) =>
          fc.tuple(
            fc.constant(list),
            fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
          ),
        ),
        ([list, shuffled]) => {
          assert.deepEqual(sortObjects(frozen(list)), sortObjects(frozen(shuffled)));
        },
      ),
    );
  });

  it("sorting again changes nothing (property)", () => {
    fc.assert(
      fc.property(fc.array(anyObject), (list) => {
        const once = sortObjects(list);
        assert.deepEqual(sortObjects(once), once);
      }),
    );
  });

  it("identity, title, CRD, pod template", () => {
    const object = k8sObject("Service", "a", { metadata: { namespace: "n" } });
    assert.deepEqual(identityOf(object), {
      apiVersion: "v1",
      kind: "Service",
      namespace: "n",
      name: "a",
    });
    assert.deepEqual(identityOf({ apiVersion: "v1", kind: "K", metadata: {} }).name, "");
    assert.equal(objectTitle(object), "Service n/a");
    assert.equal(isCrd(k8sObject("CustomResourceDefinition", "a")), true);
    assert.equal(isCrd(object), false);
    assert.equal(podTemplate(object), undefined);
    assert.ok(podTemplate(workload("Deployment", "d", {})));
  });
});

describe("images", () => {
  const injector = (global: JsonObject) =>
    k8sObject("ConfigMap", "istio-sidecar-injector", {
      data: { config: "templates", values: JSON.stringify({ global }) },
    });
  const meshConfig = (imageType?: string) =>
    k8sObject("ConfigMap", "istio", {
      data: {
        mesh: imageType ? `defaultConfig:\n  image:\n    imageType: ${imageType}\n` : "a: 1\n",
      },
    });

  it("of containers and init containers, once each, sorted, without auto", () => {
    const pod = k8sObject("DaemonSet", "d", {
      spec: {
        template: {
          spec: {
            initContainers: [{ image: "z" }],
            containers: [{ image: "b" }, { image: "auto" }, { name: "none" }, { image: "a" }],
          },
        },
      },
    });
    assert.deepEqual(imagesOf([pod, pod, k8sObject("Service", "s")]), ["a", "b", "z"]);
  });

  const cases: [string, JsonObject, string | undefined, string[]][] = [
    ["the proxy", { hub: "h", tag: "1" }, undefined, ["h/proxyv2:1"]],
    ["distroless", { hub: "h", tag: "1" }, "distroless", ["h/proxyv2:1-distroless"]],
    ["debug", { hub: "h", tag: "1" }, "debug", ["h/proxyv2:1-debug"]],
    ["default", { hub: "h", tag: "1" }, "default", ["h/proxyv2:1"]],
    [
      "another name",
      { hub: "h", tag: "1", proxy: { image: "mine" } },
      "distroless",
      ["h/mine:1-distroless"],
    ],
    [
      "a whole reference",
      { hub: "h", tag: "1", proxy: { image: "r/mine:2" } },
      "distroless",
      ["r/mine:2"],
    ],
    ["no hub", {}, undefined, []],
  ];
  for (const [name, global, variant, images] of cases) {
    it(`the injector's: ${name}`, () => {
      assert.deepEqual(imagesOf([injector(global), meshConfig(variant)]), images);
    });
  }

  it("config maps of other kinds of content are passed over", () => {
    assert.deepEqual(
      imagesOf([
        k8sObject("ConfigMap", "a"),
        k8sObject("ConfigMap", "b", { data: { values: "{}" } }),
        k8sObject("ConfigMap", "c", { data: { values: "{}", config: "x" } }),
      ]),
      [],
    );
  });
});

describe("fields that istiod writes itself", () => {
  const webhooks = (caBundle?: string) =>
    frozen(
      k8sObject("ValidatingWebhookConfiguration", "istio-validator", {
        webhooks: [
          {
            name: "v",
            failurePolicy: "Ignore",
            clientConfig: { service: {}, ...(caBundle !== undefined && { caBundle }) },
          },
        ],
      }),
    );

  for (const bundle of [undefined, ""]) {
    it(`failurePolicy is left out with the bundle ${JSON.stringify(bundle)}`, () => {
      const [hook] = withoutLiveFields(webhooks(bundle)).webhooks as JsonObject[];
      assert.deepEqual(Object.keys(hook ?? {}), ["name", "clientConfig"]);
    });
  }

  it("a webhook with a bundle of the user's own is left as it is", () => {
    assert.deepEqual(withoutLiveFields(webhooks("abc")), webhooks("abc"));
  });

  for (const object of [
    k8sObject("MutatingWebhookConfiguration", "m", { webhooks: [{ failurePolicy: "Fail" }] }),
    k8sObject("ValidatingWebhookConfiguration", "none"),
    k8sObject("Service", "s", { webhooks: [{ failurePolicy: "Fail" }] }),
  ]) {
    it(`${object.kind} ${objectTitle(object)} is left as it is`, () => {
      assert.equal(withoutLiveFields(object), object);
    });
  }
});

/** A Helm that renders one Deployment, named as the chart's, for each request. */
function fakeTools() {
  const requests: RenderRequest[] = [];
  const located: string[] = [];
  const names: Record<string, [string, string, string]> = {
    istiod: ["Deployment", `istiod-${NEW}`, "discovery"],
    cni: ["DaemonSet", "istio-cni-node", "install-cni"],
    "istio-ingress": ["Deployment", "gw", "istio-proxy"],
  };
  return {
    requests,
    located,
    tools: {
      charts: {
        async locate(chart: { name: string; folder: string; version: string }) {
          located.push(`${chart.name} ${chart.folder} ${chart.version}`);
          return `/charts/${chart.name}`;
        },
      },
      helm: {
        async render(request: RenderRequest) {
          requests.push(request);
          const [kind, name, container] = names[request.chartPath.slice("/charts/".length)] ?? [];
          const extra = k8sObject("ConfigMap", "first");
          return kind === undefined
            ? [extra]
            : [workload(kind, name ?? "", { name: container ?? "", image: "i" }), extra];
        },
      },
    },
  };
}

describe("rendering", () => {
  after(removeFolders);

  const inputs = {
    revision: NEW,
    namespace: "mesh",
    kubernetesVersion: "1.32.0",
    overlays: [
      "cni-gcp",
      overlay({
        components: {
          pilot: { k8s: { replicaCount: 0, nodeSelector: { a: "b" } } },
          ingressGateways: [{ name: "gw", k8s: { priorityClassName: "high" } }],
          cni: {
            k8s: {
              overlays: [
                {
                  kind: "DaemonSet",
                  name: "istio-cni-node",
                  patches: [
                    {
                      path: "spec.template.spec.containers.[name:install-cni].image",
                      value: "patched",
                    },
                  ],
                },
                { kind: "DaemonSet", name: "istio-cni-nod", patches: [{ path: "a", value: 1 }] },
              ],
            },
          },
        },
      }),
    ],
  };

  it("each chart once, under istioctl's release name, in its namespace, for the cluster's version", async () => {
    const { requests, located, tools } = fakeTools();
    await renderMesh(resolve(inputs), tools);
    assert.deepEqual(located, [
      `base base ${NEWEST}`,
      `istiod istio-control/istio-discovery ${NEWEST}`,
      `cni istio-cni ${NEWEST}`,
      `istio-ingress gateways/istio-ingress ${NEWEST}`,
    ]);
    assert.deepEqual(
      requests.map(({ chartPath, namespace, releaseName, kubernetesVersion }) =>
        [chartPath, namespace, releaseName, kubernetesVersion].join(" "),
      ),
      [
        "/charts/base mesh istio 1.32.0",
        "/charts/istiod mesh istio 1.32.0",
        "/charts/cni kube-system istio 1.32.0",
        "/charts/istio-ingress mesh istio 1.32.0",
      ],
    );
    assert.equal(at(requests[1]?.values ?? {}, "revision"), NEW);
  });

  it("k8s settings find the revision's istiod, the gateway by its name, the CNI's container", async () => {
    const rendered = await renderMesh(resolve(inputs), fakeTools().tools);
    const pod = (index: number) => podTemplate(rendered[index]?.objects.at(-1) as K8sObject);
    assert.equal(at(rendered[1]?.objects.at(-1) as K8sObject, "spec.replicas"), 0);
    assert.deepEqual(at(pod(1) as JsonObject, "spec.nodeSelector"), { a: "b" });
    assert.deepEqual(at(pod(2) as JsonObject, "spec.containers"), [
      { name: "install-cni", image: "patched" },
    ]);
    assert.equal(at(pod(3) as JsonObject, "spec.priorityClassName"), "high");
  });

  it("objects come sorted", async () => {
    const rendered = await renderMesh(resolve(inputs), fakeTools().tools);
    assert.deepEqual(
      rendered[1]?.objects.map(({ kind }) => kind),
      ["ConfigMap", "Deployment"],
    );
  });

  it("an overlay that matches nothing is a warning with the nearest objects", async () => {
    const [, , cni] = await renderMesh(resolve(inputs), fakeTools().tools);
    assert.deepEqual(
      cni?.warnings.map(({ source, path, allowed }) => [source, path, allowed]),
      [
        [
          "inline overlays[1]",
          "spec.components.cni.k8s.overlays[1]",
          "DaemonSet/istio-cni-node, ConfigMap/first",
        ],
      ],
    );
  });

  describe("a gateway of an overlay whose drain is as long as the grace period of its pods", () => {
    const cuts = async (document: JsonObject, k8s: JsonObject = {}) => {
      const ingressGateways = [{ name: "gw", enabled: true, k8s }];
      const components = { ingressGateways };
      const mesh = resolve({
        revision: NEW,
        overlays: [overlay({ ...document, components })],
      });
      const rendered = await renderMesh(mesh, fakeTools().tools);
      return rendered.flatMap(({ warnings }) => warnings);
    };
    const drains = (text: string) => ({
      meshConfig: { defaultConfig: { terminationDrainDuration: text } },
    });
    const grace = (value: number) => ({
      overlays: [
        {
          kind: "Deployment",
          name: "gw",
          patches: [{ path: "spec.template.spec.terminationGracePeriodSeconds", value }],
        },
      ],
    });
    const variables = (value: string) => ({
      env: [
        { name: "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", value: "true" },
        { name: "MINIMUM_DRAIN_DURATION", value },
      ],
    });

    it("is a warning with both numbers and the patch", async () => {
      const [warning, ...more] = await cuts(drains("30s"));
      assert.deepEqual(more, []);
      assert.match(warning?.path ?? "", /^Deployment gw: .*terminationGracePeriodSeconds$/);
      assert.match(warning?.reason ?? "", /ends the pods after 30 s, .* drain for 30 s/);
      assert.match(warning?.fix ?? "", /name: gw, .*value: 45/);
    });

    it("is one also where a variable of the gateway's own sets the drain", async () => {
      const [warning] = await cuts({}, variables("60s"));
      assert.match(warning?.reason ?? "", /drain for 60 s \(MINIMUM_DRAIN_DURATION\)/);
    });

    it("is none with a longer grace period, a shorter drain, or Istio's own", async () => {
      assert.deepEqual(await cuts(drains("30s"), grace(60)), []);
      assert.deepEqual(await cuts(drains("29s")), []);
      assert.deepEqual(await cuts({}), []);
    });
  });

  it("a patch that does not fit is refused with component, object and path", async () => {
    const patches = [{ path: "spec.template.spec.containers.[name:none].image", value: "x" }];
    const k8s = { overlays: [{ kind: "Deployment", name: `istiod-${NEW}`, patches }] };
    const mesh = resolve({
      revision: NEW,
      overlays: [overlay({ components: { pilot: { k8s } } })],
    });
    await assert.rejects(renderMesh(mesh, fakeTools().tools), (error: unknown) => {
      assert.ok(error instanceof InvalidInput);
      const [{ source, path, reason } = {}] = error.problems;
      assert.deepEqual(
        [source, path],
        ["inline overlays[0]", "spec.components.pilot.k8s.overlays[0].patches[0]"],
      );
      assert.ok(reason?.startsWith(`Deployment/istiod-${NEW} ${patches[0]?.path}: `), reason);
      return true;
    });
  });

  describe("an object that the API server would refuse names the line of the user's that made it", () => {
    const HEAD = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec:\n";

    /** The places in the overlay `a.yaml` that rendering refuses. */
    async function refused(spec: string, tools: RenderTools): Promise<unknown[]> {
      const file = join(temporaryFolder({ "a.yaml": `${HEAD}${spec}` }), "a.yaml");
      const rendered = renderMesh(resolve({ revision: NEW, overlays: [file] }), tools);
      const error = await rendered.then(() => undefined).catch((reason: unknown) => reason);
      assert.ok(error instanceof InvalidInput, String(error));
      assert.ok(error.problems.every(({ source }) => source === file));
      return error.problems.map(({ line, path }) => [line, path]);
    }

    it("a patch: the last of those on the way to the field", async () => {
      const patches = ["hostNetwork: true", "dnsPolicy: Default"].map(
        (value) => `              - { path: spec.template.spec, value: { ${value} } }`,
      );
      const lines = [
        "  components:",
        "    pilot:",
        "      k8s:",
        "        overlays:",
        "          - kind: Deployment",
        `            name: istiod-${NEW}`,
        "            patches:",
        "              - { path: spec.replicas, value: 3 }",
        ...patches,
        "",
      ];
      assert.deepEqual(await refused(lines.join("\n"), fakeTools().tools), [
        [13, "spec.components.pilot.k8s.overlays[0].patches[2]"],
      ]);
    });

    it("no patch: the component's values", async () => {
      const volumes = [{ name: "a" }, { name: "a" }];
      const spec = { template: { spec: { containers: [{ name: "discovery" }], volumes } } };
      const istiod = k8sObject("Deployment", `istiod-${NEW}`, { spec });
      const { tools } = fakeTools();
      const helm = {
        render: async ({ chartPath }: RenderRequest) =>
          chartPath === "/charts/istiod" ? [istiod] : [],
      };
      const values = "  values:\n    pilot:\n      traceSampling: 5\n";
      assert.deepEqual(await refused(values, { ...tools, helm }), [[5, "spec.values.pilot"]]);
    });

    it("a setting of the name of the field, in values and in k8s", async () => {
      const pod = { containers: [{ name: "discovery" }], tolerations: [{ operator: "Exist" }] };
      const spec = { selector: {}, template: { spec: pod } };
      const istiod = {
        ...k8sObject("Deployment", "istiod-1-29-1", { spec }),
        apiVersion: "apps/v1",
      };
      const { tools } = fakeTools();
      const helm = {
        render: async ({ chartPath }: RenderRequest) =>
          chartPath === "/charts/istiod" ? [istiod] : [],
      };
      const tolerations = "tolerations:\n        - operator: Exist\n";
      const values = `  values:\n    pilot:\n      traceSampling: 5\n      ${tolerations}`;
      assert.deepEqual(await refused(values, { ...tools, helm }), [
        [7, "spec.values.pilot.tolerations"],
      ]);
      const k8s = `  components:\n    pilot:\n      k8s:\n        ${tolerations.replace("-", "  -")}`;
      assert.deepEqual(await refused(k8s, { ...tools, helm }), [
        [7, "spec.components.pilot.k8s.tolerations"],
      ]);
    });
  });

  it("an object that points at nothing is a warning with the line that made it so", async () => {
    const spec = {
      components: {
        pilot: {
          k8s: {
            overlays: [
              {
                kind: "Service",
                name: `istiod-${NEW}`,
                patches: [{ path: "spec.selector.app", value: "other" }],
              },
            ],
          },
        },
      },
    };
    const labels = { app: "istiod" };
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: "discovery", image: "i" }] },
    };
    const deployment = {
      ...k8sObject("Deployment", `istiod-${NEW}`, {
        spec: { selector: { matchLabels: labels }, template },
      }),
      apiVersion: "apps/v1",
    };
    const service = k8sObject("Service", `istiod-${NEW}`, { spec: { selector: labels } });
    const { tools } = fakeTools();
    const helm = {
      render: async ({ chartPath }: RenderRequest) =>
        chartPath === "/charts/istiod" ? [deployment, service] : [],
    };
    const mesh = resolve({ revision: NEW, overlays: [overlay(spec)] });
    const rendered = await renderMesh(mesh, { ...tools, helm });
    const warnings = rendered.flatMap((component) => component.warnings);
    assert.deepEqual(
      warnings.map(({ path }) => path),
      ["spec.components.pilot.k8s.overlays[0].patches[0]"],
    );
    assert.match(warnings[0]?.reason ?? "", /spec\.selector selects no pods/);
  });

  for (const revision of ["", "default"]) {
    it(`the revision ${JSON.stringify(revision)} leaves istiod's name as it is`, async () => {
      const mesh = resolve({
        revision,
        overlays: [overlay({ components: { pilot: { k8s: { replicaCount: 3 } } } })],
      });
      const { tools } = fakeTools();
      const plain = {
        ...tools,
        helm: {
          async render() {
            return [workload("Deployment", "istiod", { name: "discovery" })];
          },
        },
      };
      const [, pilot] = await renderMesh(mesh, plain);
      assert.equal(at(pilot?.objects[0] as K8sObject, "spec.replicas"), 3);
    });
  }

  it("objects are checked by the cluster's version, and by that of the inputs where none answers", async () => {
    // Kubernetes has this field from 1.32 on.
    const patches = [{ path: "spec.template.spec.resources", value: {} }];
    const overlays = [{ kind: "Deployment", name: `istiod-${NEW}`, patches }];
    const mesh = resolve({
      kubernetesVersion: "1.30.0",
      revision: NEW,
      overlays: [overlay({ components: { pilot: { k8s: { overlays } } } })],
    });
    const istiod = workload("Deployment", `istiod-${NEW}`, { name: "discovery", image: "i" });
    const helm = { render: async () => [{ ...istiod, apiVersion: "apps/v1" }] };
    const tools = { ...fakeTools().tools, helm };
    const asked = (version: string | undefined) =>
      renderMesh(mesh, { ...tools, clusterVersion: async () => version }, ["pilot"]);
    const refused = (minor: string) =>
      pattern`spec\.template\.spec\.resources is no field of Kubernetes ${minor}`;
    await assert.rejects(renderMesh(mesh, tools, ["pilot"]), refused("1.30"));
    await assert.rejects(asked(undefined), refused("1.30"));
    await assert.rejects(asked("v1.29.4"), refused("1.29"));
    const faults = await asked("v1.35.1-gke.7").catch(({ problems }: InvalidInput) => problems);
    assert.doesNotMatch(JSON.stringify(faults), /is no field/);
  });

  it("the reason why a chart is not to be had comes through", async () => {
    const { tools } = fakeTools();
    const charts = {
      async locate(): Promise<string> {
        throw new Error("no such chart");
      },
    };
    await assert.rejects(renderMesh(resolve(), { ...tools, charts }), /no such chart/);
  });
});
