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
import type { Existing, LiveState, Wish } from "./types";

/** What the cluster has that is looked at here. */
type Live = Pick<LiveState, "existing" | "namespaces">;

const found = findingsOf("existing-objects");

function fixFor(kind: string): string {
  const mode = kind === "Namespace" ? "namespaces" : "all";
  const effect = mode === "namespaces" ? "uses it as it is" : "takes it over";
  return `pulumi config set mesh:adopt ${mode} ${effect}; or delete it first`;
}

/** Namespaces that the stack only labels: they are somebody else's, and have to be there. */
function onlyLabelled({ plan }: Wish): string[] {
  return plan.namespaces.filter(({ create }) => create !== true).map(({ name }) => name);
}

function missing(wish: Wish, live: Live): Finding[] {
  const there = live.namespaces.map(nameOf);
  return onlyLabelled(wish)
    .filter((name) => !there.includes(name))
    .map((name) =>
      found.error(
        `Namespace ${name}`,
        "does not exist, and the inputs only label it",
        `kubectl create namespace ${name}, or have the stack make it (create: true)`,
      ),
    );
}

/** Whether the stack would only use the part that an object belongs to. */
function isUsed({ wished }: Existing, { shared, stack }: Wish, live: Live): boolean {
  const part = sharedPart(wished);
  const own = live.existing.find(
    (other) =>
      part !== undefined &&
      sharedPart(other.wished) === part &&
      isAnchor(other.wished, part) &&
      (anchorName(part) !== undefined || objectTitle(other.wished) === objectTitle(wished)),
  );
  return (
    part !== undefined &&
    own !== undefined &&
    decideClaim(part, own.live, ownManager(own.live, stack) ?? "", shared).kind === "use"
  );
}

function adoptionOf(one: Existing, { adopt, shared, stack }: Wish): Adoption {
  const takes = shared === "own" && sharedPart(one.wished) !== undefined;
  return decideAdoption(one.live, ownManager(one.live, stack) ?? "", adopt, takes);
}

/** Objects of others that the update would refuse to touch. */
function foreign(wish: Wish, live: Live): Finding[] {
  const labelled = onlyLabelled(wish).map((name) => `Namespace ${name}`);
  const others = live.existing.filter(
    ({ wished }) => !isCrd(wished) && !labelled.includes(objectTitle(wished)),
  );
  return others
    .filter((one) => adoptionOf(one, wish) === "refuse" && !isUsed(one, wish, live))
    .map(({ live: own }) =>
      found.error(
        objectTitle(own),
        `exists already, and is not the stack's: installed by ${ownerOf(own).title}`,
        fixFor(own.kind),
      ),
    );
}

/** Without a stack's name, whatever a stack has applied is taken for the mesh's own. */
function taken({ stack }: Wish, { existing }: Live): Finding[] {
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
export function checkExisting(wish: Wish, live: Live): Finding[] {
  return [...missing(wish, live), ...foreign(wish, live), ...taken(wish, live)];
}

export const existingObjects = precheckOf({
  id: "existing-objects",
  title: "existing objects",
  fine: "none is in the way",
  needs: ["wish", "existing", "namespaces"],
  run: ({ wish, ...live }) => checkExisting(wish, live),
});
