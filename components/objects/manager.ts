import { stackManager } from "../../mesh/k8s/managers";
import * as pulumi from "../pulumi/sdk";

/** The name that Pulumi uses for the organization of stacks that have none. */
const NO_ORGANIZATION = "organization";

/** Pulumi throws if a test with `pulumi.runtime.setMocks` gives no organization. */
function organization(): string {
  try {
    return pulumi.getOrganization();
  } catch {
    return NO_ORGANIZATION;
  }
}

/** Returns the field manager of this stack, or of one of its parts with a separate manager. */
export function currentManager(...below: readonly string[]): string {
  const parts = [organization(), pulumi.getProject(), pulumi.getStack()];
  return stackManager(...parts, ...below);
}
