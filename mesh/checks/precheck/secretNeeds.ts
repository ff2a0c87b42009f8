import type { JsonObject } from "../../common/json";
import { type Injection, injectorFor } from "../../images/auto";
import { type Injector, proxyImage } from "../../images/injector";
import { matchingWebhooks } from "../../injection/match";
import { type ImageReference, parseReference } from "../../k8s/imageReference";
import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { listAt, sameNamespace } from "../../k8s/workload";
import { allContainers, imageIn } from "./imageNeeds";
import { injectionAfter } from "./injectedResources";
import { isInjected } from "./podResources";
import { podSpec, workloadsOf } from "./pods";
import type { DesiredMesh, LiveState } from "./types";

/** Pods of one namespace that name Secrets for pulling their images. */
export interface SecretNeed {
  readonly namespace: string;
  /** Of the Secrets. */
  readonly names: readonly string[];
  readonly images: readonly ImageReference[];
  /** What names them, for texts. */
  readonly user: string;
  /** Whether they are pods of others with a proxy, which the update does not create. */
  readonly later: boolean;
}

function names(list: readonly JsonObject[]): string[] {
  return list.map(({ name }) => String(name));
}

/** Names that the injector adds to pods. */
function ofInjector(injector: Injector | undefined): string[] {
  const list = injector && getPath(injector.values, "global.imagePullSecrets");
  return Array.isArray(list) ? list.map(String) : [];
}

/** Returns the Secrets of the pod, or else those of its service account. */
function ofPods(workload: K8sObject, objects: readonly K8sObject[]): string[] {
  const spec = podSpec(workload);
  const own = listAt(spec, "imagePullSecrets");
  const account = objects.find(
    (object) =>
      object.kind === "ServiceAccount" &&
      sameNamespace(object, workload) &&
      identityOf(object).name === spec.serviceAccountName,
  );
  return names(own.length > 0 || account === undefined ? own : listAt(account, "imagePullSecrets"));
}

function parsed(images: readonly (string | undefined)[]): ImageReference[] {
  return images
    .map((image) => (image === undefined ? undefined : parseReference(image)))
    .filter((reference) => reference !== undefined);
}

function ofWorkload(
  workload: K8sObject,
  { objects }: DesiredMesh,
  injection: Injection,
): SecretNeed {
  const containers = allContainers(workload);
  const { injector } = injectorFor(workload, injection);
  const injected = containers.some(isInjected) ? ofInjector(injector) : [];
  return {
    namespace: identityOf(workload).namespace,
    names: [...new Set([...ofPods(workload, objects), ...injected])],
    images: parsed(containers.map((container) => imageIn(container, workload, injection))),
    user: objectTitle(workload),
    later: false,
  };
}

/** Returns the needs of namespaces whose pods this mesh's injectors would inject. */
function ofNamespaces(injection: Injection): SecretNeed[] {
  return Object.entries(injection.namespaces).flatMap(([namespace, namespaceLabels]) => {
    const [webhook] = matchingWebhooks(injection.webhooks, { namespaceLabels, podLabels: {} });
    const injector = injection.injectors.find(({ revision }) => revision === webhook?.revision);
    return injector === undefined
      ? []
      : [
          {
            namespace,
            names: ofInjector(injector),
            images: parsed([proxyImage(injector)]),
            user: "pods with a proxy",
            later: true,
          },
        ];
  });
}

/** Returns which pods name Secrets for pulling images, by namespace. */
export function secretNeeds(
  desired: DesiredMesh,
  live: Pick<LiveState, "mutatingWebhooks" | "namespaces">,
): SecretNeed[] {
  const injection = injectionAfter(desired, live);
  const workloads = workloadsOf(desired.objects).map((one) => ofWorkload(one, desired, injection));
  return [...workloads, ...ofNamespaces(injection)].filter((need) => need.names.length > 0);
}
