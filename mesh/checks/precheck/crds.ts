import { crdIstioVersion, isCrdDowngrade } from "../../k8s/crd";
import { isCrd, type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { listAt, nameOf } from "../../k8s/workload";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";

const found = findingsOf("crds");

function versionsOf(crd: K8sObject): string[] {
  return listAt(crd, "spec.versions").map(({ name }) => String(name));
}

function storageVersion(crd: K8sObject): string {
  return String(listAt(crd, "spec.versions").find(({ storage }) => storage === true)?.name ?? "");
}

/** Versions that objects may be kept in, and that the planned CRD does not know. */
function lostStored(planned: K8sObject, live: K8sObject): string[] {
  const stored = getPath(live, "status.storedVersions");
  const known = versionsOf(planned);
  return (Array.isArray(stored) ? stored.map(String) : []).filter((name) => !known.includes(name));
}

/** The version to keep objects in: the planned one, where the cluster serves it already. */
function migrationFix(planned: K8sObject, live: K8sObject): string {
  const name = nameOf(live);
  const next = versionsOf(live).includes(storageVersion(planned))
    ? storageVersion(planned)
    : storageVersion(live);
  const status = JSON.stringify({ status: { storedVersions: [next] } });
  const store =
    next === storageVersion(live) ? "" : `make ${next} its storage version in the CRD, then `;
  return (
    `${store}write every object once more (kubectl get ${name} -A -o json | kubectl replace -f -), then ` +
    `kubectl patch crd ${name} --subresource=status --type=merge -p '${status}'`
  );
}

/** The planned CRDs that the cluster has, each with the one that is there. */
export function crdPairs(
  planned: readonly K8sObject[],
  live: readonly K8sObject[],
): (readonly [planned: K8sObject, live: K8sObject])[] {
  const byName = new Map(live.map((crd) => [nameOf(crd), crd]));
  return planned.filter(isCrd).flatMap((crd) => {
    const own = byName.get(nameOf(crd));
    return own === undefined ? [] : [[crd, own] as const];
  });
}

function checkOne(planned: K8sObject, live: K8sObject): Finding[] {
  const title = objectTitle(planned);
  if (getPath(live, "metadata.deletionTimestamp") !== undefined) {
    const reason = "is being deleted, and with it every object of its kind";
    const fix = `wait until it is gone; what holds it: kubectl get ${nameOf(live)} -A`;
    return [found.error(title, reason, fix)];
  }
  const [has, brings] = [crdIstioVersion(live), crdIstioVersion(planned)];
  if (isCrdDowngrade(has, brings)) {
    const reason = `is of Istio ${has}, newer than ${brings}: it stays as it is, and an older control plane works with it`;
    return [found.info(title, reason)];
  }
  return lostStored(planned, live).map((version) =>
    found.error(
      title,
      `objects may be stored in ${version}, which the CRD of Istio ${brings} no longer has; the API server would refuse it`,
      migrationFix(planned, live),
    ),
  );
}

/**
 * Istio's CRDs in the cluster against those that are planned: a stored version that would go, one
 * that is being deleted, or one that is newer.
 *
 * @param planned all planned objects; those that are no CRDs are passed over
 */
export function checkCrds(planned: readonly K8sObject[], live: readonly K8sObject[]): Finding[] {
  return crdPairs(planned, live).flatMap((pair) => checkOne(...pair));
}
