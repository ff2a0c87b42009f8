import type { JsonObject } from "../../common/json";
import { isManagedBy } from "../../k8s/managers";
import type { SharedMode } from "../../model/adoptMode";
import { hasMark, isOrphan, owningStacks, stackTitle } from "./marks";
import type { SharedPart } from "./parts";

/**
 * What happens to a shared part in one update:
 *
 * - `register`: the stack declares its objects, like its own objects
 * - `use`: the part exists, and the stack only marks that it uses it
 * - `missing`: the part does not exist, and the stack may not create it
 */
export type Claim =
  | { readonly kind: "register" }
  | { readonly kind: "missing" }
  | {
      readonly kind: "use";
      /** The stack that owns it, as `ORG/PROJECT/STACK`. Absent if no stack owns it. */
      readonly owner?: string;
      /** True if this stack owned it until the owner took it over. */
      readonly taken: boolean;
      /** True if no stack owns it any more. */
      readonly orphan: boolean;
    };

const REGISTER: Claim = { kind: "register" };

function used(live: JsonObject, manager: string): Claim {
  const [owner] = owningStacks(live, manager);
  return {
    kind: "use",
    ...(owner !== undefined && { owner: stackTitle(owner) }),
    taken: hasMark(live, "former", manager),
    orphan: isOrphan(live),
  };
}

/**
 * Decides about a shared part by its anchor object.
 *
 * @param live the object in the cluster; `undefined` if it does not exist
 * @param manager the stack's field manager
 */
export function decideClaim(
  part: SharedPart,
  live: JsonObject | undefined,
  manager: string,
  mode?: SharedMode,
): Claim {
  // A validator only works with the control plane that answers it.
  const useOnly = mode === "use" && part !== "validator";
  if (live === undefined) {
    return useOnly ? { kind: "missing" } : REGISTER;
  }
  if (useOnly) {
    return used(live, manager);
  }
  const ofOthers =
    !isManagedBy(live, manager) && (owningStacks(live, manager).length > 0 || isOrphan(live));
  return ofOthers && mode !== "own" ? used(live, manager) : REGISTER;
}
