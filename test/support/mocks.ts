import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";

/** A resource as the program registered it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** URN of the parent; empty for the stack's own. */
  readonly parent: string;
  /** URNs of everything it waits for. */
  readonly dependencies: readonly string[];
  /** Inputs with secrets unwrapped. */
  readonly inputs: Record<string, unknown>;
  /** Top-level inputs that are, or hold, a secret. */
  readonly secrets: readonly string[];
  /** Names of its hooks before it is made or changed. */
  readonly hooks: readonly string[];
  /** Names of its hooks before it is deleted. */
  readonly removalHooks: readonly string[];
  readonly retainOnDelete: boolean;
  readonly protect: boolean;
  /** What it is imported from; empty for none. */
  readonly importId: string;
  readonly ignoreChanges: readonly string[];
  /** Provider reference; empty for the default one. */
  readonly provider: string;
  /** How many resources were registered when the engine had made this one. */
  readonly madeAt: number;
}

/** What one run of a program did. */
export interface Recording {
  /** In the order in which they were registered. */
  readonly resources: readonly Registered[];
  /** Messages of everything that failed, each once. */
  readonly errors: readonly string[];
  /** What components registered as their outputs, by URN; those that are unknown are "unknown". */
  readonly outputs: ReadonlyMap<string, Record<string, unknown>>;
  readonly warnings: readonly string[];
}

export interface ProgramOptions {
  /** Outputs of resources are unknown, as in a preview of new ones. @default false */
  readonly preview?: boolean;
  /** Type of resources that take the engine a while. @default none */
  readonly slow?: string;
  /** Answers a provider's function. @default its arguments */
  readonly call?: (call: pulumi.runtime.MockCallArgs) => Record<string, unknown>;
  /** What a provider adds to a resource's inputs once it has made it. @default nothing */
  readonly made?: (type: string) => Record<string, unknown>;
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getDependenciesList(): string[];
  getRetainondelete(): boolean;
  getProtect(): boolean;
  getImportid(): string;
  getIgnorechangesList(): string[];
  getHooks():
    | {
        getBeforeCreateList(): string[];
        getBeforeUpdateList(): string[];
        getBeforeDeleteList(): string[];
      }
    | undefined;
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined;
}

type Done = (error: unknown, reply: { getUrn(): string }) => void;

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Record<string, unknown> } | undefined;
}

interface Monitor {
  registerResourceOutputs(request: OutputsRequest, done: unknown): unknown;
  registerResource(request: RegisterRequest, done: Done): Promise<void>;
}

/** How Pulumi marks a secret on the wire. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
/** And a value that it does not know. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSecret(value: unknown): value is { value: unknown } {
  return isObject(value) && value[SIGNATURE] === SECRET;
}

function holdsSecret(value: unknown): boolean {
  return (
    isSecret(value) ||
    (Array.isArray(value) && value.some(holdsSecret)) ||
    (isObject(value) && Object.values(value).some(holdsSecret))
  );
}

function unwrap(value: unknown): unknown {
  if (value === UNKNOWN) {
    return "unknown";
  }
  if (isSecret(value)) {
    return unwrap(value.value);
  }
  if (Array.isArray(value)) {
    return value.map(unwrap);
  }
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unwrap(item)]))
    : value;
}

function recorded(request: RegisterRequest, urn: string, madeAt: number): Registered {
  const raw = request.getObject()?.toJavaScript() ?? {};
  const hooks = request.getHooks();
  return {
    type: request.getType(),
    name: request.getName(),
    urn,
    madeAt,
    parent: request.getParent(),
    provider: request.getProvider(),
    dependencies: request.getDependenciesList(),
    inputs: unwrap(raw) as Record<string, unknown>,
    secrets: Object.keys(raw).filter((key) => holdsSecret(raw[key])),
    hooks: [...(hooks?.getBeforeCreateList() ?? []), ...(hooks?.getBeforeUpdateList() ?? [])],
    removalHooks: hooks?.getBeforeDeleteList() ?? [],
    retainOnDelete: request.getRetainondelete(),
    protect: request.getProtect(),
    importId: request.getImportid(),
    ignoreChanges: request.getIgnorechangesList(),
  };
}

const runtime = pulumi.runtime as unknown as {
  getMonitor(): Monitor;
  waitForRPCs(): Promise<void>;
};

/** Long enough for everything that does not wait to overtake. */
const SLOW_MS = 50;

async function recordInto(
  resources: Registered[],
  outputs: Map<string, Record<string, unknown>>,
  { preview = false, slow, call, made }: ProgramOptions,
): Promise<void> {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs }) => ({
        id: preview ? undefined : name,
        state: { ...inputs, ...made?.(type) },
      }),
      call: (given) => call?.(given) ?? given.inputs,
    },
    "project",
    "stack",
    preview,
    "organization",
  );
  const monitor = runtime.getMonitor();
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) => {
    // Pulumi's mock answers later; what is registered first has to be first here too.
    const index = resources.push(recorded(request, "", 0)) - 1;
    return register(request, async (error, reply) => {
      if (request.getType() === slow) {
        await delay(SLOW_MS);
      }
      if (!error) {
        resources[index] = recorded(request, reply.getUrn(), resources.length);
      }
      done(error, reply);
    });
  };
  const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, done) => {
    const given = request.getOutputs()?.toJavaScript() ?? {};
    outputs.set(request.getUrn(), unwrap(given) as Record<string, unknown>);
    return registerOutputs(request, done);
  };
}

interface Initializing {
  initializeAndRegisterOutputs(...args: unknown[]): Promise<unknown>;
}

/** Every component's `initialize`, so that the end of the program can be told. */
function trackComponents(pending: Promise<unknown>[]): () => void {
  const prototype = pulumi.ComponentResource.prototype as unknown as Initializing;
  const original = prototype.initializeAndRegisterOutputs;
  prototype.initializeAndRegisterOutputs = function (this: Initializing, ...args) {
    const promise = original.apply(this, args);
    pending.push(promise);
    return promise;
  };
  return () => {
    prototype.initializeAndRegisterOutputs = original;
  };
}

function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}

/** Pulumi ends a program at the first rejection nobody waits for; mocha would fail the test. */
function collectRejections(errors: Set<string>): () => void {
  const event = "unhandledRejection";
  const others = process.listeners(event);
  const collect = (reason: unknown) => void errors.add(messageOf(reason));
  process.removeAllListeners(event);
  process.on(event, collect);
  return () => {
    process.removeListener(event, collect);
    for (const listener of others) {
      process.on(event, listener);
    }
  };
}

function collectWarnings(warnings: string[]): () => void {
  const log = pulumi.log as { warn: typeof pulumi.log.warn };
  const original = log.warn;
  log.warn = async (message) => void warnings.push(message);
  return () => {
    log.warn = original;
  };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

async function settle(pending: Promise<unknown>[], errors: Set<string>): Promise<void> {
  for (let seen = -1; seen < pending.length; ) {
    seen = pending.length;
    for (const result of await Promise.allSettled(pending)) {
      if (result.status === "rejected") {
        errors.add(messageOf(result.reason));
      }
    }
    await runtime.waitForRPCs();
    await nextTurn();
  }
}

/** Runs a Pulumi program against mocks until every component in it is done. */
export async function runProgram(
  program: () => unknown,
  options: ProgramOptions = {},
): Promise<Recording> {
  const resources: Registered[] = [];
  const warnings: string[] = [];
  const errors = new Set<string>();
  const pending: Promise<unknown>[] = [];
  const outputs = new Map<string, Record<string, unknown>>();
  await recordInto(resources, outputs, options);
  const undo = [trackComponents(pending), collectRejections(errors), collectWarnings(warnings)];
  try {
    await program();
    await nextTurn();
    await settle(pending, errors);
  } finally {
    for (const step of undo) {
      step();
    }
  }
  return { resources, outputs, warnings, errors: [...errors] };
}

/** The value of an Output. */
export function outputValue<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => resolve(value as T));
  });
}

/** URNs of all that a resource waits for, by itself or by what it waits for. */
export function awaited({ resources }: Recording, { dependencies }: Registered): Set<string> {
  const all = new Set<string>();
  const add = (urn: string) => {
    if (!all.has(urn)) {
      all.add(urn);
      resources.find((resource) => resource.urn === urn)?.dependencies.forEach(add);
    }
  };
  dependencies.forEach(add);
  return all;
}
