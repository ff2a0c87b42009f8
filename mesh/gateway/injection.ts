import type { InjectionTarget } from "../guard/decideInjection";
import { labelsOf, REVISION_LABEL } from "../k8s/istioLabels";
import { identityOf, type K8sObject, podTemplate } from "../k8s/objects";
import type { GatewayInputs } from "../model/gatewayInputs";
import { isInjectedByNamespace, planGateway } from "./plan";

function isDeploymentOf(gateway: GatewayInputs, deployment: K8sObject): boolean {
  const { namespace, name } = identityOf(deployment);
  return (
    gateway.namespace === namespace &&
    planGateway(gateway).revisions.some((own) => own.deployment === name)
  );
}

/**
 * Returns who should inject the pods of a gateway's Deployment: the revision in their own label, or
 * the one that the gateway expects from the label of its namespace.
 *
 * @param gateways the typed gateways, of which some leave the revision to their namespace
 */
export function gatewayTarget(
  deployment: K8sObject,
  gateways: readonly GatewayInputs[],
): InjectionTarget {
  const podLabels = labelsOf(podTemplate(deployment));
  const { namespace } = identityOf(deployment);
  const gateway = gateways
    .filter(isInjectedByNamespace)
    .find((one) => isDeploymentOf(one, deployment));
  return gateway === undefined
    ? { namespace, podLabels, revision: podLabels[REVISION_LABEL] ?? "" }
    : {
        namespace,
        podLabels,
        revision: gateway.revisions[0]?.revision ?? "",
        byNamespace: true,
      };
}
