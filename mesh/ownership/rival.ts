import { injectSamePods } from "../injection/overlap";
import { injectionWebhooks } from "../injection/webhooks";
import { DEFAULT_REVISION, labelsOf, REVISION_LABEL, TAG_LABEL } from "../k8s/istioLabels";
import { identityOf, type K8sObject, objectTitle } from "../k8s/objects";
import { ownerOf, stackOf } from "./owner";

const INJECTOR = "MutatingWebhookConfiguration";

/** Istio's usual namespace, which does not distinguish control planes. */
const ISTIO = "istio-system";

/** Returns whether the stack has applied an object. */
export type IsOwn = (object: K8sObject) => boolean;

/**
 * Returns an injector of another owner that matches the same pods as a planned one. With both,
 * these pods would be injected twice. `istioctl install` leaves such an injector, the tag
 * `default`.
 */
export function rivalOf(
  planned: K8sObject,
  live: readonly K8sObject[],
  isOwn: IsOwn,
): K8sObject | undefined {
  const { name } = identityOf(planned);
  return live
    .filter((other) => identityOf(other).name !== name && !isOwn(other))
    .find((other) => injectSamePods(planned, other));
}

/** A planned injector, and the existing one that conflicts with it. */
export interface Rivalry {
  readonly planned: K8sObject;
  readonly rival: K8sObject;
}

/**
 * Returns the conflicts that an update would create: planned injectors beside those of other
 * owners for the same pods. Conflicts that exist already are left out.
 *
 * @param objects everything that would be applied
 * @param live every MutatingWebhookConfiguration of the cluster
 */
export function newRivalries(
  objects: readonly K8sObject[],
  live: readonly K8sObject[],
  isOwn: IsOwn,
): Rivalry[] {
  return objects
    .filter(({ kind }) => kind === INJECTOR)
    .flatMap((planned) => {
      const rival = rivalOf(planned, live, isOwn);
      const { name } = identityOf(planned);
      const own = live.find((one) => identityOf(one).name === name && isOwn(one));
      const isKnown = own !== undefined && rival !== undefined && injectSamePods(own, rival);
      return rival === undefined || isKnown ? [] : [{ planned, rival }];
    });
}

/** Returns the namespace of the istiod that an injector calls. */
function namespaceOf(injector: K8sObject): string {
  const [first] = injectionWebhooks([injector]);
  return first?.service.kind === "service" ? first.service.namespace : "own";
}

/** Returns what the stack itself can do, whoever owns the other injector. */
function ownWay(planned: K8sObject, rival: K8sObject): string {
  const { [REVISION_LABEL]: revision = DEFAULT_REVISION, [TAG_LABEL]: tag } = labelsOf(planned);
  if (tag !== undefined) {
    return `leave the tag ${tag} out: \`pulumi config rm --path mesh:tags.${tag}\``;
  }
  const { [REVISION_LABEL]: other = DEFAULT_REVISION, [TAG_LABEL]: taken } = labelsOf(rival);
  if (taken !== undefined && other === revision && stackOf(rival) === undefined) {
    return `make the tag the stack's: \`pulumi config set --path mesh:tags.${taken} ${revision}\``;
  }
  const version = labelsOf(planned)["app.kubernetes.io/version"]?.replace(/[^a-z0-9]/g, "-");
  const place = namespaceOf(planned);
  const suffix = revision === DEFAULT_REVISION && place === ISTIO ? "" : `-${place}`;
  const name = `${revision === DEFAULT_REVISION ? (version ?? "own") : revision}${suffix}`;
  return `give this control plane a revision of its own, as \`pulumi config set mesh:revision ${name}\` does (with mesh:revisions, in that list)`;
}

/** Returns how the owner of the other injector can remove it. */
function otherWay(rival: K8sObject): string {
  const { [REVISION_LABEL]: revision = DEFAULT_REVISION, [TAG_LABEL]: tag } = labelsOf(rival);
  const owner = ownerOf(rival);
  const stack = stackOf(rival);
  if (stack !== undefined) {
    return tag === undefined
      ? `take the revision ${revision} out of the stack ${stack}`
      : `take the tag ${tag} out of the stack ${stack}`;
  }
  if (owner.release !== undefined) {
    const { name, namespace } = owner.release;
    return `helm uninstall ${name} --namespace ${namespace}`;
  }
  if (owner.title === "istioctl") {
    return tag === undefined
      ? `istioctl uninstall --revision ${revision}`
      : `istioctl tag remove ${tag}`;
  }
  return `kubectl delete ${INJECTOR.toLowerCase()} ${identityOf(rival).name}`;
}

/** Says why a planned injector cannot be created beside another one, and what to do. */
export function rivalWords({ planned, rival }: Rivalry): { reason: string; fix: string } {
  return {
    reason: `would inject the same pods as ${objectTitle(rival)}, installed by ${ownerOf(rival).title}`,
    fix: `${ownWay(planned, rival)}; or, if nothing needs the other one any more: ${otherWay(rival)}`,
  };
}

/** Returns {@link rivalWords} as one text. */
export function rivalText(rivalry: Rivalry): string {
  const { reason, fix } = rivalWords(rivalry);
  return `${objectTitle(rivalry.planned)} ${reason}; fix: ${fix}`;
}
