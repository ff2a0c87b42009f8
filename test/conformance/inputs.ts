import { join } from "node:path";
import { builtInCatalogues } from "../../mesh/resolve";
import { ROOT } from "../support/tools";

/** One mesh, as both tools take it. */
export interface Case {
  readonly name: string;
  readonly profile?: string;
  readonly files: readonly string[];
  readonly set: readonly string[];
}

/** Values of the user's own that some options need. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  "ca-migration-citadel": ["meshConfig.caCertificates[0].pem=ROOT"],
  "managed-control-plane-webhooks": ["values.base.validationURL=https://example.com/validate"],
  "mesh-ca": ["meshConfig.trustDomain=my-project.svc.id.goog"],
  multicluster: ["values.global.multiCluster.clusterName=cluster-1"],
  "private-ca": ["values.global.caAddress=projects/p/locations/l/caPools/c"],
};

/** Options of ours that istioctl cannot read, and what it says. */
export const REFUSED: Readonly<Record<string, RegExp>> = {
  "audit-authorizationpolicy": /unknown field "configOverride"/,
  multicloud: /profile "asm-multicloud" not found/,
  multiproject: /profile "asm-gcp-multiproject" not found/,
};

/** Profiles that istioctl has too. */
const PROFILES = [
  "default",
  "demo",
  "minimal",
  "ambient",
  "empty",
  "preview",
  "stable",
  "openshift",
  "remote",
];

const REVISION = "revision=canary";

const fileOf = (option: string) => join(ROOT, "overlays", "options", `${option}.yaml`);

function named(name: string, options: readonly string[], set: readonly string[] = []): Case {
  const required = options.flatMap((option) => REQUIRED[option] ?? []);
  return { name, files: options.map(fileOf), set: [...required, ...set] };
}

/** @example optionCase("multicloud").files // ["/…/overlays/options/multicloud.yaml"] */
export function optionCase(option: string): Case {
  return named(`option ${option}`, [option]);
}

const options = builtInCatalogues().options.names.filter((name) => !(name in REFUSED));

/** Overlays on top of each other, with settings, in an order that matters. */
const STACKS: readonly Case[] = [
  named("the dev stack", [
    "envoy-access-log",
    "cni-gcp",
    "distroless-proxy",
    "termination-drain-30s",
    "cloud-tracing",
    "strict-mtls",
  ]),
  named("two access logs", ["envoy-access-log", "access-log-json"], [REVISION]),
  named("two access logs, the other way round", ["access-log-json", "envoy-access-log"]),
  named("two CNI plugins", ["cni-gcp", "cni-onprem"]),
  named("gateways", ["legacy-default-ingressgateway", "legacy-default-egressgateway"], [REVISION]),
  named("an internal gateway", ["internal-load-balancer", "legacy-default-egressgateway"]),
  named(
    "settings of components",
    ["cni-gcp"],
    [
      "components.pilot.k8s.replicaCount=3",
      "components.pilot.k8s.resources.requests.memory=4Gi",
      "values.pilot.traceSampling=50",
      "meshConfig.enableTracing=true",
    ],
  ),
  named(
    "hub and tag",
    ["distroless-proxy", "cni-onprem"],
    ["hub=example.com/istio", "tag=1.29.1-custom", REVISION],
  ),
  named("telemetry", ["prometheus-and-stackdriver", "opentelemetry", "cloud-tracing"]),
  {
    ...named("ambient with a log", ["envoy-access-log", "termination-drain-30s"], [REVISION]),
    profile: "ambient",
  },
];

/** Everything that is compared. */
export function conformanceCases(): Case[] {
  const profiles = PROFILES.map((profile) => ({
    ...named(`profile ${profile}`, []),
    profile,
  }));
  return [
    named("no input", []),
    ...options.map(optionCase),
    ...profiles,
    ...profiles.map((one) => ({ ...one, name: `${one.name}, with a revision`, set: [REVISION] })),
    ...STACKS.map((one) => ({ ...one, name: `stack: ${one.name}` })),
  ];
}
