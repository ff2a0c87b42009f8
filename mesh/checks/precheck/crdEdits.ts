import { isEmpty } from "../../common/json";
import { diffFields } from "../../diff/fields";
import { crdIstioVersion } from "../../k8s/crd";
import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { applyCrdAgain } from "../crdFix";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { crdPairs } from "./crds";

/** Whether a CRD that is there should be as it is planned: it stays, and is of the same version. */
function isComparable(planned: K8sObject, live: K8sObject): boolean {
  const version = crdIstioVersion(live);
  return (
    version !== "" &&
    version === crdIstioVersion(planned) &&
    getPath(live, "metadata.deletionTimestamp") === undefined
  );
}

/** Fields that are planned and are not so; an empty one is not always written down by the API server. */
function editedFields(planned: K8sObject, live: K8sObject): string[] {
  return diffFields(live.spec ?? {}, planned.spec ?? {})
    .filter(({ from, to }) => to !== undefined && !(isEmpty(from) && isEmpty(to)))
    .map(({ path }) => `spec.${path}`);
}

function checkOne(planned: K8sObject, live: K8sObject): Finding[] {
  const [first, ...others] = isComparable(planned, live) ? editedFields(planned, live) : [];
  if (first === undefined) {
    return [];
  }
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  const reason =
    `is not as Istio ${crdIstioVersion(planned)} has it: ${first}${more}; ` +
    "somebody has changed it, and objects may lose what it does not know";
  const fix = applyCrdAgain(identityOf(planned).name);
  return [findingsOf("crds").warning(objectTitle(planned), reason, fix)];
}

/**
 * CRDs that somebody has changed since they were brought: an update of the same version does not look
 * at them. Not part of the check that holds up an update, since it compares thousands of fields.
 */
export function checkEditedCrds(
  planned: readonly K8sObject[],
  live: readonly K8sObject[],
): Finding[] {
  return crdPairs(planned, live).flatMap((pair) => checkOne(...pair));
}
