import type * as pulumi from "./sdk";

/** Resolves when a resource is created, updated or unchanged, and its hooks have run. */
export function registered(resource: pulumi.Resource): Promise<void> {
  return new Promise((resolve) => {
    resource.urn.apply(() => resolve());
  });
}
