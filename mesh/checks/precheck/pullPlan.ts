import type { JsonObject } from "../../common/json";
import { INJECTION_LABEL, POD_INJECTION_LABEL } from "../../k8s/istioLabels";
import type { K8sObject } from "../../k8s/objects";
import { UNPRIVILEGED } from "../unprivileged";
import { type ImageNeed, imageNeeds } from "./imageNeeds";
import { secretNeeds } from "./secretNeeds";
import type { DesiredMesh, LivePullSecret, LiveState } from "./types";

/** An image that a node pulls. */
export interface Pull {
  readonly image: string;
  readonly node: string;
  /** The name of the trial's pod. */
  readonly pod: string;
  /** Names of the trial's own copies of Secrets. */
  readonly secrets: readonly string[];
}

/** The pulls, and the Secrets that they need. */
export interface PullPlan {
  readonly pulls: readonly Pull[];
  /** Secrets of the mesh, by the name of their copies. */
  readonly copies: ReadonlyMap<string, JsonObject>;
}

/** Nothing is injected into the trial's pods. */
export const PULL_LABELS = { [INJECTION_LABEL]: "disabled" };

/** A command that no image has. containerd reports that after the pull, and nothing has run. */
const COMMAND = "/pulled-by-mesh-precheck";

const secretKey = ({ namespace, name }: Pick<LivePullSecret, "namespace" | "name">) =>
  `${namespace}/${name}`;

/** Secrets that pods with an image name, as far as they could be read. */
function secretsOf(need: ImageNeed, desired: DesiredMesh, live: LiveState): string[] {
  const wanted = JSON.stringify(need.reference);
  const named = secretNeeds(desired, live)
    .filter(({ images }) => images.some((image) => JSON.stringify(image) === wanted))
    .flatMap(({ namespace, names }) => names.map((name) => secretKey({ namespace, name })));
  return [...new Set(named)];
}

/**
 * One node of each platform for each image that some node has to pull, with copies of the Secrets that
 * the mesh's pods name.
 */
export function planPulls(desired: DesiredMesh, live: LiveState): PullPlan {
  const readable = live.pullSecrets.filter(({ secret }) => secret !== undefined);
  const names = new Map(readable.map((secret, index) => [secretKey(secret), `pull-${index}`]));
  const pulls = imageNeeds(desired, live).needs.flatMap((need) => {
    const secrets = secretsOf(need, desired, live).flatMap((key) => names.get(key) ?? []);
    const nodes = [...need.lacking.values()].flatMap(([first]) => first ?? []);
    return nodes.map((node) => ({ image: need.image, node, secrets }));
  });
  return {
    pulls: pulls.map((pull, index) => ({ ...pull, pod: `image-${index}` })),
    copies: new Map(readable.map((one, index) => [`pull-${index}`, one.secret ?? {}])),
  };
}

/** A copy of a Secret for pulling, in the trial's namespace. */
export function secretCopy(namespace: string, name: string, { type, data }: JsonObject): K8sObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    ...(type !== undefined && { type }),
    ...(data !== undefined && { data }),
  };
}

/**
 * A pod that has a node pull an image and then runs nothing: its command is not there. It asks the
 * registry also where the node has the image, and has no token of any account.
 */
export function pullPod(namespace: string, { image, node, pod, secrets }: Pull): K8sObject {
  const term = { matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] };
  const container = {
    name: "image",
    image,
    imagePullPolicy: "Always",
    command: [COMMAND],
    resources: { requests: { cpu: "1m", memory: "4Mi" } },
    securityContext: { ...UNPRIVILEGED, readOnlyRootFilesystem: true },
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: pod, namespace, labels: { [POD_INJECTION_LABEL]: "false" } },
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
        },
      },
      automountServiceAccountToken: false,
      containers: [container],
      imagePullSecrets: secrets.map((name) => ({ name })),
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      tolerations: [{ operator: "Exists" }],
    },
  };
}
