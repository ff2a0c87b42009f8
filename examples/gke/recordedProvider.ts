import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

/** The engine wants the version of the SDK. */
const { version } = require("@pulumi/gcp/package.json") as { version: string };

type Properties = Readonly<Record<string, JavaScriptValue>>;

interface RecordedResource {
  readonly inputs: Properties;
  /** Besides the inputs. */
  readonly outputs: Properties;
}

/** What Google Cloud answered once. */
export interface Recorded {
  /** By the function's token and its arguments, as {@link lookUpKey} writes them. */
  readonly lookUps: Readonly<Record<string, Properties | { readonly error: string }>>;
  /** Resources that exist, by their ID: what an import reads. */
  readonly resources: Readonly<Record<string, RecordedResource>>;
}

/**
 * Key of a look-up; arguments in the order of their names.
 *
 * @example
 * lookUpKey("gcp:organizations/getProject:getProject", { projectId: "shop-prod" })
 * // "gcp:organizations/getProject:getProject projectId=shop-prod"
 */
export function lookUpKey(token: string, args: Properties): string {
  const given = Object.entries(args).filter(([key]) => !key.startsWith("__"));
  const texts = given.map(([key, value]) => `${key}=${value}`).sort();
  return [token, ...texts].join(" ");
}

function failure(code: grpc.status, details: string): grpc.ServiceError {
  return Object.assign(new Error(details), { code, details, metadata: new grpc.Metadata() });
}

function plain(struct: Struct | undefined): Properties {
  return (struct?.toJavaScript() ?? {}) as Properties;
}

type Unary<Request, Response> = (request: Request) => Response;

/** A call that answers at once; what it throws goes to the engine. */
function unary<Request, Response>(answer: Unary<Request, Response>) {
  return (
    call: grpc.ServerUnaryCall<Request, Response>,
    done: grpc.sendUnaryData<Response>,
  ): void => {
    try {
      done(null, answer(call.request));
    } catch (error) {
      done(error as grpc.ServiceError, null);
    }
  };
}

function invoke({ lookUps }: Recorded) {
  return unary((request: messages.InvokeRequest) => {
    const key = lookUpKey(request.getTok(), plain(request.getArgs()));
    const found = lookUps[key];
    if (found === undefined) {
      throw failure(grpc.status.NOT_FOUND, `not recorded: ${key}`);
    }
    if ("error" in found) {
      throw failure(grpc.status.UNKNOWN, String(found.error));
    }
    return new messages.InvokeResponse().setReturn(Struct.fromJavaScript({ ...found }));
  });
}

function read({ resources }: Recorded) {
  return unary((request: messages.ReadRequest) => {
    const id = request.getId();
    const found = resources[id];
    const answer = new messages.ReadResponse();
    if (found === undefined) {
      return answer;
    }
    const { inputs, outputs } = found;
    return answer
      .setId(id)
      .setProperties(Struct.fromJavaScript({ ...inputs, ...outputs }))
      .setInputs(Struct.fromJavaScript({ ...inputs }));
  });
}

/** Any other input is a change. Which of them replace a resource, only the real provider knows. */
const diff = unary((request: messages.DiffRequest) => {
  const [olds, news] = [plain(request.getOldInputs()), plain(request.getNews())];
  const ignored = request.getIgnorechangesList();
  const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
    (key) =>
      !key.startsWith("__") &&
      !ignored.includes(key) &&
      JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
  );
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  return new messages.DiffResponse()
    .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setDiffsList(changed);
});

const check = unary((request: messages.CheckRequest) =>
  new messages.CheckResponse().setInputs(request.getNews()),
);

const create = unary((request: messages.CreateRequest) => {
  if (!request.getPreview()) {
    throw failure(grpc.status.UNIMPLEMENTED, "recorded look-ups can be previewed only");
  }
  return new messages.CreateResponse().setProperties(request.getProperties());
});

const update = unary((request: messages.UpdateRequest) => {
  if (!request.getPreview()) {
    throw failure(grpc.status.UNIMPLEMENTED, "recorded look-ups can be previewed only");
  }
  return new messages.UpdateResponse().setProperties(request.getNews());
});

const nothing = unary(() => new Empty());

/** The calls of Pulumi's engine that a preview makes. */
function service(recorded: Recorded): grpc.UntypedServiceImplementation {
  return {
    handshake: unary(() => new messages.ProviderHandshakeResponse()),
    attach: nothing,
    cancel: nothing,
    getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
    getSchema: unary(() => new messages.GetSchemaResponse().setSchema("{}")),
    checkConfig: check,
    diffConfig: unary(() => new messages.DiffResponse()),
    configure: unary(() => new messages.ConfigureResponse().setSupportspreview(true)),
    invoke: invoke(recorded),
    check,
    diff,
    create,
    update,
    read: read(recorded),
    delete: nothing,
  };
}

/** A provider that answers from a record, on a port of its own. */
export interface RecordedProvider {
  readonly port: number;
  stop(): void;
}

/**
 * Stands in for Google Cloud's provider in previews: look-ups and imports are answered from a record,
 * everything else passes through. Pulumi finds it by `PULUMI_DEBUG_PROVIDERS=gcp:PORT`.
 */
export async function startRecordedProvider(recorded: Recorded): Promise<RecordedProvider> {
  const server = new grpc.Server();
  server.addService(ResourceProviderService, service(recorded));
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, stop: () => server.forceShutdown() };
}
