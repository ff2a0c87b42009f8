import type * as pulumi from "./sdk";

/** Ends once a resource is created, updated or unchanged, and with it its hooks have run. */
export function registered(resource: pulumi.Resource): Promise<void> {
  return new Promise((resolve) => {
    resource.urn.apply(() => resolve());
  });
}
