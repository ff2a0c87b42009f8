import { getKey, isObject, type Json, type JsonObject } from "../common/json";
import { getPath, objectAt } from "../k8s/path";
import { canonicalQuantity } from "../k8s/quantity";
import { type ComponentDefinition, componentsOf, isGatewayComponent } from "../model/component";
import { type IstioctlBehaviour, MINORS } from "../model/minors";
import { mergeObjects } from "../overlay/merge";
import { setPath } from "../overlay/setting";

/** One chart to render: its namespace, its values, and what to patch afterwards. */
export interface ComponentPlan {
  readonly component: ComponentDefinition;
  /** Name of the gateway, or of the component if it is not a gateway. */
  readonly name: string;
  readonly namespace: string;
  readonly values: JsonObject;
  /** `components.NAME.k8s` as merged. */
  readonly k8s: JsonObject;
}

function stringAt(document: Json, path: string): string | undefined {
  const value = getPath(document, path);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * Spec fields that have a Helm value of another name. Source: Istio `translateIstioOperatorToHelm`.
 * `namespace` is not among istioctl's, which takes the field and ignores it; see `namespaceOfSpec`.
 */
export const SPEC_TO_VALUES: readonly (readonly [string, string])[] = [
  ["spec.hub", "spec.values.global.hub"],
  ["spec.tag", "spec.values.global.tag"],
  ["spec.revision", "spec.values.revision"],
  ["spec.compatibilityVersion", "spec.values.compatibilityVersion"],
  ["spec.namespace", "spec.values.global.istioNamespace"],
];

/** `meshConfig` is merged on top of `values.meshConfig`. */
function moveMeshConfig(document: JsonObject): JsonObject {
  const meshConfig = getPath(document, "spec.meshConfig");
  return isObject(meshConfig)
    ? mergeObjects(document, { spec: { values: { meshConfig } } })
    : document;
}

/** `defaultRevision: true` requests the default validator of this revision. */
function moveDefaultRevision(document: JsonObject): JsonObject {
  if (getPath(document, "spec.defaultRevision") !== true) {
    return document;
  }
  const revision = stringAt(document, "spec.revision") ?? "default";
  return setPath(document, "spec.values.defaultRevision", revision);
}

function moveSpecFields(document: JsonObject): JsonObject {
  return SPEC_TO_VALUES.reduce((result, [from, to]) => {
    const value = getPath(result, from);
    const isUnnamed = from === "spec.namespace" && value === "";
    if (value === undefined || isUnnamed) {
      return result;
    }
    // Templates would print a large number as 2.0240101e+07.
    return setPath(result, to, typeof value === "number" ? String(value) : value);
  }, document);
}

/** Charts read the settings of each other's components from values. */
function tellEnabledComponents(document: JsonObject): JsonObject {
  const isEnabled = (name: string) => getPath(document, `spec.components.${name}.enabled`) === true;
  const withPilot = setPath(document, "spec.values.pilot.enabled", isEnabled("pilot"));
  return setPath(withPilot, "spec.values.pilot.cni.enabled", isEnabled("cni"));
}

/**
 * Returns the part of the user's values that overrides translated values. istioctl merges by
 * reference: if the profile lacks a map, the result and the user's values contain the same map, so
 * values that were translated into it are kept. Therefore `values.global.hub` takes precedence over
 * `hub`, but `values.meshConfig` not over `meshConfig`, because profiles have no
 * `values.meshConfig`.
 */
function overridingValues(user: JsonObject, profile: JsonObject): JsonObject {
  const entries = Object.entries(user).flatMap(([key, value]): [string, Json][] => {
    const below = getKey(profile, key);
    if (!isObject(value)) {
      return [[key, value]];
    }
    return isObject(below) ? [[key, overridingValues(value, below)]] : [];
  });
  return Object.fromEntries(entries);
}

/** `spec.values` of the layers below the user's, and of the user's own layers. */
export interface ValuesByOrigin {
  readonly profile: JsonObject;
  readonly user: JsonObject;
}

/**
 * Turns a merged IstioOperator document into the Helm values that all charts share. The user's own
 * `values` are merged on top once more, because they may override translated values.
 * `unvalidatedValues` come last.
 *
 * @param merged all layers merged
 * @see Istio `operator/pkg/render` (MergeInputs, translateIstioOperatorToHelm)
 */
export function toHelmValues(merged: JsonObject, origins: ValuesByOrigin): JsonObject {
  const translated = tellEnabledComponents(
    moveMeshConfig(moveDefaultRevision(moveSpecFields(merged))),
  );
  const namespace =
    stringAt(origins.user, "global.istioNamespace") ??
    stringAt(translated, "spec.values.global.istioNamespace");
  const placed =
    namespace === undefined ? translated : setPath(translated, "metadata.namespace", namespace);
  const values = overridingValues(origins.user, origins.profile);
  const withUser = mergeObjects(placed, { spec: { values } });
  const unvalidated = objectAt(withUser, "spec.unvalidatedValues");
  return mergeObjects(withUser, { spec: { values: unvalidated } });
}

interface ComponentSpec {
  readonly raw: JsonObject;
  readonly forced: boolean;
}

function isEnabled(spec: ComponentSpec): boolean {
  return spec.forced || getKey(spec.raw, "enabled") !== false;
}

/** Whether a value of a chart enables all entries of its component. */
function isForced({ enablingValue }: ComponentDefinition, document: JsonObject): boolean {
  return enablingValue !== undefined && getPath(document, `spec.values.${enablingValue}`) === true;
}

/** Returns whether an entry of a component, below `spec.components`, is installed. */
export function isEntryEnabled(
  component: ComponentDefinition,
  entry: JsonObject,
  document: JsonObject,
): boolean {
  return isEnabled({ raw: entry, forced: isForced(component, document) });
}

function specsOf(component: ComponentDefinition, document: JsonObject): ComponentSpec[] {
  const forced = isForced(component, document);
  const raw = getPath(document, `spec.components.${component.name}`);
  if (Array.isArray(raw)) {
    return raw.filter(isObject).map((item) => ({ raw: item, forced }));
  }
  if (isObject(raw)) {
    return [{ raw, forced }];
  }
  return component.default || forced ? [{ raw: {}, forced }] : [];
}

/** Fields that Kubernetes' own type leaves out if they are empty. */
const OPTIONAL_OF_PORT = ["name", "protocol", "appProtocol", "nodePort"];

/** Returns a port as Kubernetes' own type writes it, which always has a targetPort. */
function servicePort(port: JsonObject): JsonObject {
  const given = OPTIONAL_OF_PORT.flatMap((key): [string, Json][] => {
    const value = getKey(port, key);
    return value ? [[key, value]] : [];
  });
  return {
    ...Object.fromEntries(given),
    port: port.port ?? 0,
    targetPort: port.targetPort ?? 0,
  };
}

/** Gateways get their name, labels and ports from values. */
function gatewayValues(raw: JsonObject, name: string): JsonObject {
  const ports = getPath(raw, "k8s.service.ports");
  const labels = isObject(raw.label) ? raw.label : {};
  return {
    name,
    labels,
    ...(Array.isArray(ports) &&
      ports.length > 0 && { ports: ports.filter(isObject).map(servicePort) }),
  };
}

/** From this size on, and below 0.0001, templates write a number with an exponent. */
const FIRST_WITH_EXPONENT = 1e6;

/**
 * istioctl reads a component's tag like a setting, so that "7" becomes a number. This is imitated
 * if the image does not change by it: "1.10" must not become 1.1.
 */
function ownTag(tag: Json): Json {
  const text = String(tag);
  const number = Number(text);
  const same = String(number) === text && number >= 1 && number < FIRST_WITH_EXPONENT;
  return same ? number : text;
}

function withOwnImages(values: JsonObject, component: ComponentDefinition, raw: JsonObject) {
  const root = component.valuesRoot;
  const hub = stringAt(raw, "hub");
  const withHub = hub === undefined ? values : setPath(values, `${root}.hub`, hub);
  const { tag = null } = raw;
  const text = root === "global" ? String(tag) : ownTag(tag);
  return tag === null ? withHub : setPath(withHub, `${root}.tag`, text);
}

/**
 * Returns the values of a chart with flat values: `global`, all scalars and lists, and the fields
 * of its own block at the top.
 */
function flatten(values: JsonObject, root: string): JsonObject {
  const own = objectAt(values, root);
  const shared = Object.entries(values).filter(([, value]) => !isObject(value));
  return { global: values.global ?? null, ...Object.fromEntries(shared), ...own };
}

/** Where the k8s settings that scale a Deployment have a value of the chart, and from which on. */
const SCALING: readonly { readonly from: string; readonly to: string; readonly least: number }[] = [
  { from: "k8s.hpaSpec.minReplicas", to: "autoscaleMin", least: 0 },
  { from: "k8s.hpaSpec.maxReplicas", to: "autoscaleMax", least: 1 },
  { from: "k8s.replicaCount", to: "replicaCount", least: 1 },
];

/** Returns a CPU quantity as istioctl writes it, or `undefined` if there is none. */
function cpuText(value: Json | undefined): string | undefined {
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  const cpu = canonicalQuantity(text);
  return cpu === "0" ? undefined : cpu;
}

/**
 * The k8s settings on which conditions in charts depend, as values: with two replicas, the chart
 * makes a PodDisruptionBudget.
 */
function k8sValues({ workload }: ComponentDefinition, raw: JsonObject): [string, Json][] {
  const scaling = SCALING.flatMap(({ from, to, least }): [string, Json][] => {
    const value = getPath(raw, from);
    const isGiven = workload?.kind === "Deployment" && typeof value === "number";
    return isGiven && value >= least ? [[to, value]] : [];
  });
  const resources = ["limits", "requests"].flatMap((kind): [string, Json][] => {
    const cpu = cpuText(getPath(raw, `k8s.resources.${kind}.cpu`));
    return cpu === undefined ? [] : [[`resources.${kind}.cpu`, cpu]];
  });
  return [...scaling, ...resources];
}

function componentValues(
  component: ComponentDefinition,
  raw: JsonObject,
  values: JsonObject,
  name: string,
  { k8sSetsValues }: IstioctlBehaviour,
) {
  const named = isGatewayComponent(component)
    ? Object.entries(gatewayValues(raw, name)).reduce(
        (result, [key, value]) => setPath(result, `${component.valuesRoot}.${key}`, value),
        values,
      )
    : values;
  const given = k8sSetsValues ? k8sValues(component, raw) : [];
  const scaled = given.reduce(
    (result, [path, value]) => setPath(result, `${component.valuesRoot}.${path}`, value),
    named,
  );
  const tagged = withOwnImages(scaled, component, raw);
  const hasOwn = isObject(getPath(tagged, component.valuesRoot));
  return component.flattenValues && hasOwn ? flatten(tagged, component.valuesRoot) : tagged;
}

function nameOf(component: ComponentDefinition, raw: JsonObject): string {
  const own = typeof raw.name === "string" ? raw.name : "";
  return isGatewayComponent(component) ? own : component.name;
}

/**
 * Returns the charts of a translated document, in the order of installation.
 *
 * @param document the result of {@link toHelmValues}
 * @param version the Istio version, which decides which components exist
 * @see Istio `operator/pkg/component` (Get) and `operator/pkg/render`
 * (applyComponentValuesToHelmValues)
 */
export function planComponents(document: JsonObject, version: string): ComponentPlan[] {
  const values = objectAt(document, "spec.values");
  const defaultNamespace = stringAt(document, "metadata.namespace") ?? "istio-system";
  const behaviour = MINORS.istioctl(version);
  return componentsOf(version).flatMap((component) =>
    specsOf(component, document)
      .filter(isEnabled)
      .map(({ raw }) => ({
        component,
        name: nameOf(component, raw),
        namespace: stringAt(raw, "namespace") ?? defaultNamespace,
        values: componentValues(component, raw, values, nameOf(component, raw), behaviour),
        k8s: objectAt(raw, "k8s"),
      })),
  );
}

/**
 * Returns the components that a version has and that the document installs nowhere, or none of
 * whose gateways it installs.
 *
 * @param document the result of {@link toHelmValues}, or all layers merged
 */
export function componentsLeftOut(document: JsonObject, version: string): ComponentDefinition[] {
  return componentsOf(version).filter((component) => !specsOf(component, document).some(isEnabled));
}
