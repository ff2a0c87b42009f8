import type { CalledService } from "../../../mesh/checks/precheck/types";
import { listPath } from "../../../mesh/snapshot/resources";
import { answers } from "../../../mesh/snapshot/services";
import { inParallel } from "../../cluster/inParallel";
import type { Reader } from "./reader";

async function calledService(reader: Reader, service: string): Promise<CalledService[]> {
  const [namespace = "", name = ""] = service.split("/");
  const found = await reader.get(`${listPath("services", namespace)}/${name}`, "Service");
  if (found === undefined) {
    return [];
  }
  const labelSelector = `kubernetes.io/service-name=${name}`;
  const slices = await reader.list("endpointSlices", { namespace, labelSelector });
  return [{ name: service, answers: answers(found, slices) }];
}

/** Returns those of the Services that exist, and whether they answer. */
export async function calledServices(
  reader: Reader,
  services: readonly string[],
): Promise<CalledService[]> {
  return (await inParallel(services, (service) => calledService(reader, service))).flat();
}
