import { isObject, type Json, type JsonObject } from "../../common/json";
import { type Injection, injectionOf, injectorFor } from "../../images/auto";
import { type Injector, injectorsOf } from "../../images/injector";
import { annotationsOf, type Labels } from "../../k8s/istioLabels";
import { type K8sObject, podTemplate } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { injectorsAfter, namespacesAfter } from "./overlaps";
import type { DesiredMesh, LiveState } from "./types";

/** What a container asks for, as quantities by the resource's name. */
export interface Resources {
  readonly requests: JsonObject;
  readonly limits: JsonObject;
}

/** What an injector adds to the resources of a pod. */
export type InjectedResources =
  | {
      readonly kind: "known";
      /** Of the proxy, where its container in the pod says nothing. */
      readonly proxy: Resources;
      /** Of a container that runs before the pod's own, where there is one. */
      readonly init?: Resources;
    }
  /** A template of somebody's own, or a control plane that is not of this mesh. */
  | { readonly kind: "unknown" };

const NONE: Resources = { requests: {}, limits: {} };

const TEMPLATES_ANNOTATION = "inject.istio.io/templates";
const INTERCEPTION_ANNOTATION = "sidecar.istio.io/interceptionMode";

/** The one template of Istio's whose proxy asks for nothing by itself. */
const GATEWAY_TEMPLATE = "gateway";

/** @see https://istio.io/latest/docs/reference/config/annotations/ */
const ANNOTATIONS = [
  ["sidecar.istio.io/proxyCPU", "requests", "cpu"],
  ["sidecar.istio.io/proxyMemory", "requests", "memory"],
  ["sidecar.istio.io/proxyCPULimit", "limits", "cpu"],
  ["sidecar.istio.io/proxyMemoryLimit", "limits", "memory"],
] as const;

function quantities(map: Json | undefined): JsonObject {
  const entries = Object.entries(isObject(map) ? map : {});
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

/** Requests and limits of a block `resources`. */
export function resourcesIn(block: Json | undefined): Resources {
  const at = (kind: string) => quantities(isObject(block) ? block[kind] : undefined);
  return { requests: at("requests"), limits: at("limits") };
}

/** The first wins, resource by resource. */
export function over(own: Resources, below: Resources): Resources {
  return {
    requests: { ...below.requests, ...own.requests },
    limits: { ...below.limits, ...own.limits },
  };
}

/** A single annotation takes the place of all that the mesh says. Source: Istio's templates. */
function proxyResources({ values }: Injector, annotations: Labels): Resources {
  const own = ANNOTATIONS.filter(([name]) => annotations[name] !== undefined);
  if (own.length === 0) {
    return resourcesIn(getPath(values, "global.proxy.resources"));
  }
  const given = (wanted: "requests" | "limits") =>
    Object.fromEntries(
      own
        .filter(([, kind]) => kind === wanted)
        .map(([name, , resource]) => [resource, annotations[name] ?? ""]),
    );
  return { requests: given("requests"), limits: given("limits") };
}

/** Templates are Go templates for one pod, so they are read, not run: for the lines of Istio's own. */
function ofTemplate(name: string, injector: Injector, annotations: Labels): InjectedResources {
  const text = injector.templates[name];
  if (text !== undefined && !/^\s*resources:/m.test(text)) {
    return { kind: "known", proxy: NONE };
  }
  if (text?.includes(".Values.global.proxy.resources") !== true) {
    return { kind: "unknown" };
  }
  const proxy = proxyResources(injector, annotations);
  const redirects = annotations[INTERCEPTION_ANNOTATION] !== "NONE";
  const hasInit = /- name: istio-(init|validation)$/m.test(text) && redirects;
  return { kind: "known", proxy, ...(hasInit && { init: proxy }) };
}

function both(one: InjectedResources, next: InjectedResources): InjectedResources {
  if (one.kind === "unknown" || next.kind === "unknown") {
    return { kind: "unknown" };
  }
  const init = next.init ?? one.init;
  return {
    kind: "known",
    proxy: over(next.proxy, one.proxy),
    ...(init !== undefined && { init }),
  };
}

function templatesFor(annotations: Labels, injector: Injector | undefined): string[] {
  const named = annotations[TEMPLATES_ANNOTATION];
  if (named !== undefined) {
    return named.split(",").map((name) => name.trim());
  }
  const usual = injector?.defaultTemplates ?? [];
  return usual.length === 0 ? ["sidecar"] : [...usual];
}

/**
 * What the webhook that gets the pods of a workload adds to their resources: those of the mesh's
 * proxies or of the pod's annotations, by the templates that the pod names.
 */
export function injectedResources(workload: K8sObject, injection: Injection): InjectedResources {
  const annotations = annotationsOf(podTemplate(workload));
  const { injector } = injectorFor(workload, injection);
  const all = templatesFor(annotations, injector).map((name): InjectedResources => {
    if (injector !== undefined) {
      return ofTemplate(name, injector, annotations);
    }
    return name === GATEWAY_TEMPLATE ? { kind: "known", proxy: NONE } : { kind: "unknown" };
  });
  return all.reduce(both, { kind: "known", proxy: NONE });
}

/** Returns the injectors and webhooks after the update. */
export function injectionAfter(
  desired: DesiredMesh,
  live: Pick<LiveState, "mutatingWebhooks" | "namespaces">,
): Injection {
  const rendered = injectionOf(desired.objects, injectorsOf(desired.objects));
  return {
    injectors: rendered.injectors,
    webhooks: injectorsAfter(desired, live),
    namespaces: { ...rendered.namespaces, ...Object.fromEntries(namespacesAfter(desired, live)) },
    isWhole: true,
  };
}
