import type { CalledService } from "../../../mesh/checks/precheck/types";
import { readyEndpoints } from "../../../mesh/checks/validate/services";
import { getPath } from "../../../mesh/k8s/path";
import { inParallel } from "../../cluster/inParallel";
import type { Reader } from "./reader";

async function calledService(reader: Reader, service: string): Promise<CalledService[]> {
  const [namespace = "", name = ""] = service.split("/");
  const path = `/api/v1/namespaces/${namespace}/services/${name}`;
  const found = await reader.get(path, "Service");
  if (found === undefined) {
    return [];
  }
  const labelSelector = `kubernetes.io/service-name=${name}`;
  const slices = await reader.list("endpointSlices", { namespace, labelSelector });
  // Endpoints of a Service without a selector are somebody else's affair.
  const outside = getPath(found, "spec.selector") === undefined;
  return [{ name: service, answers: outside || readyEndpoints(slices, namespace, name) > 0 }];
}

/** Those of the Services that exist, and whether somebody answers there. */
export async function calledServices(
  reader: Reader,
  services: readonly string[],
): Promise<CalledService[]> {
  return (await inParallel(services, (service) => calledService(reader, service))).flat();
}
