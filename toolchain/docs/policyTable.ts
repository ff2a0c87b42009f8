import { MESH_POLICIES } from "../../mesh/checks/policy/policies";
import { cell, codeCell, table } from "./markdown";

/** Lists the policies of the policy pack. */
export function policyTable(): string {
  const rows = MESH_POLICIES.map(({ name, level, description, settings = [] }) => [
    codeCell(name),
    level,
    cell(description),
    settings.map(codeCell).join(", "),
  ]);
  return table(["policy", "level", "demands", "settings"], rows);
}
