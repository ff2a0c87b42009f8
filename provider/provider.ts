import type { Inputs } from "@pulumi/pulumi/output";
import type { ConstructResult, Provider } from "@pulumi/pulumi/provider/provider";
import type { ComponentResource, ComponentResourceOptions } from "@pulumi/pulumi/resource";
import { COMPONENTS, componentOf } from "./components";
import packageSchema from "./schema.json";
import { settled } from "./settled";

type ComponentClass = new (
  name: string,
  args: Inputs,
  opts: ComponentResourceOptions,
) => ComponentResource & Readonly<Record<string, unknown>>;

/** The names of a component's outputs, as the schema lists them. */
function outputNames(token: string): readonly string[] {
  const resources: Readonly<Record<string, { readonly properties: object }>> =
    packageSchema.resources;
  return Object.keys(resources[token]?.properties ?? {});
}

/** Whether an option that the engine sends holds nothing: it sends each one, set or not. */
function isEmpty(option: unknown): boolean {
  if (!option) {
    return true;
  }
  if (Array.isArray(option)) {
    return option.length === 0;
  }
  // Of other objects, such as resources, the fields say nothing.
  const isPlain = Object.getPrototypeOf(option) === Object.prototype;
  return isPlain && Object.values(option).every(isEmpty);
}

/** The options that the program has set. Components warn of those that have no effect on them. */
function optionsSet(options: ComponentResourceOptions): ComponentResourceOptions {
  return Object.fromEntries(Object.entries(options).filter(([, option]) => !isEmpty(option)));
}

/**
 * The provider `servicemesh`, by which programs in any language of Pulumi create the components.
 *
 * The components do everything, as in a TypeScript program: inputs may be unknown or secret, and
 * `dependsOn`, `providers`, `protect` and the other options reach the children.
 *
 * @see https://www.pulumi.com/docs/iac/using-pulumi/extending-pulumi/build-a-component/
 */
export class MeshProvider implements Provider {
  readonly version = packageSchema.version;
  readonly schema = JSON.stringify(packageSchema);

  /**
   * Creates a component and everything in it.
   *
   * @param name the name of the resource
   * @param token the type, such as `servicemesh:index:Gateway`
   * @throws Error for a type that the package does not have
   * @throws ResourceError with everything that is wrong with the inputs
   */
  async construct(
    name: string,
    token: string,
    inputs: Inputs,
    options: ComponentResourceOptions,
  ): Promise<ConstructResult> {
    const known = componentOf(token);
    if (known === undefined) {
      const names = Object.keys(COMPONENTS).join(", ");
      throw new Error(`there is no component ${token}; allowed: ${names}`);
    }
    const Component = COMPONENTS[known]() as unknown as ComponentClass;
    const component = new Component(name, inputs, optionsSet(options));
    await settled(component);
    const state = outputNames(token).map((output) => [output, component[output]]);
    return { urn: component.urn, state: Object.fromEntries(state) };
  }
}
