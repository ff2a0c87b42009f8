import type { Finding } from "../finding";
import { notChecked } from "../findings";
import { checkApis } from "./apis";
import { checkCa } from "./certificates";
import { checkControlPlaneServices, checkControlPlanes, checkPresence } from "./controlPlane";
import { checkDrain } from "./drain";
import { checkForeignEntries } from "./foreignEntries";
import { checkGatewayResources } from "./gatewayResources";
import {
  checkAutoImages,
  checkGatewayRevisions,
  checkGatewayServices,
  checkGateways,
} from "./gateways";
import { checkMutualTls } from "./mutualTls";
import { checkNamespaceLabels, checkShapes } from "./namespaces";
import { checkProxyVersions, checkSync } from "./proxies";
import { checkGatewayCertificates, checkWorkloadCertificates } from "./proxyCertificates";
import { isUnread, type MeshState, type Read } from "./state";
import { checkStrandedServices } from "./strandedServices";
import { checkTrust } from "./trust";
import { checkInjectors, checkTags, checkValidators } from "./webhooks";
import { checkMissingProxies } from "./withoutProxy";

/** A check, with the parts of the state that it cannot do without. */
interface Check<K extends keyof MeshState = keyof MeshState> {
  readonly name: string;
  readonly needs: readonly K[];
  readonly run: (state: Pick<Read<MeshState>, K>) => Finding[];
}

/** Keeps `needs` and what `run` reads the same, and then forgets which they are. */
function define<K extends keyof MeshState>(
  name: string,
  needs: readonly K[],
  run: (state: Pick<Read<MeshState>, K>) => Finding[],
): Check {
  return { name, needs, run: run as Check["run"] };
}

/** All checks of a mesh without workloads of their own, in the order in which they are told. */
const CHECKS: readonly Check[] = [
  define("istio-apis", ["crds", "workloads"], checkApis),
  define("control-plane", ["workloads", "injectors"], checkPresence),
  define("control-plane", ["workloads", "pods"], checkControlPlanes),
  define(
    "control-plane-service",
    ["workloads", "services", "endpointSlices"],
    checkControlPlaneServices,
  ),
  define("ca-certificate", ["caSources", "now"], checkCa),
  define(
    "injection-webhook",
    ["injectors", "services", "endpointSlices", "workloads"],
    checkInjectors,
  ),
  define(
    "validation-webhook",
    ["validators", "workloads", "injectors", "services", "endpointSlices"],
    checkValidators,
  ),
  define("revision-tag", ["injectors", "workloads"], checkTags),
  define("namespace-label", ["namespaces", "workloads", "injectors"], checkNamespaceLabels),
  define("injection", ["namespaces", "workloads", "injectors"], checkShapes),
  define(
    "proxy-missing",
    ["namespaces", "workloads", "injectors", "pods", "peerAuthentications", "configMaps"],
    checkMissingProxies,
  ),
  define(
    "mtls-conflict",
    ["peerAuthentications", "workloads", "destinationRules", "services", "pods"],
    checkMutualTls,
  ),
  define("gateway", ["workloads", "pods"], checkGateways),
  define("gateway-image", ["pods", "namespaces", "injectors"], checkAutoImages),
  define("gateway-service", ["workloads", "services", "endpointSlices"], checkGatewayServices),
  define("service-revision", ["workloads", "services", "pods"], checkStrandedServices),
  define(
    "gateway-revision",
    ["workloads", "pods", "namespaces", "injectors"],
    checkGatewayRevisions,
  ),
  define("gateway-selector", ["gatewayResources", "pods", "workloads"], checkGatewayResources),
  define(
    "gateway-certificate",
    ["gatewayCertificates", "configMaps", "workloads", "now"],
    checkGatewayCertificates,
  ),
  define(
    "workload-certificate",
    ["workloadCertificates", "configMaps", "workloads", "now"],
    checkWorkloadCertificates,
  ),
  define("trust", ["gatewayCertificates", "workloadCertificates", "now"], checkTrust),
  define("foreign-entries", ["workloads"], checkForeignEntries),
  define("drain-time", ["workloads", "configMaps"], checkDrain),
  define("proxy-sync", ["sync", "pods"], checkSync),
  define("proxy-version", ["sync", "workloads"], checkProxyVersions),
];

function runCheck({ name, needs, run }: Check, state: MeshState): Finding[] {
  const missing = needs.map((need) => state[need]).find(isUnread);
  return missing === undefined
    ? run(state as Read<MeshState>)
    : [notChecked(name, name, missing.unread)];
}

/**
 * Everything that can be said of a mesh without workloads of our own. Every check runs,
 * whatever the others find; what could not be read is told as `info`.
 *
 * @example validateMesh(state).filter(({ severity }) => severity === "error")
 */
export function validateMesh(state: MeshState): Finding[] {
  const api: Finding = {
    check: "api-server",
    severity: "ok",
    object: "Kubernetes API",
    reason: `${state.kubernetes} answers`,
  };
  return [api, ...CHECKS.flatMap((check) => runCheck(check, state))];
}
