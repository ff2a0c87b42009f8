import { groupBy } from "../../common/lists";
import { STACK_MANAGER, stackManagersOf } from "../../k8s/managers";
import { isCrd, objectTitle } from "../../k8s/objects";
import { nameOf } from "../../k8s/workload";
import { type Adoption, decideAdoption } from "../../ownership/decide";
import { ownerOf } from "../../ownership/owner";
import { decideClaim } from "../../ownership/shared/claim";
import { anchorName, isAnchor, sharedPart } from "../../ownership/shared/parts";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { precheckOf } from "./define";
import { ownManager } from "./ownStack";
import type { DesiredMesh, Existing, LiveState } from "./types";

/** The parts of the cluster that the check needs. */
type Live = Pick<LiveState, "existing" | "namespaces">;

const found = findingsOf("existing-objects");

function fixFor(kind: string): string {
  const mode = kind === "Namespace" ? "namespaces" : "all";
  const effect = mode === "namespaces" ? "uses it as it is" : "takes it over";
  return `pulumi config set mesh:adopt ${mode} ${effect}; or delete it first`;
}

/** Returns namespaces that the stack only labels. They have another owner and must exist. */
function onlyLabelled({ plan }: DesiredMesh): string[] {
  return plan.namespaces.filter(({ create }) => create !== true).map(({ name }) => name);
}

function missing(desired: DesiredMesh, live: Live): Finding[] {
  const there = live.namespaces.map(nameOf);
  return onlyLabelled(desired)
    .filter((name) => !there.includes(name))
    .map((name) =>
      found.error(
        `Namespace ${name}`,
        "does not exist, and the inputs only label it",
        `kubectl create namespace ${name}, or have the stack make it (create: true)`,
      ),
    );
}

/** Returns whether the stack would only use the part that an object belongs to. */
function isUsed({ planned }: Existing, { shared, stack }: DesiredMesh, live: Live): boolean {
  const part = sharedPart(planned);
  const own = live.existing.find(
    (other) =>
      part !== undefined &&
      sharedPart(other.planned) === part &&
      isAnchor(other.planned, part) &&
      (anchorName(part) !== undefined || objectTitle(other.planned) === objectTitle(planned)),
  );
  return (
    part !== undefined &&
    own !== undefined &&
    decideClaim(part, own.live, ownManager(own.live, stack) ?? "", shared).kind === "use"
  );
}

function adoptionOf(one: Existing, { adopt, shared, stack }: DesiredMesh): Adoption {
  const takes = shared === "own" && sharedPart(one.planned) !== undefined;
  return decideAdoption(one.live, ownManager(one.live, stack) ?? "", adopt, takes);
}

/** Objects of other owners that the update would not change. */
function foreign(desired: DesiredMesh, live: Live): Finding[] {
  const labelled = onlyLabelled(desired).map((name) => `Namespace ${name}`);
  const others = live.existing.filter(
    ({ planned }) => !isCrd(planned) && !labelled.includes(objectTitle(planned)),
  );
  return others
    .filter((one) => adoptionOf(one, desired) === "refuse" && !isUsed(one, desired, live))
    .map(({ live: own }) =>
      found.error(
        objectTitle(own),
        `exists already, and is not the stack's: installed by ${ownerOf(own).title}`,
        fixFor(own.kind),
      ),
    );
}

/** Without a stack's name, objects of any stack are taken for the mesh's own. */
function taken({ stack }: DesiredMesh, { existing }: Live): Finding[] {
  const managers = stack === undefined ? existing.flatMap(({ live }) => stackManagersOf(live)) : [];
  return [...groupBy(managers, (manager) => manager)].map(([manager, own]) => {
    const name = manager.slice(STACK_MANAGER.length);
    const reason = `${own.length} of the objects exist and are its own; --stack says whether it is this one`;
    return found.info(`Pulumi stack ${name}`, reason);
  });
}

/**
 * Objects that exist before the update and that are not the stack's, and namespaces that
 * should exist.
 */
export function checkExisting(desired: DesiredMesh, live: Live): Finding[] {
  return [...missing(desired, live), ...foreign(desired, live), ...taken(desired, live)];
}

export const existingObjects = precheckOf({
  id: "existing-objects",
  title: "existing objects",
  fine: "none is in the way",
  needs: ["desired", "existing", "namespaces"],
  run: ({ desired, ...live }) => checkExisting(desired, live),
});
