import { injectionAnswer } from "../../injection/match";
import {
  INJECTION_LABEL,
  type Labels,
  labelsOf,
  POD_INJECTION_LABEL,
  REVISION_LABEL,
  wantedRevision,
} from "../../k8s/istioLabels";
import { identityOf, type K8sObject } from "../../k8s/objects";
import { isWithoutImage } from "../../snapshot/proxies";
import type { DeclaredStack, MeshPolicy, Violation } from "./types";
import {
  knownLabels,
  knowsControlPlanes,
  POD_KINDS,
  podOf,
  podPlace,
  revisionNames,
  type StackView,
  someRevision,
  viewOf,
  violation,
} from "./view";

const START = "has a container with the image auto, which an injector has to fill in, and";
const SEE = "https://istio.io/latest/docs/setup/additional-setup/gateway/#deploying-a-gateway";

/** The pods of a workload, and what decides about their injection. */
interface Asked {
  readonly workload: K8sObject;
  readonly namespace: string;
  readonly namespaceLabels: Labels;
  readonly podLabels: Labels;
}

function labelsPlace({ workload }: Asked): string {
  return `${podPlace(workload)}metadata.labels`;
}

function asksForNone(asked: Asked, view: StackView): Violation {
  const { workload, namespace, namespaceLabels, podLabels } = asked;
  const off =
    podLabels[POD_INJECTION_LABEL] === "false"
      ? `its pods refuse one (${POD_INJECTION_LABEL}=false)`
      : namespaceLabels[INJECTION_LABEL] === undefined
        ? `neither its pods nor the namespace ${namespace} ask for one`
        : `the namespace ${namespace} has ${INJECTION_LABEL}=${namespaceLabels[INJECTION_LABEL]}`;
  return violation(workload, {
    path: labelsPlace(asked),
    value: podLabels,
    reason: `${START} ${off}: its pods would never start`,
    allowed: `${REVISION_LABEL} of a control plane`,
    fix: `give the pods the label ${REVISION_LABEL}: ${someRevision(view)}, and ${POD_INJECTION_LABEL}: "true"`,
    see: SEE,
  });
}

function asksForUnknown(asked: Asked, revision: string, view: StackView): Violation {
  const names = revisionNames(view);
  return violation(asked.workload, {
    path: labelsPlace(asked),
    value: revision,
    reason: `${START} its labels or those of its namespace ask for revision ${revision}, which no webhook of this stack has`,
    allowed: names.join(", "),
    fix: "name one of these, or add the revision to the policy's setting revisions if another stack has its control plane",
    see: SEE,
  });
}

function isKnown(asked: Asked, view: StackView): boolean {
  return view.namespaces.has(asked.namespace);
}

function autoImage(asked: Asked, view: StackView): Violation[] {
  const revision = wantedRevision(asked);
  if (revision === undefined) {
    // A namespace of others may have labels that ask for an injector.
    return isKnown(asked, view) ? [asksForNone(asked, view)] : [];
  }
  if (!knowsControlPlanes(view) || view.elsewhere.includes(revision)) {
    return [];
  }
  if (!revisionNames(view).includes(revision)) {
    return [asksForUnknown(asked, revision, view)];
  }
  const { namespaceLabels, podLabels: value } = asked;
  // Without the name of the namespace, the fix is in words, and not a command for another tool.
  const question = { namespaceLabels, podLabels: value, revision };
  const answer = injectionAnswer(view.webhooks, question);
  if (answer.kind === "ok" || answer.kind === "noCaBundle" || !isKnown(asked, view)) {
    return [];
  }
  const { reason, fix } = answer;
  return [
    violation(asked.workload, {
      path: labelsPlace(asked),
      value,
      reason: `${START} ${reason}`,
      allowed: `labels that a webhook of revision ${revision} matches`,
      fix,
      see: SEE,
    }),
  ];
}

function checkAutoImages(stack: DeclaredStack): Violation[] {
  const view = viewOf(stack);
  return view.workloads
    .filter((workload) => isWithoutImage(podOf(workload)))
    .flatMap((workload) => {
      const { namespace } = identityOf(workload);
      const namespaceLabels = knownLabels(view, namespace);
      return autoImage(
        { workload, namespace, namespaceLabels, podLabels: labelsOf(podOf(workload)) },
        view,
      );
    });
}

export const autoImages: MeshPolicy = {
  name: "auto-image",
  level: "mandatory",
  description:
    "A webhook injects the pods whose image is auto, and it is of the revision that they ask for.",
  kinds: POD_KINDS,
  settings: ["revisions"],
  run: checkAutoImages,
};
