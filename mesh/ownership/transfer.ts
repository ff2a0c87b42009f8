import { divide, type FieldPattern, type FieldTree, unite, withoutFields } from "../k8s/fieldTree";
import { isInstaller, type ManagerEntry, managersOf } from "../k8s/managers";
import type { K8sObject } from "../k8s/objects";

/**
 * Fields that stay with who has them, even an installer. Each is written by something that runs, and
 * is left out of what is applied:
 *
 * - the number of pods, which is an autoscaler's; the API server would make it 1 (istio#41481)
 * - the mark of a restart; without it the pods would restart once more
 * - what istiod writes into its webhooks
 */
const LEFT: readonly FieldPattern[] = [
  ["f:spec", "f:replicas"],
  ["f:spec", "f:template", "f:metadata", "f:annotations", "f:kubectl.kubernetes.io/restartedAt"],
  ["f:webhooks", "*", "f:failurePolicy"],
  ["f:webhooks", "*", "f:clientConfig", "f:caBundle"],
];

/** Who takes over, and in which version of the API the object is applied. */
export interface NewOwner {
  readonly manager: string;
  readonly apiVersion: string;
}

/** The field managers of an object once it is taken over. */
export interface Transfer {
  readonly managedFields: readonly ManagerEntry[];
  /** Fields that the new owner has before it applies anything. */
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

/** One manager has one entry, so one version of the API: that of the object, where there is one. */
function sameVersion(entries: readonly ManagerEntry[], owner: NewOwner): ManagerEntry[] {
  const wanted = entries.some(({ apiVersion }) => apiVersion === owner.apiVersion)
    ? owner.apiVersion
    : entries[0]?.apiVersion;
  return entries.filter(({ apiVersion }) => apiVersion === wanted);
}

/**
 * Makes the fields of every installer those of a new owner, as if it had applied them. What it then
 * does not apply goes, and what live controllers own stays (the way of client-go's `csaupgrade`,
 * for any installer).
 *
 * @returns `undefined` when no installer owns anything
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
 * The object that is there after a take-over: what has been applied over it, without the fields that
 * only its installers wanted. The API server still has to fill in defaults.
 *
 * @param applied answer to a dry run of the apply, with its field managers
 */
export function afterTransfer(applied: K8sObject, { taken }: Transfer, owner: NewOwner): K8sObject {
  const kept = managersOf(applied)
    .flatMap((entry) => (isTaken(entry) && !isOwn(entry, owner) ? leftBehind(entry) : [entry]))
    .map(({ fieldsV1 }) => fieldsV1)
    .reduce(unite, {});
  return withoutFields(applied, taken, kept) as K8sObject;
}
