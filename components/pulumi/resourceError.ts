import * as pulumi from "./sdk";

/**
 * An error that Pulumi shows at a resource, without a stack trace.
 *
 * Pulumi has Node.js print the whole error before it shows the message. Printing takes ten seconds
 * with the SDK's own frames in the stack (Node.js 20 loops on their paths), and goes through all
 * that the resource refers to; so neither is left to be printed.
 */
export function resourceError(message: string, resource: pulumi.Resource): Error {
  const error = new pulumi.ResourceError(message, resource, true);
  error.stack = message;
  return Object.defineProperty(error, "resource", { value: resource, enumerable: false });
}
