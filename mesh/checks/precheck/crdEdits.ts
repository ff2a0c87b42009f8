import { isEmpty } from "../../common/json";
import { diffFields } from "../../diff/fields";
import { crdIstioVersion } from "../../k8s/crd";
import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { applyCrdAgain } from "../crdFix";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { crdPairs } from "./crds";

/** Whether a CRD that is there should be as it is wished: it stays, and is of the same version. */
function isComparable(wished: K8sObject, live: K8sObject): boolean {
  const version = crdIstioVersion(live);
  return (
    version !== "" &&
    version === crdIstioVersion(wished) &&
    getPath(live, "metadata.deletionTimestamp") === undefined
  );
}

/** Fields that are wished and are not so; an empty one is not always written down by the API server. */
function editedFields(wished: K8sObject, live: K8sObject): string[] {
  return diffFields(live.spec ?? {}, wished.spec ?? {})
    .filter(({ from, to }) => to !== undefined && !(isEmpty(from) && isEmpty(to)))
    .map(({ path }) => `spec.${path}`);
}

function checkOne(wished: K8sObject, live: K8sObject): Finding[] {
  const [first, ...others] = isComparable(wished, live) ? editedFields(wished, live) : [];
  if (first === undefined) {
    return [];
  }
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  const reason =
    `is not as Istio ${crdIstioVersion(wished)} has it: ${first}${more}; ` +
    "somebody has changed it, and objects may lose what it does not know";
  const fix = applyCrdAgain(identityOf(wished).name);
  return [findingsOf("crds").warning(objectTitle(wished), reason, fix)];
}

/**
 * CRDs that somebody has changed since they were brought: an update of the same version does not look
 * at them. Not part of the check that holds up an update, since it compares thousands of fields.
 */
export function checkEditedCrds(
  wished: readonly K8sObject[],
  live: readonly K8sObject[],
): Finding[] {
  return crdPairs(wished, live).flatMap((pair) => checkOne(...pair));
}
