import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ServiceMesh, type ServiceMeshArgs } from "../../components";
import { NEW, NEWEST } from "../../toolchain/versions";
import { withRealCharts } from "../support/meshProgram";
import {
  awaited,
  outputValue,
  type Recording,
  type Registered,
  runProgram,
} from "../support/mocks";
import { pattern } from "../support/pattern";

const TARGET = { kind: "render", directory: "unused" } as const;
const PARTS = ["Crds", "Base", "ControlPlane", "Cni", "Ztunnel", "OverlayGateways", "MeshPolicy"];
const NODE_AGENTS = ["cni-gcp"];

function named({ resources }: Recording, name: string): Registered {
  const found = resources.find((resource) => resource.name === name);
  assert.ok(found, `no resource ${name} among ${resources.map((r) => r.name).join(", ")}`);
  return found;
}

function kinds({ resources }: Recording): string[] {
  return resources.map(({ type }) => type.split(":").at(-1) ?? "");
}

function names({ resources }: Recording): string[] {
  return resources.map(({ name }) => name).sort();
}

function childrenOf({ resources }: Recording, parent: Registered): Registered[] {
  return resources.filter((resource) => resource.parent === parent.urn);
}

/** Whether every object of `later` waits for every object of `earlier`. */
function waitsFor(recording: Recording, later: string, earlier: string): void {
  const before = childrenOf(recording, named(recording, earlier)).map(({ urn }) => urn);
  const after = childrenOf(recording, named(recording, later));
  assert.ok(before.length > 0 && after.length > 0, `${earlier} or ${later} has no objects`);
  for (const resource of after) {
    const all = awaited(recording, resource);
    const missing = before.filter((urn) => !all.has(urn));
    assert.deepEqual(missing, [], `${resource.name} does not wait for all of ${earlier}`);
  }
}

class Unknown extends pulumi.CustomResource {
  declare readonly value: pulumi.Output<string>;
  constructor(name: string) {
    super("test:index:Unknown", name, { value: undefined });
  }
}

describe("ServiceMesh", () => {
  const common = withRealCharts();
  const run = (args: Partial<ServiceMeshArgs> = {}, opts?: pulumi.ComponentResourceOptions) =>
    runProgram(
      () =>
        new ServiceMesh("mesh", { ...common(), target: TARGET, ...args } as ServiceMeshArgs, opts),
    );

  describe("its parts", () => {
    let mesh: Recording;
    before(async () => {
      mesh = await run({ revision: "blue", profile: "ambient", overlays: ["strict-mtls"] });
      assert.deepEqual(mesh.errors, []);
    });

    it("are components with tokens of this package, below the mesh", () => {
      const root = named(mesh, "mesh");
      const parts = mesh.resources.filter(
        ({ parent, type }) => parent === root.urn && PARTS.includes(type.split(":").at(-1) ?? ""),
      );
      assert.deepEqual(
        parts.map(({ type, name }) => `${type} ${name}`),
        [
          "servicemesh:index:Crds mesh-crds",
          "servicemesh:index:Base mesh-base",
          "servicemesh:index:ControlPlane mesh-blue",
          "servicemesh:index:Cni mesh-cni",
          "servicemesh:index:MeshPolicy mesh-policy",
          "servicemesh:index:Ztunnel mesh-ztunnel",
        ],
      );
    });

    it("hold every object, each below its part and with the target's provider", () => {
      const provider = mesh.resources.find(({ type }) => type === "pulumi:providers:kubernetes");
      const objects = mesh.resources.filter(({ type }) => type.startsWith("kubernetes:"));
      assert.ok(objects.length > 20);
      for (const { name, parent, provider: used } of objects) {
        assert.match(
          parent,
          /servicemesh:index:(Base|ControlPlane|Cni|Ztunnel|MeshPolicy)::/,
          name,
        );
        assert.ok(used.startsWith(provider?.urn ?? "none"), `${name} has the provider ${used}`);
      }
    });

    it("come one after the other: base, control plane, CNI, ztunnel", () => {
      waitsFor(mesh, "mesh-blue", "mesh-base");
      waitsFor(mesh, "mesh-cni", "mesh-blue");
      waitsFor(mesh, "mesh-ztunnel", "mesh-cni");
    });

    describe("and the CRDs, which are in place first", () => {
      /** What the API server keeps whether or not a CRD is there. */
      const plain =
        /^kubernetes:(core\/v1:(Namespace|ServiceAccount|ConfigMap)|rbac\.authorization\.k8s\.io\/v1:)/;
      let meanwhile: Registered[];
      let afterwards: Registered[];

      before(async () => {
        const slow = "servicemesh:index:CrdSet";
        const args = { ...common(), mtls: { mode: "STRICT" }, target: TARGET } as const;
        const { resources } = await runProgram(() => new ServiceMesh("mesh", args), { slow });
        const sets = resources.filter(({ type }) => type === slow);
        assert.equal(sets.length, 1);
        const madeAt = sets[0]?.madeAt ?? 0;
        const objects = (some: Registered[]) =>
          some.filter(({ type }) => type.startsWith("kubernetes:"));
        [meanwhile, afterwards] = [
          objects(resources.slice(0, madeAt)),
          objects(resources.slice(madeAt)),
        ];
      });

      it("are waited for by istiod, its webhooks and all objects of Istio's kinds", () => {
        const early = meanwhile.filter(({ type }) => !plain.test(type));
        assert.deepEqual(early, []);
        for (const kind of ["Deployment", "MutatingWebhookConfiguration", "PeerAuthentication"]) {
          assert.ok(
            afterwards.some(({ type }) => type.endsWith(`:${kind}`)),
            kind,
          );
        }
      });

      it("hold up no permission or configuration, which comes meanwhile", () => {
        assert.ok(meanwhile.length > 5, `${meanwhile.length} objects came before the CRDs`);
      });
    });

    it("have the default validator after istiod, so that it goes before it", async () => {
      const whole = await run({ set: ["values.defaultRevision=default"] });
      const validator = named(whole, "mesh-default-validator:istiod-default-validator");
      const istiod = whole.resources.find(({ type }) => type === "kubernetes:apps/v1:Deployment");
      assert.ok(istiod && awaited(whole, validator).has(istiod.urn));
      assert.deepEqual(
        whole.resources.filter(({ name }) => name.startsWith("mesh-base:istiod-default")),
        [],
      );
    });

    it("have what Google's managed Prometheus reads on request, after the namespaces", async () => {
      const scraped = await run({ revision: "blue", googlePrometheus: {} });
      assert.deepEqual(scraped.errors, []);
      const part = named(scraped, "mesh-monitoring");
      assert.equal(part.type, "servicemesh:index:MeshMonitoring");
      const objects = scraped.resources.filter(({ parent }) => parent === part.urn);
      assert.deepEqual(objects.map(({ type }) => type).sort(), [
        "kubernetes:monitoring.googleapis.com/v1:ClusterPodMonitoring",
        "kubernetes:monitoring.googleapis.com/v1:PodMonitoring",
      ]);
      waitsFor(scraped, "mesh-monitoring", "mesh-base");
    });

    it("end with mesh-wide policy, after the control plane whose webhook checks it", () => {
      waitsFor(mesh, "mesh-policy", "mesh-blue");
    });
  });

  it("has gateways last, after the CNI plugin that their pods need", async () => {
    const mesh = await run({ overlays: NODE_AGENTS });
    waitsFor(mesh, "mesh-gateways", "mesh-cni");
    assert.equal(named(mesh, "mesh-gateways").type, "servicemesh:index:OverlayGateways");
  });

  it("has a guard before all of it, which is deleted first, where there is a cluster to ask", async () => {
    const web = { name: "web", namespace: "gw", protect: false, revisions: [{ revision: "blue" }] };
    const inputs = {
      revision: "blue",
      overlays: ["cni-gcp", "strict-mtls"],
      tags: { stable: "blue" },
      gateways: [web],
      namespaces: [{ name: "shop", revision: "blue" }],
      overlayGateways: [{ name: "istio-ingressgateway", protect: false }],
    };
    const target = { kind: "cluster", context: "test" } as const;
    const mesh = await run({ ...inputs, target });
    assert.deepEqual(mesh.errors, []);
    const guard = named(mesh, "mesh-guard");
    assert.deepEqual(guard.removalHooks, ["mesh-guard:delete"]);
    assert.deepEqual(guard.hooks, ["mesh-guard:update"]);
    assert.equal(guard.protect, false);
    const needed = new Set(mesh.resources.flatMap(({ dependencies }) => dependencies));
    // Nothing else waits for these, so they could go first: the guard has to wait for each.
    const last = mesh.resources.filter(
      ({ urn, type }) => type.startsWith("kubernetes:") && !needed.has(urn),
    );
    assert.deepEqual(last, []);
    assert.ok(guard.dependencies.includes(named(mesh, "mesh-gw-web:guard").urn));
    assert.ok(guard.dependencies.includes(named(mesh, "mesh-namespace-shop:enrolment").urn));

    const kept = await run({ ...inputs, gateways: [{ ...web, protect: true }], target });
    assert.equal(named(kept, "mesh-guard").protect, true);
    const ofOverlay = await run({ ...inputs, overlayGateways: [], target });
    assert.equal(named(ofOverlay, "mesh-guard").protect, true);
    const service = "mesh-gateways:istio-system/istio-ingressgateway";
    for (const name of [service, `${service}:guard`]) {
      const own = ofOverlay.resources.filter(
        (one) => one.name === name && /Service|Stash/.test(one.type),
      );
      assert.deepEqual(
        own.map(({ protect }) => protect),
        [true],
        name,
      );
    }
    assert.ok(!names(await run(inputs)).includes("mesh-guard"), "manifests are only rendered");
  });

  it("waits, with every part, for what it is told to depend on", async () => {
    const mesh = await runProgram(() => {
      const cluster = new Unknown("cluster");
      new ServiceMesh("mesh", { ...common(), target: TARGET }, { dependsOn: cluster });
    });
    const cluster = named(mesh, "cluster").urn;
    const objects = mesh.resources.filter(
      ({ type }) => type.startsWith("kubernetes:") || type === "servicemesh:index:CrdSet",
    );
    for (const object of objects) {
      assert.ok(awaited(mesh, object).has(cluster), `${object.name} does not wait for the cluster`);
    }
  });

  it("changes nothing for agents, gateways and namespaces when a revision comes that they do not name", async () => {
    const revisions = [{ revision: "blue" }, { revision: "green" }];
    const place = { namespace: "edge", service: { type: "ClusterIP" } } as const;
    const args = {
      overlays: NODE_AGENTS,
      target: { kind: "cluster", kubeconfig: "unused" },
      tags: { stable: "blue" },
      gateways: [
        { name: "web", ...place, revisions: [{ revision: "blue" }] },
        { name: "shop", ...place, revisions: [{ revision: "stable" }] },
      ],
      namespaces: [{ name: "team", revision: "stable" }],
    } as const;
    const [one, two] = [
      await run({ ...args, revisions: revisions.slice(0, 1) }),
      await run({ ...args, revisions }),
    ];
    const users = /^mesh-(cni|edge-web|edge-shop|namespace-team)/;
    const of = ({ resources }: Recording) =>
      resources
        .filter(({ name }) => users.test(name))
        .map(({ name, dependencies }) => ({ name, dependencies: [...dependencies].sort() }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    assert.ok(of(one).length > 20);
    assert.deepEqual(of(two), of(one));
    for (const name of ["mesh-edge-web-blue", "mesh-edge-shop-stable", "mesh-namespace-team"]) {
      const { dependencies } = named(two, name);
      assert.ok(dependencies.includes(named(two, "mesh-guard-blue").urn), `${name}: no istiod`);
    }
    assert.ok(named(two, "mesh-planes").dependencies.includes(named(two, "mesh-guard-green").urn));
  });

  describe("what is absent", () => {
    let mesh: Recording;
    before(async () => {
      mesh = await run({ profile: "minimal" });
    });

    it("has no CNI, ztunnel, gateway or policy unless asked for", () => {
      for (const absent of [
        "Cni",
        "Ztunnel",
        "OverlayGateways",
        "PeerAuthentication",
        "DaemonSet",
      ]) {
        assert.ok(!kinds(mesh).includes(absent), `there is a ${absent}`);
      }
    });

    it("leaves istiod's own fields out of the validating webhooks", () => {
      const validators = mesh.resources.filter(({ type }) =>
        type.endsWith("ValidatingWebhookConfiguration"),
      );
      assert.ok(validators.length > 0);
      for (const { inputs } of validators) {
        for (const hook of inputs.webhooks as Record<string, unknown>[]) {
          assert.ok(!("failurePolicy" in hook));
          assert.ok(!("caBundle" in (hook.clientConfig as object)));
        }
      }
    });

    it("makes its own namespace and none that every cluster has", async () => {
      const withCni = await run({ overlays: NODE_AGENTS });
      const namespaces = withCni.resources.filter(({ type }) => type.endsWith(":Namespace"));
      assert.deepEqual(
        namespaces.map(({ name }) => name),
        ["mesh-base:istio-system"],
      );
    });
  });

  describe("names", () => {
    it("are the same from run to run, and whatever the inputs that they do not hold", async () => {
      const first = names(await run({ revision: "blue" }));
      assert.deepEqual(names(await run({ revision: "blue" })), first);
      assert.deepEqual(names(await run({ revision: "blue", hub: "example.com/istio" })), first);
    });

    it("of the shared parts do not change with the revision; the control plane's do", async () => {
      const [blue, green] = [await run({ revision: "blue" }), await run({ revision: "green" })];
      const shared = (recording: Recording) =>
        names(recording).filter((name) => !/^mesh-(blue|green)/.test(name));
      assert.deepEqual(shared(blue), shared(green));
      const own = (recording: Recording, revision: string) =>
        names(recording).filter((name) => name.startsWith(`mesh-${revision}`)).length;
      assert.ok(own(blue, "blue") > 10);
      assert.equal(own(blue, "blue"), own(green, "green"));
    });

    it("are never given twice", async () => {
      const mesh = await run({ profile: "ambient", overlays: ["strict-mtls"] });
      const keys = mesh.resources.map(({ urn }) => urn);
      assert.deepEqual([...new Set(keys)], keys);
    });
  });

  describe("Outputs as inputs", () => {
    it("are taken at any depth and give what plain values give", async () => {
      const plain = await run({
        revision: "blue",
        overlays: ["cni-gcp"],
        tracing: { provider: "cloud-trace", samplingPercent: 5 },
      });
      const outputs = await run({
        revision: pulumi.output("blue"),
        overlays: pulumi.output([pulumi.output("cni-gcp")]),
        tracing: { provider: "cloud-trace", samplingPercent: pulumi.output(5) },
      });
      const objects = ({ resources }: Recording) =>
        resources
          .filter(({ type }) => type.startsWith("kubernetes:"))
          .map(({ name, inputs }) => [name, inputs]);
      assert.deepEqual(Object.fromEntries(objects(outputs)), Object.fromEntries(objects(plain)));
    });

    it("that a preview does not know yet neither hang nor fail: the objects are left out", async () => {
      const preview = await runProgram(
        () => {
          const hub = new Unknown("registry").value;
          new ServiceMesh("mesh", { ...common(), target: TARGET, hub });
        },
        { preview: true },
      );
      assert.deepEqual(preview.errors, []);
      assert.deepEqual(names(preview), ["mesh", "registry"]);
      assert.match(preview.warnings.join(), /known only after the update/);
    });
  });

  describe("outputs", () => {
    it("say what the mesh is", async () => {
      let mesh: ServiceMesh | undefined;
      await runProgram(() => {
        mesh = new ServiceMesh("mesh", {
          ...common(),
          target: TARGET,
          revision: "blue",
          overlays: ["cni-gcp"],
        });
      });
      assert.ok(mesh);
      assert.equal(await outputValue(mesh.version), NEWEST);
      assert.equal(await outputValue(mesh.revision), "blue");
      const summary = await outputValue(mesh.summary);
      assert.deepEqual(summary?.components, [
        "Istio core",
        "Istiod",
        "CNI",
        "Ingress gateways: istio-ingressgateway",
      ]);
      assert.deepEqual(summary?.overlays, ["option cni-gcp", "inputs revision"]);
      assert.ok(summary?.images.includes(`docker.io/istio/pilot:${NEWEST}`));
    });
  });

  describe("input errors", () => {
    it("come all at once, each with its place and fix, and nothing is registered", async () => {
      const mesh = await run({
        version: "1.29",
        revision: NEWEST,
        overlays: ["cni-gpc", "missing.yaml"],
        tracing: { provider: "cloud-trace", samplingPercent: 101 },
      });
      assert.equal(mesh.errors.length, 1);
      const lines = mesh.errors[0]?.split("\n") ?? [];
      assert.match(lines[0] ?? "", /the inputs are not valid/);
      assert.match(lines[1] ?? "", /^inputs: version: is not a full version \(got "1.29"\)/);
      assert.match(
        lines[2] ?? "",
        pattern`^inputs: revision: dots are not allowed .*write "${NEW}"`,
      );
      assert.match(
        lines[3] ?? "",
        /^inputs: tracing.samplingPercent: is not a percentage \(got 101\)/,
      );
      assert.match(lines[4] ?? "", /^option cni-gpc: .*did you mean "cni-gcp"\?/);
      assert.match(lines[5] ?? "", /^missing.yaml: no such file/);
      assert.equal(lines.length, 6);
      assert.deepEqual(names(mesh), ["mesh"]);
    });

    it("that only rendering finds register nothing either", async () => {
      const overlay = {
        apiVersion: "install.istio.io/v1alpha1",
        kind: "IstioOperator",
        spec: {
          components: {
            pilot: {
              k8s: {
                overlays: [
                  {
                    kind: "Deployment",
                    name: "istiod",
                    patches: [
                      { path: "spec.template.spec.containers.[name:nobody].image", value: "x" },
                    ],
                  },
                ],
              },
            },
          },
        },
      };
      const mesh = await run({ overlays: [overlay] });
      assert.match(
        mesh.errors.join(),
        /components\.pilot\.k8s\.overlays\[0\]\.patches\[0\]: Deployment\/istiod/,
      );
      assert.match(mesh.errors.join(), /nobody/);
      assert.deepEqual(names(mesh), ["mesh"]);
    });

    it("show no value when an input is a secret", async () => {
      const mesh = await run({ hub: pulumi.secret("registry"), revision: "not.to.be.seen" });
      assert.match(mesh.errors.join(), /dots are not allowed in a revision; allowed/);
    });
  });

  describe("secrets", () => {
    const shown = ({ resources }: Recording, text: string) =>
      resources.flatMap(({ name, inputs, secrets }) =>
        Object.keys(inputs)
          .filter((key) => key !== "metadata" && !secrets.includes(key))
          .filter((key) => JSON.stringify(inputs[key]).includes(text))
          .map((key) => `${name}.${key}`),
      );

    it("in an overlay stay secret wherever they go", async () => {
      const value = "s3cret-token";
      const mesh = await run({
        overlays: [
          {
            apiVersion: "install.istio.io/v1alpha1",
            kind: "IstioOperator",
            spec: {
              meshConfig: { accessLogFormat: pulumi.secret(value) },
              components: {
                ingressGateways: [
                  {
                    name: "istio-ingressgateway",
                    enabled: true,
                    k8s: { serviceAnnotations: { token: value } },
                  },
                ],
              },
            },
          },
        ] as never,
      });
      assert.deepEqual(mesh.errors, []);
      assert.deepEqual(shown(mesh, value), []);
      const service = named(mesh, "mesh-gateways:istio-system/istio-ingressgateway");
      assert.ok(service.secrets.includes("metadata"), "the annotation is in plain sight");
      assert.ok(service.secrets.includes("spec"));
    });

    it("in a typed gateway stay secret, also in what the mesh records of itself", async () => {
      const value = "s3cret-token";
      const gateway = {
        name: "web",
        namespace: "edge",
        revisions: [{ revision: "default" }],
        podAnnotations: { token: pulumi.secret(value) },
      };
      const mesh = await run({ gateways: [gateway] });
      assert.deepEqual(mesh.errors, []);
      assert.deepEqual(shown(mesh, value), []);
      const recorded = named(mesh, "mesh-plan").secrets;
      assert.ok(recorded.includes("gateways") && recorded.includes("effects"));
      const { inputs, secrets } = named(mesh, "mesh-edge-web");
      assert.ok(secrets.includes("podAnnotations"));
      assert.equal(inputs.name, "web");
    });

    it("leave an object's identity readable", async () => {
      const mesh = await run({ hub: pulumi.secret("registry.example.com") });
      assert.deepEqual(shown(mesh, "registry.example.com"), []);
      const { inputs, secrets } = named(mesh, "mesh-default:istio-system/istiod");
      assert.ok(!secrets.includes("kind"));
      assert.equal((inputs.metadata as { name: string }).name, "istiod");
    });

    it("make the summary, which names images and settings, a secret", async () => {
      let mesh: ServiceMesh | undefined;
      await runProgram(() => {
        const set = [pulumi.secret("values.global.hub=registry.example.com")];
        mesh = new ServiceMesh("mesh", { ...common(), target: TARGET, set });
      });
      assert.equal(await pulumi.isSecret(mesh?.summary as pulumi.Output<unknown>), true);
      assert.equal(await pulumi.isSecret(mesh?.revision as pulumi.Output<unknown>), false);
    });

    it("of plug-in certificates go to their Secret, and the rest stays readable", async () => {
      const pem = (name: string) => `-----BEGIN ${name}-----`;
      const ca = {
        type: "plug-in-certs",
        caCert: pem("CERT"),
        caKey: pem("KEY"),
        rootCert: pem("ROOT"),
        certChain: pem("CHAIN"),
      } as const;
      const mesh = await run({ ca });
      const secret = named(mesh, "mesh-default:istio-system/cacerts");
      assert.equal(secret.type, "kubernetes:core/v1:Secret");
      assert.deepEqual(secret.inputs.stringData, {
        "ca-cert.pem": ca.caCert,
        "ca-key.pem": ca.caKey,
        "root-cert.pem": ca.rootCert,
        "cert-chain.pem": ca.certChain,
      });
      assert.ok(secret.secrets.includes("stringData"));
      assert.deepEqual(shown(mesh, ca.caKey), [], "the key is in plain sight");
      assert.deepEqual(named(mesh, "mesh-default:istio-system/istiod").secrets, []);
    });
  });
});
