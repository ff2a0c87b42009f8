import {
  Config,
  type CustomResourceOptions,
  type Inputs,
  ProviderResource,
  type Resource,
  secret,
} from "@pulumi/pulumi";
import { COMPONENTS, componentOf } from "../../../provider/components";
import type { ProgramResource, ProgramResources } from "../../support/languages";

/** A program of components, declared as data: the TypeScript twin of a program in YAML. */
const declared = new Config("mesh").requireObject<ProgramResources>("program");

const KUBERNETES_PROVIDER = "pulumi:providers:kubernetes";

type AnyResource = new (name: string, args: Inputs, opts: CustomResourceOptions) => Resource;

class KubernetesProvider extends ProviderResource {
  constructor(name: string, args: Inputs) {
    super("kubernetes", name, args);
  }
}

const made = new Map<string, Resource>();

/** Creates a resource when it is first needed: Pulumi sorts the keys of a configuration value. */
function resourceNamed(name: string): Resource {
  const found = made.get(name) ?? create(name, declared[name] as ProgramResource);
  made.set(name, found);
  return found;
}

/** Values with outputs of other resources and secrets in place of what stands for them. */
function evaluated(value: unknown): unknown {
  if (typeof value === "string") {
    const [, name, output] = /^\$\{(\w+)\.(\w+)\}$/.exec(value) ?? [];
    const resource = name === undefined ? undefined : resourceNamed(name);
    return resource === undefined ? value : (resource as unknown as Inputs)[output as string];
  }
  if (Array.isArray(value)) {
    return value.map(evaluated);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const { "fn::secret": hidden, ...fields } = value as Inputs;
  return hidden === undefined
    ? Object.fromEntries(Object.entries(fields).map(([key, own]) => [key, evaluated(own)]))
    : secret(evaluated(hidden));
}

function classOf(type: string): AnyResource {
  const component = componentOf(type);
  if (component !== undefined) {
    return COMPONENTS[component]() as unknown as AnyResource;
  }
  if (type === KUBERNETES_PROVIDER) {
    return KubernetesProvider;
  }
  throw new Error(`the test has no class for ${type}`);
}

function create(name: string, { type, properties, options = {} }: ProgramResource): Resource {
  const { dependsOn = [], provider } = options;
  return new (classOf(type))(name, evaluated(properties) as Inputs, {
    dependsOn: dependsOn.map(resourceNamed),
    ...(provider !== undefined && { provider: resourceNamed(provider) as ProviderResource }),
  });
}

Object.keys(declared).forEach(resourceNamed);
