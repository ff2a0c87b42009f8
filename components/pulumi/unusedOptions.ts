import * as pulumi from "./sdk";

/**
 * Resource options that Pulumi takes for a component and hands on to none of its resources, each with
 * what does the same.
 */
const INSTEAD = {
  ignoreChanges: "set it by `transforms` on the resources that are meant",
  replaceOnChanges: "set it by `transforms` on the resources that are meant",
  customTimeouts: "use the input `timeouts`",
} as const satisfies Partial<Record<keyof pulumi.ComponentResourceOptions, string>>;

/**
 * Warns of resource options that have no effect on a component. Pulumi itself says nothing of them.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/resources/options/
 */
export function warnOfUnusedOptions(
  component: pulumi.ComponentResource,
  opts: pulumi.ComponentResourceOptions = {},
): void {
  for (const [option, instead] of Object.entries(INSTEAD)) {
    if (opts[option as keyof typeof INSTEAD] !== undefined) {
      pulumi.log.warn(
        `the resource option ${option} has no effect on a component and its resources; fix: ${instead}`,
        component,
      );
    }
  }
}
