import type { JsonObject } from "../../common/json";
import { isManagedBy } from "../../k8s/managers";
import type { SharedMode } from "../../model/adoptMode";
import { hasMark, isOrphan, owningStacks, stackTitle } from "./marks";
import type { SharedPart } from "./parts";

/**
 * What becomes of a shared part in one update:
 *
 * - `register`: the stack declares its objects, as it does with its own
 * - `use`: it is there, and the stack only leaves its mark
 * - `missing`: the stack may not create it
 */
export type Claim =
  | { readonly kind: "register" }
  | { readonly kind: "missing" }
  | {
      readonly kind: "use";
      /** The stack that owns it, as `ORG/PROJECT/STACK`; absent where none does. */
      readonly owner?: string;
      /** The stack owned it until the owner took it over. */
      readonly taken: boolean;
      /** No stack owns it any more. */
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
 * Decides on a shared part by the object that stands for it.
 *
 * @param live the object in the cluster; `undefined` where there is none
 * @param manager the stack's field manager
 */
export function decideClaim(
  part: SharedPart,
  live: JsonObject | undefined,
  manager: string,
  mode?: SharedMode,
): Claim {
  // A validator is only as good as the control plane that answers it.
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
