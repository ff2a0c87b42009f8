import type { Json, JsonObject } from "../../../mesh/common/json";
import { type Case, specCase } from "../cases";

type Patch = readonly [path: string, value?: Json];

function patched(kind: string, name: string, patches: readonly Patch[]): JsonObject {
  return {
    kind,
    name,
    patches: patches.map(([path, value]) => ({ path, ...(value !== undefined && { value }) })),
  };
}

/** A case of patches of istiod's Deployment. */
function ofIstiod(name: string, ...patches: readonly Patch[]): Case {
  const overlays = [patched("Deployment", "istiod", patches)];
  return specCase(`patch: ${name}`, { components: { pilot: { k8s: { overlays } } } });
}

const CONTAINER = "spec.template.spec.containers.[name:discovery]";

/** Path overlays: every selector, every kind of change. */
export const PATCH_CASES: readonly Case[] = [
  ofIstiod("a field", ["spec.replicas", 5]),
  ofIstiod("falsy values", ["spec.replicas", 0], ["spec.paused", false], ["metadata.labels.a", ""]),
  ofIstiod("a new map", ["spec.template.spec.dnsConfig", { nameservers: ["1.1.1.1"] }]),
  ofIstiod("a new field below new maps", ["spec.template.spec.dnsConfig.options", []]),
  ofIstiod("by key and value", [`${CONTAINER}.imagePullPolicy`, "Never"]),
  ofIstiod("by key and value, then by key", [`${CONTAINER}.env.[name:REVISION].value`, "x"]),
  ofIstiod("by value", [`${CONTAINER}.args.[:--log_output_level\\.*]`, "--log_output_level=debug"]),
  ofIstiod("by the whole value", [`${CONTAINER}.args.[discovery]`, "other"]),
  ofIstiod("by index", [`${CONTAINER}.args[0]`, "first"]),
  ofIstiod("by index with a dot", ["spec.template.spec.containers.[0].name", "renamed"]),
  ofIstiod("append", [`${CONTAINER}.args.[-1]`, "--added"]),
  ofIstiod("append by an index behind the end", [`${CONTAINER}.args.[99]`, "--added"]),
  ofIstiod("append a map", [`${CONTAINER}.env.[-1]`, { name: "ADDED", value: "1" }]),
  ofIstiod("delete a field", ["spec.strategy"]),
  ofIstiod("delete by null", ["spec.strategy", null]),
  ofIstiod("delete from a list by key", [`${CONTAINER}.env.[name:REVISION]`]),
  ofIstiod("delete from a list by value", [`${CONTAINER}.args.[:--domain\\.*]`]),
  ofIstiod("delete from a list by index", [`${CONTAINER}.args.[0]`]),
  ofIstiod(
    "escaped dots",
    ["metadata.annotations.example\\.com/a", "b"],
    ["spec.template.metadata.annotations.prometheus\\.io/scrape"],
  ),
  ofIstiod("a map in a text", ["metadata.annotations", "a: yes\nb: 010"]),
  ofIstiod("a list replaced", [`${CONTAINER}.args`, ["one", "two"]]),
  ofIstiod("one after the other", ["spec.replicas", 2], ["spec.replicas", 3], ["spec.replicas"]),
  specCase("patch: every kind of object of istiod", {
    revision: "canary",
    components: {
      pilot: {
        k8s: {
          overlays: [
            patched("ConfigMap", "istio-canary", [["data.extra", "text"]]),
            patched("Service", "istiod-canary", [["spec.ports.[name:grpc-xds].port", 1]]),
            patched("HorizontalPodAutoscaler", "istiod-canary", [["spec.maxReplicas", 9]]),
            patched("MutatingWebhookConfiguration", "istio-sidecar-injector-canary", [
              ["webhooks.[name:rev\\.namespace\\.sidecar-injector\\.istio\\.io].timeoutSeconds", 5],
            ]),
            patched("ClusterRole", "istiod-clusterrole-canary-istio-system", [["rules[0]"]]),
          ],
        },
      },
    },
  }),
  specCase("patch: after the settings", {
    components: {
      cni: {
        enabled: true,
        k8s: {
          env: [{ name: "A", value: "1" }],
          overlays: [
            patched("DaemonSet", "istio-cni-node", [
              ["spec.template.spec.containers.[name:install-cni].env.[name:A].value", "2"],
            ]),
          ],
        },
      },
    },
  }),
  specCase("patch: a CRD of base", {
    components: {
      base: {
        k8s: {
          overlays: [
            patched("ServiceAccount", "istio-reader-service-account", [["metadata.labels.x", "y"]]),
          ],
        },
      },
    },
  }),
  ofIstiod("that fits nothing", [`${CONTAINER}.env.[name:NOTHING].value`, "x"]),
  specCase("patch: an object that is not there", {
    components: {
      pilot: { k8s: { overlays: [patched("Deployment", "nothing", [["spec.replicas", 1]])] } },
    },
  }),
  specCase("patch: another API version", {
    components: {
      pilot: {
        k8s: {
          overlays: [
            { apiVersion: "apps/v9", ...patched("Deployment", "istiod", [["spec.replicas", 1]]) },
          ],
        },
      },
    },
  }),
];
