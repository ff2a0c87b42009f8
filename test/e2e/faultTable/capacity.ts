import type { JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { NEW, OLD } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import type { Fault } from "./fault";
import type { Site } from "./site";

const NODE = "/api/v1/nodes/node-1";
const PLACES = "/api/v1/namespaces";

const metadata = (name: string, place = "istio-system") => ({ name, namespace: place });

const newIstiod = { matchLabels: { app: "istiod", "istio.io/rev": NEW } };

function budget(name: string, spec: JsonObject): K8sObject {
  return { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: metadata(name), spec };
}

/** An update that makes pods of both control planes: only such pods need room. */
const withNewPods: Fault["flags"] = {
  precheck: () => ["--set", "components.pilot.k8s.podAnnotations.example=again"],
};

/** Allows none of one pod to go. */
const blocking = budget("keep-istiod", { minAvailable: 1, selector: newIstiod });

const twoBudgets = [1, 2].map((number) =>
  budget(`keep-${number}`, { maxUnavailable: 1, selector: newIstiod }),
);

const quota: K8sObject = {
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: metadata("small"),
  spec: { hard: { pods: "2" } },
};

const range: K8sObject = {
  apiVersion: "v1",
  kind: "LimitRange",
  metadata: metadata("large"),
  spec: { limits: [{ type: "Container", min: { cpu: "100m" } }] },
};

const rival: K8sObject = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: metadata("mine"),
  spec: {
    minReplicas: 1,
    maxReplicas: 1,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: `istiod-${OLD}` },
    metrics: [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
      },
    ],
  },
};

const level = (name: string, value: string | null) => (site: Site) =>
  site.merge(`${PLACES}/${name}`, {
    metadata: { labels: { "pod-security.kubernetes.io/enforce": value } },
  });

async function removeAll({ live }: Site, objects: readonly K8sObject[]): Promise<void> {
  for (const object of objects) {
    await live.remove(object);
  }
}

/** What keeps pods from being made, moved or counted. */
export const capacityFaults: readonly Fault[] = [
  {
    title: "a disruption budget that lets no pod go",
    seed: async (site) => {
      await site.live.apply(blocking);
      const path = "/apis/policy/v1/namespaces/istio-system/poddisruptionbudgets/keep-istiod";
      await site.untilAt(path, "status.expectedPods", (count) => count === 1);
      await site.untilAt(path, "status.currentHealthy", (count) => count === 1);
    },
    expected: [
      {
        by: "precheck",
        check: "disruption-budgets",
        severity: "warning",
        object: /^PodDisruptionBudget istio-system\/keep-istiod$/,
        reason: pattern`lets none of the 1 pod of Deployment istio-system/istiod-${NEW} be evicted`,
        fix: /kubectl -n istio-system patch pdb keep-istiod/,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: (site) => removeAll(site, [blocking]),
  },
  {
    title: "two disruption budgets for the same pods",
    seed: async ({ live }) => {
      for (const each of twoBudgets) {
        await live.apply(each);
      }
    },
    expected: [
      {
        by: "precheck",
        check: "disruption-budgets",
        severity: "warning",
        object: pattern`^Deployment istio-system/istiod-${NEW}$`,
        reason: /more than one PodDisruptionBudget/,
        fix: /^leave one: kubectl -n istio-system delete pdb keep-[12]$/,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: (site) => removeAll(site, twoBudgets),
  },
  {
    title: "a quota without room for the update's pods",
    seed: async (site) => {
      await site.live.apply(quota);
      const path = `${PLACES}/istio-system/resourcequotas/small`;
      await site.untilAt(path, "status.used", (used) => (used as JsonObject | null)?.pods === "2");
    },
    expected: [
      {
        by: "precheck",
        check: "quotas",
        severity: "error",
        object: /^ResourceQuota istio-system\/small$/,
        reason: /has 0 pods left, and the new pods need 2/,
        fix: /^raise pods by 2 at least: kubectl -n istio-system patch resourcequota small/,
      },
    ],
    flags: withNewPods,
    follow: { kind: "kubectl", of: 0 },
    undo: (site) => removeAll(site, [quota]),
  },
  {
    title: "a LimitRange that refuses istiod's small request",
    seed: ({ live }) => live.apply(range),
    expected: [
      {
        by: "precheck",
        check: "quotas",
        severity: "error",
        object: /^LimitRange istio-system\/large$/,
        reason:
          /the container discovery of Deployment istio-system\/istiod-1-\d+-\d asks for 50m cpu, below the least that is allowed \(100m\)/,
        fix: /^allow 50m cpu: kubectl -n istio-system patch limitrange large --type=json/,
        several: true,
      },
    ],
    flags: withNewPods,
    follow: { kind: "kubectl", of: 0 },
    undo: (site) => removeAll(site, [range]),
  },
  {
    title: "somebody else's autoscaler beside the mesh's own",
    seed: ({ live }) => live.apply(rival),
    expected: [
      {
        by: "precheck",
        check: "autoscalers",
        severity: "error",
        object: /^HorizontalPodAutoscaler istio-system\/mine$/,
        reason: pattern`scales Deployment istio-system/istiod-${OLD} too, against the mesh's own autoscaler`,
        fix: /^kubectl -n istio-system delete hpa mine$/,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: (site) => removeAll(site, [rival]),
  },
  {
    title: "the node takes no pods",
    seed: (site) => site.merge(NODE, { spec: { unschedulable: true } }),
    expected: [
      {
        by: "precheck",
        check: "nodes",
        severity: "warning",
        object: /^nodes$/,
        reason: /none of 1 is ready and takes pods/,
        fix: /kubectl uncordon node-1$/,
      },
    ],
    // Its images are those of a node to come, of which the registry has to be asked.
    flags: { precheck: () => ["--no-images"] },
    follow: { kind: "kubectl", of: 0 },
    undo: (site) => site.merge(NODE, { spec: { unschedulable: null } }),
  },
  {
    title: "a namespace whose Pod Security level refuses proxies' init containers",
    seed: level("meshed", "restricted"),
    expected: [
      {
        by: "precheck",
        check: "pod-security",
        severity: "error",
        object: /^Namespace meshed$/,
        reason: /refuses the init container of a proxy, which needs NET_ADMIN/,
        fix: /kubectl label namespace meshed pod-security\.kubernetes\.io\/enforce=privileged --overwrite$/,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: level("meshed", null),
  },
];
