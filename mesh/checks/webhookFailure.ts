import { calledBy } from "../injection/webhooks";
import { identityOf, type K8sObject, objectTitle } from "../k8s/objects";
import { listAt } from "../k8s/workload";
import type { Finding } from "./finding";
import type { LiveState } from "./precheck/types";
import { checkWebhookServices } from "./precheck/webhookServices";

/** A webhook that the API server could not call, according to its error. */
export interface FailedCall {
  /** Name inside of its configuration. @example "validation.istio.io" */
  readonly webhook: string;
  /** `NAMESPACE/NAME` of the Service that was called; absent for one outside of the cluster. */
  readonly service?: string;
}

/** Quotation marks have a backslash if the error is part of another one. */
const FAILED = /failed calling webhook \\?"([^"\\]+)\\?"/;
const SERVICE = /https:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.svc[:/]/;

/**
 * Reads the API server's error.
 *
 * @returns `undefined` for an error that no webhook caused
 */
export function failedCall(message: string): FailedCall | undefined {
  const [, webhook] = FAILED.exec(message) ?? [];
  const [, name, namespace] = SERVICE.exec(message) ?? [];
  if (webhook === undefined) {
    return undefined;
  }
  return { webhook, ...(name !== undefined && { service: `${namespace}/${name}` }) };
}

function isCalled(configuration: K8sObject, { webhook, service }: FailedCall): boolean {
  return listAt(configuration, "webhooks").some((one) => {
    const called = calledBy(one);
    const title = called.kind === "url" ? undefined : `${called.namespace}/${called.name}`;
    return one.name === webhook && (service === undefined || title === service);
  });
}

/** Configurations with webhooks, and the Services that they call. */
export type Webhooks = Pick<
  LiveState,
  "mutatingWebhooks" | "validatingWebhooks" | "webhookServices"
>;

function fixFor(
  configuration: K8sObject,
  { service }: FailedCall,
  findings: readonly Finding[],
): string {
  const found = findings.find(({ object }) => object === objectTitle(configuration));
  if (found?.fix !== undefined) {
    return found.fix;
  }
  const [namespace = "istio-system"] = service?.split("/") ?? [];
  return service === undefined
    ? `bring up what it calls, or: kubectl delete ${configuration.kind.toLowerCase()} ${identityOf(configuration).name}`
    : `bring up the istiod behind it: kubectl -n ${namespace} get deployments -l app=istiod`;
}

/**
 * Explains an error in which the API server names a webhook only by its name inside its configuration:
 * which configuration it is, and what to do.
 *
 * @param desired tells the stack's own webhooks from those of others
 * @returns `undefined` if no webhook failed, or the cluster does not have it
 */
export function webhookFailureText(
  message: string,
  live: Webhooks,
  desired: Parameters<typeof checkWebhookServices>[0],
): string | undefined {
  const call = failedCall(message);
  const all = [...live.mutatingWebhooks, ...live.validatingWebhooks];
  const found = call && all.find((configuration) => isCalled(configuration, call));
  if (call === undefined || found === undefined) {
    return undefined;
  }
  const findings = checkWebhookServices(desired, { ...live, workloads: [] });
  const calls = call.service === undefined ? "" : `, which calls the Service ${call.service},`;
  return (
    `the API server asks the webhook ${call.webhook} of ${objectTitle(found)}${calls} and gets no answer; ` +
    `fix: ${fixFor(found, call, findings)}`
  );
}
