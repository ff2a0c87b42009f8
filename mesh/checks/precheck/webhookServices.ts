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
import type { LiveState, Wish } from "./types";

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

/** The Services that webhooks of Istio's call, each once. */
export function servicesCalled(configurations: readonly K8sObject[]): string[] {
  return [...new Set(configurations.flatMap(servicesOf).map(({ service }) => service))];
}

function deleteCommand({ kind }: K8sObject, name: string): string {
  return `kubectl delete ${kind.toLowerCase()} ${name}`;
}

const isInWish = (wish: OwnWish, object: K8sObject) =>
  wish.objects.some(
    (wished) => wished.kind === object.kind && identityOf(wished).name === nameOf(object),
  );

const isTaken = ({ adopt, stack }: OwnWish, configuration: K8sObject) =>
  adopt === "all" && !isOwn(configuration, stack);

function serviceNames(objects: readonly JsonObject[]): string[] {
  return objects
    .filter(({ kind }) => kind === "Service")
    .map((object) => `${getPath(object, "metadata.namespace")}/${nameOf(object)}`);
}

/** What the inputs say of webhooks. */
type OwnWish = Pick<Wish, "objects" | "stack" | "adopt">;

/** What a cluster has of webhooks, and of what answers them. */
type WebhookState = Pick<
  LiveState,
  "mutatingWebhooks" | "validatingWebhooks" | "webhookServices" | "workloads"
>;

/** What follows for the objects that a webhook matches. */
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

/** The stack's own webhook: an update that looks at the cluster makes good what it lacks. */
const REFRESH = "`pulumi up --refresh` writes it, and its Service, as the inputs have them";

function goneFinding(configuration: K8sObject, dead: readonly Called[], wish: OwnWish): Finding {
  const [first] = dead as [Called];
  const { severity, text } = effectOf(dead);
  // What is left of a removed install may have the name of a wished object.
  const own = isInWish(wish, configuration) && isOwn(configuration, wish.stack);
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
 * Webhooks of Istio's whose Service is gone, or has nobody who answers: with `failurePolicy: Fail` no
 * pod, or nothing of Istio's configuration, can be written. A Service of the wish that
 * is not there yet comes with the update.
 */
export function checkWebhookServices(wish: OwnWish, live: WebhookState): Finding[] {
  const wished = serviceNames(wish.objects);
  const { webhookServices } = live;
  return [...live.mutatingWebhooks, ...live.validatingWebhooks].flatMap((configuration) => {
    const called = servicesOf(configuration);
    const dead = called.filter(
      ({ service }) => !webhookServices.some(({ name }) => name === service),
    );
    const comes = dead.length > 0 && dead.every(({ service }) => wished.includes(service));
    const isIn = isInWish(wish, configuration);
    // One that the stack takes over is answered again before anything that it matches is made.
    const isAnswered = comes && (isIn ? isTaken(wish, configuration) : true);
    if (dead.length > 0 && !isAnswered) {
      return [goneFinding(configuration, dead, wish)];
    }
    const silent = called.filter(({ service }) =>
      webhookServices.some(({ name, answers }) => name === service && !answers),
    );
    // Those of a control plane that is gone are told as what it has left.
    const isExpected = isInWish(wish, configuration) || hasIstiod(configuration, live);
    return silent.length > 0 && isExpected ? [silentFinding(configuration, silent)] : [];
  });
}

/** Labels of the namespaces as they will be: those of the cluster, and over them the wished ones. */
export function labelsAfter(
  objects: readonly K8sObject[],
  live: readonly JsonObject[],
): NamespaceLabels {
  const wished = objects.filter(({ kind }) => kind === "Namespace");
  const all = new Map<string, Labels>();
  for (const namespace of [...live, ...wished]) {
    const name = nameOf(namespace);
    all.set(name, { ...all.get(name), ...labelsOf(namespace) });
  }
  return all;
}

/**
 * Those of {@link checkWebhookServices} with which an update cannot end well: the webhook refuses, and
 * the API server would ask it about something that the update makes.
 *
 * @param namespaces labels of the namespaces as they will be
 */
export function checkBlockingWebhooks(
  wish: OwnWish,
  live: Omit<WebhookState, "workloads">,
  namespaces: NamespaceLabels,
): Finding[] {
  const created = createdBy(wish.objects);
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
  return checkWebhookServices(wish, state).filter(({ severity }) => severity === "error");
}

export const webhookServices = precheckOf({
  id: "webhook-service",
  title: "webhooks",
  fine: "somebody answers each of Istio's",
  needs: ["wish", "mutatingWebhooks", "validatingWebhooks", "webhookServices", "workloads"],
  run: ({ wish, ...live }) => checkWebhookServices(wish, live),
});

export const blockingWebhooks = gateCheckOf({
  id: "webhook-service",
  title: "webhooks",
  gate: "only",
  needs: ["wish", "mutatingWebhooks", "validatingWebhooks", "webhookServices", "namespaces"],
  run: ({ wish, namespaces, ...live }) =>
    checkBlockingWebhooks(wish, live, labelsAfter(wish.objects, namespaces)),
});
