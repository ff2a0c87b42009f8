import { ErrorHook, ResourceHook } from "@pulumi/pulumi/resource";
import { getMonitor } from "@pulumi/pulumi/runtime/settings";

/**
 * Whether hooks can be registered with what runs the program. The monitor of
 * `pulumi.runtime.setMocks` has no methods for it, and Pulumi then fails every resource that names
 * a hook.
 *
 * @see https://github.com/pulumi/pulumi/issues/20874
 */
export function takesHooks(
  method: "registerResourceHook" | "registerErrorHook" = "registerResourceHook",
): boolean {
  const monitor = getMonitor() as unknown as Readonly<Record<string, unknown>> | undefined;
  return monitor === undefined || typeof monitor[method] === "function";
}

/** A hook by its name alone: resources can be given it, and nothing ever calls it. */
function unregistered<T extends object>(prototype: T, fields: object): T {
  const registered = Promise.resolve();
  return Object.assign(Object.create(prototype), { ...fields, __registered: registered }) as T;
}

/**
 * Makes a resource hook. All hooks of the components are made here, so that the components also work
 * in unit tests with Pulumi's mocks, where no hook is registered and none runs.
 *
 * @param name unique in the program, and the same in each run
 * @example
 * const look = resourceHook("mesh:look", ({ newInputs }) => check(newInputs), { onDryRun: true });
 */
export function resourceHook(
  ...[name, callback, opts]: ConstructorParameters<typeof ResourceHook>
): ResourceHook {
  if (takesHooks("registerResourceHook")) {
    return new ResourceHook(name, callback, opts);
  }
  const fields = { __pulumiResourceHook: true, name, callback, opts };
  return unregistered(ResourceHook.prototype, fields);
}

/** Makes an error hook, as {@link resourceHook} makes a resource hook. */
export function errorHook(...[name, callback]: ConstructorParameters<typeof ErrorHook>): ErrorHook {
  if (takesHooks("registerErrorHook")) {
    return new ErrorHook(name, callback);
  }
  return unregistered(ErrorHook.prototype, { __pulumiErrorHook: true, name, callback });
}
