import type { Json, JsonObject } from "../../../mesh/common/json";
import { NEWEST } from "../../../toolchain/versions";
import { type Case, setCase, specCase } from "../cases";

const refused = (name: string, spec: JsonObject) => specCase(`refused: ${name}`, spec);

const values = (path: string, value: Json): Case =>
  refused(`values.${path}: ${JSON.stringify(value)}`, { values: nested(path.split("."), value) });

function nested([key = "", ...rest]: readonly string[], value: Json): JsonObject {
  return { [key]: rest.length === 0 ? value : nested(rest, value) };
}

const locality = (localityLbSetting: JsonObject): JsonObject => ({
  meshConfig: { localityLbSetting },
});

const tls = (tlsSettings: JsonObject): JsonObject => ({
  meshConfig: { defaultConfig: { tracing: { tlsSettings } } },
});

/** What istioctl refuses. */
export const REFUSED_CASES: readonly Case[] = [
  values("global.proxy.enableCoreDumps", true),
  values("pilto.env", {}),
  values("pilot.autoscaleMin", "two"),
  values("pilot.autoscaleMin", -1),
  values("pilot.autoscaleMin", 1.5),
  values("pilot.env", []),
  values("global.network", 1),
  values("global.configValidation", "yes"),
  values("global.imagePullSecrets", "secret"),
  values("pilot.keepaliveMaxServerConnectionAge", "30"),
  values("cni.cniBinDir", false),
  values("telemetry.v2.stackdriver.configOverride", {}),
  values("global.tracer.stackdriver.debug", true),
  values("global.pilotCertProvider", "kubernetes"),
  values("pilot.affinity.nodeAfinity", {}),
  values("global.proxy.includeIPRanges", "10.0.0.0"),
  values("global.proxy.excludeInboundPorts", "http"),
  refused("a component of no name", { components: { pilto: {} } }),
  refused("a field of k8s", { components: { pilot: { k8s: { replicas: 1 } } } }),
  refused("a field deep in k8s", {
    components: { pilot: { k8s: { affinity: { nodeAfinity: {} } } } },
  }),
  refused("a type in k8s", { components: { pilot: { k8s: { env: [{ name: "A", value: 1 }] } } } }),
  refused("a quantity", {
    components: { pilot: { k8s: { resources: { limits: { cpu: "x" } } } } },
  }),
  refused("a fraction of a replica", { components: { pilot: { k8s: { replicaCount: 1.5 } } } }),
  refused("an imagePullPolicy that Kubernetes has not", {
    components: { pilot: { k8s: { imagePullPolicy: "Sometimes" } } },
  }),
  refused("a namespace of base", { components: { base: { namespace: "x" } } }),
  refused("a label of pilot", { components: { pilot: { label: { a: "b" } } } }),
  refused("a hub in upper case", { hub: "docker.io/Istio" }),
  refused("a tag with a colon", { tag: "a:b" }),
  refused("a revision with dots", { revision: NEWEST }),
  refused("a revision that is a number", { revision: "123" }),
  refused("a gateway in upper case", { components: { ingressGateways: [{ name: "Web" }] } }),
  refused("a type of meshConfig", { meshConfig: { enableTracing: "yes" } }),
  refused("an enum of meshConfig", { meshConfig: { accessLogEncoding: "XML" } }),
  refused("a duration of meshConfig", { meshConfig: { connectTimeout: "10" } }),
  refused("a port of meshConfig", { meshConfig: { proxyListenPort: 70000 } }),
  refused(
    "localities that overlap",
    locality({ distribute: [{ from: "a", to: { b: 80, "b/1": 20 } }] }),
  ),
  refused(
    "sources of localities that overlap",
    locality({
      distribute: [
        { from: "a", to: { b: 100 } },
        { from: "a/b", to: { b: 100 } },
      ],
    }),
  ),
  refused(
    "a locality with a wildcard in its middle",
    locality({ distribute: [{ from: "a/*/c", to: { b: 100 } }] }),
  ),
  refused(
    "a failover by region and by label",
    locality({
      failover: [{ from: "a", to: "b" }],
      failoverPriority: ["topology.istio.io/subzone"],
    }),
  ),
  refused(
    "a tracer's client without a certificate",
    tls({ mode: "MUTUAL", privateKey: "/key.pem" }),
  ),
  refused(
    "a tracer's credential and files",
    tls({ mode: "SIMPLE", credentialName: "c", caCertificates: "/ca.pem" }),
  ),
  refused(
    "a tracer that is not checked, with names",
    tls({ mode: "MUTUAL", insecureSkipVerify: true, subjectAltNames: ["a"] }),
  ),
  refused("a service's host", { meshConfig: { serviceSettings: [{ hosts: ["a.*.svc"] }] } }),
  refused("an empty istioNamespace", { values: { global: { istioNamespace: "" } } }),
  refused("a field of the spec", { colour: "blue" }),
  refused("a profile", { profile: "nothing" }),
  setCase("refused: a setting of no field", "values.pilto.a=1"),
  setCase("refused: a setting of no element", "components.ingressGateways.[name:x].enabled=true"),
  setCase("refused: a setting of the wrong type", "values.global.network=1"),
];
