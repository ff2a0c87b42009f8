import assert from "node:assert/strict";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { overlayLibrary } from "../../adapters/overlays";
import { renderTools } from "../../adapters/renderTools";
import {
  Gateway,
  type GatewayArgs,
  type GatewayOptions,
  GatewayPart,
} from "../../components/mesh/gateway";
import { resourceHook } from "../../components/pulumi/hooks";
import type { JsonObject } from "../../mesh/common/json";
import { fromOverlayGateway } from "../../mesh/gateway/legacy";
import { gatewayObjects } from "../../mesh/gateway/objects";
import type { K8sObject } from "../../mesh/k8s/objects";
import type { GatewayInputs } from "../../mesh/model/gatewayInputs";
import { renderComponent } from "../../mesh/render/render";
import { resolveMesh } from "../../mesh/spec/resolve";
import { NEW as NEW_REVISION, NEWEST, OLD as OLD_REVISION } from "../../toolchain/versions";
import { outputValue, type Recording, type Registered, runProgram } from "../support/mocks";
import { pattern } from "../support/pattern";
import { useTestCache } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";
import { at, canary, find, gateway } from "../unit/gateway/inputs";

function run(
  args: GatewayArgs,
  options: GatewayOptions = { hooks: {} },
  opts?: pulumi.ComponentResourceOptions,
): Promise<Recording> {
  return runProgram(() => new GatewayPart("ingress", args, opts, options));
}

function named({ resources }: Recording, type: string, name: string): Registered {
  const found = resources.filter((own) => own.type.endsWith(`:${type}`) && own.name === name);
  assert.equal(found.length, 1, `${type} ${name}: ${resources.map((own) => own.name).join(", ")}`);
  return found[0] as Registered;
}

function titles({ resources }: Recording): string[] {
  return resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`).sort();
}

const SERVICE = "ingress:gateways/istio-ingressgateway";
const OLD = `ingress-${OLD_REVISION}:gateways/istio-ingressgateway-${OLD_REVISION}`;
const NEW = `ingress-${NEW_REVISION}:gateways/istio-ingressgateway-${NEW_REVISION}`;

/** Options of every resource below a gateway. */
async function optionsOf(
  args: GatewayArgs,
  options?: GatewayOptions,
): Promise<Map<string, pulumi.CustomResourceOptions>> {
  const seen = new Map<string, pulumi.CustomResourceOptions>();
  const note: pulumi.ResourceTransformation = ({ type, name, opts }) => {
    seen.set(`${type.split(":").at(-1)} ${name}`, opts);
    return undefined;
  };
  const { errors } = await run(args, options, { transformations: [note] });
  assert.deepEqual(errors, []);
  return seen;
}

class Thing extends pulumi.CustomResource {
  declare readonly value: pulumi.Output<string>;
  constructor(name: string) {
    super("test:index:Thing", name, { value: undefined });
  }
}

describe("Gateway", () => {
  it("has one component for each revision, and everything else once", async () => {
    const recording = await run(canary(1, 1, { autoscaling: { minReplicas: 2, maxReplicas: 4 } }));
    assert.deepEqual(recording.errors, []);
    assert.deepEqual(titles(recording), [
      `Deployment ${OLD}`,
      `Deployment ${NEW}`,
      "Gateway ingress",
      `GatewayRevision ingress-${OLD_REVISION}`,
      `GatewayRevision ingress-${NEW_REVISION}`,
      `HorizontalPodAutoscaler ${OLD}`,
      `HorizontalPodAutoscaler ${NEW}`,
      `PodDisruptionBudget ${OLD}`,
      `PodDisruptionBudget ${NEW}`,
      `Role ${SERVICE}`,
      `RoleBinding ${SERVICE}`,
      `Service ${SERVICE}`,
      `ServiceAccount ${SERVICE}`,
      "Stash ingress:guard",
    ]);
    const root = named(recording, "Gateway", "ingress");
    assert.equal(root.type, "servicemesh:index:Gateway");
    const revision = named(recording, "GatewayRevision", `ingress-${NEW_REVISION}`);
    assert.equal(revision.type, "servicemesh:index:GatewayRevision");
    assert.equal(revision.parent, root.urn);
    assert.equal(named(recording, "Deployment", NEW).parent, revision.urn);
    assert.equal(named(recording, "Service", SERVICE).parent, root.urn);
  });

  it("a canary comes and goes without a change of name, or of the Service", async () => {
    const steps = [
      await run(gateway()),
      await run(canary(90, 10)),
      await run(gateway({ revisions: [{ revision: NEW_REVISION }] })),
    ];
    const services = steps.map((step) => named(step, "Service", SERVICE).inputs);
    assert.deepEqual(services[1], services[0]);
    assert.deepEqual(services[2], services[0]);
    const [before, during, after] = steps.map((step) => new Set(titles(step)));
    assert.ok([...(before ?? [])].every((title) => during?.has(title)));
    assert.ok([...(after ?? [])].every((title) => during?.has(title)));
  });

  it("shows weight and pods of a revision in the preview", async () => {
    const recording = await run(canary(75, 25, { replicas: 4 }), undefined);
    const { inputs } = named(recording, "GatewayRevision", `ingress-${NEW_REVISION}`);
    assert.deepEqual(inputs, { revision: NEW_REVISION, weight: 25, pods: "1", serves: true });
  });

  it("Service and guard are protected, unless they are told not to be", async () => {
    const protectedOf = async (args: GatewayArgs) =>
      [...(await optionsOf(args))].filter(([, { protect }]) => protect).map(([title]) => title);
    assert.deepEqual((await protectedOf(gateway())).sort(), [
      `Service ${SERVICE}`,
      "Stash ingress:guard",
    ]);
    assert.deepEqual(await protectedOf({ ...gateway(), protect: false }), []);
  });

  it("the guard goes before Service and pods, and so is refused before them", async () => {
    const recording = await run(gateway());
    const { dependencies } = named(recording, "Stash", "ingress:guard");
    const guarded = [named(recording, "Deployment", OLD), named(recording, "Service", SERVICE)];
    assert.ok(guarded.every(({ urn }) => dependencies.includes(urn)));
  });

  it("does not wait for a load balancer's address, unless it is told to", async () => {
    const waits = async (args: GatewayArgs) => {
      const { metadata } = named(await run(args), "Service", SERVICE).inputs;
      return (metadata as JsonObject).annotations;
    };
    assert.deepEqual(await waits(gateway()), { "pulumi.com/skipAwait": "true" });
    assert.equal(await waits({ ...gateway(), waitForAddress: true }), undefined);
  });

  it("its pods have their time, and longer to leave where they need it", async () => {
    const timeouts = async (args: GatewayArgs, kind = "Deployment", name = OLD) =>
      (await optionsOf(args)).get(`${kind} ${name}`)?.customTimeouts;
    const five = { create: "300s", update: "300s", delete: "300s" };
    assert.deepEqual(await timeouts(gateway()), five);
    const slow = gateway({ terminationGracePeriodSeconds: 3600 });
    assert.deepEqual(await timeouts({ ...slow, timeoutSeconds: 900 }), {
      create: "900s",
      update: "900s",
      delete: "3660s",
    });
    assert.equal(await timeouts(gateway(), "Service", SERVICE), undefined);
    const waits = { ...gateway(), waitForAddress: true };
    assert.deepEqual(await timeouts(waits, "Service", SERVICE), five);
    const { errors } = await run({ ...gateway(), timeoutSeconds: 0 });
    assert.match(errors[0] ?? "", /timeoutSeconds: is not a duration \(got 0\); allowed: seconds/);
  });

  it("takes pods back from an autoscaler instead of a conflict", async () => {
    const { metadata, spec } = named(await run(gateway()), "Deployment", OLD).inputs;
    assert.deepEqual((metadata as JsonObject).annotations, { "pulumi.com/patchForce": "true" });
    assert.equal((spec as JsonObject).replicas, 2);
  });

  it("pods wait for their account and access; the Service waits for no pod", async () => {
    const recording = await run(gateway());
    const needs = ["ServiceAccount", "Role", "RoleBinding"].map(
      (type) => named(recording, type, SERVICE).urn,
    );
    const { dependencies } = named(recording, "Deployment", OLD);
    assert.deepEqual(
      needs.filter((urn) => !dependencies.includes(urn)),
      [],
    );
    assert.deepEqual(named(recording, "Service", SERVICE).dependencies, []);
  });

  it("in active mode the Service waits for the revision that it selects, only", async () => {
    const inputs = canary(100, 100, { traffic: "active", active: NEW_REVISION });
    const recording = await run(inputs);
    const { dependencies, inputs: service } = named(recording, "Service", SERVICE);
    assert.ok(dependencies.includes(named(recording, "Deployment", NEW).urn));
    assert.ok(!dependencies.includes(named(recording, "Deployment", OLD).urn));
    assert.equal(
      ((service.spec as JsonObject).selector as JsonObject)["app.kubernetes.io/instance"],
      `istio-ingressgateway-${NEW_REVISION}`,
    );
  });

  it("Istio's own objects come after the pods and the Service; traffic is sent last", async () => {
    const recording = await run({
      ...gateway({ kind: "egress" }),
      hosts: { externalHosts: [{ host: "a.example.com", port: 443, protocol: "TLS" }] },
    });
    assert.deepEqual(recording.errors, []);
    const entry = named(recording, "ServiceEntry", `${SERVICE}-a-example-com`);
    const route = named(recording, "VirtualService", `${SERVICE}-a-example-com`);
    const first = [named(recording, "Deployment", OLD), named(recording, "Service", SERVICE)];
    for (const { urn } of first) {
      assert.ok(entry.dependencies.includes(urn) && route.dependencies.includes(urn));
    }
    const others = ["DestinationRule", "Gateway"].map(
      (kind) => named(recording, `networking.istio.io/v1:${kind}`, SERVICE).urn,
    );
    assert.ok([entry.urn, ...others].every((urn) => route.dependencies.includes(urn)));
  });

  it("everything waits for what the gateway is told to depend on", async () => {
    const recording = await runProgram(() => {
      new Gateway("ingress", gateway(), { dependsOn: new Thing("mesh") });
    });
    const { urn } = named(recording, "Thing", "mesh");
    for (const { name, dependencies } of recording.resources) {
      const own = name === "mesh" || name === "ingress";
      assert.ok(own || dependencies.includes(urn), `${name} does not wait`);
    }
  });

  it("gates and guards of others are bound to the Deployments, after its own", async () => {
    const hook = (name: string) => resourceHook(name, async () => undefined);
    const recording = await runProgram(() => {
      const hooks = {
        beforeDeployment: [hook("injection")],
        beforeRevisionDelete: [hook("drained")],
      };
      new GatewayPart("ingress", gateway(), undefined, { hooks });
    });
    const { hooks } = named(recording, "Deployment", OLD);
    const before = ["ingress:grow-first", "ingress:injection"];
    assert.deepEqual(hooks, [...before, ...before]);
    const others = recording.resources.filter(
      (own) => own.name !== OLD || own.type.includes("Pod"),
    );
    assert.ok(others.every((own) => own.hooks.length === 0));
  });

  it("a guard runs before a revision's Deployment is deleted", async () => {
    const guard = resourceHook("drained", async () => undefined);
    const seen = await optionsOf(gateway(), { hooks: { beforeRevisionDelete: [guard] } }).catch(
      () => undefined,
    );
    const deployment = seen?.get(`Deployment ${OLD}`);
    assert.deepEqual(deployment?.hooks?.beforeDelete, [guard]);
  });

  it("reports everything that is wrong, and creates nothing", async () => {
    const recording = await run({
      ...gateway({ revisions: [{ revision: NEWEST }] }),
      terminationGracePeriodSeconds: 3,
    });
    assert.equal(recording.errors.length, 1);
    assert.match(
      recording.errors[0] ?? "",
      /gateway istio-ingressgateway: revisions\[0\].revision: dots .*\n.*terminationGracePeriodSeconds/s,
    );
    assert.deepEqual(titles(recording), ["Gateway ingress"]);
  });

  it("warns where pods are far from the weights", async () => {
    const { warnings } = await run(canary(90, 10));
    assert.equal(warnings.length, 2);
    assert.match(warnings.join(), pattern`revision ${NEW_REVISION}: its weight asks for 10 %`);
  });

  it("is left out of a preview that does not know an input yet", async () => {
    const recording = await runProgram(
      () => new Gateway("ingress", { ...gateway(), namespace: new Thing("namespace").value }),
      { preview: true },
    );
    assert.deepEqual(recording.errors, []);
    assert.deepEqual(titles(recording), ["Gateway ingress", "Thing namespace"]);
    assert.match(recording.warnings.join(), /known only after the update/);
  });

  it("whose objects the API server would refuse creates nothing", async () => {
    const resources = { requests: { cpu: "2" }, limits: { cpu: "1" } };
    const args = { ...gateway(), resources };
    const recording = await runProgram(() => new GatewayPart("ingress", args, {}, undefined));
    assert.match(
      recording.errors.join("\n"),
      /resources: the API server would refuse Deployment \S+: \S+requests\.cpu is more than the limit of 1/,
    );
    assert.deepEqual(titles(recording), ["Gateway ingress"]);
  });

  it("keeps a secret input secret, in errors too", async () => {
    const recording = await run({ ...gateway(), env: { KEY: pulumi.secret("hush") } });
    assert.deepEqual(recording.errors, []);
    assert.ok(named(recording, "Deployment", OLD).secrets.includes("spec"));
    assert.equal(
      JSON.stringify(
        named(recording, "GatewayRevision", `ingress-${OLD_REVISION}`).inputs,
      ).includes("hush"),
      false,
    );
    const wrong = await run({ ...gateway(), name: pulumi.secret("Hush") });
    assert.doesNotMatch(wrong.errors.join(), /got "Hush"/);
  });

  it("takes Outputs, and has outputs of its own", async () => {
    let own: Gateway | undefined;
    await runProgram(() => {
      const loadBalancerIP = pulumi.output("10.0.0.9");
      own = new Gateway("ingress", {
        ...canary(75, 25, { replicas: 4 }),
        service: { loadBalancerIP },
      });
    });
    assert.ok(own);
    assert.equal(await outputValue(own.serviceName), "istio-ingressgateway");
    assert.equal(await outputValue(own.namespace), "gateways");
    assert.equal(await outputValue(own.address), "10.0.0.9");
    assert.deepEqual(await outputValue(own.selector), {
      app: "istio-ingressgateway",
      istio: "ingressgateway",
    });
    assert.deepEqual((await outputValue(own.weights))?.[1], {
      revision: NEW_REVISION,
      weight: 25,
      deployment: `istio-ingressgateway-${NEW_REVISION}`,
      wishedPercent: 25,
      realPercent: 25,
      errorPoints: 0,
      serves: true,
    });
  });
});

/** Fields that people and other objects go by. */
function same(ours: K8sObject, theirs: K8sObject, paths: readonly string[]): void {
  for (const path of paths) {
    assert.deepEqual(at(ours, path), at(theirs, path), path);
  }
}

describe("Gateway beside Istio's charts", () => {
  let tools: Tools;
  let undo: () => void;
  before(async function () {
    tools = await toolsFor(this);
    undo = useTestCache();
    process.env.PULUMI_HOME ??= tools.home;
  });
  after(() => undo?.());

  const rendering = () => renderTools({ kind: "folder", path: tools.charts });

  async function chart(values: JsonObject): Promise<K8sObject[]> {
    const objects = await rendering().helm.render({
      chartPath: join(tools.manifests, "charts", "gateway"),
      namespace: "gateways",
      releaseName: "istio-ingressgateway",
      values,
      kubernetesVersion: "1.32.0",
    });
    return [...objects];
  }

  it("is what the chart `gateway` makes, in all that matters", async () => {
    const theirs = await chart({ revision: OLD_REVISION });
    const ours = gatewayObjects(gateway({ autoscaling: { minReplicas: 1, maxReplicas: 5 } }));
    const container = "spec/template/spec/containers/0";
    same(find(ours, "Deployment"), find(theirs, "Deployment"), [
      "apiVersion",
      "metadata/namespace",
      `${container}/name`,
      `${container}/image`,
      `${container}/ports`,
      `${container}/resources`,
      "spec/replicas",
      "spec/template/metadata/annotations/inject.istio.io|templates",
      "spec/template/metadata/annotations/prometheus.io|port",
      "spec/template/metadata/labels/app",
      "spec/template/metadata/labels/istio",
      "spec/template/metadata/labels/istio.io|rev",
      "spec/template/metadata/labels/istio.io|dataplane-mode",
      "spec/template/metadata/labels/sidecar.istio.io|inject",
      "spec/template/metadata/labels/app.kubernetes.io|name",
      "spec/template/spec/securityContext/sysctls",
      "spec/template/spec/serviceAccountName",
    ]);
    // Since 1.30, the chart leaves user and group to the injection.
    const security = `${container}/securityContext`;
    const proxyUser = { runAsGroup: 1337, runAsUser: 1337 };
    assert.deepEqual(at(find(ours, "Deployment"), security), {
      ...(at(find(theirs, "Deployment"), security) as JsonObject),
      ...proxyUser,
    });
    same(find(ours, "Service"), find(theirs, "Service"), ["apiVersion", "metadata/name", "spec"]);
    same(find(ours, "Role"), find(theirs, "Role"), ["apiVersion", "metadata/name", "rules"]);
    same(find(ours, "RoleBinding"), find(theirs, "RoleBinding"), ["metadata/name", "roleRef"]);
    same(find(ours, "ServiceAccount"), find(theirs, "ServiceAccount"), ["metadata/name"]);
    const scaler = "HorizontalPodAutoscaler";
    same(find(ours, scaler), find(theirs, scaler), [
      "apiVersion",
      "spec/minReplicas",
      "spec/maxReplicas",
      "spec/metrics",
    ]);
  });

  it("an east-west gateway too", async () => {
    const theirs = await chart({
      networkGateway: "vpc-1",
      labels: { istio: "eastwestgateway" },
    });
    const inputs: GatewayInputs = gateway({ kind: "east-west", network: "vpc-1" });
    const ours = gatewayObjects(inputs);
    const ports = (objects: K8sObject[]) =>
      (at(find(objects, "Service"), "spec/ports") as JsonObject[]).map(
        ({ name, port, targetPort }) => ({ name, port, targetPort }),
      );
    assert.deepEqual(ports(ours), ports(theirs));
    same(find(ours, "Service"), find(theirs, "Service"), [
      "spec/selector",
      "metadata/labels/topology.istio.io|network",
    ]);
    same(find(ours, "Deployment"), find(theirs, "Deployment"), [
      "spec/template/metadata/labels/topology.istio.io|network",
    ]);
  });

  async function overlayGateway(overlays: readonly (string | JsonObject)[]) {
    const mesh = resolveMesh(
      { version: NEWEST, revision: NEW_REVISION, profile: "empty", overlays },
      overlayLibrary(),
    );
    const plan = mesh.components.find(({ component }) => component.isList);
    assert.ok(plan);
    const { objects } = await renderComponent(plan, mesh, rendering());
    return { legacy: fromOverlayGateway(plan), objects };
  }

  const overlays: readonly [string, string | JsonObject][] = [
    ["legacy-default-ingressgateway", "legacy-default-ingressgateway"],
    ["legacy-default-egressgateway", "legacy-default-egressgateway"],
    ["internal-load-balancer", "internal-load-balancer"],
    ["iap-operator", "iap-operator"],
    [
      "one with everything",
      {
        apiVersion: "install.istio.io/v1alpha1",
        kind: "IstioOperator",
        spec: {
          components: {
            ingressGateways: [
              {
                name: "shop-gateway",
                namespace: "shop",
                enabled: true,
                label: { app: "shop-gateway", istio: "shop", tier: "edge" },
                k8s: {
                  serviceAnnotations: { "networking.gke.io/load-balancer-type": "Internal" },
                  service: {
                    externalTrafficPolicy: "Local",
                    loadBalancerSourceRanges: ["10.0.0.0/8"],
                    ports: [
                      { name: "https", port: 443, targetPort: 8443 },
                      { name: "dns", port: 53, targetPort: 5353, protocol: "UDP" },
                    ],
                  },
                },
              },
            ],
          },
          values: { gateways: { "istio-ingressgateway": { loadBalancerIP: "10.0.0.9" } } },
        },
      },
    ],
  ];
  for (const [title, overlay] of overlays) {
    it(`the typed gateway keeps the Service of ${title}, and its address`, async () => {
      const { legacy, objects } = await overlayGateway([overlay]);
      assert.deepEqual(legacy.problems, []);
      const ours = gatewayObjects(legacy.gateway);
      const [mine, theirs] = [find(ours, "Service"), find(objects, "Service")];
      assert.deepEqual(normal(mine), normal(theirs));
      same(find(ours, "ServiceAccount"), find(objects, "ServiceAccount"), ["metadata/name"]);
      const pod = at(find(ours, "Deployment"), "spec/template/metadata/labels") as JsonObject;
      const selector = at(theirs, "spec/selector") as JsonObject;
      assert.ok(Object.entries(selector).every(([key, value]) => pod[key] === value));
      const names = [mine, find(ours, "Deployment")].map(({ metadata }) => metadata.name);
      assert.notEqual(names[1], find(objects, "Deployment").metadata.name);
      assert.equal(names[0], theirs.metadata.name);
    });
  }
});

/** A Service without what the API server fills in by itself, and without labels. */
function normal(service: K8sObject): unknown {
  const spec = service.spec as JsonObject;
  const ports = (spec.ports as JsonObject[]).map((port) => ({ protocol: "TCP", ...port }));
  const { name, namespace, annotations } = service.metadata;
  const given = annotations === null ? undefined : annotations;
  return { name, namespace, annotations: given ?? {}, spec: { ...spec, ports } };
}
