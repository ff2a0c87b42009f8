import { gatewayTarget } from "../../gateway/injection";
import { decideInjection } from "../../guard/decideInjection";
import { injectionWebhooks, knownNames } from "../../injection/webhooks";
import { revisionLabel } from "../../k8s/istioLabels";
import { type K8sObject, objectTitle, podTemplate } from "../../k8s/objects";
import { isWithoutImage } from "../../snapshot/proxies";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { gateCheckOf } from "./define";
import { allNamespaces, webhooksAfter } from "./overlaps";
import type { GatedMesh, LiveState } from "./types";

const found = findingsOf("gateway-injection");

function isInjected(object: K8sObject): boolean {
  const template = podTemplate(object);
  return template !== undefined && isWithoutImage(template);
}

/**
 * New gateways whose pods no injector, or that of another revision, would fill in once the update is done: a
 * label of their namespace forbids it. Without this check an update would only stop at a new gateway, after
 * all that comes before it is made.
 *
 * What only time can tell, such as an istiod that is not up yet, is left to the guard before each gateway,
 * which decides by the same rule.
 */
export function checkGatewayInjection(
  desired: GatedMesh,
  live: Pick<LiveState, "mutatingWebhooks" | "namespaces" | "existing">,
): Finding[] {
  const mutatingWebhooks = webhooksAfter(desired, live);
  const known = knownNames(injectionWebhooks(mutatingWebhooks));
  const labels = allNamespaces(desired, live);
  const there = new Set(live.existing.map(({ planned }) => objectTitle(planned)));
  // The pods that run have their proxy, and labels at fault are named by another check.
  const created = desired.objects.filter((object) => !there.has(objectTitle(object)));
  return created.filter(isInjected).flatMap((object) => {
    const target = gatewayTarget(object, desired.plan.gateways);
    const namespaceLabels = labels.get(target.namespace);
    if (namespaceLabels === undefined || !known.includes(revisionLabel(target.revision))) {
      return [];
    }
    const state = { mutatingWebhooks, namespaceLabels, deployments: [], pods: [] };
    const decision = decideInjection(state, target);
    return decision.kind === "fail"
      ? [found.error(objectTitle(object), decision.reason, decision.fix)]
      : [];
  });
}

export const gatewayInjection = gateCheckOf({
  id: "gateway-injection",
  title: "injection of gateways",
  fine: "no label stands in its way",
  gate: "too",
  needs: ["desired", "mutatingWebhooks", "namespaces", "existing"],
  run: ({ desired, ...live }) => checkGatewayInjection(desired, live),
});
