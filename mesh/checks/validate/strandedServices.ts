import type { JsonObject } from "../../common/json";
import { strandedBy, strandedFix, wrongText } from "../../gateway/stranded";
import { labelsOf } from "../../k8s/istioLabels";
import { selectorOf } from "../../k8s/selector";
import { nameOf, namespaceOf, templateOf } from "../../k8s/workload";
import { gatewayWorkloads } from "../../snapshot/gateways";
import type { Read } from "../../snapshot/snapshot";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { validationOf } from "./define";
import { workloadTitle } from "./gateways";
import type { MeshState } from "./state";

const report = findingsOf("service-revision");

type Parts = Pick<Read<MeshState>, "workloads" | "services" | "pods">;

function serviceFinding(service: JsonObject, { workloads, pods }: Parts): Finding[] {
  const [namespace, name] = [namespaceOf(service), nameOf(service)];
  const selector = selectorOf(service);
  const here = pods.filter((pod) => namespaceOf(pod) === namespace);
  const found = here.map((pod) => ({ title: nameOf(pod), labels: labelsOf(pod) }));
  if (Object.keys(selector).length === 0 || (found.length > 0 && !strandedBy(selector, found))) {
    return [];
  }
  const gateways = gatewayWorkloads(workloads)
    .filter(({ object }) => namespaceOf(object) === namespace)
    .map((gateway) => ({
      title: workloadTitle(gateway),
      labels: labelsOf(templateOf(gateway.object)),
    }));
  const stranded = strandedBy(selector, gateways);
  return stranded?.byRevision
    ? [
        report.error(
          `Service ${namespace}/${name}`,
          `selects ${wrongText(stranded, selector)}, which no pod has, so it has no endpoints; the pods of ${stranded.nearest.title} have moved to another revision`,
          strandedFix({ namespace, name }, stranded, selector),
        ),
      ]
    : [];
}

/** Checks that no Service has lost its pods because it selects a revision that a gateway has left. */
export function checkStrandedServices(state: Parts): Finding[] {
  const found = state.services.flatMap((service) => serviceFinding(service, state));
  return found.length > 0
    ? found
    : [report.ok("Services", "none selects a revision that its gateway has left")];
}

export const liveStrandedServices = validationOf({
  id: "service-revision",
  needs: ["workloads", "services", "pods"],
  run: checkStrandedServices,
});
