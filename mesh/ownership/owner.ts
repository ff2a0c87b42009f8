import { annotationsOf, labelsOf } from "../k8s/istioLabels";
import { isInstaller, managersOf, STACK_MANAGER } from "../k8s/managers";
import type { K8sObject } from "../k8s/objects";
import { MARKS_MANAGER, owningStacks } from "./shared/marks";

/** A release of Helm, which would delete what it installed. */
export interface HelmRelease {
  readonly name: string;
  readonly namespace: string;
}

/** Who installed an object that is not this stack's. */
export interface Owner {
  /** @example "Helm release istiod (namespace istio-system)" */
  readonly title: string;
  readonly release?: HelmRelease;
  /** It is another stack of this project or of one like it. @default false */
  readonly stack?: boolean;
}

function helmRelease(object: K8sObject): HelmRelease | undefined {
  const annotations = annotationsOf(object);
  const name = annotations["meta.helm.sh/release-name"];
  const namespace = annotations["meta.helm.sh/release-namespace"] ?? "default";
  return name === undefined ? undefined : { name, namespace };
}

/** Each is asked in turn: charts put istioctl's labels on Helm's objects too. */
const TITLES: readonly [RegExp, (manager: string) => string][] = [
  [/^istio-operator$/, () => "istioctl"],
  [/^pulumi-service-mesh\//, (manager) => `Pulumi stack ${manager.slice(STACK_MANAGER.length)}`],
  [/^pulumi-/, () => "another Pulumi stack"],
  [/^argocd-/, () => "Argo CD"],
  [/^(kustomize|helm)-controller$/, () => "Flux"],
  [/^terraform|^HashiCorp$/i, () => "Terraform"],
  [/^helm$/, () => "Helm"],
  [/^istioctl/, () => "istioctl"],
  [/^(kubectl|before-first-apply)/, () => "kubectl"],
];

function titleOf(object: K8sObject, managers: readonly string[]): string {
  for (const [pattern, title] of TITLES) {
    const found = managers.find((manager) => pattern.test(manager));
    if (found !== undefined) {
      return title(found);
    }
  }
  if (labelsOf(object)["operator.istio.io/managed"] !== undefined) {
    return "istioctl";
  }
  return managers.length === 0 ? "nobody known" : `field manager ${managers.join(", ")}`;
}

/**
 * The Pulumi stack that has applied an object, as `ORGANIZATION/PROJECT/STACK`.
 *
 * @returns `undefined` where no stack of this package has
 */
export function stackOf(object: K8sObject): string | undefined {
  const found = managersOf(object).find(({ manager }) => manager.startsWith(STACK_MANAGER));
  return found?.manager.slice(STACK_MANAGER.length);
}

/**
 * Who installed an object, by Helm's annotations, its field managers and istioctl's labels.
 *
 * @example
 * ownerOf(deployment).title // "istioctl"
 */
export function ownerOf(object: K8sObject): Owner {
  const release = helmRelease(object);
  if (release !== undefined) {
    return { title: `Helm release ${release.name} (namespace ${release.namespace})`, release };
  }
  const managers = [...new Set(managersOf(object).map(({ manager }) => manager))].filter(
    (manager) => manager !== MARKS_MANAGER,
  );
  const installers = managers.filter(isInstaller);
  const title = titleOf(object, installers.length > 0 ? installers : managers);
  return owningStacks(object).length > 0 ? { title, stack: true } : { title };
}
