import semver from "semver";
import { uniqueBy } from "../../common/lists";
import { describeUsers } from "../../guard/users";
import { labelsOf, REVISION_LABEL, revisionLabel, TAG_LABEL } from "../../k8s/istioLabels";
import { managersOf, STACK_MANAGER } from "../../k8s/managers";
import { identityOf, type K8sObject, type ObjectIdentity, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { MANAGED_REVISIONS } from "../../model/channels";
import { runningVersion } from "../../model/facts";
import { ownerOf } from "../../ownership/owner";
import { remoteRevisions } from "../../snapshot/revisions";
import type { RevisionUser } from "../../snapshot/users";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { precheckOf } from "./define";
import { oldObjects } from "./oldComponents";
import type { DesiredMesh, GoneRevision, LeftoverState } from "./types";

const found = findingsOf("leftovers");

const V1 = "v1";
const RBAC = "rbac.authorization.k8s.io/v1";
const ADMISSION = "admissionregistration.k8s.io/v1";

/** The part of objects' names for a revision. Charts leave it out for the default revision. */
const suffixOf = (revision: string) => (revision === "default" ? "" : `-${revision}`);

/**
 * Every object that Istio's charts since 1.16 make for one control plane, but its Deployment and what
 * they make of it.
 *
 * @example
 * objectsOfRevision({ revision: "1-30-4", namespace: "istio-system" })[0].name // "istiod-1-30-4"
 */
export function objectsOfRevision({ revision, namespace }: GoneRevision): ObjectIdentity[] {
  const suffix = suffixOf(revision);
  const local = (apiVersion: string, kind: string, name: string) => ({
    ...{ apiVersion, kind, namespace, name: `${name}${suffix}` },
  });
  const global = (apiVersion: string, kind: string, name: string) => ({
    ...{ apiVersion, kind, namespace: "", name },
  });
  const roles = ["istiod-clusterrole", "istiod-gateway-controller", "istio-reader-clusterrole"];
  const injector = `istio-sidecar-injector${suffix}`;
  return [
    local(V1, "ServiceAccount", "istiod"),
    local(V1, "Service", "istiod"),
    ...["istio", "istio-sidecar-injector", "values"].map((name) => local(V1, "ConfigMap", name)),
    local(RBAC, "Role", "istiod"),
    local(RBAC, "RoleBinding", "istiod"),
    local("policy/v1", "PodDisruptionBudget", "istiod"),
    local("autoscaling/v2", "HorizontalPodAutoscaler", "istiod"),
    ...roles.flatMap((name) =>
      ["ClusterRole", "ClusterRoleBinding"].map((kind) =>
        global(RBAC, kind, `${name}${suffix}-${namespace}`),
      ),
    ),
    global(
      ADMISSION,
      "MutatingWebhookConfiguration",
      namespace === "istio-system" ? injector : `${injector}-${namespace}`,
    ),
    global(ADMISSION, "ValidatingWebhookConfiguration", `istio-validator${suffix}-${namespace}`),
  ];
}

/** A ClusterRole of istiod has its revision and namespace only in its name. */
const CLUSTER_ROLE = /^istiod-clusterrole-(?:(.+)-)?(istio-system)$/;

/** The revision that an object of Istio's was made for, and where that one's istiod is. */
export function revisionOfObject(object: K8sObject): GoneRevision | undefined {
  const { kind, namespace, name } = identityOf(object);
  if (kind === "ClusterRole") {
    const [, revision = "default", place] = CLUSTER_ROLE.exec(name) ?? [];
    return place === undefined ? undefined : { revision, namespace: place };
  }
  const revision = labelsOf(object)[REVISION_LABEL];
  const webhooks = Array.isArray(object.webhooks) ? object.webhooks : [];
  const service = webhooks.map((webhook) => getPath(webhook, "clientConfig.service.namespace"));
  const place = namespace === "" ? service.find((one) => typeof one === "string") : namespace;
  return revision === undefined || typeof place !== "string"
    ? undefined
    : { revision, namespace: place };
}

const keyOf = ({ revision, namespace }: GoneRevision) => `${namespace}/${revision}`;

/** Whether an object is one that a control plane of its revision has, or a tag that points to it. */
function belongsTo(object: K8sObject, gone: GoneRevision): boolean {
  const { kind, name, namespace } = identityOf(object);
  const isTag =
    kind === "MutatingWebhookConfiguration" && labelsOf(object)[TAG_LABEL] !== undefined;
  const same = (one: ObjectIdentity) =>
    one.kind === kind && one.name === name && one.namespace === namespace;
  return isTag || objectsOfRevision(gone).some(same);
}

/**
 * Returns revisions of which objects exist but no istiod, neither in the cluster nor outside of it.
 *
 * @param labelled objects that may be of a revision
 * @param running revisions with an istiod, as labels have them
 */
export function goneRevisions(
  labelled: readonly K8sObject[],
  running: readonly string[],
): GoneRevision[] {
  const kept = new Set([...running, ...MANAGED_REVISIONS]);
  const services = labelled.filter(({ kind }) => kind === "Service");
  const remote = new Set(remoteRevisions(labelled, services));
  const all = labelled.flatMap((object) => {
    const own = revisionOfObject(object);
    return own !== undefined && belongsTo(object, own) ? [own] : [];
  });
  const gone = all.filter(({ revision }) => !kept.has(revision) && !remote.has(revision));
  return uniqueBy(gone, keyOf);
}

/** Labels that only Istio's charts and installers give to an object. */
const PROOFS: readonly ((labels: Readonly<Record<string, string>>) => boolean)[] = [
  (labels) => labels["app.kubernetes.io/part-of"] === "istio",
  (labels) => labels["operator.istio.io/component"] !== undefined,
  (labels) => labels["install.operator.istio.io/owning-resource"] !== undefined,
  ({ app, release }) =>
    release !== undefined && ["istiod", "istio-reader", "sidecar-injector"].includes(app ?? ""),
];

function isIstios(object: K8sObject): boolean {
  return PROOFS.some((proof) => proof(labelsOf(object)));
}

/** An object that is left, and whether it may be deleted. */
export interface Leftover {
  readonly object: K8sObject;
  readonly reason: string;
  /** What to do about an object that must stay. Absent if `--prune` deletes it. */
  readonly instead?: string;
}

/** Returns why an object must stay for the sake of its owner. */
function ownerObstacle(object: K8sObject, isProven: boolean): string | undefined {
  const { release, title } = ownerOf(object);
  const stack = managersOf(object).find(({ manager }) => manager.startsWith(STACK_MANAGER));
  if (stack !== undefined) {
    return `it is of the Pulumi stack ${stack.manager.slice(STACK_MANAGER.length)}: let that one remove it`;
  }
  if (release !== undefined) {
    return `it is of the ${title}: helm uninstall ${release.name} --namespace ${release.namespace}`;
  }
  return isProven
    ? undefined
    : "it has the name of one of Istio's, but none of the labels of Istio's installers: look at it, and delete it yourself";
}

/** Returns why an object must stay although nothing needs it. */
function obstacle(object: K8sObject, users: readonly RevisionUser[], revision: string) {
  const ofOwner = ownerObstacle(object, isIstios(object));
  return ofOwner === undefined && users.length > 0
    ? `move ${describeUsers(users)} to another revision first: they still name ${revision}`
    : ofOwner;
}

/** Objects of parts that Istio no longer has. */
function ofOldComponents({ old }: LeftoverState, desired: DesiredMesh): Leftover[] {
  return oldObjects(old, desired.plan.primary.namespace).map(
    ({ object, reason, isProven, first }) => {
      const instead = ownerObstacle(object, isProven) ?? first;
      return { object, reason, ...(instead !== undefined && { instead }) };
    },
  );
}

function ofGone({ gone }: LeftoverState, desired: DesiredMesh): Leftover[] {
  const planned = desired.plan.facts.controlPlanes.map(({ revision }) => revisionLabel(revision));
  return gone
    .filter(({ revision }) => !planned.includes(revision))
    .flatMap(({ objects, users, ...own }) =>
      objects
        .filter((object) => belongsTo(object, own) && isOfRevision(object, own.revision))
        .map((object) => {
          const instead = obstacle(object, users, own.revision);
          const reason = `is of the control plane ${own.revision}, which is gone`;
          return { object, reason, ...(instead !== undefined && { instead }) };
        }),
    );
}

/** Charts give ClusterRoles and accounts no label of a revision. */
function isOfRevision(object: K8sObject, revision: string): boolean {
  const own = labelsOf(object)[REVISION_LABEL];
  return own === undefined || own === revision;
}

/** Names of the telemetry filters of Istio before 1.18: one for each version of Envoy. */
const OLD_FILTER =
  /^(?:tcp-)?(?:stats-filter|metadata-exchange|stackdriver-filter)-(1\.\d+)(?:-.*)?$/;

/** Filters for proxies that are older than any that may still be there. */
function oldFilters({ filters }: LeftoverState, desired: DesiredMesh): Leftover[] {
  const versions = desired.plan.facts.controlPlanes.map(runningVersion);
  const oldest = [...versions].filter((one) => semver.valid(one) !== null).sort(semver.compare)[0];
  return filters.flatMap((object) => {
    const [, minor] = OLD_FILTER.exec(identityOf(object).name) ?? [];
    const far =
      minor !== undefined &&
      oldest !== undefined &&
      semver.lt(`${minor}.0`, `1.${semver.minor(oldest) - 2}.0`);
    if (!far) {
      return [];
    }
    const instead = obstacle(object, [], "");
    const reason = `is for the Envoy of Istio ${minor}, which no control plane of the inputs serves any more`;
    return [{ object, reason, ...(instead !== undefined && { instead }) }];
  });
}

const isPlanned = ({ objects }: DesiredMesh, object: K8sObject) =>
  objects.some((planned) => objectTitle(planned) === objectTitle(object));

/**
 * What an older install left behind, and what of it `mesh precheck --prune` deletes. An
 * object is deleted only where all of this holds:
 *
 * - it has kind and name of an object that Istio's charts make for one revision, or it is a tag
 *   that points to that revision, or a telemetry filter of Istio before 1.18, or it is of a part that
 *   Istio no longer has, such as Galley
 * - it has a label that only Istio's installers give (`app.kubernetes.io/part-of: istio`,
 *   `operator.istio.io/component`, `install.operator.istio.io/owning-resource`, or `release` with
 *   an `app` of Istio's)
 * - the cluster has no istiod of that revision, nor one outside that its webhooks call, and no
 *   namespace, workload or proxy names the revision; no proxy asks a pilot from before istiod
 * - it is not among the planned objects, nor of a Pulumi stack, nor of a Helm release
 */
export function leftovers(desired: DesiredMesh, state: LeftoverState): Leftover[] {
  return [
    ...ofGone(state, desired),
    ...oldFilters(state, desired),
    ...ofOldComponents(state, desired),
  ].filter(({ object }) => !isPlanned(desired, object));
}

const PRUNE =
  "the same command with --prune shows what would be deleted, and with --yes deletes it";

/** {@link leftovers} as findings. */
export function checkLeftovers(desired: DesiredMesh, state: LeftoverState): Finding[] {
  return leftovers(desired, state).map(({ object, reason, instead }) =>
    found.warning(objectTitle(object), reason, instead ?? PRUNE),
  );
}

export const oldInstalls = precheckOf({
  id: "leftovers",
  title: "older installs",
  fine: "nothing is left of one",
  needs: ["desired", "leftovers"],
  run: ({ desired, leftovers: left }) => checkLeftovers(desired, left),
});
