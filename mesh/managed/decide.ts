import { isObject, type JsonObject } from "../common/json";
import { type Decision, fail, OK, wait } from "../guard/decision";
import { injectionWebhooks } from "../injection/webhooks";
import { getPath } from "../k8s/path";
import { MANAGED_CRD } from "./objects";

/** What a cluster has of a managed control plane at one moment. */
export interface ManagedState {
  /** The CRD of Google's resource. */
  readonly crd: JsonObject | undefined;
  /** The resource itself. */
  readonly revision: JsonObject | undefined;
  /** Every MutatingWebhookConfiguration. */
  readonly webhooks: readonly JsonObject[];
}

interface Condition {
  readonly status: string;
  readonly text: string;
}

function conditions(object: JsonObject | undefined): Map<string, Condition> {
  const all = object === undefined ? undefined : getPath(object, "status.conditions");
  const items = Array.isArray(all) ? all.filter(isObject) : [];
  return new Map(
    items.map(({ type, status, reason, message }) => [
      String(type),
      { status: String(status), text: [reason, message].filter(Boolean).join(": ") },
    ]),
  );
}

/**
 * Google's controllers install the CRD once the cluster is a fleet member with the mesh feature.
 */
export function decideCrd({ crd }: Pick<ManagedState, "crd">): Decision {
  return conditions(crd).get("Established")?.status === "True"
    ? OK
    : wait(
        `the CRD ${MANAGED_CRD} is not there yet; Google brings it to clusters of a fleet whose mesh feature is enabled`,
      );
}

/**
 * Decides whether a managed control plane serves: Google has provisioned it, and its webhook
 * exists.
 *
 * @param name the revision
 */
export function decideManaged({ revision, webhooks }: ManagedState, name: string): Decision {
  if (revision === undefined) {
    return wait(`the ControlPlaneRevision ${name} is not there yet`);
  }
  const found = conditions(revision);
  const stalled = found.get("Stalled");
  if (stalled?.status === "True") {
    const fix = "gcloud container fleet mesh describe says more; fix that, then update again";
    return fail(`Google cannot provision ${name}: ${stalled.text}`, fix);
  }
  const provisioned = found.get("ProvisioningFinished") ?? found.get("Reconciled");
  if (provisioned?.status !== "True") {
    const more =
      provisioned === undefined || provisioned.text === "" ? "" : ` (${provisioned.text})`;
    return wait(`Google has not provisioned ${name} yet${more}`);
  }
  return injectionWebhooks(webhooks).some((webhook) => webhook.revision === name)
    ? OK
    : wait(`the injection webhook of ${name} is not there yet`);
}
