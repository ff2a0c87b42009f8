import { annotationsOf, labelsOf } from "../k8s/istioLabels";
import { isInstaller, managersOf, STACK_MANAGER } from "../k8s/managers";
import type { K8sObject } from "../k8s/objects";
import { MARKS_MANAGER, owningStacks } from "./shared/marks";

/** A Helm release, which would delete what it installed. */
export interface HelmRelease {
  readonly name: string;
  readonly namespace: string;
}

/** Who installed an object that does not belong to this stack. */
export interface Owner {
  /** @example "Helm release istiod (namespace istio-system)" */
  readonly title: string;
  readonly release?: HelmRelease;
  /** Whether the owner is another stack of this package. @default false */
  readonly stack?: boolean;
}

function helmRelease(object: K8sObject): HelmRelease | undefined {
  const annotations = annotationsOf(object);
  const name = annotations["meta.helm.sh/release-name"];
  const namespace = annotations["meta.helm.sh/release-namespace"] ?? "default";
  return name === undefined ? undefined : { name, namespace };
}

/** The first match wins, because charts put istioctl's labels on objects that Helm installs too. */
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
 * Returns the Pulumi stack that has applied an object, as `ORGANIZATION/PROJECT/STACK`.
 *
 * @returns `undefined` if no stack of this package has applied it
 */
export function stackOf(object: K8sObject): string | undefined {
  const found = managersOf(object).find(({ manager }) => manager.startsWith(STACK_MANAGER));
  return found?.manager.slice(STACK_MANAGER.length);
}

/**
 * Returns who installed an object, by Helm's annotations, field managers and istioctl's labels.
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
