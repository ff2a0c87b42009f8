import { listImages } from "../../images/list";
import { retiredImages } from "../../images/retired";
import type { Finding } from "../finding";
import { fromProblem } from "../findings";
import { foreignEntriesBefore } from "../foreignEntries";
import { checkAutoscalers } from "./autoscalers";
import { checkBudgets } from "./budgets";
import { checkEditedCrds } from "./crdEdits";
import { checkCrds, checkGatewayApi } from "./crds";
import { checkDrain } from "./drain";
import { checkExisting } from "./existing";
import { checkGke } from "./gke";
import { checkKubernetesVersion } from "./kubernetesVersion";
import { checkLeftovers } from "./leftovers";
import { livePlanes } from "./livePlanes";
import { checkLostOptions } from "./lostOptions";
import { checkNetwork } from "./network";
import { checkInjectionLabels, checkOverlaps } from "./overlaps";
import { checkPodSecurity } from "./podSecurity";
import { checkPullSecrets } from "./pullSecrets";
import { checkQuotas } from "./quotas";
import { checkEnvoyFilters, checkRetired } from "./retired";
import { checkServedApis } from "./servedApis";
import { checkDeletions, checkNodes } from "./stuck";
import type { LiveState, Wish } from "./types";
import { checkUpgrade } from "./upgrade";
import { checkWebhookServices } from "./webhookServices";

/** One check, and what is said when it finds nothing. */
interface Check {
  readonly name: string;
  readonly object: string;
  readonly fine: string;
  run(wish: Wish, live: LiveState): readonly Finding[];
}

/** In the order in which their findings are shown. */
const CHECKS: readonly Check[] = [
  {
    name: "kubernetes-version",
    object: "Kubernetes version",
    fine: "Istio supports it",
    run: ({ plan }, { kubernetes }) => checkKubernetesVersion(kubernetes, plan.facts.controlPlanes),
  },
  {
    name: "upgrade-path",
    object: "versions",
    fine: "each step is one that Istio supports",
    run: checkUpgrade,
  },
  {
    name: "crds",
    object: "CRDs",
    fine: "the API server takes those of the wished version",
    run: ({ objects }, { crds }) => [
      ...checkCrds(objects, crds),
      ...checkEditedCrds(objects, crds),
      ...checkGatewayApi(crds),
    ],
  },
  {
    name: "served-apis",
    object: "API versions of the mesh",
    fine: "the API server serves each",
    run: ({ objects }, { unserved }) => checkServedApis(objects, unserved),
  },
  {
    name: "api-versions",
    object: "API versions",
    fine: "no object depends on one that goes",
    run: (_, { apiUses }) => checkRetired(apiUses),
  },
  {
    name: "envoy-filters",
    object: "EnvoyFilters",
    fine: "none is affected",
    run: ({ plan }, { envoyFilters, workloads }) =>
      checkEnvoyFilters(envoyFilters, {
        live: livePlanes(workloads).map(({ version }) => version),
        wished: plan.facts.controlPlanes.map(({ version }) => version),
      }),
  },
  {
    name: "existing-objects",
    object: "existing objects",
    fine: "none is in the way",
    run: checkExisting,
  },
  {
    name: "foreign-entries",
    object: "workloads of the mesh",
    fine: "have no entries of others in their lists",
    run: ({ objects }, { existing }) => foreignEntriesBefore(existing, objects),
  },
  {
    name: "deletions",
    object: "namespaces and objects",
    fine: "none that is needed is being deleted",
    run: checkDeletions,
  },
  {
    name: "lost-options",
    object: "options",
    fine: "none of the cluster's is lost",
    run: checkLostOptions,
  },
  {
    name: "injection-overlap",
    object: "injection",
    fine: "at most one webhook matches any pod",
    run: (wish, live) => [...checkOverlaps(wish, live), ...checkInjectionLabels(wish, live)],
  },
  {
    name: "webhook-service",
    object: "webhooks",
    fine: "somebody answers each of Istio's",
    run: checkWebhookServices,
  },
  {
    name: "network",
    object: "network",
    fine: "the control plane's namespace has the label of its network, if it has one",
    run: ({ plan }, { namespaces }) => checkNetwork(plan, namespaces),
  },
  {
    name: "leftovers",
    object: "older installs",
    fine: "nothing is left of one",
    run: (wish, live) => checkLeftovers(wish, live.leftovers),
  },
  {
    name: "disruption-budgets",
    object: "disruption budgets",
    fine: "none holds up the drain of a node",
    run: checkBudgets,
  },
  {
    name: "autoscalers",
    object: "autoscalers",
    fine: "they fit the pods that run",
    run: checkAutoscalers,
  },
  {
    name: "quotas",
    object: "quotas and LimitRanges",
    fine: "they have room for the pods",
    run: checkQuotas,
  },
  {
    name: "pull-secrets",
    object: "imagePullSecrets",
    fine: "each that is named is there, with an entry for its registry",
    run: checkPullSecrets,
  },
  {
    name: "retired-places",
    object: "images",
    fine: "none comes from a place that Istio retires",
    run: ({ objects }) =>
      retiredImages(listImages(objects).images).map((problem) =>
        fromProblem("retired-places", "warning", "images", problem),
      ),
  },
  {
    name: "pod-security",
    object: "Pod Security admission",
    fine: "no namespace refuses the pods",
    run: checkPodSecurity,
  },
  {
    name: "drain",
    object: "draining",
    fine: "no proxy is killed before it has drained",
    run: checkDrain,
  },
  {
    name: "nodes",
    object: "nodes",
    fine: "at least one is ready",
    run: (_, { nodes }) => checkNodes(nodes),
  },
  { name: "gke", object: "platform", fine: "needs nothing more", run: checkGke },
];

/** What each check found, and `ok` for those that found nothing. */
export function runChecks(wish: Wish, live: LiveState): Finding[] {
  return CHECKS.flatMap(({ name, object, fine, run }): readonly Finding[] => {
    const findings = run(wish, live);
    return findings.length > 0 ? findings : [{ check: name, severity: "ok", object, reason: fine }];
  });
}
