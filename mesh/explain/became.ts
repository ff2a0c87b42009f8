import { deepEqual, isObject, type Json } from "../common/json";
import { joinPath, splitPath } from "../common/propertyPath";
import { getPath } from "../k8s/path";
import { MTLS_MODE, REQUIRES } from "../model/annotations";
import { type ComponentDefinition, componentsOf, isGatewayComponent } from "../model/component";
import { componentTargetOf } from "../render/render";
import type { ResolvedMesh } from "../spec/resolve";
import { type ComponentPlan, SPEC_TO_VALUES } from "../spec/translate";
import { becameOfK8s } from "./becameK8s";

type Segments = readonly string[];

const NOTHING = "nothing: no chart and no patch reads it";

function pathOf(segments: Segments): string {
  return segments.reduce(joinPath, "");
}

/** Returns the component whose values contain a Helm value, if there is one. */
function ownerOf(mesh: ResolvedMesh, helmPath: string): ComponentDefinition | undefined {
  return componentsOf(mesh.version).find(
    ({ valuesRoot }) => valuesRoot !== "global" && `${helmPath}.`.startsWith(`${valuesRoot}.`),
  );
}

function plansOf(mesh: ResolvedMesh, component: ComponentDefinition): ComponentPlan[] {
  return mesh.components.filter((plan) => plan.component.name === component.name);
}

/** Charts with flat values have their own values without the root. */
function valueIn(plan: ComponentPlan, helmPath: string): Json | undefined {
  const { flattenValues, valuesRoot } = plan.component;
  const own = flattenValues && helmPath.startsWith(`${valuesRoot}.`);
  return getPath(plan.values, own ? helmPath.slice(valuesRoot.length + 1) : helmPath);
}

/** Describes a Helm value and its chart, or says that another field sets it. */
function helmValue(mesh: ResolvedMesh, helmPath: string, value: Json): string {
  const owner = ownerOf(mesh, helmPath);
  const plans = owner === undefined ? mesh.components : plansOf(mesh, owner);
  if (owner !== undefined && plans.length === 0) {
    return `Helm value ${helmPath}, not used: ${owner.title} is not rendered`;
  }
  const used = plans.map((plan) => valueIn(plan, helmPath));
  // An empty map sets nothing, and other fields may set what lies below it.
  const isEmpty = isObject(value) && Object.keys(value).length === 0;
  if (!isEmpty && !used.some((final) => deepEqual(final, value))) {
    const other = used.find((final) => final !== undefined);
    return `Helm value ${helmPath}, overridden: charts get ${JSON.stringify(other ?? null)}`;
  }
  return owner === undefined
    ? `Helm value ${helmPath}`
    : `Helm value ${helmPath} of chart ${owner.chart}`;
}

function becameOfGateway(plan: ComponentPlan, rest: Segments): string[] {
  const root = plan.component.valuesRoot;
  const field = rest[0] ?? "";
  const names: Readonly<Record<string, string>> = { name: "name", label: "labels" };
  const own = names[field];
  const tail = rest.slice(1).reduce(joinPath, "");
  if (own !== undefined) {
    const path = [root, own, tail].filter((part) => part !== "").join(".");
    return [`Helm value ${path} of chart ${plan.component.chart}`];
  }
  const ports = field === "k8s" && rest[1] === "service" && rest[2] === "ports";
  return ports
    ? [`Helm value ${root}.ports of chart ${plan.component.chart}`]
    : becameOfComponent(plan, rest);
}

function becameOfComponent(plan: ComponentPlan, rest: Segments): string[] {
  const { component } = plan;
  const [field = "", ...below] = rest;
  switch (field) {
    case "enabled":
      return [`chart ${component.chart} is rendered`, ...tellOthers(component.name)];
    case "namespace":
      return [`namespace of chart ${component.chart}`];
    case "hub":
    case "tag":
      return [`Helm value ${component.valuesRoot}.${field} of chart ${component.chart}`];
    case "k8s":
      return becameOfK8s(plan, componentTargetOf(plan), below);
    default:
      return [NOTHING];
  }
}

/** Charts read these two values whatever their own component is. */
function tellOthers(component: string): string[] {
  const values: Readonly<Record<string, string>> = {
    pilot: "pilot.enabled",
    cni: "pilot.cni.enabled",
  };
  const value = values[component];
  return value === undefined ? [] : [`Helm value ${value}`];
}

function becameOfDisabled(component: ComponentDefinition, field: string | undefined): string[] {
  return field === "enabled"
    ? [`chart ${component.chart} is not rendered`, ...tellOthers(component.name)]
    : ["nothing: the component is not enabled"];
}

function becameOfComponents(mesh: ResolvedMesh, [name, ...rest]: Segments): string[] {
  const component = componentsOf(mesh.version).find((candidate) => candidate.name === name);
  if (component === undefined) {
    return [`nothing: Istio ${mesh.version} has no component ${name}`];
  }
  if (!isGatewayComponent(component)) {
    const plan = plansOf(mesh, component)[0];
    return plan === undefined
      ? becameOfDisabled(component, rest[0])
      : becameOfComponent(plan, rest);
  }
  const [selector = "", ...fields] = rest;
  const list = getPath(mesh.document, `spec.components.${name}`);
  const item = Array.isArray(list) ? list[Number(selector.slice(1, -1))] : undefined;
  const own = isObject(item) ? item.name : undefined;
  const plan = plansOf(mesh, component).find((candidate) => candidate.name === own);
  return plan === undefined
    ? becameOfDisabled(component, fields[0])
    : becameOfGateway(plan, fields);
}

function becameOfMetadata(mesh: ResolvedMesh, [field, name]: Segments, value: Json): string[] {
  if (field === "namespace") {
    return mesh.namespace === value
      ? ["namespace of components without one of their own"]
      : [`nothing: values.global.istioNamespace goes before it (${mesh.namespace})`];
  }
  const meanings: Readonly<Record<string, string>> = {
    [MTLS_MODE]: `PeerAuthentication ${mesh.namespace}/default spec.mtls.mode`,
    [REQUIRES]: "a check: the paths in it have to be set",
  };
  return [meanings[name ?? ""] ?? NOTHING];
}

function becameOfSpec(mesh: ResolvedMesh, segments: Segments, value: Json): string[] {
  const [field = "", ...rest] = segments;
  switch (field) {
    case "values":
    case "unvalidatedValues":
      return [helmValue(mesh, pathOf(rest), value)];
    case "meshConfig":
      return [helmValue(mesh, pathOf(segments), value)];
    case "components":
      return becameOfComponents(mesh, rest);
    case "profile":
      return ["the layers of this profile"];
    case "defaultRevision":
      return value === true ? ["Helm value defaultRevision"] : [NOTHING];
    default: {
      const to = SPEC_TO_VALUES.find(([from]) => from === `spec.${field}`)?.[1];
      const text = typeof value === "number" ? String(value) : value;
      return to === undefined ? [NOTHING] : [helmValue(mesh, to.replace("spec.values.", ""), text)];
    }
  }
}

/**
 * Returns what a field of the merged document became: a Helm value, a patch, or nothing, with the
 * reason.
 *
 * @example
 * became(mesh, "spec.values.cni.cniBinDir", "/opt/cni/bin") // ["Helm value cni.cniBinDir of chart cni"]
 */
export function became(mesh: ResolvedMesh, path: string, value: Json): string[] {
  const [root, ...rest] = splitPath(path);
  switch (root) {
    case "spec":
      return becameOfSpec(mesh, rest, value);
    case "metadata":
      return becameOfMetadata(mesh, rest, value);
    default:
      return [NOTHING];
  }
}
