import { isObject, type Json } from "../common/json";
import type { Problem } from "../common/problem";
import { splitPath } from "../common/propertyPath";
import { removedVariables } from "../model/upgradeNotes";
import { buildOf } from "../model/versions";
import { componentPlace, placeOf, userSetting } from "../overlay/places";
import type { ResolvedMesh } from "../spec/resolve";
import type { ComponentPlan } from "../spec/translate";

/** An environment variable of istiod or of the proxies' agent that the user has set. */
export interface SetVariable {
  readonly name: string;
  readonly value: Json;
  readonly place: Pick<Problem, "source" | "line" | "path">;
}

/** Maps of variables. */
const MAPS = [
  "spec.values.pilot.env",
  "spec.meshConfig.defaultConfig.proxyMetadata",
  "spec.values.meshConfig.defaultConfig.proxyMetadata",
];

function inMap(mesh: ResolvedMesh, path: string): SetVariable[] {
  const map = userSetting(mesh, path)?.value;
  return Object.keys(isObject(map) ? map : {}).flatMap((name) => {
    const setting = userSetting(mesh, `${path}.${name}`);
    return setting === undefined
      ? []
      : [{ name, value: setting.value, place: placeOf(setting, [...splitPath(path), name]) }];
  });
}

/** Components whose containers are istiod or a proxy with its agent. */
const WITH_VARIABLES = ["pilot", "ingressGateways", "egressGateways"];

function inK8s(mesh: ResolvedMesh, plan: ComponentPlan): SetVariable[] {
  const { segments, layer } = componentPlace(mesh, plan.component, plan.name);
  const list = plan.k8s.env;
  if (
    layer === undefined ||
    !Array.isArray(list) ||
    !WITH_VARIABLES.includes(plan.component.name)
  ) {
    return [];
  }
  return list.flatMap((entry, index) =>
    isObject(entry) && typeof entry.name === "string"
      ? [
          {
            name: entry.name,
            value: entry.value ?? null,
            place: placeOf({ layer }, [...segments, "k8s", "env", index]),
          },
        ]
      : [],
  );
}

/** Returns the environment variables of istiod and of the proxies' agent that the user has set. */
export function setVariables(mesh: ResolvedMesh): SetVariable[] {
  return [
    ...MAPS.flatMap((path) => inMap(mesh, path)),
    ...mesh.components.flatMap((plan) => inK8s(mesh, plan)),
  ];
}

/** Variables that an earlier Istio had, and that this one no longer reads. */
export function goneVariables(mesh: ResolvedMesh): Problem[] {
  // Other builds of Istio may have variables of their own.
  if (buildOf(mesh.version) !== undefined) {
    return [];
  }
  const removed = removedVariables(mesh.version);
  return setVariables(mesh).flatMap(({ name, value, place }) => {
    const gone = Object.hasOwn(removed, name) ? removed[name] : undefined;
    return gone === undefined
      ? []
      : [
          {
            ...place,
            value,
            reason: `has no effect: Istio has no variable ${name} since ${gone.since}`,
            fix: "take it out",
            see: gone.source,
          },
        ];
  });
}
