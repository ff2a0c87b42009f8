import { decideManaged } from "../managed/decide";
import { MANAGED_NAMESPACE } from "../managed/objects";
import { DEFAULT_VALIDATOR } from "../snapshot/validators";
import { managedRecord } from "./revisions";
import type { Pending, RevisionStatus, TagStatus, ValidatorStatus } from "./types";
import { isRead, type View } from "./view";

const proxies = (count: number) => (count === 1 ? "1 proxy" : `${count} proxies`);

/** istiod is ready, but the API server cannot call it. */
function certificatePending({ name, kind, webhooks, istiod }: RevisionStatus): Pending[] {
  const missing = webhooks.total - webhooks.withCaBundle;
  return kind === "istiod" && istiod !== undefined && istiod.ready > 0 && missing > 0
    ? [
        {
          check: "webhook",
          severity: "warning",
          object: `revision ${name}`,
          revisions: [name],
          reason: `${missing} of its ${webhooks.total} injection webhooks have no caBundle, so new pods get no proxy`,
          fix: `istiod writes it; its log says why it does not: kubectl -n ${istiod.namespace} logs deploy/${istiod.deployment}`,
        },
      ]
    : [];
}

/** Returns what a revision without a control plane lacks, as a text. */
function lackText({ webhooks }: RevisionStatus): string {
  return webhooks.total === 0 ? "no istiod and no webhook" : "no istiod";
}

/** Proxies that no control plane serves. */
function gonePending(revision: RevisionStatus): Pending[] {
  const { name, kind, users } = revision;
  const { pods = 0 } = users;
  return kind === "gone" && pods > 0
    ? [
        {
          check: "control-plane",
          severity: "error",
          object: `revision ${name}`,
          revisions: [name],
          reason: `has ${lackText(revision)} any more, and still ${proxies(pods)}`,
          fix: `restart these pods on another revision, or install ${name} again`,
        },
      ]
    : [];
}

/** Returns what Google reports about a control plane that it runs. */
function managedPending({ name }: RevisionStatus, view: View): Pending[] {
  const revision = managedRecord(name, view);
  if (revision === undefined || !isRead(view, "mutatingWebhooks")) {
    return [];
  }
  const webhooks = view.lists.mutatingWebhooks;
  const decision = decideManaged({ crd: undefined, revision, webhooks }, name);
  const shared = {
    check: "managed-control-plane",
    object: `ControlPlaneRevision ${name}`,
    revisions: [name],
  };
  switch (decision.kind) {
    case "ok":
      return [];
    case "wait":
      return [
        {
          ...shared,
          severity: "info",
          reason: decision.reason,
          fix: `kubectl -n ${MANAGED_NAMESPACE} describe controlplanerevision ${name}`,
        },
      ];
    case "fail":
      return [{ ...shared, severity: "error", reason: decision.reason, fix: decision.fix }];
    default:
      return decision satisfies never;
  }
}

/** Returns what is unfinished or wrong about control planes, apart from their pods. */
export function planePending(revisions: readonly RevisionStatus[], view: View): Pending[] {
  return revisions.flatMap((revision) => [
    ...certificatePending(revision),
    ...gonePending(revision),
    ...managedPending(revision, view),
  ]);
}

/** Returns the tags that point to a control plane that does not exist. */
export function tagPending(
  tags: readonly TagStatus[],
  revisions: readonly RevisionStatus[],
): Pending[] {
  const gone = new Map(
    revisions.filter(({ kind }) => kind === "gone").map((one) => [one.name, one] as const),
  );
  return tags.flatMap(({ name, revision }): Pending[] => {
    const target = gone.get(revision);
    return target !== undefined
      ? [
          {
            check: "tag",
            severity: "error",
            object: `tag ${name}`,
            revisions: [revision],
            reason: `points to ${revision}, which has ${lackText(target)} of its own`,
            fix: "move it to a revision that is there (mesh:tags), or install that one again",
          },
        ]
      : [];
  });
}

/** The default validator calls a Service that is not there. */
export function validatorPending(validator: ValidatorStatus | undefined, view: View): Pending[] {
  const isLost =
    validator?.target.startsWith("Service ") === true &&
    validator.revision === undefined &&
    isRead(view, "services");
  return isLost
    ? [
        {
          check: "default-validator",
          severity: "error",
          object: `ValidatingWebhookConfiguration ${DEFAULT_VALIDATOR}`,
          reason: `calls the ${validator?.target}, which is not there: Istio's configuration cannot be changed`,
          fix: "point the tag default to a revision that is there (mesh:tags)",
        },
      ]
    : [];
}
