import type { JsonObject } from "../../mesh/common/json";
import type { Measurement } from "../../mesh/gates/decide";
import { keptOutput } from "../../mesh/gates/output";
import type { WebhookGate } from "../../mesh/model/gateInputs";
import { outsideCall } from "../outsideCalls";
import { callError, plainAddress } from "./address";

const DEFAULT_LIMIT_SECONDS = 10;

/**
 * Asks a gate's webhook once. A status of 2xx is good, any other is bad. A service that does not answer
 * is not reached.
 *
 * @param body what is posted, as JSON
 */
export async function measureWebhook(gate: WebhookGate, body: JsonObject): Promise<Measurement> {
  const { headers, timeLimit = DEFAULT_LIMIT_SECONDS } = gate;
  const { url, headers: login } = plainAddress(gate.url);
  const place = url.origin;
  try {
    const request = {
      method: "POST",
      headers: { ...login, ...headers, "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeLimit * 1000),
    };
    // The path of a webhook may be its secret.
    const response = await outsideCall(
      `POST ${place} (the webhook of a gate)`,
      () => fetch(url, request),
      ({ status }) => String(status),
    );
    const saw = `${place}: HTTP ${response.status}${keptOutput(await response.text())}`;
    return { outcome: response.ok ? "good" : "bad", saw };
  } catch (error) {
    return { outcome: "unreachable", saw: `${place}: ${callError(error, timeLimit)}` };
  }
}
