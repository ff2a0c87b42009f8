import { isObject } from "../common/json";
import type { Problem } from "../common/problem";
import { selects } from "../k8s/selector";
import { isGatewayComponent } from "../model/component";
import type { GatewayInputs } from "../model/gatewayInputs";
import { placeOf, userSetting } from "../overlay/places";
import type { ResolvedMesh } from "../spec/resolve";
import { type ComponentPlan, isEntryEnabled } from "../spec/translate";
import type { GatewayPods } from "./overlayGateway";
import { isInjectedByNamespace, planGateway } from "./plan";
import { gatewayPodLabels } from "./pod";

type Source = (inputs: GatewayInputs) => string;

/** Returns the labels of a gateway's pods, one entry for each revision. */
export function podLabelsByRevision(inputs: GatewayInputs): Record<string, string>[] {
  return planGateway(inputs).revisions.map((revision) => gatewayPodLabels(inputs, revision));
}

/** The pods of typed gateways, one entry for each revision of each. */
export function gatewayPods(gateways: readonly GatewayInputs[]): GatewayPods[] {
  return gateways.flatMap((inputs) =>
    podLabelsByRevision(inputs).map((labels) => ({
      name: inputs.name,
      namespace: inputs.namespace,
      labels,
    })),
  );
}

function sameName(one: GatewayInputs, other: GatewayInputs, source: Source): Problem[] {
  return one.name === other.name
    ? [
        {
          source: source(other),
          path: "name",
          value: other.name,
          reason: "is the name of another gateway in the same namespace",
          fix: "give each gateway a name of its own",
        },
      ]
    : [];
}

function sameDeployment(one: GatewayInputs, other: GatewayInputs, source: Source): Problem[] {
  const taken = planGateway(one).revisions.map(({ deployment }) => deployment);
  return planGateway(other)
    .revisions.filter(({ deployment }) => taken.includes(deployment))
    .map(({ deployment }) => ({
      source: source(other),
      path: "revisions",
      value: deployment,
      reason: `is the name of a Deployment of ${source(one)} too`,
      fix: "rename one of the two gateways",
    }));
}

function takesPods(one: GatewayInputs, other: GatewayInputs, source: Source): Problem[] {
  const { selector } = planGateway(one);
  return podLabelsByRevision(other).some((labels) => selects(selector, labels))
    ? [
        {
          source: source(one),
          path: one.service?.selector === undefined ? "labels" : "service.selector",
          value: selector,
          reason: `the Service would also select the pods of ${source(other)}`,
          fix: "give the two gateways different `app` or `istio` labels",
        },
      ]
    : [];
}

/** The label of a namespace is one for all gateways that leave the revision to it. */
function otherLabel(one: GatewayInputs, other: GatewayInputs, source: Source): Problem[] {
  const [wanted, value] = [one, other].map(({ revisions }) => revisions[0]?.revision);
  return isInjectedByNamespace(one) && isInjectedByNamespace(other) && wanted !== value
    ? [
        {
          source: source(other),
          path: "revisions[0].revision",
          value,
          reason: `differs from ${wanted} of ${source(one)}, but the label of namespace ${one.namespace} is one for both (\`injection: namespace\`)`,
          fix: "name the same revision in both, or write `injection: pod` in one of them",
        },
      ]
    : [];
}

function checkPair(one: GatewayInputs, other: GatewayInputs, source: Source): Problem[] {
  if (one.namespace !== other.namespace) {
    return [];
  }
  const named = sameName(one, other, source);
  return named.length > 0
    ? named
    : [
        ...sameDeployment(one, other, source),
        ...otherLabel(one, other, source),
        ...takesPods(one, other, source),
        ...takesPods(other, one, source),
      ];
}

/**
 * Returns the conflicts between gateways that are each valid: equal names, and Services that would
 * select each other's pods.
 */
export function checkGatewayConflicts(all: readonly GatewayInputs[], source: Source): Problem[] {
  return all.flatMap((one, index) =>
    all.slice(index + 1).flatMap((other) => checkPair(one, other, source)),
  );
}

/** Where the list of the user's overlays names a gateway; its component, where a profile does. */
function placeOfName(
  mesh: Pick<ResolvedMesh, "components" | "document" | "fullLayers">,
  plan: ComponentPlan,
): Pick<Problem, "source" | "line" | "path"> {
  const { component } = plan;
  const list = userSetting(mesh, `spec.components.${component.name}`);
  if (list === undefined || !Array.isArray(list.value)) {
    return { source: `components.${component.name}`, path: "name" };
  }
  const installed = [...list.value.entries()].filter(
    ([, entry]) => isObject(entry) && isEntryEnabled(component, entry, mesh.document),
  );
  const siblings = mesh.components.filter((one) => one.component.name === component.name);
  const [index] = installed[siblings.indexOf(plan)] ?? [0];
  return placeOf(list, ["spec", "components", component.name, index, "name"]);
}

/**
 * Returns the gateways of overlays that have the name and the namespace of another gateway, of an
 * overlay or typed: both would make the same Service, and the update would end half-way.
 *
 * @param typed the gateways of the inputs
 */
export function checkOverlayGatewayNames(
  mesh: Pick<ResolvedMesh, "components" | "document" | "fullLayers">,
  typed: readonly GatewayInputs[],
): Problem[] {
  const overlays = mesh.components.filter(({ component }) => isGatewayComponent(component));
  const placesOf = (gateways: readonly { name: string; namespace: string }[]) =>
    gateways.map(({ name, namespace }) => `${namespace}/${name}`);
  const taken = placesOf(typed);
  return overlays.flatMap((plan, index): Problem[] => {
    const { name, namespace } = plan;
    const place = `${namespace}/${name}`;
    const isTyped = taken.includes(place);
    const isRepeated = placesOf(overlays.slice(0, index)).includes(place);
    return isTyped || isRepeated
      ? [
          {
            ...placeOfName(mesh, plan),
            value: name,
            reason: `is the name of ${isTyped ? "a typed gateway" : "another gateway"} in namespace ${namespace} too, so that both would make the same Service`,
            fix: "give each gateway a name of its own, or take one of the two out",
          },
        ]
      : [];
  });
}
