import type { JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { strandedBy, strandedFix, wrongText } from "../gateway/stranded";
import { textEntries } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { selects } from "../k8s/selector";
import { nameOf, namespaceOf } from "../k8s/workload";
import type { MeshFacts, PodLabels, WorkloadLabels } from "../model/facts";
import { allPodLabels } from "./podLabels";

function withPods({ workloads }: PodLabels): WorkloadLabels[] {
  return workloads.filter(({ hasPods }) => hasPods);
}

/** Workloads whose labels no pod has after a step, although another workload replaces them. */
function leaving(before: PodLabels, after: PodLabels): WorkloadLabels[] {
  const stay = withPods(after);
  return withPods(before).filter(
    (old) =>
      stay.some(({ group }) => group === old.group) &&
      !stay.some(
        ({ namespace, labels }) => namespace === old.namespace && selects(old.labels, labels),
      ),
  );
}

/**
 * Returns the namespaces in which Services of others may lose their pods in a step. In most steps
 * there are none.
 */
export function namespacesToLookAt(before: MeshFacts, after: MeshFacts): string[] {
  const found = leaving(allPodLabels(before), allPodLabels(after));
  return [...new Set(found.map(({ namespace }) => namespace))];
}

function problemOf(service: JsonObject, before: PodLabels, after: PodLabels): Problem[] {
  const [namespace, name] = [namespaceOf(service), nameOf(service)];
  const selector = textEntries(getPath(service, "spec.selector"));
  const groups = withPods(before)
    .filter((old) => old.namespace === namespace && selects(selector, old.labels))
    .map(({ group }) => group);
  const candidates = withPods(after).filter(
    (now) => now.namespace === namespace && groups.includes(now.group),
  );
  const stranded = Object.keys(selector).length > 0 ? strandedBy(selector, candidates) : undefined;
  return stranded === undefined
    ? []
    : [
        {
          source: `Service ${namespace}/${name}`,
          path: "spec.selector",
          reason: `selects ${wrongText(stranded, selector)}, which no pod has after this update: it would lose all its endpoints (istio#46052)`,
          fix: `${strandedFix({ namespace, name }, stranded, selector)}; or delete the Service`,
        },
      ];
}

/**
 * Returns problems of Services of others that select pods of the mesh by labels that no pod has
 * after a step, such as `istio.io/rev` of a revision that a gateway no longer has.
 *
 * @param services the cluster's Services in the namespaces of {@link namespacesToLookAt}
 */
export function strandedServices(
  before: MeshFacts,
  after: MeshFacts,
  services: readonly JsonObject[],
): Problem[] {
  const [old, now] = [allPodLabels(before), allPodLabels(after)];
  const own = [...old.services, ...now.services].map(({ title }) => title);
  return services
    .filter((service) => !own.includes(`Service ${namespaceOf(service)}/${nameOf(service)}`))
    .flatMap((service) => problemOf(service, old, now));
}
