import { Agent, type RequestOptions, request } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { isObject, type Json, type JsonObject } from "../../mesh/common/json";
import { isRefused } from "../../mesh/k8s/access";
import { outsideCall } from "../outsideCalls";
import { type ClusterTarget, loadConfig } from "./kubeconfig";

export type { ClusterTarget };

/** Answer of the API server to one call. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

/** Calls to a cluster's API server, with plain JSON. */
export interface Cluster {
  /**
   * @param type what the body of a PATCH is: for server-side apply, a JSON merge patch, or a JSON
   * patch @default "apply"
   */
  call(
    method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE",
    path: string,
    body?: Json,
    type?: "apply" | "merge" | "json",
  ): Promise<ApiAnswer>;
}

/** A cluster with its own connections. */
export interface OpenCluster extends Cluster {
  /** Closes idle connections. A later call opens a new one. */
  close(): void;
}

const CONTENT_TYPES = {
  apply: "application/apply-patch+yaml",
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
} as const;

/**
 * For `/apis`, all groups, versions and kinds in one answer. Servers that do not know how return the
 * groups alone.
 */
const DISCOVERY_TYPES = [
  ...["v2", "v2beta1"].map(
    (version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
  ),
  "application/json",
].join(",");

function contentType(method: string, type: keyof typeof CONTENT_TYPES): string {
  return method === "PATCH" ? CONTENT_TYPES[type] : "application/json";
}

/** How long one call may take, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** How long to wait before a call is made again, in milliseconds: 3 s in all. */
const PAUSES_MS = [100, 200, 400, 800, 1_600];

/** Errors of a call while an API server, or a load balancer in front of it, restarts. */
const PASSING: ReadonlySet<string | undefined> = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE"]);

/** Parses an answer. Text that is no object (a log, for example) becomes its message. */
function parseBody(text: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : { message: text };
  } catch {
    return { message: text };
  }
}

function send(url: URL, options: RequestOptions, body: string | undefined): Promise<ApiAnswer> {
  return outsideCall(
    `${options.method ?? "GET"} ${url.href}`,
    () => sendOnce(url, options, body),
    ({ status }) => String(status),
  );
}

function sendOnce(url: URL, options: RequestOptions, body: string | undefined): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(url, { ...options, timeout: TIMEOUT_MS }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: parseBody(text) });
      });
    });
    call.on("timeout", () => call.destroy(new Error(`${url.origin} did not answer within 30 s`)));
    call.on("error", ({ message, code }: NodeJS.ErrnoException) => {
      reject(Object.assign(new Error(`${url.origin}: ${message}`), { code }));
    });
    call.end(body);
  });
}

/** Calls are idempotent, so each may be repeated. */
async function sendUntilAnswered(...call: Parameters<typeof send>): Promise<ApiAnswer> {
  for (const pause of PAUSES_MS) {
    try {
      return await send(...call);
    } catch (error) {
      if (!PASSING.has((error as NodeJS.ErrnoException).code)) {
        throw error;
      }
      await delay(pause);
    }
  }
  return send(...call);
}

/** Calls with the same certificate share connections, because opening one takes as long as a call. */
class SharedAgent {
  private shared: Pick<RequestOptions, "agent" | "cert"> | undefined;

  for({ agent, cert }: RequestOptions): RequestOptions["agent"] {
    if (this.shared === undefined || this.shared.cert !== cert) {
      this.close();
      this.shared = {
        agent: agent instanceof Agent ? Object.assign(agent, { keepAlive: true }) : agent,
        cert,
      };
    }
    return this.shared.agent;
  }

  /** Closes connections that no call uses. */
  close(): void {
    const agent = this.shared?.agent;
    if (agent instanceof Agent) {
      for (const socket of Object.values(agent.freeSockets).flat()) {
        socket?.destroy();
      }
    }
  }
}

/**
 * Opens a cluster with the login of a kubeconfig. Makes no call yet.
 *
 * The client library's typed calls are not used: they drop fields with a dash in their name, such
 * as `x-kubernetes-int-or-string` in CRDs.
 *
 * @throws InvalidInput if there is no kubeconfig, or it has no such cluster; see {@link loadConfig}
 */
export function openCluster(target: ClusterTarget): OpenCluster {
  const config = loadConfig(target);
  const { server } = config.getCurrentCluster() as { readonly server: string };
  const agent = new SharedAgent();
  return {
    async call(method, path, body, type = "apply") {
      const options: RequestOptions = { method };
      await config.applyToHTTPSOptions(options);
      options.agent = agent.for(options);
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        ...(options.headers as Record<string, string> | undefined),
        ...(path === "/apis" && { accept: DISCOVERY_TYPES }),
        ...(text !== undefined && {
          "content-type": contentType(method, type),
          // Node sends the body of a DELETE without one otherwise.
          "content-length": String(Buffer.byteLength(text)),
        }),
      };
      return sendUntilAnswered(
        new URL(server.replace(/\/$/, "") + path),
        { ...options, headers },
        text,
      );
    },
    close: () => agent.close(),
  };
}

/** The API server answered with an error. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** Of HTTP, such as 403. */
    readonly status: number,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** Returns whether the API server refused a call because of who made it. */
export function isForbidden(error: unknown): error is ApiError {
  return error instanceof ApiError && isRefused(error.status);
}

/** Returns the body of a successful answer. @throws ApiError for any other answer */
export function succeeded(what: string, { status, body }: ApiAnswer): JsonObject {
  if (status < 200 || status > 299) {
    const message = `${what}: ${body.message ?? `the API server answered ${status}`}`;
    throw new ApiError(message, status);
  }
  return body;
}
