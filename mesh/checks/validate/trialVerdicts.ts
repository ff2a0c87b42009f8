import type { JsonObject } from "../../common/json";
import { type Decision, fail, OK, wait } from "../../guard/decision";
import {
  containersOf,
  describeTrouble,
  firstTrouble,
  nameOf,
  PROXY_CONTAINER,
} from "../../k8s/workload";
import { STATUS, TRIAL_PODS } from "./trialObjects";

/** The result of one request. */
export interface RequestResult {
  /** Whether it got HTTP 200. */
  readonly succeeded: boolean;
  /** The output of `pilot-agent wait` for a failure. */
  readonly said: string;
}

/** @example lastError("… Last error: HTTP status code 403") // "HTTP status code 403" */
export function lastError(said: string): string {
  return (/Last error: (.*)/.exec(said)?.[1] ?? said).trim();
}

function statusOf(said: string): number | undefined {
  const found = /HTTP status code (\d+)/.exec(said)?.[1];
  return found === undefined ? undefined : Number(found);
}

const hasProxy = (pod: JsonObject) =>
  containersOf(pod).some(({ name }) => name === PROXY_CONTAINER);

/** Decides whether a trial's pods all exist, are ready, and are injected as expected. */
export function decidePods(pods: readonly JsonObject[], revision: string): Decision {
  const bare = pods.find((pod) => nameOf(pod) !== "plain" && !hasProxy(pod));
  if (bare !== undefined) {
    return fail(
      `pod ${nameOf(bare)} got no proxy`,
      `find out which webhook should inject ${revision}: the findings injection-webhook and injection say more`,
    );
  }
  const missing = TRIAL_PODS.filter((name) => !pods.some((pod) => nameOf(pod) === name));
  const trouble = firstTrouble(pods);
  if (missing.length > 0) {
    return wait(`pod ${missing.join(", ")} is not there yet`);
  }
  return trouble === undefined ? OK : wait(describeTrouble(trouble), trouble);
}

interface Fault {
  readonly reason: string;
  readonly fix: string;
}

/** Returns the cause of a refused request between proxies. */
export function explainMutual({ said }: RequestResult): Fault {
  const status = statusOf(said);
  if (status === STATUS.plaintext) {
    return {
      reason: "HTTP 200 in plaintext only: the client's proxy sends no certificate",
      fix: "look for what turns TLS off for this host: kubectl get destinationrules -A -o yaml, trafficPolicy.tls.mode DISABLE; or PeerAuthentications of the mesh with mode DISABLE",
    };
  }
  if (status === STATUS.otherClient) {
    return {
      reason: "the server sees a client certificate, but not that of the client",
      fix: "look for an egress gateway or proxy in between, and compare trustDomain in the mesh configuration",
    };
  }
  if (status === 403 || status === 401) {
    return {
      reason: `HTTP ${status}: a policy refuses it`,
      fix: "look for AuthorizationPolicies of the whole mesh: kubectl get authorizationpolicies -A",
    };
  }
  return {
    reason: `no HTTP 200: ${lastError(said)}`,
    fix: "read the proxies' logs: does a NetworkPolicy close port 15006 or 80, does the name resolve, is configuration rejected?",
  };
}

/** Under STRICT, a client without a certificate gets no HTTP answer. Its connection is closed. */
export function decideStrict(plain: RequestResult, mutual: RequestResult): Decision {
  if (plain.succeeded) {
    return wait("a pod without a proxy still gets HTTP 200 in plaintext");
  }
  return mutual.succeeded
    ? OK
    : wait(`the client with a proxy is refused: ${lastError(mutual.said)}`);
}
