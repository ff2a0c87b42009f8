import type { JsonObject } from "../../common/json";
import { calledBy } from "../../injection/webhooks";
import { type Labels, labelsOf } from "../../k8s/istioLabels";
import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { listAt, nameOf } from "../../k8s/workload";
import { controlPlanes, revisionOf } from "../../snapshot/controlPlanes";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { createdBy, isAsked, type NamespaceLabels } from "./admission";
import { gateCheckOf, precheckOf } from "./define";
import { isOwn } from "./ownStack";
import type { DesiredMesh, LiveState } from "./types";

const found = findingsOf("webhook-service");

interface Called {
  /** `NAMESPACE/NAME` */
  readonly service: string;
  readonly refuses: boolean;
}

/** The names of all webhooks of Istio end with this. */
const ISTIO_WEBHOOK = /\.istio\.io$/;

function servicesOf(configuration: K8sObject): Called[] {
  return listAt(configuration, "webhooks").flatMap((webhook) => {
    const called = calledBy(webhook);
    const refuses = webhook.failurePolicy !== "Ignore";
    return called.kind === "url" || !ISTIO_WEBHOOK.test(String(webhook.name))
      ? []
      : [{ service: `${called.namespace}/${called.name}`, refuses }];
  });
}

/** Returns the Services that webhooks of Istio call, each once. */
export function servicesCalled(configurations: readonly K8sObject[]): string[] {
  return [...new Set(configurations.flatMap(servicesOf).map(({ service }) => service))];
}

function deleteCommand({ kind }: K8sObject, name: string): string {
  return `kubectl delete ${kind.toLowerCase()} ${name}`;
}

const isPlanned = (desired: DesiredObjects, object: K8sObject) =>
  desired.objects.some(
    (planned) => planned.kind === object.kind && identityOf(planned).name === nameOf(object),
  );

const isTaken = ({ adopt, stack }: DesiredObjects, configuration: K8sObject) =>
  adopt === "all" && !isOwn(configuration, stack);

function serviceNames(objects: readonly JsonObject[]): string[] {
  return objects
    .filter(({ kind }) => kind === "Service")
    .map((object) => `${getPath(object, "metadata.namespace")}/${nameOf(object)}`);
}

/** The part of the desired mesh that the check needs. */
type DesiredObjects = Pick<DesiredMesh, "objects" | "stack" | "adopt">;

/** The webhooks of a cluster, and the Services that answer them. */
type WebhookState = Pick<
  LiveState,
  "mutatingWebhooks" | "validatingWebhooks" | "webhookServices" | "workloads"
>;

/** Returns the consequence for the objects that a webhook matches. */
function effectOf(called: readonly Called[]): { severity: "error" | "warning"; text: string } {
  return called.some(({ refuses }) => refuses)
    ? { severity: "error", text: "what it matches is refused by the API server" }
    : { severity: "warning", text: "it does nothing any more" };
}

function hasIstiod(configuration: K8sObject, { workloads }: WebhookState): boolean {
  const deployments = workloads.filter(({ kind }) => kind === "Deployment");
  const revision = revisionOf(configuration);
  return controlPlanes(deployments).some((plane) => plane.revision === revision);
}

/** For the stack's own webhook. An update with a refresh restores what is missing. */
const REFRESH = "`pulumi up --refresh` writes it, and its Service, as the inputs have them";

function goneFinding(
  configuration: K8sObject,
  dead: readonly Called[],
  desired: DesiredObjects,
): Finding {
  const [first] = dead as [Called];
  const { severity, text } = effectOf(dead);
  // An object that a removed install left may have the name of a planned object.
  const own = isPlanned(desired, configuration) && isOwn(configuration, desired.stack);
  return found.of(
    own ? "warning" : severity,
    objectTitle(configuration),
    `calls the Service ${first.service}, which does not exist: ${text}`,
    own ? REFRESH : deleteCommand(configuration, nameOf(configuration)),
  );
}

function silentFinding(configuration: K8sObject, silent: readonly Called[]): Finding {
  const [first] = silent as [Called];
  const [namespace] = first.service.split("/");
  return found.warning(
    objectTitle(configuration),
    `nothing answers at its Service ${first.service}: ${effectOf(silent).text}, also in this update`,
    `bring up the istiod behind it first: kubectl -n ${namespace} get deployments -l app=istiod`,
  );
}

/**
 * Webhooks of Istio whose Service does not exist or does not answer. With `failurePolicy: Fail`, no pod
 * or none of Istio's configuration can be written. A planned Service that does not exist yet comes
 * with the update.
 */
export function checkWebhookServices(desired: DesiredObjects, live: WebhookState): Finding[] {
  const planned = serviceNames(desired.objects);
  const { webhookServices } = live;
  return [...live.mutatingWebhooks, ...live.validatingWebhooks].flatMap((configuration) => {
    const called = servicesOf(configuration);
    const dead = called.filter(
      ({ service }) => !webhookServices.some(({ name }) => name === service),
    );
    const comes = dead.length > 0 && dead.every(({ service }) => planned.includes(service));
    const isIn = isPlanned(desired, configuration);
    // A webhook that the stack takes over is answered again before anything that it matches is created.
    const isAnswered = comes && (isIn ? isTaken(desired, configuration) : true);
    if (dead.length > 0 && !isAnswered) {
      return [goneFinding(configuration, dead, desired)];
    }
    const silent = called.filter(({ service }) =>
      webhookServices.some(({ name, answers }) => name === service && !answers),
    );
    // Webhooks of a control plane that is gone are reported as leftovers.
    const isExpected = isPlanned(desired, configuration) || hasIstiod(configuration, live);
    return silent.length > 0 && isExpected ? [silentFinding(configuration, silent)] : [];
  });
}

/** Returns the labels of namespaces after the update: those of the cluster, merged with the planned ones. */
export function labelsAfter(
  objects: readonly K8sObject[],
  live: readonly JsonObject[],
): NamespaceLabels {
  const planned = objects.filter(({ kind }) => kind === "Namespace");
  const all = new Map<string, Labels>();
  for (const namespace of [...live, ...planned]) {
    const name = nameOf(namespace);
    all.set(name, { ...all.get(name), ...labelsOf(namespace) });
  }
  return all;
}

/**
 * Findings of {@link checkWebhookServices} with which an update cannot succeed: the webhook refuses, and
 * the API server would call it for an object that the update creates.
 *
 * @param namespaces labels of the namespaces as they will be
 */
export function checkBlockingWebhooks(
  desired: DesiredObjects,
  live: Omit<WebhookState, "workloads">,
  namespaces: NamespaceLabels,
): Finding[] {
  const created = createdBy(desired.objects);
  const blocks = (configuration: K8sObject) =>
    listAt(configuration, "webhooks").some(
      (webhook) =>
        webhook.failurePolicy !== "Ignore" &&
        created.some((object) => isAsked(webhook, object, namespaces)),
    );
  const state = {
    ...live,
    mutatingWebhooks: live.mutatingWebhooks.filter(blocks),
    validatingWebhooks: live.validatingWebhooks.filter(blocks),
    workloads: [],
  };
  return checkWebhookServices(desired, state).filter(({ severity }) => severity === "error");
}

export const webhookServices = precheckOf({
  id: "webhook-service",
  title: "webhooks",
  fine: "somebody answers each of Istio's",
  needs: ["desired", "mutatingWebhooks", "validatingWebhooks", "webhookServices", "workloads"],
  run: ({ desired, ...live }) => checkWebhookServices(desired, live),
});

export const blockingWebhooks = gateCheckOf({
  id: "webhook-service",
  title: "webhooks",
  gate: "only",
  needs: ["desired", "mutatingWebhooks", "validatingWebhooks", "webhookServices", "namespaces"],
  run: ({ desired, namespaces, ...live }) =>
    checkBlockingWebhooks(desired, live, labelsAfter(desired.objects, namespaces)),
});
