import { stackManager } from "../../mesh/k8s/managers";
import * as pulumi from "../pulumi/sdk";

/** What Pulumi calls the organization of stacks that have none. */
const NO_ORGANIZATION = "organization";

/** `pulumi.runtime.setMocks` takes an organization and does without one; Pulumi then throws. */
function organization(): string {
  try {
    return pulumi.getOrganization();
  } catch {
    return NO_ORGANIZATION;
  }
}

/** The field manager of this stack, or of something in it that has to be told from the rest. */
export function currentManager(...below: readonly string[]): string {
  const parts = [organization(), pulumi.getProject(), pulumi.getStack()];
  return stackManager(...parts, ...below);
}
