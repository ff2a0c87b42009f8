import { waitsForAddress } from "../../failure/noAddress";
import { groupOf, identityOf, type K8sObject } from "../../k8s/objects";
import { MANAGED_NAMESPACE } from "../../managed/objects";
import type { NamespaceInputs } from "../../model/namespaceInputs";
import { RESOURCES, type ResourceId } from "../../snapshot/resources";
import { WORKLOAD_LISTS } from "../../snapshot/snapshot";
import { USER_LISTS } from "../../snapshot/users";
import { type AccessTarget, VERBS } from "./permissions";
import type { GatedMesh } from "./types";

/** A right to do one thing with one kind of object in one place. */
interface Right extends AccessTarget {
  readonly verb: string;
}

/** A right that a step of an update needs, beside the rights to the objects that it applies. */
export interface StepRight extends Right {
  /** What needs it, as the end of a sentence. */
  readonly step: string;
}

const WHOLE_CLUSTER = "";

/** @param below a subresource, such as `/scale` */
function rightTo(verb: string, id: ResourceId, namespace = WHOLE_CLUSTER, below = ""): Right {
  const { apiVersion, resource } = RESOURCES[id];
  return { verb, group: groupOf(apiVersion), resource: `${resource}${below}`, namespace };
}

type Kind = Pick<AccessTarget, "group" | "resource">;

const PODS: Kind = { group: "", resource: "pods" };

/** What Pulumi's provider watches until an object is ready. Without the rights, it waits for ever. */
const WATCHED: Readonly<Record<string, readonly Kind[]>> = {
  Deployment: [
    PODS,
    { group: "apps", resource: "replicasets" },
    { group: "", resource: "persistentvolumeclaims" },
  ],
  DaemonSet: [PODS],
};

/** What it watches until a Service has an address. */
const WATCHED_FOR_ADDRESS: readonly Kind[] = [{ group: "", resource: "endpoints" }];

const needed = (step: string, rights: readonly Right[]): StepRight[] =>
  rights.map((right) => ({ ...right, step }));

function watchedFor(object: K8sObject): readonly Kind[] {
  return waitsForAddress(object) ? WATCHED_FOR_ADDRESS : (WATCHED[object.kind] ?? []);
}

/** An update waits until workloads are ready, and Services have an address. */
function ofWaiting(objects: GatedMesh["objects"]): StepRight[] {
  return objects.flatMap((object) => {
    const { namespace } = identityOf(object);
    const rights = watchedFor(object).flatMap((kind) =>
      ["list", "watch"].map((verb) => ({ ...kind, verb, namespace })),
    );
    return needed(`the wait for ${object.kind}s`, rights);
  });
}

function ofRestart({ name, restart }: NamespaceInputs): StepRight[] {
  if (restart === undefined) {
    return [];
  }
  const workloads = WORKLOAD_LISTS.flatMap((id) =>
    ["get", "list", "patch"].map((verb) => rightTo(verb, id, name)),
  );
  const restarts = needed(`\`restart\` of the namespace ${name}`, [
    ...workloads,
    rightTo("list", "pods", name),
  ]);
  return restart.others === "evict"
    ? [
        ...restarts,
        ...needed(`\`restart.others: evict\` of the namespace ${name}`, [
          rightTo("create", "pods", name, "/eviction"),
        ]),
      ]
    : restarts;
}

/** A namespace's label moves only to a revision that has a webhook. */
function ofNamespaces({ namespaces }: GatedMesh["plan"]): StepRight[] {
  const step = "the look for the revisions that namespaces name";
  return namespaces.length === 0
    ? []
    : [...needed(step, [rightTo("list", "mutatingWebhooks")]), ...namespaces.flatMap(ofRestart)];
}

/** A gateway waits until its pods will be injected, and keeps enough pods while revisions change. */
function ofGateways({ gateways, primary }: GatedMesh["plan"]): StepRight[] {
  if (gateways.length === 0) {
    return [];
  }
  const places = [...new Set(gateways.map(({ namespace }) => namespace))];
  return [
    ...needed("the wait until pods of gateways will be injected", [
      rightTo("list", "mutatingWebhooks"),
      rightTo("get", "namespaces"),
      rightTo("list", "deployments", primary.namespace),
      rightTo("list", "pods", primary.namespace),
    ]),
    ...places.flatMap((place) =>
      needed("the change of a gateway's revisions", [
        rightTo("patch", "deployments", place, "/scale"),
      ]),
    ),
  ];
}

/** A control plane goes only if nobody uses it any more. */
function ofControlPlanes({ controlPlanes, managed }: GatedMesh["plan"]): StepRight[] {
  const step = "the look for users of a revision before it goes";
  const rights = USER_LISTS.map((id) => rightTo("list", id));
  return controlPlanes.length === 0 && managed === undefined ? [] : needed(step, rights);
}

/** A cluster has a node agent once, in whatever namespace. */
function ofNodeAgents(objects: GatedMesh["objects"]): StepRight[] {
  const step = "the look for node agents of other stacks";
  return objects.some(({ kind }) => kind === "DaemonSet")
    ? needed(step, [rightTo("list", "daemonSets")])
    : [];
}

/** Google installs the CRD, so the object is in no manifest. */
function ofManaged({ managed }: GatedMesh["plan"]): StepRight[] {
  if (managed === undefined) {
    return [];
  }
  const isOwn = managed.provisioning === "resource";
  const verbs = isOwn ? VERBS : ["get"];
  return needed("the control plane that Google runs", [
    rightTo("list", "mutatingWebhooks"),
    ...(isOwn ? [rightTo("get", "crds")] : []),
    ...verbs.map((verb) => rightTo(verb, "controlPlaneRevisions", MANAGED_NAMESPACE)),
  ]);
}

/**
 * Returns the rights that the steps of a mesh's updates need, beside those on the objects that they
 * apply: to wait until they are ready, to restart workloads, evict pods, scale gateways, and read what the
 * guards decide by. Rights without which an update goes on, such as to read events or logs, are not among
 * them.
 *
 * @example
 * rightsOfSteps(desired).map(({ verb, resource }) => `${verb} ${resource}`) // ["create pods/eviction", …]
 */
export function rightsOfSteps({ plan, objects }: Pick<GatedMesh, "plan" | "objects">): StepRight[] {
  return [
    ...ofWaiting(objects),
    ...ofControlPlanes(plan),
    ...ofNodeAgents(objects),
    ...ofManaged(plan),
    ...ofGateways(plan),
    ...ofNamespaces(plan),
  ];
}
