import type { JsonObject } from "../common/json";
import { counted } from "../common/lists";
import type { Problem } from "../common/problem";
import {
  checkServiceChange,
  gatewayService,
  type ServiceChange,
  serviceChanges,
} from "../gateway/change";
import { gatewaySource } from "../gateway/check";
import { gatewayObjects } from "../gateway/objects";
import type { VersionFindings } from "../guard/versions";
import { getPath } from "../k8s/path";
import { selectorOf, selects } from "../k8s/selector";
import { listAt, nameOf, namespaceOf } from "../k8s/workload";
import type { ServiceFacts } from "../model/effects";
import { gatewayTitle, type MeshFacts, type OverlayGatewayFacts } from "../model/facts";
import type { GatewayInputs, GatewayPort } from "../model/gatewayInputs";
import { allPodLabels } from "./podLabels";

/** What a step has to know of the cluster, beside the state. */
export interface LiveGateways {
  /** Addresses of load balancers, by `NAMESPACE/NAME` of the Service. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Services that the cluster does not have, as `NAMESPACE/NAME`: an update before was stopped. */
  readonly missing: readonly string[];
  /** Istio's Gateway resources. */
  readonly resources: readonly JsonObject[];
}

export const NOT_LOOKED: LiveGateways = { addresses: {}, missing: [], resources: [] };

/** A gateway of a mesh, typed or of an overlay. */
interface OwnGateway {
  /** `NAMESPACE/NAME` of its Service. */
  readonly title: string;
  readonly protect: boolean;
  /** Absent in states of earlier releases, for gateways of overlays. */
  readonly kind?: string;
  readonly service?: ServiceFacts;
  /** Absent for a gateway of an overlay. */
  readonly inputs?: GatewayInputs;
}

function typedGateways({ gateways }: MeshFacts): OwnGateway[] {
  return gateways.map(({ namespace, name, kind, inputs }) => ({
    title: gatewayTitle({ namespace, name }),
    protect: inputs.protect ?? true,
    kind,
    service: gatewayService(inputs),
    inputs,
  }));
}

/**
 * The gateways of overlays in a state that does not say what they are: the Services that select
 * neither istiod nor the pods of a typed gateway by Istio's label.
 */
function unrecordedGateways({ podLabels }: MeshFacts): OwnGateway[] {
  return (podLabels?.services ?? [])
    .filter(({ selector }) => selector.istio !== undefined && selector.app !== "istiod")
    .map(({ title }) => ({ title: title.replace(/^Service /, ""), protect: true }));
}

function overlayGateways(facts: MeshFacts): OwnGateway[] {
  const { overlayGateways: recorded } = facts;
  return (
    recorded?.map((gateway) => ({ ...gateway, title: gatewayTitle(gateway) })) ??
    unrecordedGateways(facts)
  );
}

const ownGateways = (facts: MeshFacts) => [...typedGateways(facts), ...overlayGateways(facts)];

const isTyped = ({ inputs }: OwnGateway) => inputs !== undefined;

/** Returns each gateway of before with what it becomes. One that becomes typed is another one. */
function pairs(before: MeshFacts, after: MeshFacts) {
  const now = ownGateways(after);
  return ownGateways(before).map((old) => ({
    old,
    now: now.find((own) => own.title === old.title && isTyped(own) === isTyped(old)),
  }));
}

/**
 * Says how to give the consent for a gateway's removal, which is the same for typed gateways and for
 * those of overlays.
 *
 * @param title `NAMESPACE/NAME`
 */
export function consentFix(title: string, isOverlay: boolean): string {
  const [namespace, name] = title.split("/");
  return isOverlay
    ? `set \`overlayGateways: [{ name: ${name}, namespace: ${namespace}, protect: false }]\` and update first (pulumi up)`
    : "set its `protect` to false and update first (pulumi up)";
}

function sourceOf({ title, inputs }: OwnGateway): string {
  return inputs === undefined ? `gateway ${title} of an overlay` : gatewaySource(inputs);
}

function lostService({ title, service }: OwnGateway, { addresses }: LiveGateways): string {
  const address = addresses[title];
  const type = service === undefined ? "" : `${service.type} `;
  return `its ${type}Service ${title}${address === undefined ? "" : `, which has the address ${address}`}`;
}

function removalProblem(gateway: OwnGateway, after: MeshFacts, live: LiveGateways): Problem {
  const { kind, title } = gateway;
  const isLast = kind !== undefined && !ownGateways(after).some((own) => own.kind === kind);
  const last = isLast ? `; the mesh would have no ${kind} gateway left` : "";
  return {
    source: sourceOf(gateway),
    path: "",
    reason: `the gateway is protected, but this update would delete its pods and ${lostService(gateway, live)}${last}`,
    fix: `keep the gateway; to remove it, ${consentFix(title, !isTyped(gateway))}, and then remove it`,
  };
}

/** Where an overlay has what a typed gateway has in an input. */
const OVERLAY_PATHS: Readonly<Record<string, string>> = {
  "service.internal": "k8s.serviceAnnotations",
};

function overlayChange(change: ServiceChange): ServiceChange {
  return { ...change, path: OVERLAY_PATHS[change.path] ?? `k8s.${change.path}` };
}

function changesOf(old: OwnGateway, now: OwnGateway): ServiceChange[] {
  if (old.inputs !== undefined && now.inputs !== undefined) {
    return checkServiceChange(old.inputs, now.inputs);
  }
  return old.service === undefined || now.service === undefined
    ? []
    : serviceChanges(old.service, now.service).map(overlayChange);
}

const resourceTitle = (resource: JsonObject) => `${namespaceOf(resource)}/${nameOf(resource)}`;

function ownResources({ gateways }: MeshFacts): JsonObject[] {
  return gateways
    .flatMap(({ inputs }) => gatewayObjects(inputs))
    .filter(({ kind }) => kind === "Gateway") as unknown as JsonObject[];
}

/** Returns the Gateway resources after the step. Those of typed gateways change with them. */
function resourcesAfter(before: MeshFacts, after: MeshFacts, live: LiveGateways): JsonObject[] {
  const own = [...ownResources(before), ...ownResources(after)].map(resourceTitle);
  const others = live.resources.filter((resource) => !own.includes(resourceTitle(resource)));
  return [...others, ...ownResources(after)];
}

/** Returns the labels of the pods behind a gateway's Service. */
function podsBehind({ title }: OwnGateway, facts: MeshFacts) {
  const { services, workloads } = allPodLabels(facts);
  const found = services.find((service) => service.title === `Service ${title}`);
  return found === undefined
    ? []
    : workloads
        .filter(
          ({ namespace, labels }) =>
            namespace === found.namespace && selects(found.selector, labels),
        )
        .map(({ labels }) => labels);
}

/** A Gateway resource names the port of the Service, or the one that the pods open. */
function opens(resource: JsonObject, { port, targetPort }: GatewayPort): boolean {
  const numbers = listAt(resource, "spec.servers").map((server) => getPath(server, "port.number"));
  return numbers.includes(port) || (targetPort !== undefined && numbers.includes(targetPort));
}

function usersOfPort(
  gateway: OwnGateway,
  port: GatewayPort,
  before: MeshFacts,
  resources: readonly JsonObject[],
): string[] {
  const pods = podsBehind(gateway, before);
  return resources
    .filter((resource) => pods.some((labels) => selects(selectorOf(resource), labels)))
    .filter((resource) => opens(resource, port))
    .map(resourceTitle);
}

/** A port that a Gateway resource opens is in use, and is not closed without consent. */
function judged(
  change: ServiceChange,
  { old, now }: { readonly old: OwnGateway; readonly now: OwnGateway },
  before: MeshFacts,
  resources: readonly JsonObject[],
): ServiceChange {
  const users = change.closed ? usersOfPort(old, change.closed, before, resources) : [];
  if (users.length === 0 || !now.protect) {
    return change;
  }
  const [first, ...more] = users;
  const others = more.length === 0 ? "" : ` and ${counted(more.length, "other")}`;
  return {
    ...change,
    severity: "error",
    reason: `${change.reason}, but Gateway ${first}${others} in the cluster uses the port`,
    fix: `keep the port; or take it out of the Gateway first; or ${consentFix(now.title, !isTyped(now))}`,
  };
}

/**
 * Returns whether the cluster has to be asked about a step: a gateway is removed, or one of its ports
 * is closed. In most steps neither happens.
 *
 * @returns the Services, as `NAMESPACE/NAME`, whose addresses a message would name
 */
export function gatewaysToLookAt(before: MeshFacts, after: MeshFacts): string[] {
  return pairs(before, after)
    .filter(({ old, now }) =>
      now === undefined
        ? old.protect
        : now.protect && changesOf(old, now).some(({ closed }) => closed !== undefined),
    )
    .map(({ old }) => old.title);
}

interface Found {
  readonly severity: ServiceChange["severity"];
  readonly problem: Problem;
}

/**
 * Returns what a step would take away from the clients of a gateway: the gateway itself, its address,
 * or a port in use. Typed gateways and those of overlays go through this one rule (istio#29502,
 * istio#42017). A gateway may be removed once its `protect` has been `false` in an update before, or if
 * its Service was never made, as after an update that was stopped.
 *
 * @example
 * checkGatewaySteps(before, { ...after, overlayGateways: [] }, NOT_LOOKED).problems[0].reason
 * // "the gateway is protected, but this update would delete its pods and its LoadBalancer Service istio-system/istio-ingressgateway; …"
 */
export function checkGatewaySteps(
  before: MeshFacts,
  after: MeshFacts,
  live: LiveGateways,
): VersionFindings {
  const resources = resourcesAfter(before, after, live);
  const found = pairs(before, after).flatMap(({ old, now }): Found[] => {
    if (now === undefined) {
      const isKept = old.protect && !live.missing.includes(old.title);
      return isKept ? [{ severity: "error", problem: removalProblem(old, after, live) }] : [];
    }
    return changesOf(old, now)
      .map((change) => judged(change, { old, now }, before, resources))
      .map(({ path, reason, fix, severity }) => ({
        severity,
        problem: { source: sourceOf(now), path, reason, fix },
      }));
  });
  const ofSeverity = (wanted: Found["severity"]) =>
    found.filter(({ severity }) => severity === wanted).map(({ problem }) => problem);
  return { problems: ofSeverity("error"), warnings: ofSeverity("warning") };
}

/** Returns the gateways of overlays that may not be deleted, as `NAMESPACE/NAME`. */
export function protectedOverlayGateways(gateways: readonly OverlayGatewayFacts[]): string[] {
  return gateways.filter(({ protect }) => protect).map(gatewayTitle);
}
