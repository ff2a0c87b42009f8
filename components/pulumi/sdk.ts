/**
 * The parts of Pulumi's SDK that components use, imported from their own modules. The SDK's entry
 * point also loads the Automation API and the function serializer (with a TypeScript compiler),
 * which take longer than the whole program.
 *
 * Hooks are exported as types only, because `hooks.ts` creates them.
 */
export { ResourceError, RunError } from "@pulumi/pulumi/errors";
export * as log from "@pulumi/pulumi/log";
export { getOrganization, getProject, getStack } from "@pulumi/pulumi/metadata";
export {
  type Input,
  type Inputs,
  type Output,
  output,
  secret,
} from "@pulumi/pulumi/output";
export {
  ComponentResource,
  type ComponentResourceOptions,
  CustomResource,
  type CustomResourceOptions,
  type CustomTimeouts,
  createUrn,
  type ErrorHook,
  ProviderResource,
  Resource,
  type ResourceHook,
  type ResourceHookBinding,
  type ResourceOptions,
} from "@pulumi/pulumi/resource";
export * as config from "@pulumi/pulumi/runtime/config";
export { isDryRun, rpcKeepAlive } from "@pulumi/pulumi/runtime/settings";
