import { listAt, nameOf } from "../../guard/workload";
import { isObject, type JsonObject } from "../../json";
import type { K8sObject } from "../../patch/types";
import { identityOf, objectTitle } from "../../render/objects";
import { getPath } from "../../translate";
import type { Finding } from "../finding";
import { finder } from "./finder";
import type { LiveState, Wish } from "./types";

const found = finder("webhook-service");

/** Webhooks of Istio's all end so. */
const ISTIO = /\.istio\.io$/;

interface Called {
  /** `NAMESPACE/NAME` */
  readonly service: string;
  readonly refuses: boolean;
}

function calledBy(configuration: K8sObject): Called[] {
  return listAt(configuration, "webhooks").flatMap((webhook) => {
    const service = getPath(webhook, "clientConfig.service");
    if (!ISTIO.test(String(webhook.name)) || !isObject(service)) {
      return [];
    }
    const refuses = webhook.failurePolicy !== "Ignore";
    return [{ service: `${service.namespace}/${service.name}`, refuses }];
  });
}

/** The Services that webhooks of Istio's call, each once. */
export function servicesCalled(configurations: readonly K8sObject[]): string[] {
  return [...new Set(configurations.flatMap(calledBy).map(({ service }) => service))];
}

function deleteCommand({ kind }: K8sObject, name: string): string {
  return `kubectl delete ${kind.toLowerCase()} ${name}`;
}

const isInWish = (wish: Wish, object: K8sObject) =>
  wish.objects.some(
    (wished) => wished.kind === object.kind && identityOf(wished).name === nameOf(object),
  );

function serviceNames(objects: readonly JsonObject[]): string[] {
  return objects
    .filter(({ kind }) => kind === "Service")
    .map((object) => `${getPath(object, "metadata.namespace")}/${nameOf(object)}`);
}

/**
 * Webhooks of Istio's whose Service is gone, and which nothing in the wish repairs: with
 * `failurePolicy: Fail` no pod, or nothing of Istio's configuration, can be written (pains 5 and 13).
 */
export function checkWebhookServices(wish: Wish, live: LiveState): Finding[] {
  const there = [...live.webhookServices, ...serviceNames(wish.objects)];
  const all = [...live.mutatingWebhooks, ...live.validatingWebhooks];
  return all
    .filter((configuration) => !isInWish(wish, configuration))
    .flatMap((configuration) => {
      const dead = calledBy(configuration).filter(({ service }) => !there.includes(service));
      const [first] = dead;
      if (first === undefined) {
        return [];
      }
      const refuses = dead.some((one) => one.refuses);
      const effect = refuses
        ? "what it matches is refused by the API server"
        : "it does nothing any more";
      return [
        found(
          refuses ? "error" : "warning",
          objectTitle(configuration),
          `calls the Service ${first.service}, which does not exist: ${effect}`,
          deleteCommand(configuration, nameOf(configuration)),
        ),
      ];
    });
}
