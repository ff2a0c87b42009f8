import type { Resource } from "@pulumi/pulumi/resource";

/** Members of a resource that Pulumi's own `dependsOn` uses and that its public types do not show. */
interface ResourceParts {
  /** What a component creates its children in. Absent for other resources. */
  readonly __data?: Promise<unknown>;
  readonly __childResources?: ReadonlySet<Resource>;
  readonly urn: { promise(): Promise<string> };
}

/**
 * Resolves when a component and everything below it is registered.
 *
 * A component creates its children in promises. The engine considers a component of a provider
 * complete when `construct` returns, and shuts down after the last one, so `construct` must wait.
 *
 * @throws the error of the first component that fails
 */
export async function settled(resource: Resource): Promise<void> {
  const { __data, __childResources, urn } = resource as unknown as ResourceParts;
  await __data;
  await urn.promise();
  await Promise.all([...(__childResources ?? [])].map(settled));
}
