import { type Check, runCheck } from "./check";
import type { Finding } from "./finding";
import { autoscalers } from "./precheck/autoscalers";
import { disruptionBudgets } from "./precheck/budgets";
import { cniExclusions } from "./precheck/cniExclusions";
import { crds } from "./precheck/crdChecks";
import { draining } from "./precheck/drain";
import { existingObjects } from "./precheck/existing";
import { foreignEntriesLeft } from "./precheck/foreignEntries";
import { gatewayApi } from "./precheck/gatewayApi";
import { gatewayInjection } from "./precheck/gatewayInjection";
import { gke } from "./precheck/gke";
import { kubernetesVersion } from "./precheck/kubernetesVersion";
import { oldInstalls } from "./precheck/leftovers";
import { lostOptions } from "./precheck/lostOptions";
import { meshConfig } from "./precheck/meshConfig";
import { network } from "./precheck/network";
import { injectionOverlap, rivals } from "./precheck/overlaps";
import { podSecurity } from "./precheck/podSecurity";
import { pullSecrets } from "./precheck/pullSecrets";
import { quotas } from "./precheck/quotas";
import { apiVersions, envoyFilters } from "./precheck/retired";
import { retiredPlaces } from "./precheck/retiredPlaces";
import { servedApis } from "./precheck/servedApis";
import { deletions, namespaceDeletions, nodes } from "./precheck/stuck";
import { support } from "./precheck/support";
import type { GateState, PrecheckState } from "./precheck/types";
import { upgradePath } from "./precheck/upgrade";
import { changesByUpgrade } from "./precheck/upgradeChanges";
import { blockingWebhooks, webhookServices } from "./precheck/webhookServices";
import { registeredEntries } from "./precheck/workloadEntries";
import { apis } from "./validate/apis";
import { caCertificate } from "./validate/certificates";
import { controlPlaneServices, planeAvailability, presence } from "./validate/controlPlane";
import { drain } from "./validate/drain";
import { liveForeignEntries } from "./validate/foreignEntries";
import { gatewayResources } from "./validate/gatewayResources";
import { autoImages, gatewayRevisions, gatewayServices, gateways } from "./validate/gateways";
import { mutualTls } from "./validate/mutualTls";
import { namespaceLabels, shapes } from "./validate/namespaces";
import { proxySync, proxyVersions } from "./validate/proxies";
import { proxyCa } from "./validate/proxyCa";
import { gatewayCertificates, workloadCertificates } from "./validate/proxyCertificates";
import type { ValidateState } from "./validate/state";
import { liveStrandedServices } from "./validate/strandedServices";
import { trust } from "./validate/trust";
import { injectors, tags, validators } from "./validate/webhooks";
import { missingProxies } from "./validate/withoutProxy";

/**
 * Every check of `mesh precheck` and of the gate before an update, in the order in which their
 * findings are shown. A new check is a file of its own and a line here.
 */
export const PRECHECKS: readonly (Check<PrecheckState> | Check<GateState>)[] = [
  kubernetesVersion,
  upgradePath,
  changesByUpgrade,
  support,
  crds,
  gatewayApi,
  servedApis,
  apiVersions,
  envoyFilters,
  registeredEntries,
  cniExclusions,
  existingObjects,
  foreignEntriesLeft,
  deletions,
  namespaceDeletions,
  lostOptions,
  meshConfig,
  injectionOverlap,
  gatewayInjection,
  rivals,
  webhookServices,
  blockingWebhooks,
  network,
  oldInstalls,
  disruptionBudgets,
  autoscalers,
  quotas,
  pullSecrets,
  retiredPlaces,
  podSecurity,
  draining,
  nodes,
  gke,
];

/**
 * Every check of `mesh validate` that makes no workloads of its own, in the order of its findings. A
 * new one is a file of its own and a line here.
 */
export const VALIDATIONS: readonly Check<ValidateState>[] = [
  apis,
  presence,
  planeAvailability,
  controlPlaneServices,
  caCertificate,
  injectors,
  validators,
  tags,
  namespaceLabels,
  shapes,
  missingProxies,
  mutualTls,
  gateways,
  autoImages,
  gatewayServices,
  liveStrandedServices,
  gatewayRevisions,
  gatewayResources,
  gatewayCertificates,
  workloadCertificates,
  trust,
  proxyCa,
  liveForeignEntries,
  drain,
  proxySync,
  proxyVersions,
];

function isOfGate(check: Check<PrecheckState> | Check<GateState>): check is Check<GateState> {
  return check.gate !== undefined;
}

type Part = keyof PrecheckState;

/** Returns whether everything that a check needs could be read. */
function isReadFor(needs: readonly Part[], unread: readonly Part[]): boolean {
  return !needs.some((need) => unread.includes(need));
}

/**
 * Returns what each check of `mesh precheck` found, and `ok` for those that found nothing.
 *
 * @param unread parts that the user may not read; checks that need them are left out
 */
export function runPrechecks(state: PrecheckState, unread: readonly Part[] = []): Finding[] {
  return PRECHECKS.filter(({ gate }) => gate !== "only")
    .filter((check) => isReadFor(check.needs, unread))
    .flatMap((check) => runCheck<PrecheckState>(check, state));
}

/**
 * Returns errors that make it certain that an update cannot succeed.
 *
 * @param unread parts that the user may not read; checks that need them are left out
 */
export function runGate(state: GateState, unread: readonly Part[] = []): Finding[] {
  return PRECHECKS.filter(isOfGate)
    .filter((check) => isReadFor(check.needs, unread))
    .flatMap((check) => runCheck(check, state))
    .filter(({ severity }) => severity === "error");
}
