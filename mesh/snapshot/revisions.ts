import type { JsonObject } from "../common/json";
import { calledBy } from "../injection/webhooks";
import { labelsOf, REVISION_LABEL, TAG_LABEL } from "../k8s/istioLabels";
import { listAt, nameOf } from "../k8s/workload";
import { revisionOf } from "./controlPlanes";
import { findNamed, leadsOutside } from "./services";

function callsOutside(webhook: JsonObject, services: readonly JsonObject[]): boolean {
  const called = calledBy(webhook);
  const service = called.kind === "service" ? findNamed(services, called) : undefined;
  return called.kind === "url" || (service !== undefined && leadsOutside(service));
}

/**
 * Returns the revisions whose istiod is outside of the cluster: their webhooks call a URL or a Service
 * without a selector, or they have such a Service for istiod.
 *
 * @param configurations webhook configurations; only those of a revision count, not those of tags
 */
export function remoteRevisions(
  configurations: readonly JsonObject[],
  services: readonly JsonObject[],
): string[] {
  const calling = configurations.filter(
    (one) =>
      labelsOf(one)[REVISION_LABEL] !== undefined &&
      labelsOf(one)[TAG_LABEL] === undefined &&
      listAt(one, "webhooks").some((webhook) => callsOutside(webhook, services)),
  );
  const istiods = services.filter(
    (service) => /^istiod(-|$)/.test(nameOf(service)) && leadsOutside(service),
  );
  return [...new Set([...calling, ...istiods].map(revisionOf))];
}
