import { divide, type FieldPattern, type FieldTree, unite, withoutFields } from "../k8s/fieldTree";
import { isInstaller, type ManagerEntry, managersOf } from "../k8s/managers";
import type { K8sObject } from "../k8s/objects";

/**
 * Fields that a take-over leaves with their owner, even an installer. Running components write
 * each of them, and this package does not apply them:
 *
 * - the number of pods, which an autoscaler sets; the API server would reset it to 1 (istio#41481)
 * - the annotation of a restart; without it the pods would restart once more
 * - what istiod writes into its webhooks
 */
const LEFT: readonly FieldPattern[] = [
  ["f:spec", "f:replicas"],
  ["f:spec", "f:template", "f:metadata", "f:annotations", "f:kubectl.kubernetes.io/restartedAt"],
  ["f:webhooks", "*", "f:failurePolicy"],
  ["f:webhooks", "*", "f:clientConfig", "f:caBundle"],
];

/** Who takes over, and with which API version the object is applied. */
export interface NewOwner {
  readonly manager: string;
  readonly apiVersion: string;
}

/** The field managers of an object after it is taken over. */
export interface Transfer {
  readonly managedFields: readonly ManagerEntry[];
  /** The fields that the new owner has before it applies anything. */
  readonly taken: FieldTree;
}

function isOwn(entry: ManagerEntry, { manager }: NewOwner): boolean {
  return entry.manager === manager && entry.operation === "Apply";
}

function isTaken(entry: ManagerEntry): boolean {
  return isInstaller(entry.manager) && entry.subresource === undefined;
}

function leftBehind(entry: ManagerEntry): ManagerEntry[] {
  const { named } = divide(entry.fieldsV1, LEFT);
  return Object.keys(named).length === 0 ? [] : [{ ...entry, fieldsV1: named }];
}

/** Each manager gets one entry, and so one API version: that of the object, if there is one. */
function sameVersion(entries: readonly ManagerEntry[], owner: NewOwner): ManagerEntry[] {
  const wanted = entries.some(({ apiVersion }) => apiVersion === owner.apiVersion)
    ? owner.apiVersion
    : entries[0]?.apiVersion;
  return entries.filter(({ apiVersion }) => apiVersion === wanted);
}

/**
 * Gives the fields of every installer to a new owner, as if it had applied them. Fields that it
 * then does not apply are removed, and fields of running controllers stay. client-go's
 * `csaupgrade` works the same way for one installer.
 *
 * @returns `undefined` if no installer owns anything
 */
export function transferFields(
  entries: readonly ManagerEntry[],
  owner: NewOwner,
): Transfer | undefined {
  const installers = entries.filter((entry) => isTaken(entry) && !isOwn(entry, owner));
  const [newest] = installers;
  if (newest === undefined) {
    return undefined;
  }
  const merged = sameVersion([...entries.filter((e) => isOwn(e, owner)), ...installers], owner);
  const taken = merged.map(({ fieldsV1 }) => divide(fieldsV1, LEFT).rest).reduce(unite, {});
  const own: ManagerEntry = {
    ...(merged[0] ?? newest),
    manager: owner.manager,
    operation: "Apply",
    fieldsV1: taken,
  };
  const others = entries.filter((entry) => !isTaken(entry) && !isOwn(entry, owner));
  return { managedFields: [own, ...others, ...installers.flatMap(leftBehind)], taken };
}

/**
 * Returns the object after a take-over: what was applied, without the fields that only its
 * installers set. The API server still has to fill in defaults.
 *
 * @param applied the answer to a dry run of the apply, with its field managers
 */
export function afterTransfer(applied: K8sObject, { taken }: Transfer, owner: NewOwner): K8sObject {
  const kept = managersOf(applied)
    .flatMap((entry) => (isTaken(entry) && !isOwn(entry, owner) ? leftBehind(entry) : [entry]))
    .map(({ fieldsV1 }) => fieldsV1)
    .reduce(unite, {});
  return withoutFields(applied, taken, kept) as K8sObject;
}
