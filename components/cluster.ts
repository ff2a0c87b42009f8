import { existsSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { isObject, type JsonObject } from "../mesh/json";
import type { Target } from "./target";

export type ClusterTarget = Extract<Target, { kind: "cluster" }>;

/** Answer of the API server to one call. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

/** The few calls that hooks make to a cluster's API server, on plain JSON. */
export interface Cluster {
  /** @param patch how a body is applied: server-side apply, or a JSON merge patch @default "apply" */
  call(
    method: "GET" | "PATCH" | "DELETE",
    path: string,
    body?: JsonObject,
    patch?: "apply" | "merge",
  ): Promise<ApiAnswer>;
}

/** What is used of the client library; its own types are those of an ES module. */
interface KubeConfig {
  loadFromDefault(): void;
  loadFromFile(path: string): void;
  loadFromString(content: string): void;
  setCurrentContext(name: string): void;
  getCurrentCluster(): { readonly server: string } | null;
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

interface Client {
  readonly KubeConfig: new () => KubeConfig;
}

const CONTENT_TYPES = {
  apply: "application/apply-patch+yaml",
  merge: "application/merge-patch+json",
} as const;

/** How long one call may take, in milliseconds. */
const TIMEOUT_MS = 30_000;

function loadConfig({ kubeconfig, context }: ClusterTarget): KubeConfig {
  // Loaded only when a hook runs: it takes a third of a second.
  const { KubeConfig: Config } = require("@kubernetes/client-node") as Client;
  const config = new Config();
  if (kubeconfig === undefined) {
    config.loadFromDefault();
  } else if (existsSync(kubeconfig)) {
    config.loadFromFile(kubeconfig);
  } else {
    config.loadFromString(kubeconfig);
  }
  if (context !== undefined) {
    config.setCurrentContext(context);
  }
  return config;
}

/** An object, or what else the server said (a log, say) as its message. */
function parseBody(text: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : { message: text };
  } catch {
    return { message: text };
  }
}

function send(url: URL, options: RequestOptions, body: string | undefined): Promise<ApiAnswer> {
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
    call.on("error", (error) => reject(new Error(`${url.origin}: ${error.message}`)));
    call.end(body);
  });
}

/**
 * Opens a cluster with a kubeconfig's own way to log in.
 *
 * The client library's typed calls are not used: they drop fields with a dash in their name, such
 * as `x-kubernetes-int-or-string` in CRDs.
 */
export function openCluster(target: ClusterTarget): Cluster {
  const config = loadConfig(target);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    const { context = "the current one" } = target;
    throw new Error(`the kubeconfig has no cluster for the context ${context}`);
  }
  return {
    async call(method, path, body, patch = "apply") {
      const options: RequestOptions = { method };
      await config.applyToHTTPSOptions(options);
      const headers = {
        ...(options.headers as Record<string, string> | undefined),
        ...(body !== undefined && { "content-type": CONTENT_TYPES[patch] }),
      };
      const text = body === undefined ? undefined : JSON.stringify(body);
      return send(new URL(server.replace(/\/$/, "") + path), { ...options, headers }, text);
    },
  };
}

/** The answer's body, when the call succeeded. */
export function succeeded(what: string, { status, body }: ApiAnswer): JsonObject {
  if (status < 200 || status > 299) {
    throw new Error(`${what}: ${body.message ?? `the API server answered ${status}`}`);
  }
  return body;
}
