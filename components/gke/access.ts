import { homedir } from "node:os";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { getMonitor } from "@pulumi/pulumi/runtime/settings";
import { findCredentials } from "../../adapters/gcp/credentials";
import type { Problem } from "../../mesh/common/problem";
import { checkCredentials, checkProjects } from "../../mesh/gke/access";
import type { GkeInputs } from "../../mesh/model/gkeInputs";
import * as pulumi from "../pulumi/sdk";

/** Only a type token's package counts for the search of a provider. */
const ANY_GCP_TYPE = "gcp:container/cluster:Cluster";

async function credentialProblems(parent: pulumi.Resource): Promise<Problem[]> {
  if (parent.getProvider(ANY_GCP_TYPE) !== undefined) {
    // A provider of the program's own may log in with credentials that only it knows.
    return [];
  }
  const config = {
    credentials: pulumi.config.getConfig("gcp:credentials"),
    accessToken: pulumi.config.getConfig("gcp:accessToken"),
  };
  const { env, platform } = process;
  return checkCredentials(await findCredentials({ env, platform, home: homedir(), config }));
}

/**
 * Returns what keeps a stack from its Google Cloud project: missing credentials, and placeholders in
 * place of the project. In a program's unit tests nothing is asked of Google Cloud, so nothing is
 * missing there.
 */
export async function accessProblems(
  inputs: GkeInputs,
  parent: pulumi.Resource,
): Promise<Problem[]> {
  return getMonitor() instanceof MockMonitor
    ? []
    : [...(await credentialProblems(parent)), ...checkProjects(inputs)];
}
