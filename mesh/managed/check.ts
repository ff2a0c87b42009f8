import type { ManagedInputs } from "../model/managedInputs";
import { checkInputs, type InputProblem } from "../schema/checkInputs";

/** Fields of the resource. With automatic management, the fleet creates that resource itself. */
const OF_RESOURCE = ["dataPlane", "cni"] as const;

function checkProvisioning(inputs: ManagedInputs): InputProblem[] {
  return inputs.provisioning === "resource"
    ? []
    : OF_RESOURCE.filter((field) => inputs[field] !== undefined).map((field) => ({
        path: `managed.${field}`,
        value: inputs[field],
        reason: "is of the ControlPlaneRevision, which the fleet makes here",
        fix: "write `provisioning: resource`, or leave it out",
      }));
}

function checkTimeout({ timeoutSeconds = 600 }: ManagedInputs): InputProblem[] {
  const allowed = "seconds above 0";
  return timeoutSeconds > 0
    ? []
    : [
        {
          path: "managed.timeoutSeconds",
          value: timeoutSeconds,
          reason: "is not a duration",
          allowed,
        },
      ];
}

/**
 * Returns everything that is wrong with the inputs of a managed control plane. Accepts data of any
 * shape.
 */
export function checkManaged(inputs: ManagedInputs | undefined): InputProblem[] {
  if (inputs === undefined) {
    return [];
  }
  const misfits = checkInputs("ManagedInputs", inputs, "managed");
  return misfits.length > 0 ? misfits : [...checkProvisioning(inputs), ...checkTimeout(inputs)];
}
