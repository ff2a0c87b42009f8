import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  ControlPlane,
  Gateway,
  ManagedControlPlane,
  MeshNamespace,
  OverlayGateways,
  PeerAuthentication,
  RevisionTag,
  ServiceMesh,
  type ServiceMeshArgs,
  Telemetry,
} from "../../components";
import { withRealCharts } from "../support/meshProgram";
import { outputValue, type ProgramOptions, type Recording, runProgram } from "../support/mocks";

const RENDERED = { kind: "render", directory: "unused" } as const;
const SERVICE = "kubernetes:core/v1:Service";
const INGRESS = { ip: "203.0.113.7" };

/** A provider that has given each Service the address of a load balancer. */
const WITH_ADDRESS: ProgramOptions = {
  made: (type) => (type === SERVICE ? { status: { loadBalancer: { ingress: [INGRESS] } } } : {}),
};

/** A value that a preview does not know. */
class Unknown extends pulumi.CustomResource {
  declare readonly value: pulumi.Output<string>;
  constructor() {
    super("test:index:Unknown", "later", { value: undefined });
  }
}

interface Known {
  readonly isKnown: Promise<boolean>;
}

function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return (output as unknown as Known).isKnown;
}

type Make = (later?: pulumi.Output<string>) => pulumi.ComponentResource;

/** Names of the fields of a component that are Outputs. */
function outputNames(component: pulumi.ComponentResource): string[] {
  return Object.entries(component)
    .filter(([key, value]) => pulumi.Output.isInstance(value) && !["urn", "last"].includes(key))
    .map(([key]) => key)
    .sort();
}

describe("Outputs of components", () => {
  const common = withRealCharts();

  async function run<T>(make: () => T, options?: ProgramOptions): Promise<[T, Recording]> {
    let made: T | undefined;
    const recording = await runProgram(() => {
      made = make();
    }, options);
    assert.deepEqual(recording.errors, []);
    assert.ok(made);
    return [made, recording];
  }

  function mesh(args: Partial<ServiceMeshArgs>, opts?: pulumi.ComponentResourceOptions) {
    return new ServiceMesh("it", { ...common(), profile: "minimal", ...args }, opts);
  }

  const GATEWAY = { name: "web", namespace: "edge", revisions: [{ revision: "blue" }] };

  const components: Readonly<Record<string, Make>> = {
    ServiceMesh: (revision = pulumi.output("blue")) => mesh({ revision, target: RENDERED }),
    Gateway: (name = pulumi.output("web")) => new Gateway("it", { ...GATEWAY, name }),
    ControlPlane: (revision = pulumi.output("blue")) =>
      new ControlPlane("it", { ...common(), revision }),
    OverlayGateways: (hub = pulumi.output("registry.example.com")) =>
      new OverlayGateways("it", { ...common(), hub }),
    RevisionTag: (tag = pulumi.output("stable")) =>
      new RevisionTag("it", { ...common(), tag, revision: "blue" }),
    ManagedControlPlane: (channel = pulumi.output("rapid")) =>
      new ManagedControlPlane("it", { channel: channel as pulumi.Output<"rapid"> }),
    MeshNamespace: (namespace = pulumi.output("shop")) =>
      new MeshNamespace("it", { namespace, revision: "blue" }),
    PeerAuthentication: (namespace = pulumi.output("shop")) =>
      new PeerAuthentication("it", { namespace, mode: "STRICT" }),
    Telemetry: (namespace = pulumi.output("shop")) => new Telemetry("it", { namespace }),
  };

  for (const [name, make] of Object.entries(components)) {
    describe(name, () => {
      it("registers each of its outputs under the name of the field", async () => {
        const [component, { outputs }] = await run(make);
        const urn = await outputValue(component.urn);
        const registered = outputs.get(urn) ?? {};
        const fields = outputNames(component);
        assert.ok(fields.length > 0);
        const set = await Promise.all(
          fields.map(async (field) => {
            const output = (component as unknown as Record<string, pulumi.Output<unknown>>)[field];
            return [field, await outputValue(output as pulumi.Output<unknown>)];
          }),
        );
        const plain = JSON.parse(JSON.stringify(Object.fromEntries(set)));
        assert.deepEqual(JSON.parse(JSON.stringify(registered)), plain);
      });

      it("does not know them in a preview that does not know its inputs", async () => {
        const [component, { outputs }] = await run(() => make(new Unknown().value), {
          preview: true,
        });
        const fields = outputNames(component);
        for (const field of fields) {
          const output = (component as unknown as Record<string, pulumi.Output<unknown>>)[field];
          assert.equal(await isKnown(output as pulumi.Output<unknown>), false, field);
        }
        const registered = outputs.get(await outputValue(component.urn));
        assert.deepEqual(registered, Object.fromEntries(fields.map((field) => [field, "unknown"])));
      });
    });
  }

  describe("the parts of a mesh", () => {
    it("are control planes, Google's too, tags and namespaces", async () => {
      const [made] = await run(() =>
        mesh({
          target: RENDERED,
          revisions: [{ revision: "blue" }, { revision: "green" }],
          managed: { channel: "rapid" },
          tags: { stable: "blue" },
          namespaces: [{ name: "shop", revision: "stable" }],
        }),
      );
      const version = common().version;
      assert.deepEqual(await outputValue(made.controlPlanes), [
        { revision: "blue", version, managed: false },
        { revision: "green", version, managed: false },
        { revision: "asm-managed-rapid", version: undefined, managed: true },
      ]);
      assert.deepEqual(await outputValue(made.tags), { stable: "blue" });
      assert.deepEqual(await outputValue(made.namespaces), [{ name: "shop", revision: "stable" }]);
    });

    it("have Google's revision for the mesh's where there is no other", async () => {
      const [made] = await run(() => mesh({ target: RENDERED, revisions: [], managed: {} }));
      assert.equal(await outputValue(made.revision), "asm-managed");
      assert.equal(await outputValue(made.version), undefined);
    });

    it("are gateways with Services, typed ones and those of overlays", async () => {
      const args: Partial<ServiceMeshArgs> = {
        revision: "blue",
        overlays: ["legacy-default-ingressgateway"],
        gateways: [
          GATEWAY,
          { ...GATEWAY, name: "out", kind: "egress", service: { type: "ClusterIP" } },
        ],
      };
      const [made] = await run(() => mesh(args), WITH_ADDRESS);
      const gateways = await outputValue(made.gateways);
      assert.deepEqual(
        gateways.map(({ name, namespace, kind, revisions, service, address }) => [
          `${namespace}/${name} ${kind} ${revisions}`,
          `${service.type} ${service.host}`,
          address,
        ]),
        [
          ["edge/web ingress blue", "LoadBalancer web.edge.svc", "203.0.113.7"],
          ["edge/out egress blue", "ClusterIP out.edge.svc", undefined],
          [
            "istio-system/istio-ingressgateway ingress blue",
            "LoadBalancer istio-ingressgateway.istio-system.svc",
            "203.0.113.7",
          ],
        ],
      );
      for (const { service } of gateways.filter(({ kind }) => kind === "ingress")) {
        assert.ok(service.ports.some(({ name, port }) => /https/.test(name) && port === 443));
      }
    });
  });

  describe("the address of a gateway", () => {
    const gateways = [GATEWAY];
    const addresses = (made: ServiceMesh) =>
      outputValue(made.gateways.apply((all) => all.map(({ address }) => address)));

    it("is not known in a preview that makes the Service, and the rest is", async () => {
      const [made] = await run(() => mesh({ revision: "blue", gateways }), { preview: true });
      assert.equal(await isKnown(made.gateways[0]?.address as pulumi.Output<unknown>), false);
      assert.equal(await outputValue(made.gateways[0]?.name as pulumi.Output<string>), "web");
      assert.equal(await outputValue(made.revision), "blue");
      const [gateway] = await run(() => new Gateway("it", GATEWAY), { preview: true });
      assert.equal(await isKnown(gateway.address), false);
      assert.equal(await outputValue(gateway.serviceName), "web");
    });

    it("is undefined where manifests are rendered, in a preview too", async () => {
      const args = { revision: "blue", target: RENDERED, gateways };
      for (const preview of [true, false]) {
        const [made] = await run(() => mesh(args), { ...WITH_ADDRESS, preview });
        assert.deepEqual(await addresses(made), [undefined]);
      }
    });

    it("is undefined for a Service without a load balancer, in a preview too", async () => {
      const own = { ...GATEWAY, service: { type: "NodePort" } } as const;
      const [gateway] = await run(() => new Gateway("it", own), { preview: true });
      assert.equal(await outputValue(gateway.address), undefined);
    });

    it("is a secret where some input of the gateway is one", async () => {
      const name = pulumi.secret("web");
      const [gateway] = await run(() => new Gateway("it", { ...GATEWAY, name }), WITH_ADDRESS);
      for (const field of outputNames(gateway)) {
        const output = (gateway as unknown as Record<string, pulumi.Output<unknown>>)[field];
        assert.equal(await pulumi.isSecret(output as pulumi.Output<unknown>), true, field);
      }
    });
  });

  it("of a mesh are secrets where the inputs that they follow are", async () => {
    const [made] = await run(() =>
      mesh({
        target: RENDERED,
        revision: "blue",
        tags: { stable: pulumi.secret("blue") },
        namespaces: [{ name: "shop", revision: "blue" }],
        hub: pulumi.secret("registry.example.com"),
      }),
    );
    const secret: string[] = [];
    for (const field of outputNames(made)) {
      const output = (made as unknown as Record<string, pulumi.Output<unknown>>)[field];
      if (await pulumi.isSecret(output as pulumi.Output<unknown>)) {
        secret.push(field);
      }
    }
    assert.deepEqual(secret, ["gateways", "summary", "tags"]);
  });

  describe("the provider of a mesh", () => {
    class Provider extends pulumi.ProviderResource {
      constructor() {
        super("kubernetes", "own", {});
      }
    }

    it("is that of its target, made once", async () => {
      const [made, { resources }] = await run(() => {
        const own = mesh({ target: RENDERED });
        const { provider } = own;
        new PeerAuthentication("shop", { namespace: "shop", mode: "STRICT" }, { provider });
        return own;
      });
      const providers = resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
      assert.deepEqual(
        providers.map(({ name }) => name),
        ["it"],
      );
      assert.equal(await outputValue((made.provider as pulumi.Resource).urn), providers[0]?.urn);
    });

    it("is that of its options, or the default one", async () => {
      const [own] = await run(() => {
        const provider = new Provider();
        return { provider, made: mesh({}, { providers: { kubernetes: provider } }) };
      });
      assert.equal(own.made.provider, own.provider);
      const [plain] = await run(() => mesh({}));
      assert.equal(plain.provider, undefined);
    });
  });
});
