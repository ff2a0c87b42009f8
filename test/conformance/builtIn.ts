import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { overlayLibrary } from "../../adapters/overlays";
import { NEWEST } from "../../toolchain/versions";
import { ROOT } from "../support/tools";
import type { Case } from "./cases";

/** Values of the user's own that some options need. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  "ca-migration-citadel": ["meshConfig.caCertificates[0].pem=ROOT"],
  "managed-control-plane-webhooks": ["values.base.validationURL=https://example.com/validate"],
  "mesh-ca": ["meshConfig.trustDomain=my-project.svc.id.goog"],
  multicluster: ["values.global.multiCluster.clusterName=cluster-1"],
  multiproject: [
    "meshConfig.trustDomainAliases[0]=other.svc.id.goog",
    "values.global.meshID=proj-1",
  ],
  "private-ca": ["values.global.caAddress=projects/p/locations/l/caPools/c"],
};

const REVISION = "revision=canary";

/** The file of an option, as a version has it. */
function fileOf(option: string, version: string): string {
  const read = overlayLibrary().options.read(option, version);
  return join(ROOT, read.layer?.file ?? join("overlays", "options", `${option}.yaml`));
}

function named(
  version: string,
  name: string,
  options: readonly string[],
  set: readonly string[] = [],
): Case {
  const required = options.flatMap((option) => REQUIRED[option] ?? []);
  const overlays = options.map((option) => fileOf(option, version));
  return { name, overlays, set: [...required, ...set] };
}

/** Overlays on top of each other, with settings, in an order that matters. */
function stacks(version: string): Case[] {
  const stack = named.bind(undefined, version);
  return [
    stack("the dev stack", [
      "envoy-access-log",
      "cni-gcp",
      "distroless-proxy",
      "termination-drain-30s",
      "cloud-tracing",
      "strict-mtls",
    ]),
    stack("two access logs", ["envoy-access-log", "access-log-json"], [REVISION]),
    stack("two access logs, the other way round", ["access-log-json", "envoy-access-log"]),
    stack("two CNI plugins", ["cni-gcp", "cni-onprem"]),
    stack(
      "gateways",
      ["legacy-default-ingressgateway", "legacy-default-egressgateway"],
      [REVISION],
    ),
    stack("an internal gateway", ["internal-load-balancer", "legacy-default-egressgateway"]),
    stack(
      "settings of components",
      ["cni-gcp"],
      [
        "components.pilot.k8s.replicaCount=3",
        "components.pilot.k8s.resources.requests.memory=4Gi",
        "values.pilot.traceSampling=50",
        "meshConfig.enableTracing=true",
      ],
    ),
    stack(
      "hub and tag",
      ["distroless-proxy", "cni-onprem"],
      ["hub=example.com/istio", `tag=${NEWEST}-custom`, REVISION],
    ),
    stack("telemetry", ["prometheus-and-stackdriver", "opentelemetry", "cloud-tracing"]),
    {
      ...stack("ambient with a log", ["envoy-access-log", "termination-drain-30s"], [REVISION]),
      profile: "ambient",
    },
  ];
}

/** No input, every option, every profile with and without a revision, and stacks of options. */
export function builtInCases(version: string): Case[] {
  const { options, profiles } = overlayLibrary();
  const byProfile = profiles.names.map(
    (profile): Case => ({ ...named(version, `profile ${profile}`, []), profile }),
  );
  return [
    named(version, "no input", []),
    ...options.names.map((option) => named(version, `option ${option}`, [option])),
    ...byProfile,
    ...byProfile.map((one) => ({ ...one, name: `${one.name}, with a revision`, set: [REVISION] })),
    ...stacks(version).map((one) => ({ ...one, name: `stack: ${one.name}` })),
  ];
}

/** Overlays that others wrote: those of this folder are compared too, where there is one. */
const FOREIGN = process.env.CONFORMANCE_OVERLAYS ?? "../shared/conformance/asm-options";

/** A case for each overlay of {@link FOREIGN}. */
export function foreignCases(): Case[] {
  const folder = join(ROOT, FOREIGN);
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  return files
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => ({ name: `overlay ${file}`, overlays: [join(folder, file)], set: [] }));
}
