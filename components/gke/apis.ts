import { Service } from "@pulumi/gcp/projects/service";
import { childOptions, type GkeContext } from "./context";

/**
 * Enables the APIs that the plan needs. They stay enabled on destroy, because others may use them
 * too.
 */
export function enableApis(context: GkeContext): Service[] {
  const { name, plan } = context;
  return plan.apis.map(
    ({ project, service }) =>
      new Service(
        `${name}:${project}/${service}`,
        { project, service, disableOnDestroy: false, disableDependentServices: false },
        childOptions(context),
      ),
  );
}
