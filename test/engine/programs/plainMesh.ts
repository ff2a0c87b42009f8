import * as k8s from "@pulumi/kubernetes";
import { Config, dynamic, type Input } from "@pulumi/pulumi";
import fixtures from "../../unit/injection/fixtures/webhooks.json";

/** A mesh of plain resources, as people write it who do not use this package. */
interface Program {
  /** Where the cluster is. @default the manifests are rendered into `folder` */
  readonly kubeconfig?: string;
  readonly folder: string;
  /** Injectors, by their names in the fixtures of the tests. */
  readonly injectors: readonly (keyof typeof fixtures)[];
  /** The revision that the gateway asks for. */
  readonly revision: string;
  /** Whether the gateway's Service is protected. */
  readonly protect: boolean;
  /** The address that the gateway asks for. @default any */
  readonly address?: string;
  /** Labels of the namespace `shop`, which has a workload. */
  readonly shop: Readonly<Record<string, string>>;
  readonly image: string;
  /** The mode of TLS of callers of the workload. */
  readonly callers: string;
  /** Whether there is an object of an API that is gone. */
  readonly role?: boolean;
  /** Whether a label of `shop` is only known in the update. */
  readonly isShopOpen?: boolean;
}

const program = new Config("mesh").requireObject<Program>("program");
const { kubeconfig, folder } = program;
const provider = new k8s.Provider(
  "cluster",
  kubeconfig === undefined ? { renderYamlToDirectory: folder } : { kubeconfig },
);
const opts = { provider };

/** A value that only the update knows. */
function later(value: string): Input<string> {
  class Later extends dynamic.Resource {
    declare readonly value: Input<string>;
  }
  const create = async () => ({ id: "later", outs: { value } });
  return new Later({ create }, "later", { value: undefined }).value;
}

for (const name of program.injectors) {
  // The object is the one that Istio's chart makes; its types are wider than those of the SDK.
  const own = fixtures[
    name
  ] as unknown as k8s.admissionregistration.v1.MutatingWebhookConfigurationArgs;
  new k8s.admissionregistration.v1.MutatingWebhookConfiguration(`injector-${name}`, own, opts);
}

const shop = new k8s.core.v1.Namespace(
  "shop",
  {
    metadata: {
      name: "shop",
      labels: {
        ...program.shop,
        ...(program.isShopOpen === true && { "istio.io/rev": later("x") }),
      },
    },
  },
  opts,
);

function deployment(
  name: string,
  namespace: Input<string>,
  template: k8s.types.input.core.v1.PodTemplateSpec,
) {
  return new k8s.apps.v1.Deployment(
    name,
    { metadata: { name, namespace }, spec: { selector: { matchLabels: { app: name } }, template } },
    opts,
  );
}

const cart = { app: "cart" };
deployment("cart", shop.metadata.name, {
  metadata: { labels: cart },
  spec: { containers: [{ name: "cart", image: program.image }] },
});
const meta = (name: string, namespace: Input<string> = shop.metadata.name) => ({ name, namespace });
new k8s.core.v1.Service(
  "cart",
  { metadata: meta("cart"), spec: { selector: cart, ports: [{ name: "http", port: 80 }] } },
  opts,
);

const edge = new k8s.core.v1.Namespace("edge", { metadata: { name: "edge" } }, opts);
deployment("web", edge.metadata.name, {
  metadata: {
    labels: { app: "web", istio: "ingressgateway", "istio.io/rev": program.revision },
    annotations: { "inject.istio.io/templates": "gateway" },
  },
  spec: { containers: [{ name: "istio-proxy", image: "auto" }] },
});
new k8s.core.v1.Service(
  "web",
  {
    metadata: {
      ...meta("web", edge.metadata.name),
      // No load balancer comes in a test.
      annotations: { "pulumi.com/skipAwait": "true" },
    },
    spec: {
      type: "LoadBalancer",
      ...(program.address !== undefined && { loadBalancerIP: program.address }),
      selector: { app: "web" },
      ports: [{ name: "https", port: 443 }],
    },
  },
  { ...opts, protect: program.protect },
);

// The API server of a test has no CRDs of Istio's.
if (kubeconfig === undefined) {
  const { CustomResource } = k8s.apiextensions;
  new CustomResource(
    "strict",
    {
      apiVersion: "security.istio.io/v1",
      kind: "PeerAuthentication",
      metadata: meta("default", "istio-system"),
      spec: { mtls: { mode: "STRICT" } },
    },
    opts,
  );
  new CustomResource(
    "callers",
    {
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata: meta("cart"),
      spec: { host: "cart", trafficPolicy: { tls: { mode: program.callers } } },
    },
    opts,
  );
  if (program.role === true) {
    const metadata = meta("readers");
    new CustomResource(
      "readers",
      { apiVersion: "rbac.istio.io/v1alpha1", kind: "ServiceRole", metadata },
      opts,
    );
  }
}
