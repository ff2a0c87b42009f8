import type { Wish } from "../../mesh/checks/precheck/types";
import { servicesCalled } from "../../mesh/checks/precheck/webhookServices";
import { failedCall, webhookFailureText } from "../../mesh/checks/webhookFailure";
import { calledServices } from "../checks/precheck/calledServices";
import { Reader } from "../checks/precheck/reader";
import { readWebhooks } from "../checks/precheck/state";
import type { Cluster } from "../cluster/cluster";

/**
 * Says which webhook made the API server refuse something, and what to do.
 *
 * @param message the API server's error, or a text that holds it
 * @returns `undefined` where it was no webhook, or the cluster cannot be asked
 */
export async function explainWebhook(
  cluster: Cluster,
  message: string,
  wish: Pick<Wish, "objects" | "stack" | "adopt">,
): Promise<string | undefined> {
  if (failedCall(message) === undefined) {
    return undefined;
  }
  try {
    const reader = new Reader(cluster);
    const webhooks = await readWebhooks(reader);
    const all = [...webhooks.mutatingWebhooks, ...webhooks.validatingWebhooks];
    const webhookServices = await calledServices(reader, servicesCalled(all));
    return webhookFailureText(message, { ...webhooks, webhookServices }, wish);
  } catch {
    return undefined; // the API server's own words are shown all the same
  }
}
