import { isObject, type Json, type JsonObject } from "../common/json";
import { fieldAt } from "./fieldAt";
import { meshConfigRuleFindings } from "./meshConfigRules";
import { TEXT_FORMS } from "./textForms";
import type { TypeFinding } from "./typeCheck";

type FormName = keyof typeof TEXT_FORMS;

/**
 * Fields of the spec whose texts must have a certain format. Source: Istio
 * `operator/pkg/apis/validation`.
 */
const SPEC_FORMS: Readonly<Record<string, FormName>> = {
  hub: "hub",
  tag: "tag",
  namespace: "namespace",
  "values.global.istioNamespace": "namespace",
  "values.global.proxy.includeIPRanges": "ipRanges",
  "values.global.proxy.excludeIPRanges": "ipRanges",
  "values.global.proxy.includeInboundPorts": "ports",
  "values.global.proxy.excludeInboundPorts": "ports",
};

/** Fields of the mesh configuration. Source: Istio `pkg/config/validation/agent`. */
const MESH_CONFIG_FORMS: Readonly<Record<string, FormName>> = {
  proxyListenPort: "port",
  connectTimeout: "connectTimeout",
  trustDomain: "trustDomain",
  trustDomainAliases: "trustDomain",
  "defaultConfig.proxyAdminPort": "port",
  "defaultConfig.statusPort": "port",
  "defaultConfig.drainDuration": "drainDuration",
  "defaultConfig.discoveryAddress": "address",
  "defaultConfig.statsdUdpAddress": "address",
  "defaultConfig.envoyMetricsServiceAddress": "address",
  "defaultConfig.envoyMetricsService.address": "address",
  "defaultConfig.envoyAccessLogService.address": "address",
  "defaultConfig.tracing.zipkin.address": "address",
  "defaultConfig.tracing.datadog.address": "address",
  "defaultConfig.tracing.lightstep.address": "address",
};

function below(prefix: string, forms: Readonly<Record<string, FormName>>) {
  return Object.entries(forms).map(([path, form]) => ({
    segments: `${prefix}.${path}`.split("."),
    form: TEXT_FORMS[form],
  }));
}

/** The places of mesh configurations in a document. */
const MESH_CONFIGS = [
  ["spec", "meshConfig"],
  ["spec", "values", "meshConfig"],
];

const FORMS = [
  ...below("spec", SPEC_FORMS),
  ...MESH_CONFIGS.flatMap((path) => below(path.join("."), MESH_CONFIG_FORMS)),
];

/** Fields that must not be an empty text. In other fields, an empty text means "not set". */
const NEVER_EMPTY = ["trustDomain", "trustDomainAliases", "discoveryAddress", "istioNamespace"];

/** Values of another type are reported by the type check. */
function textsOf(value: Json | undefined, field: string | undefined): string[] {
  const values = Array.isArray(value) ? value : [value];
  const texts = values.filter((one) => typeof one === "string" || typeof one === "number");
  return texts.map(String).filter((text) => text !== "" || NEVER_EMPTY.includes(field ?? ""));
}

const GATEWAY_NAME = /^[a-z0-9.-]{0,254}$/;

function gatewayNames(document: JsonObject): TypeFinding[] {
  return ["ingressGateways", "egressGateways"].flatMap((list) => {
    const gateways = fieldAt(document, ["spec", "components", list]);
    return (Array.isArray(gateways) ? gateways : []).flatMap((gateway, index) => {
      const name = isObject(gateway) ? gateway.name : undefined;
      return typeof name !== "string" || GATEWAY_NAME.test(name)
        ? []
        : [
            {
              segments: ["spec", "components", list, index, "name"],
              value: name,
              reason: "is not an object's name",
              allowed: "lower-case letters, digits, dots and hyphens",
            },
          ];
    });
  });
}

/**
 * Checks the format of texts as istioctl does: images, gateways' names, what the proxies capture,
 * addresses and limits of the mesh configuration.
 *
 * @example
 * formFindings({ spec: { hub: "docker.io/Istio" } })[0].reason // "is not a registry path"
 */
export function formFindings(document: JsonObject): TypeFinding[] {
  const forms = FORMS.flatMap(({ segments, form }) => {
    const value = fieldAt(document, segments);
    const { reason, allowed } = form;
    return textsOf(value, segments.at(-1)).every((text) => form.accepts(text))
      ? []
      : [{ segments, value, reason, allowed }];
  });
  const rules = MESH_CONFIGS.flatMap((path) =>
    meshConfigRuleFindings(fieldAt(document, path) ?? null, path),
  );
  return [...forms, ...rules, ...gatewayNames(document)];
}
