import type { JsonObject } from "../../common/json";
import { uniqueBy } from "../../common/lists";
import { checkInjection } from "../../injection/match";
import { injectionWebhooks, revisionsNamed, webhookTitle } from "../../injection/webhooks";
import {
  annotationsOf,
  askedRevision,
  type Labels,
  labelsOf,
  REVISION_LABEL,
} from "../../k8s/istioLabels";
import { patchCommand, restartCommand } from "../../k8s/kubectl";
import { getPath } from "../../k8s/path";
import { selectorOf, selects } from "../../k8s/selector";
import {
  countAt,
  isAvailable,
  nameOf,
  namespaceOf,
  templateOf,
  type Workload,
} from "../../k8s/workload";
import { ownPods } from "../../snapshot/controlPlanes";
import { gatewayWorkloads } from "../../snapshot/gateways";
import { injectedRevision, isWithoutImage } from "../../snapshot/proxies";
import { readyEndpoints } from "../../snapshot/services";
import type { Read } from "../../snapshot/snapshot";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { fixUnavailable, whyUnavailable } from "./controlPlane";
import { validationOf } from "./define";
import { knownRevisions } from "./planes";
import { stuckRollout } from "./rollouts";
import type { MeshState } from "./state";

export function workloadTitle({ kind, object }: Workload): string {
  return `${kind} ${namespaceOf(object)}/${nameOf(object)}`;
}

const podTitle = (pod: JsonObject) => `Pod ${namespaceOf(pod)}/${nameOf(pod)}`;

const available = findingsOf("gateway");

function availability(workload: Workload, pods: readonly JsonObject[]): Finding {
  const { kind, object } = workload;
  const title = workloadTitle(workload);
  if (kind === "Deployment" && getPath(object, "spec.replicas") === 0) {
    return available.info(title, "is scaled to 0: it serves nobody");
  }
  const count =
    kind === "DaemonSet"
      ? countAt(object, "status.numberAvailable")
      : countAt(object, "status.availableReplicas");
  const wanted =
    kind === "DaemonSet"
      ? countAt(object, "status.desiredNumberScheduled")
      : countAt(object, "spec.replicas");
  const serves = kind === "Deployment" ? isAvailable(object) : count > 0;
  if (!serves) {
    const reason = `is not available: ${whyUnavailable(object, pods)}`;
    return available.error(title, reason, fixUnavailable(object));
  }
  const stuck = stuckRollout(workload, ownPods(workload, pods));
  return stuck === undefined
    ? available.ok(title, `${count} of ${wanted} pods available`)
    : available.warning(title, stuck.reason, stuck.fix);
}

/** Checks that every gateway has available pods. */
export function checkGateways(state: Pick<Read<MeshState>, "workloads" | "pods">): Finding[] {
  const gateways = gatewayWorkloads(state.workloads);
  return gateways.length === 0
    ? [available.info("gateways", "there is none in the cluster")]
    : gateways.map((gateway) => availability(gateway, state.pods));
}

const image = findingsOf("gateway-image");

type InjectionParts = Pick<Read<MeshState>, "namespaces" | "mutatingWebhooks">;

function namespaceLabels(name: string, { namespaces }: InjectionParts): Labels {
  return labelsOf(namespaces.find((namespace) => nameOf(namespace) === name));
}

/** Returns which webhook should have injected a pod, and why it did not. */
function autoFinding(pod: JsonObject, state: InjectionParts): Finding {
  const namespace = namespaceOf(pod);
  const labels = namespaceLabels(namespace, state);
  const podLabels = labelsOf(pod);
  const revision = podLabels[REVISION_LABEL] ?? askedRevision(labels) ?? "";
  const at = { namespaceLabels: labels, podLabels };
  const answer = checkInjection({ webhooks: state.mutatingWebhooks, ...at, revision, namespace });
  const start = "still has the image auto, since no webhook injected it";
  const again = `kubectl -n ${namespace} delete pod ${nameOf(pod)}`;
  return answer.kind === "ok"
    ? image.error(
        podTitle(pod),
        `${start}: ${webhookTitle(answer.webhook)} of ${answer.webhook.revision} should have, and did not match or answer when the pod was made; now it would`,
        `replace it: ${again}`,
      )
    : image.error(podTitle(pod), `${start}: ${answer.reason}`, `${answer.fix}; then ${again}`);
}

/** Checks that no pod is left with `image: auto`. */
export function checkAutoImages(state: Pick<Read<MeshState>, "pods"> & InjectionParts): Finding[] {
  const left = state.pods.filter(isWithoutImage);
  return left.length > 0
    ? left.map((pod) => autoFinding(pod, state))
    : [image.ok("pods", "none is left with the image auto")];
}

const service = findingsOf("gateway-service");

/** Returns the Service whose selector is nearest to a gateway's labels. */
function nearest(
  labels: Labels,
  services: readonly JsonObject[],
): { readonly service: JsonObject; readonly wrong: readonly string[] } | undefined {
  return services
    .map((each) => ({ each, selector: selectorOf(each) }))
    .filter(({ selector }) =>
      Object.entries(selector).some(([key, value]) => labels[key] === value),
    )
    .map(({ each, selector }) => ({
      service: each,
      wrong: Object.keys(selector).filter((key) => labels[key] !== selector[key]),
    }))
    .sort((a, b) => a.wrong.length - b.wrong.length)[0];
}

/** Returns whether a Service selects another gateway, of which this one is the next or last revision. */
function servesAnother(found: JsonObject, gateways: readonly Workload[]): boolean {
  return gateways.some(
    (gateway) =>
      namespaceOf(gateway.object) === namespaceOf(found) &&
      selects(selectorOf(found), labelsOf(templateOf(gateway.object))),
  );
}

function unselected(
  gateway: Workload,
  services: readonly JsonObject[],
  gateways: readonly Workload[],
): Finding {
  const title = workloadTitle(gateway);
  const labels = labelsOf(templateOf(gateway.object));
  const near = nearest(labels, services);
  if (near === undefined) {
    return service.info(title, "no Service selects its pods");
  }
  if (servesAnother(near.service, gateways)) {
    return service.info(title, `stands by: the Service ${nameOf(near.service)} selects others`);
  }
  const name = nameOf(near.service);
  const selector = selectorOf(near.service);
  const [key = ""] = near.wrong;
  const has = labels[key] === undefined ? "have no such label" : `have ${key}=${labels[key]}`;
  const named = { kind: "Service", namespace: namespaceOf(gateway.object), name };
  const changes = near.wrong.map((each) => [each, labels[each] ?? null]);
  const command = patchCommand(named, { spec: { selector: Object.fromEntries(changes) } });
  return service.error(
    title,
    `no Service selects its pods; the nearest, ${name}, asks for ${key}=${selector[key]}, and they ${has}`,
    `make the selector of the Service fit: ${command}`,
  );
}

type ServiceParts = Pick<Read<MeshState>, "services" | "endpointSlices">;

function endpointFinding(
  gateway: Workload,
  found: JsonObject,
  slices: readonly JsonObject[],
): Finding {
  const [namespace, name] = [namespaceOf(found), nameOf(found)];
  const ready = readyEndpoints(slices, namespace, name);
  const object = `Service ${namespace}/${name}`;
  return ready > 0
    ? service.ok(object, `${ready} ready ${ready === 1 ? "endpoint" : "endpoints"}`)
    : service.error(
        object,
        `selects the pods of ${workloadTitle(gateway)}, but none of them is ready`,
        "bring the gateway up, see its own finding",
      );
}

function serviceFindings(
  gateway: Workload,
  { workloads, services, endpointSlices }: Pick<Read<MeshState>, "workloads"> & ServiceParts,
): Finding[] {
  const labels = labelsOf(templateOf(gateway.object));
  const own = services.filter((each) => namespaceOf(each) === namespaceOf(gateway.object));
  const selecting = own.filter((each) => {
    const selector = selectorOf(each);
    return Object.keys(selector).length > 0 && selects(selector, labels);
  });
  if (selecting.length === 0) {
    return [unselected(gateway, own, gatewayWorkloads(workloads))];
  }
  return getPath(gateway.object, "spec.replicas") === 0
    ? []
    : selecting.map((each) => endpointFinding(gateway, each, endpointSlices));
}

/** Checks the Services of gateways. A Service that several gateways share is reported once. */
export function checkGatewayServices(
  state: Pick<Read<MeshState>, "workloads"> & ServiceParts,
): Finding[] {
  const all = gatewayWorkloads(state.workloads).flatMap((gateway) =>
    serviceFindings(gateway, state),
  );
  return uniqueBy(all, (finding) => finding.object);
}

const revision = findingsOf("gateway-revision");

function wantedRevisions(pod: JsonObject, state: InjectionParts): string[] {
  const labels = namespaceLabels(namespaceOf(pod), state);
  const name = labelsOf(pod)[REVISION_LABEL] ?? askedRevision(labels);
  return name === undefined ? [] : revisionsNamed(name, injectionWebhooks(state.mutatingWebhooks));
}

function revisionFinding(
  gateway: Workload,
  pods: readonly JsonObject[],
  known: readonly string[],
  state: InjectionParts,
): Finding[] {
  const title = workloadTitle(gateway);
  const { kind, object } = gateway;
  const named = { kind, namespace: namespaceOf(object), name: nameOf(object) };
  const restart = `restart it: ${restartCommand(named)}`;
  const revisions = [
    ...new Set(pods.flatMap((pod) => injectedRevision(annotationsOf(pod)) ?? [])),
  ].sort();
  const gone = revisions.filter((each) => !known.includes(each));
  if (gone.length > 0) {
    const reason = `has pods of revision ${gone.join(", ")}, whose control plane is gone; there are: ${known.join(", ") || "none"}`;
    return [revision.error(title, reason, `name a revision that is there, then ${restart}`)];
  }
  const stale = pods.filter((pod) => {
    const wanted = wantedRevisions(pod, state);
    const own = injectedRevision(annotationsOf(pod));
    return own !== undefined && wanted.length > 0 && !wanted.includes(own);
  });
  if (stale.length > 0) {
    const wanted = wantedRevisions(stale[0] as JsonObject, state).join(", ");
    const owner = stale.some((pod) => labelsOf(pod)[REVISION_LABEL] === undefined)
      ? "the label of their namespace"
      : "their label";
    const reason = `${stale.length} of ${pods.length} pods are of another revision than ${wanted}, which ${owner} asks for now`;
    return [revision.warning(title, reason, restart)];
  }
  return revisions.length === 0
    ? []
    : [revision.ok(title, `its pods are of revision ${revisions.join(", ")}`)];
}

/** Checks that pods of gateways have the revision that their labels ask for, and that it exists. */
export function checkGatewayRevisions(
  state: Pick<Read<MeshState>, "workloads" | "pods" | "services"> & InjectionParts,
): Finding[] {
  const known = knownRevisions(state);
  return gatewayWorkloads(state.workloads).flatMap((gateway) =>
    revisionFinding(gateway, ownPods(gateway, state.pods), known, state),
  );
}

export const gateways = validationOf({
  id: "gateway",
  needs: ["workloads", "pods"],
  run: checkGateways,
});

export const autoImages = validationOf({
  id: "gateway-image",
  needs: ["pods", "namespaces", "mutatingWebhooks"],
  run: checkAutoImages,
});

export const gatewayServices = validationOf({
  id: "gateway-service",
  needs: ["workloads", "services", "endpointSlices"],
  run: checkGatewayServices,
});

export const gatewayRevisions = validationOf({
  id: "gateway-revision",
  needs: ["workloads", "pods", "services", "namespaces", "mutatingWebhooks"],
  run: checkGatewayRevisions,
});
