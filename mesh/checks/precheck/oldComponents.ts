import type { JsonObject } from "../../common/json";
import { someOf, uniqueBy } from "../../common/lists";
import data from "../../data/oldComponents.json";
import { labelsOf } from "../../k8s/istioLabels";
import { identityOf, type K8sObject, type ObjectIdentity } from "../../k8s/objects";
import { listAt, nameOf, namespaceOf } from "../../k8s/workload";
import type { OldComponentState } from "./types";

/** A part of a control plane that Istio no longer has. */
interface OldComponent {
  readonly name: string;
  /** Values of the label `app` on its objects. */
  readonly app: readonly string[];
  /** Whether proxies that it injected need it until their pods restart. */
  readonly serves: boolean;
  /** @default the namespace of the control plane */
  readonly namespace?: string;
  readonly workload: string;
  /** @default "Deployment" */
  readonly kind?: string;
  readonly account: string;
  readonly configMaps?: readonly string[];
  /** Names, with NAMESPACE for that of the control plane. */
  readonly clusterRoles?: readonly string[];
  readonly clusterRoleBindings?: readonly string[];
  readonly validatingWebhooks?: readonly string[];
  /** Words of the workload's command, for one whose objects have no labels. */
  readonly command?: readonly string[];
}

const COMPONENTS: readonly OldComponent[] = data.components;

const RBAC = "rbac.authorization.k8s.io/v1";

function objectsOf(component: OldComponent, controlPlane: string): ObjectIdentity[] {
  const { workload, kind = "Deployment", account } = component;
  const { namespace = controlPlane } = component;
  const local = (apiVersion: string, of: string, name: string) => ({
    ...{ apiVersion, kind: of, namespace, name },
  });
  const global = (apiVersion: string, of: string, names: readonly string[] = []) =>
    names.map((name) => ({
      ...{ apiVersion, kind: of, namespace: "" },
      name: name.replace("NAMESPACE", controlPlane),
    }));
  return [
    local("apps/v1", kind, workload),
    local("v1", "Service", workload),
    local("v1", "ServiceAccount", account),
    local("policy/v1", "PodDisruptionBudget", workload),
    local("autoscaling/v2", "HorizontalPodAutoscaler", workload),
    ...(component.configMaps ?? []).map((name) => local("v1", "ConfigMap", name)),
    ...global(RBAC, "ClusterRole", component.clusterRoles),
    ...global(RBAC, "ClusterRoleBinding", component.clusterRoleBindings),
    ...global(
      "admissionregistration.k8s.io/v1",
      "ValidatingWebhookConfiguration",
      component.validatingWebhooks,
    ),
  ];
}

/**
 * Every object that Istio's charts of 1.0 to 1.15 made for parts that later ones do not have.
 *
 * @param controlPlane the namespace of the control plane
 * @example
 * oldComponentObjects("istio-system")[0].name // "istio-galley"
 */
export function oldComponentObjects(controlPlane: string): ObjectIdentity[] {
  const all = COMPONENTS.flatMap((component) => objectsOf(component, controlPlane));
  const titleOf = ({ kind, namespace, name }: ObjectIdentity) => `${kind} ${namespace}/${name}`;
  return uniqueBy(all, titleOf);
}

function isSame(object: K8sObject, other: ObjectIdentity): boolean {
  const { kind, namespace, name } = identityOf(object);
  return other.kind === kind && other.namespace === namespace && other.name === name;
}

function componentsWith(object: K8sObject, controlPlane: string): OldComponent[] {
  return COMPONENTS.filter((component) =>
    objectsOf(component, controlPlane).some((other) => isSame(object, other)),
  );
}

/** Labels that only Istio's charts and installers gave, among them those of Helm 2 (Tiller). */
function isInstalled(object: K8sObject, { app }: OldComponent): boolean {
  const labels = labelsOf(object);
  const isInstallers =
    labels.release !== undefined ||
    labels.heritage === "Tiller" ||
    labels["operator.istio.io/component"] !== undefined;
  return isInstallers && app.includes(labels.app ?? "");
}

/** A Deployment without labels that runs the command of the component. */
function runsIt(object: K8sObject, { command }: OldComponent): boolean {
  const words = listAt(object, "spec.template.spec.containers").flatMap((container) =>
    [container.command ?? [], container.args ?? []].flat().map(String),
  );
  return command?.every((word) => words.includes(word)) === true;
}

/** Selects the ClusterRoles of these parts: where any is left, other objects may be. */
export const OLD_COMPONENTS_SELECTOR = `app in (${[
  ...new Set(COMPONENTS.flatMap(({ app }) => app)),
].join(",")})`;

/** Returns whether an object has kind and name of one that a part made which Istio no longer has. */
export function isOldComponents(object: K8sObject, controlPlane: string): boolean {
  return componentsWith(object, controlPlane).length > 0;
}

/** An object of a part that Istio no longer has, and what to say of it. */
export interface OldObject {
  readonly object: K8sObject;
  readonly reason: string;
  /** Whether labels, or the command, show that Istio's installers made it. */
  readonly isProven: boolean;
  /** What has to happen before it may go. */
  readonly first?: string;
}

/** Says of each object which part of Istio it was of, and what still needs it. */
export function oldObjects(
  { objects, users }: OldComponentState,
  controlPlane: string,
): OldObject[] {
  return objects.flatMap((object) => {
    const [component] = componentsWith(object, controlPlane);
    return component === undefined
      ? []
      : [
          {
            object,
            reason: `is of ${component.name}, which Istio no longer has`,
            isProven: isInstalled(object, component) || runsIt(object, component),
            ...(component.serves &&
              users.length > 0 && {
                first: `move ${someOf(users)} to a revision first, and restart the pods: their proxies still ask it`,
              }),
          },
        ];
  });
}

/**
 * Returns whether the proxy of a pod asks a pilot from before istiod, and needs what served it.
 *
 * @param pod a pod with an injected proxy, or a gateway's
 */
function asksOldPilot(pod: JsonObject): boolean {
  return listAt(pod, "spec.containers").some(
    ({ name, args }) =>
      name === "istio-proxy" &&
      Array.isArray(args) &&
      args.some((arg) => /^(?:--discoveryAddress=)?istio-pilot[.:]/.test(String(arg))),
  );
}

/** The pods among objects whose proxies ask a pilot from before istiod, as NAMESPACE/NAME. */
export function oldPilotUsers(pods: readonly JsonObject[]): string[] {
  return pods.filter(asksOldPilot).map((pod) => `${namespaceOf(pod)}/${nameOf(pod)}`);
}
