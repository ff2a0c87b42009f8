import type { DesiredMesh } from "../../mesh/checks/precheck/types";
import { servicesCalled } from "../../mesh/checks/precheck/webhookServices";
import { failedCall, webhookFailureText } from "../../mesh/checks/webhookFailure";
import { calledServices } from "../checks/precheck/calledServices";
import { Reader } from "../checks/precheck/reader";
import { readWebhooks } from "../checks/precheck/state";
import type { Cluster } from "../cluster/cluster";

/**
 * Returns which webhook made the API server refuse something, and what to do.
 *
 * @param message the API server's error, or a text that contains it
 * @returns `undefined` if no webhook caused the error, or the cluster cannot be read
 */
export async function explainWebhook(
  cluster: Cluster,
  message: string,
  desired: Pick<DesiredMesh, "objects" | "stack" | "adopt">,
): Promise<string | undefined> {
  if (failedCall(message) === undefined) {
    return undefined;
  }
  try {
    const reader = new Reader(cluster);
    const webhooks = await readWebhooks(reader);
    const all = [...webhooks.mutatingWebhooks, ...webhooks.validatingWebhooks];
    const webhookServices = await calledServices(reader, servicesCalled(all));
    return webhookFailureText(message, { ...webhooks, webhookServices }, desired);
  } catch {
    return undefined; // the API server's own words are shown all the same
  }
}
