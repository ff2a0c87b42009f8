import { ErrorHook, ResourceHook } from "@pulumi/pulumi/resource";
import { getMonitor } from "@pulumi/pulumi/runtime/settings";

/**
 * Returns whether the engine that runs the program supports hooks. The monitor of
 * `pulumi.runtime.setMocks` does not, and Pulumi then fails every resource that names a hook.
 *
 * @see https://github.com/pulumi/pulumi/issues/20874
 */
export function takesHooks(
  method: "registerResourceHook" | "registerErrorHook" = "registerResourceHook",
): boolean {
  const monitor = getMonitor() as unknown as Readonly<Record<string, unknown>> | undefined;
  return monitor === undefined || typeof monitor[method] === "function";
}

/** Returns a hook that only has a name. Resources accept it, but it is never called. */
function unregistered<T extends object>(prototype: T, fields: object): T {
  const registered = Promise.resolve();
  return Object.assign(Object.create(prototype), { ...fields, __registered: registered }) as T;
}

/**
 * Creates a resource hook. All hooks of the components are created here, so that the components
 * also work in unit tests with Pulumi's mocks, where hooks are not registered and never run.
 *
 * @param name unique in the program, and the same in each run
 * @example const look = resourceHook("mesh:look", ({ newInputs }) => check(newInputs), { onDryRun: true });
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

/** Creates an error hook in the way of {@link resourceHook}. */
export function errorHook(...[name, callback]: ConstructorParameters<typeof ErrorHook>): ErrorHook {
  if (takesHooks("registerErrorHook")) {
    return new ErrorHook(name, callback);
  }
  return unregistered(ErrorHook.prototype, { __pulumiErrorHook: true, name, callback });
}
