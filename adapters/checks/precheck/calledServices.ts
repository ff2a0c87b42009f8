import type { CalledService } from "../../../mesh/checks/precheck/types";
import { groupBy } from "../../../mesh/common/lists";
import { nameOf } from "../../../mesh/k8s/workload";
import { listPath } from "../../../mesh/snapshot/resources";
import { answers } from "../../../mesh/snapshot/services";
import { inParallel } from "../../cluster/inParallel";
import type { Reader } from "./reader";

const split = (service: string) => service.split("/") as [namespace: string, name: string];

async function calledIn(
  reader: Reader,
  namespace: string,
  names: readonly string[],
): Promise<CalledService[]> {
  const found = await reader.named(listPath("services", namespace), "Service", names);
  if (found.length === 0) {
    return [];
  }
  const labelSelector = `kubernetes.io/service-name in (${names.join()})`;
  const slices = await reader.list("endpointSlices", { namespace, labelSelector });
  return found.map((service) => ({
    name: `${namespace}/${nameOf(service)}`,
    answers: answers(service, slices),
  }));
}

/**
 * Returns those of the Services that exist, and whether they answer.
 *
 * @param services as `NAMESPACE/NAME`
 */
export async function calledServices(
  reader: Reader,
  services: readonly string[],
): Promise<CalledService[]> {
  const byNamespace = groupBy(services, (service) => split(service)[0]);
  const found = await inParallel([...byNamespace], ([namespace, own]) =>
    calledIn(
      reader,
      namespace,
      own.map((service) => split(service)[1]),
    ),
  );
  return found.flat();
}
