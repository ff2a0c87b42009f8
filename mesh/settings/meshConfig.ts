import { isObject, type Json, type JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { pathText, splitPath } from "../common/propertyPath";
import { isSelector, matches } from "../k8s/selector";
import { compareMinors, MINORS, minorOf } from "../model/minors";
import { buildOf } from "../model/versions";
import { placeOf, problemAt, type UserSetting, userSetting } from "../overlay/places";
import { componentTargetOf } from "../render/render";
import type { ResolvedMesh } from "../spec/resolve";

/** The spec's field, or the chart's value, of a setting of the mesh config. */
function meshConfigSetting(mesh: ResolvedMesh, field: string): UserSetting | undefined {
  return (
    userSetting(mesh, `spec.meshConfig.${field}`) ??
    userSetting(mesh, `spec.values.meshConfig.${field}`)
  );
}

const NAME_LABEL = "kubernetes.io/metadata.name";

/** istiod's own namespace and those of the gateways, each once. */
function neededNamespaces({ namespace, components }: ResolvedMesh): string[] {
  const gateways = components.filter(({ component }) => component.isList);
  return [...new Set([namespace, ...gateways.map((plan) => plan.namespace)])];
}

/** Whether a selector takes a namespace of which no label but that with its name is known. */
function takes(selector: Json, namespace: string): boolean {
  return matches(selector, { [NAME_LABEL]: namespace });
}

/**
 * Namespaces that istiod would not watch, as far as one can tell without the cluster: of their labels,
 * only the one with their name is certain.
 */
export function unwatchedNamespaces(mesh: ResolvedMesh): Problem[] {
  const setting = meshConfigSetting(mesh, "discoverySelectors");
  const selectors = Array.isArray(setting?.value) ? setting.value : [];
  if (setting === undefined || selectors.length === 0) {
    return [];
  }
  const bad = selectors.findIndex((selector) => !isSelector(selector));
  if (bad >= 0) {
    return [
      {
        ...placeOf(setting, [...splitPath(setting.path), bad]),
        value: selectors[bad],
        reason: "is no label selector: istiod drops the whole list, and watches every namespace",
        fix: "give each of matchExpressions a key, and an operator In, NotIn, Exists or DoesNotExist",
        see: "https://github.com/istio/istio/blob/1.29.1/pkg/kube/namespace/filter.go",
      },
    ];
  }
  return neededNamespaces(mesh)
    .filter((namespace) => !selectors.some((selector) => takes(selector, namespace)))
    .map((namespace) =>
      problemAt(setting, {
        reason: `leaves out namespace ${namespace}, ${
          namespace === mesh.namespace
            ? "the root namespace: istiod ignores the mesh-wide configuration in it"
            : "where a gateway of this mesh runs: istiod does not see its pods and Services"
        }, unless the namespace has these labels`,
        fix: `add { matchLabels: { ${NAME_LABEL}: ${namespace} } } to the list, or label the namespace`,
        see: "https://istio.io/latest/docs/ops/configuration/mesh/configuration-scoping/",
      }),
    );
}

/** Tracing providers that Istio no longer has, with the minor that dropped each. */
const REMOVED = new Map(
  MINORS.names.flatMap((since) =>
    Object.entries(MINORS.release(`${since}.0`)?.removedProviders ?? {}).map(
      ([provider, source]) => [provider, { since, source }] as const,
    ),
  ),
);

const isContent = (value: Json | undefined) => value !== undefined && value !== null;

function providerProblem(
  mesh: ResolvedMesh,
  setting: UserSetting,
  index: number,
  provider: JsonObject,
) {
  const segments = [...splitPath(setting.path), index];
  const kinds = Object.keys(provider).filter((key) => key !== "name" && isContent(provider[key]));
  const removed = kinds.find((kind) => REMOVED.has(kind)) ?? "";
  const gone = REMOVED.get(removed);
  if (
    gone !== undefined &&
    buildOf(mesh.version) === undefined &&
    compareMinors(minorOf(mesh.version), gone.since) >= 0
  ) {
    return [
      {
        ...placeOf(setting, [...segments, removed]),
        value: provider.name,
        reason: `sends no traces: Istio ${gone.since} has dropped this provider`,
        fix: "send them to a collector by the provider opentelemetry",
        see: gone.source,
      },
    ];
  }
  const isEmptyKind = Object.entries(provider).some(
    ([key, value]) => key !== "name" && value === null,
  );
  return kinds.length === 0 || (isEmptyKind && kinds.every((kind) => !isObject(provider[kind])))
    ? [
        {
          ...placeOf(setting, segments),
          value: provider.name,
          reason:
            "has no provider in it: istiod ignores the entry, and no policy or telemetry can use it",
          fix: "indent the provider's fields below its kind, such as envoyExtAuthzGrpc: { service: …, port: … }",
        },
      ]
    : [];
}

/** Providers that istiod mixes up: of one name, of two kinds, or with no name to be used by. */
function mixedUpProvider(
  setting: UserSetting,
  index: number,
  provider: JsonObject,
  names: readonly (string | undefined)[],
): Problem[] {
  const segments = [...splitPath(setting.path), index];
  const { name } = provider;
  const kinds = Object.keys(provider).filter((key) => isObject(provider[key]));
  const last = typeof name === "string" ? names.lastIndexOf(name) : index;
  return [
    ...(name === undefined || name === null || name === ""
      ? [
          {
            ...placeOf(setting, segments),
            reason: "has no name: istiod ignores the entry, and no policy or telemetry can use it",
            fix: "give it a name",
          },
        ]
      : []),
    ...(kinds.length < 2
      ? []
      : [
          {
            ...placeOf(setting, segments),
            value: kinds.join(", "),
            reason:
              "has more than one provider in it: istiod takes one of them, and which is not defined",
            fix: "make an entry of each, with a name of its own",
          },
        ]),
    ...(last === index
      ? []
      : [
          {
            ...placeOf(setting, segments),
            value: name ?? null,
            reason: `has no effect: ${pathText([...splitPath(setting.path), last])} has the same name, and wins`,
            fix: "give each a name of its own, or take one of the two out",
          },
        ]),
  ];
}

/** Extension providers that istiod does nothing with, or not what they say. */
export function deadProviders(mesh: ResolvedMesh): Problem[] {
  const setting = meshConfigSetting(mesh, "extensionProviders");
  const list = Array.isArray(setting?.value) ? setting.value : [];
  const names = list.map((provider) => {
    const name = isObject(provider) ? provider.name : undefined;
    return typeof name === "string" ? name : undefined;
  });
  return setting === undefined
    ? []
    : list.flatMap((provider, index) =>
        isObject(provider)
          ? [
              ...providerProblem(mesh, setting, index, provider),
              ...mixedUpProvider(setting, index, provider, names),
            ]
          : [],
      );
}

/** The host of an address such as `istiod.istio-system.svc:15012`. */
const hostOf = (address: string) => address.replace(/:\d+$/, "").split(".");

/** A discovery address in the mesh's own namespace that is none of its istiod's Service. */
export function unknownDiscoveryAddress(mesh: ResolvedMesh): Problem[] {
  const setting = meshConfigSetting(mesh, "defaultConfig.discoveryAddress");
  const pilot = mesh.components.find(({ component }) => component.name === "pilot");
  if (setting === undefined || typeof setting.value !== "string" || pilot === undefined) {
    return [];
  }
  const [service, namespace] = hostOf(setting.value);
  const own = componentTargetOf(pilot).resourceName;
  return namespace !== pilot.namespace || service === own
    ? []
    : [
        problemAt(setting, {
          reason: `sends all proxies to a Service that this mesh does not make; the one of its istiod is ${own}.${pilot.namespace}.svc`,
          fix: `take it out, or write ${own}.${pilot.namespace}.svc:15012`,
        }),
      ];
}
