import {
  INJECTION_LABEL,
  type Labels,
  labelsOf,
  REVISION_LABEL,
  TAG_LABEL,
} from "../injection/labels";
import { matchingWebhooks } from "../injection/match";
import { injectionWebhooks } from "../injection/webhooks";
import type { K8sObject } from "../patch/types";
import { identityOf, objectTitle } from "../render/objects";
import { isManagedBy } from "./managers";
import { ownerOf } from "./owner";

/** Labels of the namespaces that an injector is there for. */
function namespacesOf(injector: K8sObject): Labels[] {
  const { [REVISION_LABEL]: revision, [TAG_LABEL]: tag } = labelsOf(injector);
  return [
    { [INJECTION_LABEL]: "enabled" },
    ...[revision, tag].flatMap((name) => (name === undefined ? [] : [{ [REVISION_LABEL]: name }])),
  ];
}

function injects(injector: K8sObject, namespaceLabels: Labels): boolean {
  const webhooks = injectionWebhooks([injector]);
  return matchingWebhooks(webhooks, { namespaceLabels, podLabels: {} }).length > 0;
}

/**
 * An injector of somebody else's for pods that a planned one injects too: with both, these pods
 * would be injected twice (pain 6). `istioctl install` leaves one, the tag `default`.
 */
export function rivalOf(
  planned: K8sObject,
  live: readonly K8sObject[],
  manager: string,
): K8sObject | undefined {
  const { name } = identityOf(planned);
  const wanted = namespacesOf(planned).filter((labels) => injects(planned, labels));
  return live
    .filter((other) => identityOf(other).name !== name && !isManagedBy(other, manager))
    .find((other) => wanted.some((labels) => injects(other, labels)));
}

/** Why a planned injector cannot come beside a rival, and what to do. */
export function rivalText(planned: K8sObject, rival: K8sObject): string {
  const { [REVISION_LABEL]: revision = "default", [TAG_LABEL]: tag } = labelsOf(rival);
  const fix =
    tag === undefined
      ? "take it into the stack, or delete it first"
      : `make the tag the stack's: \`pulumi config set --path mesh:tags.${tag} ${revision}\``;
  return (
    `${objectTitle(planned)} would inject the same pods as ${objectTitle(rival)}, ` +
    `installed by ${ownerOf(rival).title}; fix: ${fix}`
  );
}
