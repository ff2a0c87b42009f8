import * as pulumi from "./sdk";

/**
 * Returns an error that Pulumi shows at a resource, without a stack trace.
 *
 * Before it shows the message, Pulumi makes Node.js format the whole error. With the SDK's frames
 * in the stack this takes ten seconds (Node.js 20 loops over their paths), and it visits
 * everything that the resource refers to. The returned error contains neither.
 */
export function resourceError(message: string, resource: pulumi.Resource): Error {
  const error = new pulumi.ResourceError(message, resource, true);
  error.stack = message;
  return Object.defineProperty(error, "resource", { value: resource, enumerable: false });
}

/**
 * Has Pulumi show an error at a resource and end the program as failed once it has run to its end.
 * An error that is thrown would keep the remaining resources from being registered and their
 * errors from being shown. An error that is only logged would not fail the program.
 */
export function failProgram(message: string, resource: pulumi.Resource): void {
  // Nothing handles the rejection on purpose, because this is how Pulumi learns of the error.
  void Promise.reject(resourceError(message, resource));
}
