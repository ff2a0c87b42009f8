import { isObject, type JsonObject } from "../common/json";
import { resourcesIn } from "../plan/recordedMesh";

/** Where an upgrade stands by the state of a stack. */
export interface RecordedUpgrade {
  readonly to: string;
  readonly stage: string;
}

const PLAN_TYPE = "servicemesh:index:Plan";

/**
 * Returns the stage of the last update of a mesh, which its facts in the state have.
 *
 * @param state what `pulumi stack export` prints
 * @param mesh the name of the `ServiceMesh`; if it is left out, the only one that is in an upgrade
 * @returns `undefined` if the last update was in no upgrade
 * @example recordedUpgrade(state, "mesh") // { to: "1.31.0", stage: "gateway-web-10" }
 */
export function recordedUpgrade(state: JsonObject, mesh?: string): RecordedUpgrade | undefined {
  const records = resourcesIn(state).filter(
    ({ type, urn }) =>
      type === PLAN_TYPE && (mesh === undefined || String(urn).endsWith(`::${mesh}-plan`)),
  );
  const [found] = records.flatMap(({ inputs }) =>
    isObject(inputs) && isObject(inputs.upgrade) ? [inputs.upgrade] : [],
  );
  return found === undefined ? undefined : { to: String(found.to), stage: String(found.stage) };
}
