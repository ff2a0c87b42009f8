import { basename, dirname } from "node:path";
import type { K8sObject } from "../../mesh/k8s/objects";
import type { HelmEngine, RenderRequest } from "../../mesh/render/engine";
import { type PluginProcess, startProvider } from "./pluginProcess";

type Call = (method: string, request: unknown) => Promise<unknown>;

interface Connection {
  readonly call: Call;
  close(): void;
}

/** Istio's CRDs exceed gRPC's default of 4 MiB once they are decoded. */
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

/** How long the process waits for the next chart, in milliseconds. */
const IDLE_MS = 2_000;

/** A provider that only renders must not look for a cluster. */
const NO_CLUSTER = "apiVersion: v1\nkind: Config\n";

async function connect(): Promise<Connection> {
  // Loaded only if a chart has to be rendered: together they take a quarter of a second.
  const grpc = require("@grpc/grpc-js") as typeof import("@grpc/grpc-js");
  const services =
    require("@pulumi/pulumi/proto/provider_grpc_pb") as typeof import("@pulumi/pulumi/proto/provider_grpc_pb");
  const provider: PluginProcess = await startProvider();
  const client = new services.ResourceProviderClient(
    provider.address,
    grpc.credentials.createInsecure(),
    { "grpc.max_receive_message_length": MAX_MESSAGE_BYTES },
  );
  const methods = client as unknown as Record<
    string,
    (request: unknown, done: (error: Error | null, reply: unknown) => void) => void
  >;
  const call: Call = (method, request) =>
    new Promise((resolve, reject) => {
      methods[method]?.call(client, request, (error, reply) =>
        error ? reject(error) : resolve(reply),
      );
    });
  await call("configure", configureRequest());
  return {
    call,
    close() {
      client.close();
      provider.stop();
    },
  };
}

type Messages = typeof import("@pulumi/pulumi/proto/provider_pb");

function loadMessages(): Messages {
  return require("@pulumi/pulumi/proto/provider_pb") as Messages;
}

function configureRequest(): InstanceType<Messages["ConfigureRequest"]> {
  const request = new (loadMessages().ConfigureRequest)();
  const variables = request.getVariablesMap();
  // In render mode, the provider offers Helm without a cluster. It writes nothing to this folder.
  variables.set("kubernetes:config:renderYamlToDirectory", "unused");
  variables.set("kubernetes:config:kubeconfig", NO_CLUSTER);
  return request;
}

function helmOptions(request: RenderRequest): string {
  return JSON.stringify({
    path: dirname(request.chartPath),
    chart: basename(request.chartPath),
    release_name: request.releaseName,
    namespace: request.namespace,
    kube_version: request.kubernetesVersion,
    values: request.values,
  });
}

async function template(connection: Connection, request: RenderRequest): Promise<K8sObject[]> {
  const { Struct } =
    require("google-protobuf/google/protobuf/struct_pb") as typeof import("google-protobuf/google/protobuf/struct_pb");
  const messages = loadMessages();
  const invoke = new messages.InvokeRequest();
  invoke.setTok("kubernetes:helm:template");
  invoke.setArgs(Struct.fromJavaScript({ jsonOpts: helmOptions(request) }));
  const reply = (await connection.call("invoke", invoke)) as InstanceType<
    Messages["InvokeResponse"]
  >;
  const failures = reply.getFailuresList().map((failure) => failure.getReason());
  if (failures.length > 0) {
    throw new Error(failures.join("; "));
  }
  const rendered = reply.getReturn()?.toJavaScript() as { result?: K8sObject[] } | undefined;
  return (rendered?.result ?? []).map(withoutWrongNamespace);
}

/** Cluster-scoped kinds that the provider treats as namespaced if it has no cluster to ask. */
const CLUSTER_SCOPED = ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"];

function withoutWrongNamespace(object: K8sObject): K8sObject {
  if (!CLUSTER_SCOPED.includes(object.kind)) {
    return object;
  }
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function failure(request: RenderRequest, error: unknown): Error {
  const text = error instanceof Error ? error.message : String(error);
  const cause = text.replace(/^.*?failed to create chart from template: /s, "");
  return new Error(`Helm cannot render ${request.chartPath}: ${cause}`, { cause: error });
}

/**
 * Returns an engine that uses the Helm inside Pulumi's Kubernetes provider, which runs as a
 * process without a cluster. The process starts with the first chart and ends shortly after the
 * last.
 */
export function pluginEngine(): HelmEngine {
  let connection: Promise<Connection> | undefined;
  let pending = 0;
  let idle: NodeJS.Timeout | undefined;

  const release = () => {
    pending--;
    if (pending > 0) {
      return;
    }
    const current = connection;
    idle = setTimeout(() => {
      connection = undefined;
      void current?.then((c) => c.close()).catch(() => undefined);
    }, IDLE_MS).unref();
  };

  return {
    async render(request) {
      clearTimeout(idle);
      pending++;
      connection ??= connect();
      try {
        return await template(await connection, request);
      } catch (error) {
        throw failure(request, error);
      } finally {
        release();
      }
    },
  };
}
