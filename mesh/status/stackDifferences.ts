import { planGateway } from "../gateway/plan";
import { revisionLabel } from "../k8s/istioLabels";
import { gatewayTitle, type MeshFacts, runningVersion } from "../model/facts";
import type { GatewayStatus, MeshStatus, Pending, StackState } from "./types";

type Live = Pick<MeshStatus, "revisions" | "tags" | "gateways" | "namespaces" | "unread">;

const UP = "pulumi up";

function differs(object: string, reason: string, more: Partial<Pending> = {}): Pending {
  return { check: "stack", severity: "info", object, reason, fix: UP, ...more };
}

function planeDifferences(desired: MeshFacts, { revisions }: Live): Pending[] {
  const live = new Map(revisions.map((one) => [one.name, one]));
  return desired.controlPlanes.flatMap((plane) => {
    const version = runningVersion(plane);
    const name = revisionLabel(plane.revision);
    const found = live.get(name);
    const object = `revision ${name}`;
    if (found?.kind !== "istiod") {
      return [
        differs(object, `the stack has it (Istio ${version}), and the cluster does not yet`, {
          revisions: [name],
        }),
      ];
    }
    return found.version === undefined || found.version === version
      ? []
      : [
          differs(object, `runs Istio ${found.version}; the stack has ${version}`, {
            revisions: [name],
          }),
        ];
  });
}

/** Returns control planes of the cluster that the stack does not have. */
function leftPlanes(desired: MeshFacts, { revisions }: Live): Pending[] {
  const names = desired.controlPlanes.map(({ revision }) => revisionLabel(revision));
  return revisions
    .filter(({ kind, name }) => kind === "istiod" && !names.includes(name))
    .map(({ name }) =>
      differs(`revision ${name}`, "is in the cluster, and not in the stack", {
        revisions: [name],
        fix: `${UP}, if the stack has made it; otherwise somebody else has`,
      }),
    );
}

function tagDifferences(desired: MeshFacts, { tags }: Live): Pending[] {
  const live = new Map(tags.map(({ name, revision }) => [name, revision]));
  return Object.entries(desired.tags).flatMap(([tag, target]) => {
    const revision = revisionLabel(target);
    const now = live.get(tag);
    const where = now === undefined ? "is not there yet" : `points to ${now}`;
    return now === revision
      ? []
      : [
          differs(`tag ${tag}`, `${where}; the stack has it on ${revision}`, {
            revisions: [revision, ...(now === undefined ? [] : [now])],
          }),
        ];
  });
}

function deploymentDifferences(desired: MeshFacts["gateways"][number], live: GatewayStatus) {
  const there = live.revisions.map(({ deployment }) => deployment);
  const plans = planGateway(desired.inputs).revisions;
  const planned = plans.map(({ deployment }) => deployment);
  const object = `gateway ${gatewayTitle(desired)}`;
  const { namespace } = desired;
  const missing = plans.filter(({ deployment }) => !there.includes(deployment));
  const left = live.revisions.filter(({ deployment }) => !planned.includes(deployment));
  return [
    ...missing.map(({ revision, wishedPercent }) =>
      differs(
        object,
        `the stack has revision ${revision} (${wishedPercent} %), and the cluster not yet`,
        { namespace, revisions: [revision] },
      ),
    ),
    ...left.map(({ revision, deployment }) =>
      differs(
        object,
        `Deployment ${deployment} of revision ${revision} is there, and not in the stack`,
        { namespace, revisions: [revision] },
      ),
    ),
  ];
}

function gatewayDifferences(desired: MeshFacts, { gateways }: Live): Pending[] {
  return desired.gateways.flatMap((gateway) => {
    const live = gateways.find((one) => gatewayTitle(one) === gatewayTitle(gateway));
    return live === undefined
      ? [
          differs(
            `gateway ${gatewayTitle(gateway)}`,
            "the stack has it, and the cluster does not yet",
            {
              namespace: gateway.namespace,
            },
          ),
        ]
      : deploymentDifferences(gateway, live);
  });
}

function namespaceDifferences(desired: MeshFacts, { namespaces }: Live): Pending[] {
  return desired.namespaces.flatMap(({ name, revision }) => {
    const live = namespaces.find((one) => one.name === name);
    const label = live?.label ?? "no label";
    const isSo =
      label === `istio.io/rev=${revision}` ||
      (revision === "default" && label === "istio-injection=enabled");
    return isSo
      ? []
      : [
          differs(`Namespace ${name}`, `has ${label}; the stack has it on ${revision}`, {
            namespace: name,
            revisions: [revision, ...(live?.revision === undefined ? [] : [live.revision])],
          }),
        ];
  });
}

/** Returns where the cluster differs from a stack, because an update was not run or not finished. */
export function differences(desired: MeshFacts, live: Live): Pending[] {
  const unread = new Set(live.unread.map(({ list }) => list));
  const has = (...lists: readonly MeshStatus["unread"][number]["list"][]) =>
    !lists.some((list) => unread.has(list));
  return [
    ...(has("deployments")
      ? [
          ...planeDifferences(desired, live),
          ...leftPlanes(desired, live),
          ...gatewayDifferences(desired, live),
        ]
      : []),
    ...(has("mutatingWebhooks") ? tagDifferences(desired, live) : []),
    ...(has("namespaces") ? namespaceDifferences(desired, live) : []),
  ];
}

/** Returns an update that runs or was killed. */
export function stackPending({ stack, lock, pendingOperations }: StackState): Pending[] {
  const object = `stack ${stack}`;
  const [first] = pendingOperations;
  return [
    ...(lock === undefined
      ? []
      : [
          {
            check: "stack-lock",
            severity: "info" as const,
            object,
            reason: `is locked by ${lock.by}${lock.since === undefined ? "" : ` since ${lock.since}`}: an update runs, or was killed`,
            fix: `wait for it; if it was killed: pulumi cancel --stack ${stack}, then ${UP}`,
          },
        ]),
    ...(first === undefined
      ? []
      : [
          {
            check: "stack-operations",
            severity: "warning" as const,
            object,
            reason: `an update ended in the middle of ${first}${pendingOperations.length > 1 ? ` and ${pendingOperations.length - 1} more` : ""}`,
            fix: `${UP}; pulumi says what to do with each`,
          },
        ]),
  ];
}
