import { existsSync } from "node:fs";
import type { KubernetesObject } from "@kubernetes/client-node";
import type { K8sObject } from "../mesh/patch/types";
import type { Target } from "./target";

/** The few calls that hooks make to a cluster's API server. */
export interface Cluster {
  /** The object as it is now, or `undefined`. */
  read(object: K8sObject): Promise<KubernetesObject | undefined>;
  /** Server-side apply with force. */
  apply(object: K8sObject, fieldManager: string): Promise<void>;
}

type Client = typeof import("@kubernetes/client-node");

function loadConfig(client: Client, target: Extract<Target, { kind: "cluster" }>) {
  const config = new client.KubeConfig();
  const { kubeconfig, context } = target;
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

function isNotFound(error: unknown): boolean {
  return (error as { code?: number }).code === 404;
}

/** Opens a cluster; the client library is loaded only then. */
export async function openCluster(target: Extract<Target, { kind: "cluster" }>): Promise<Cluster> {
  const client = require("@kubernetes/client-node") as Client;
  const api = client.KubernetesObjectApi.makeApiClient(loadConfig(client, target));
  return {
    async read(object) {
      try {
        return await api.read(object as never);
      } catch (error) {
        if (isNotFound(error)) {
          return undefined;
        }
        throw error;
      }
    },
    async apply(object, fieldManager) {
      const strategy = client.PatchStrategy.ServerSideApply;
      await api.patch(object as never, undefined, undefined, fieldManager, true, strategy);
    },
  };
}
