import { someOf } from "../../common/lists";
import { serviceChanges } from "../../gateway/change";
import { serviceFacts } from "../../gateway/serviceFacts";
import { strandedBy, wrongText } from "../../gateway/stranded";
import { annotationsOf, labelsOf } from "../../k8s/istioLabels";
import { type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { selectorOf, selects } from "../../k8s/selector";
import { listAt, sameNamespace } from "../../k8s/workload";
import type { DeclaredStack, MeshPolicy, Violation } from "./types";
import { hasOpen, ofKind, podOf, type StackView, viewOf, violation } from "./view";

/** Pulumi writes it on objects whose names it has made. */
const AUTO_NAMED = "pulumi.com/autonamed";

/** A Service, and the gateways whose pods it selects. */
interface GatewayService {
  readonly service: K8sObject;
  readonly gateways: readonly K8sObject[];
}

function gatewayServices(view: StackView): GatewayService[] {
  return ofKind(view.objects, "Service").flatMap((service) => {
    const selector = selectorOf(service);
    const gateways = view.gateways.filter(
      (gateway) =>
        sameNamespace(gateway, service) &&
        Object.keys(selector).length > 0 &&
        selects(selector, labelsOf(podOf(gateway))),
    );
    return gateways.length === 0 ? [] : [{ service, gateways }];
  });
}

function unprotected({ service, gateways }: GatewayService): Violation {
  const isAutoNamed = annotationsOf(service)[AUTO_NAMED] === "true";
  const replaced = isAutoNamed
    ? "; its name is made by Pulumi, so a replacement is another Service beside it, with another address"
    : "";
  return violation(service, {
    path: "options.protect",
    value: false,
    reason: `has the address of ${someOf(gateways.map(objectTitle))}, and Pulumi would delete or replace it without a question${replaced}`,
    allowed: "true",
    fix: `add { protect: true } to the options of the resource${isAutoNamed ? ", and give it a metadata.name" : ""}`,
    see: "https://www.pulumi.com/docs/iac/concepts/options/protect/",
  });
}

function checkProtection(stack: DeclaredStack): Violation[] {
  const isProtected = new Map(stack.declared.map((one) => [one.object, one.isProtected === true]));
  return gatewayServices(viewOf(stack))
    .filter(({ service }) => getPath(service, "spec.type") === "LoadBalancer")
    .filter(({ service }) => isProtected.get(service) !== true)
    .map(unprotected);
}

const ADDRESS = "spec.loadBalancerIP";

/**
 * A dry run of an update in a cluster returns the Service with its address of now in the status. Where its
 * type changes, the API server has taken the address away by then.
 */
function lostAddress({ service }: GatewayService): Violation[] {
  const [first] = listAt(service, "status.loadBalancer.ingress");
  const after = serviceFacts(service);
  if (typeof first?.ip !== "string" || after.loadBalancerIP === undefined) {
    return [];
  }
  const { ip } = first;
  return serviceChanges({ ...after, loadBalancerIP: ip }, after).map(({ reason, fix }) =>
    violation(service, {
      path: ADDRESS,
      value: after.loadBalancerIP,
      reason: `${reason}, and clients use ${ip} now`,
      allowed: ip,
      fix,
    }),
  );
}

function checkAddresses(stack: DeclaredStack): Violation[] {
  return gatewayServices(viewOf(stack)).flatMap(lostAddress);
}

function stranded(service: K8sObject, view: StackView): Violation[] {
  const selector = selectorOf(service);
  const candidatesIn = (workloads: readonly K8sObject[]) =>
    workloads
      .filter((workload) => sameNamespace(workload, service))
      .map((workload) => ({ title: objectTitle(workload), labels: labelsOf(podOf(workload)) }));
  const isSelecting = strandedBy(selector, candidatesIn(view.workloads)) === undefined;
  if (Object.keys(selector).length === 0 || isSelecting) {
    return [];
  }
  const found = strandedBy(selector, candidatesIn(view.gateways));
  if (found === undefined || !found.byRevision) {
    return [];
  }
  const { wrong, nearest } = found;
  const now = wrong.map((key) => `${key}=${nearest.labels[key] ?? "(none)"}`).join(",");
  const others = Object.keys(selector).length > wrong.length;
  return [
    violation(service, {
      path: "spec.selector",
      value: wrongText(found, selector),
      reason: `selects a revision that no pods of this stack have, so it would have no endpoints; those of ${nearest.title} have ${now}`,
      allowed: now,
      fix: others
        ? `take ${wrong.join(" and ")} out of the selector, so that the pods of every revision serve`
        : `select other labels of the pods of ${nearest.title}`,
      see: "https://github.com/istio/istio/issues/46052",
    }),
  ];
}

function checkEndpoints(stack: DeclaredStack): Violation[] {
  const view = viewOf(stack);
  return ofKind(view.objects, "Service")
    .filter((service) => !hasOpen(view, (one) => sameNamespace(one, service)))
    .flatMap((service) => stranded(service, view));
}

export const gatewayServiceProtection: MeshPolicy = {
  name: "gateway-service-protection",
  level: "advisory",
  description:
    "The LoadBalancer Service of a gateway is protected, so that no step deletes or replaces it and its address.",
  kinds: ["Service"],
  run: checkProtection,
};

export const gatewayServiceAddress: MeshPolicy = {
  name: "gateway-service-address",
  level: "mandatory",
  description:
    "The Service of a gateway asks for no other address than the one that its load balancer has.",
  kinds: ["Service"],
  run: checkAddresses,
};

export const gatewayServiceEndpoints: MeshPolicy = {
  name: "gateway-service-endpoints",
  level: "mandatory",
  description: "The Service of a gateway does not select a revision that the gateway has left.",
  kinds: ["Service"],
  run: checkEndpoints,
};
