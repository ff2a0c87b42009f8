import { isObject, type Json, type JsonObject } from "../common/json";
import { type Problem, throwIfAny } from "../common/problem";
import { getPath, textAt } from "../k8s/path";
import { INPUTS_SOURCE, type MeshInputs, type ReleaseNames } from "../model/meshInputs";
import { hubOf, minorFacts, newestKnownBefore } from "../model/versions";
import type { Catalogue } from "../overlay/catalogue";
import { checkedSettings, SETTING_SOURCE } from "../overlay/checkedSettings";
import { checkGatewayLists } from "../overlay/gatewayChecks";
import { describeLayer, type Layer } from "../overlay/layer";
import type { OverlayLibrary } from "../overlay/library";
import { mergeLayers, type Provenance } from "../overlay/merge";
import type { ParsedOverlay } from "../overlay/parse";
import { placeOf, withLine } from "../overlay/places";
import { readOverlay } from "../overlay/readOverlay";
import { settingLayers } from "../overlay/setting";
import { describeDropped, findDropped } from "../schema/droppedFields";
import { unknownAuthority } from "./certificateAuthority";
import { checkMesh } from "./check";
import {
  checkExtensions,
  type MeshExtensions,
  missingRequirements,
  readExtensions,
} from "./extensions";
import { featureDocuments } from "./features";
import { exporterProblems } from "./googleExporters";
import { telemetryWarnings } from "./telemetryWarnings";
import { type ComponentPlan, planComponents, toHelmValues } from "./translate";

/** A mesh's inputs as one merged spec, and the plan of every chart that follows from it. */
export interface ResolvedMesh {
  readonly version: string;
  /** Empty for Istio's default revision. */
  readonly revision: string;
  readonly namespace: string;
  readonly profile: string;
  /** The version that charts are rendered for. */
  readonly kubernetesVersion: string;
  /** The version of the cluster, if the inputs name it. */
  readonly clusterVersion?: string;
  /** The names of the layers, from the lowest to the highest. */
  readonly layers: readonly string[];
  /** The same layers with their documents. */
  readonly fullLayers: readonly Layer[];
  /** All layers merged, before the translation to Helm values. */
  readonly document: JsonObject;
  readonly provenance: Provenance;
  readonly components: readonly ComponentPlan[];
  /** Names of the Helm releases that the charts are rendered for. */
  readonly releaseNames: ReleaseNames;
  /** Settings for which charts have no values, such as a PeerAuthentication. */
  readonly extensions: MeshExtensions;
  readonly warnings: readonly Problem[];
  /** The library of the overlays, to resolve what the same profile sets in another version. */
  readonly library: OverlayLibrary;
}

/**
 * Returns whether a mesh has istiod, inside or outside the cluster. A mesh of gateways only has
 * none (`profile: empty`).
 */
export function hasControlPlane({ components }: Pick<ResolvedMesh, "components">): boolean {
  return components.some(({ component: { name } }) => name === "pilot" || name === "istiodRemote");
}

const DEFAULT_NAMESPACE = "istio-system";

/** Returns the layer with what a released istioctl contains: hub and tag. */
function releaseLayer(inputs: MeshInputs): Layer {
  const spec = { hub: hubOf(inputs.version), tag: inputs.version };
  return { kind: "base", name: `Istio ${inputs.version}`, document: { spec } };
}

/** Source: Istio `clusterSpecificSettings`; and https://istio.io/latest/docs/setup/platform-setup/gke/ */
const PLATFORMS: Readonly<Record<string, JsonObject>> = {
  gke: {
    spec: {
      components: { cni: { namespace: "kube-system" } },
      values: { global: { platform: "gke" }, cni: { resourceQuotas: { enabled: false } } },
    },
  },
};

function platformLayers(platform: string | undefined): Layer[] {
  const document = platform === undefined ? undefined : PLATFORMS[platform];
  return document === undefined ? [] : [{ kind: "platform", name: platform ?? "", document }];
}

function namingLayer(inputs: MeshInputs): Layer {
  const { hub, tag, namespace } = inputs;
  const spec: JsonObject = {
    ...(hub !== undefined && { hub }),
    ...(tag !== undefined && { tag }),
    ...(inputs.revision !== undefined && { revision: inputs.revision }),
    ...(namespace !== undefined && {
      namespace,
      values: { global: { istioNamespace: namespace } },
    }),
  };
  const document: JsonObject = {
    ...(namespace !== undefined && { metadata: { namespace } }),
    spec,
  };
  const named = Object.keys(spec).filter((key) => key !== "values");
  return { kind: "inputs", name: named.join(", "), document };
}

/** Typed inputs that stand for a field which the version has dropped. */
function droppedInputs({ name, document }: Layer, version: string): Problem[] {
  return findDropped(document, version).map(({ rule, segments }) => ({
    source: INPUTS_SOURCE,
    path: name,
    value: getPath(document, segments.join(".")),
    ...describeDropped(rule, false),
  }));
}

/** Returns an option's document without its header, for features that use it. */
function optionSpec(name: string, options: Catalogue, version: string): JsonObject {
  const { spec, metadata } = options.read(name, version).layer?.document ?? {};
  return { ...(metadata !== undefined && { metadata }), ...(spec !== undefined && { spec }) };
}

interface LayerStack {
  readonly base: readonly Layer[];
  readonly user: readonly Layer[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

const layersOf = (parsed: readonly ParsedOverlay[]) =>
  parsed.flatMap(({ layer }) => (layer === undefined ? [] : [layer]));

function specOf(layers: readonly Layer[]): JsonObject {
  const { spec } = mergeLayers(layers).document;
  return isObject(spec) ? spec : {};
}

const PROFILE = ["spec", "profile"];

/**
 * Overlays, typed inputs and settings may all name a profile. The last of these takes precedence.
 */
function profileName(inputs: MeshInputs, overlays: readonly Layer[]): string {
  const fromSettings = specOf(settingLayers(inputs.set ?? [], {}).layers).profile;
  const named = fromSettings ?? inputs.profile ?? specOf(overlays).profile;
  return typeof named === "string" && named !== "" ? named : "default";
}

/** The profiles under the overlays; one that does not exist is a problem at the place that names it. */
function profileStack(
  inputs: MeshInputs,
  overlays: readonly Layer[],
  { profiles }: OverlayLibrary,
): ParsedOverlay[] {
  const name = profileName(inputs, overlays);
  const base = profiles.read("default", inputs.version);
  if (name === "default") {
    return [base];
  }
  const { problems, ...profile } = profiles.read(name, inputs.version);
  const place = profilePlace(inputs, overlays);
  const value = name;
  return [
    base,
    {
      ...profile,
      problems: profiles.names.includes(name)
        ? problems
        : problems.map((problem) => ({ ...problem, ...place, value })),
    },
  ];
}

/** What names the profile, from the highest layer on. */
function profilePlace(
  { set = [], profile }: MeshInputs,
  overlays: readonly Layer[],
): Pick<Problem, "source" | "line" | "path"> {
  if (specOf(settingLayers(set, {}).layers).profile !== undefined) {
    return { source: SETTING_SOURCE, path: PROFILE.join(".") };
  }
  const layer = [...overlays]
    .reverse()
    .find(({ document }) => getPath(document, PROFILE.join(".")) !== undefined);
  return profile !== undefined || layer === undefined
    ? { source: INPUTS_SOURCE, path: "profile" }
    : placeOf({ layer }, PROFILE);
}

function stackLayers(inputs: MeshInputs, library: OverlayLibrary): LayerStack {
  const overlays = (inputs.overlays ?? []).map((overlay, index) =>
    readOverlay(overlay, index, library, inputs.version),
  );
  const overlayLayers = layersOf(overlays);
  const profiles = profileStack(inputs, overlayLayers, library);
  const base = [...layersOf(profiles), ...platformLayers(inputs.platform), releaseLayer(inputs)];
  const below = mergeLayers([...base, ...overlayLayers]).document;
  const option = (name: string) => optionSpec(name, library.options, inputs.version);
  const typed: Layer[] = [
    namingLayer(inputs),
    ...featureDocuments(inputs, { below, option }).map(
      ({ feature, document }): Layer => ({ kind: "inputs", name: feature, document }),
    ),
  ].filter(({ document }) => Object.keys(document.spec ?? document).length > 0);
  // As in istioctl, a setting adds to the user's own lists and not to those of the profile.
  const settings = checkedSettings(
    inputs.set ?? [],
    mergeLayers([...overlayLayers, ...typed]).document,
    inputs.version,
  );
  const parsed = [...profiles, ...overlays];
  const dropped = typed.flatMap((layer) => droppedInputs(layer, inputs.version));
  return {
    base,
    user: [...overlayLayers, ...typed, ...settings.layers],
    problems: [...parsed.flatMap(({ problems }) => problems), ...settings.problems],
    warnings: [...parsed.flatMap(({ warnings }) => warnings), ...dropped, ...settings.warnings],
  };
}

/** One line for a version of which this package knows nothing. */
function unknownVersion(version: string): Problem[] {
  const known = newestKnownBefore(version);
  return known === undefined
    ? []
    : [
        {
          source: INPUTS_SOURCE,
          path: "version",
          value: version,
          reason: `is newer than Istio ${known}, the newest that this package knows: the charts are taken as they are, and fields are checked as those of ${known}`,
          fix: "take a release of this package that knows it, as soon as there is one",
        },
      ];
}

function valuesOf(layers: readonly Layer[]): JsonObject {
  const values: Json | undefined = specOf(layers).values;
  return isObject(values) ? values : {};
}

/**
 * Resolves a mesh: merges its layers into one spec, and plans every chart. Nothing is rendered or
 * created.
 *
 * Precedence, lowest first: profile, detected platform, release (hub, tag), overlays in their
 * order, typed inputs, settings in their order.
 *
 * @param inputs plain data, in which every Output is resolved
 * @param library the overlays that the inputs can name
 * @param extent `part` if later overlays may still set what these require @default "whole"
 * @throws InvalidInput with everything that is wrong with the inputs
 *
 * @example
 * resolveMesh({ version: "1.31.0", overlays: ["cni-gcp"] }, library).components.map((plan) => plan.component.name)
 * // ["base", "pilot", "cni", "ingressGateways"]
 */
export function resolveMesh(
  inputs: MeshInputs,
  library: OverlayLibrary,
  extent: "whole" | "part" = "whole",
): ResolvedMesh {
  const { problems: inputProblems, sound } = checkMesh(inputs);
  const sources = stackLayers(sound, library);
  const layers = [...sources.base, ...sources.user];
  const merged = mergeLayers(layers);
  const placed = withLine(layers);
  const found = [
    ...checkGatewayLists(merged),
    ...checkExtensions(merged),
    ...exporterProblems(merged, inputs.version),
    ...unknownAuthority(merged.document, layers, inputs.version),
    ...(extent === "whole" ? missingRequirements(merged) : []),
  ];
  throwIfAny([...inputProblems, ...sources.problems, ...found.map(placed)]);

  const translated = toHelmValues(merged.document, {
    profile: valuesOf(sources.base),
    user: valuesOf(sources.user),
  });
  return {
    version: inputs.version,
    revision: textAt(translated, "spec.revision") ?? "",
    namespace: textAt(translated, "metadata.namespace") ?? DEFAULT_NAMESPACE,
    profile: profileName(inputs, sources.user),
    kubernetesVersion: inputs.kubernetesVersion ?? minorFacts(inputs.version).minKubernetes,
    ...(inputs.kubernetesVersion !== undefined && { clusterVersion: inputs.kubernetesVersion }),
    layers: layers.map(describeLayer),
    fullLayers: layers,
    document: merged.document,
    provenance: merged.provenance,
    components: planComponents(translated, inputs.version),
    releaseNames: inputs.releaseNames ?? {},
    extensions: readExtensions(merged.document),
    warnings: [
      ...unknownVersion(inputs.version),
      ...sources.warnings,
      ...telemetryWarnings(merged).map(placed),
    ],
    library,
  };
}
