import { deepEqual, isObject, type Json } from "../common/json";
import { type Problem, sourceText } from "../common/problem";
import { joinPath } from "../common/propertyPath";
import { getPath } from "../k8s/path";
import {
  componentPlace,
  describeSetting,
  placeOf,
  problemAt,
  type UserSetting,
  userSetting,
} from "../overlay/places";
import type { ResolvedMesh } from "../spec/resolve";
import { type ComponentPlan, SPEC_TO_VALUES } from "../spec/translate";

/**
 * `components.NAME.k8s` against the chart's value for the same thing; the first is patched over what the
 * chart renders. Source: the charts' templates, and Istio `operator/pkg/render/postprocess.go`.
 */
const K8S_TO_VALUES: readonly (readonly [string, string])[] = [
  ["replicaCount", "replicaCount"],
  ["hpaSpec.minReplicas", "autoscaleMin"],
  ["hpaSpec.maxReplicas", "autoscaleMax"],
  ["podDisruptionBudget", "pdb"],
  ["resources", "resources"],
  ["nodeSelector", "nodeSelector"],
  ["tolerations", "tolerations"],
  ["affinity", "affinity"],
  ["podAnnotations", "podAnnotations"],
  ["serviceAnnotations", "serviceAnnotations"],
  ["service.type", "type"],
  ["service.ports", "ports"],
  ["service.loadBalancerIP", "loadBalancerIP"],
  ["service.externalTrafficPolicy", "externalTrafficPolicy"],
  ["strategy.rollingUpdate.maxSurge", "rollingMaxSurge"],
  ["strategy.rollingUpdate.maxUnavailable", "rollingMaxUnavailable"],
];

/** The problem of a setting that another one overrides with a different value. */
function beaten(lost: UserSetting | undefined, won: UserSetting | undefined): Problem[] {
  return lost === undefined || won === undefined || deepEqual(lost.value, won.value)
    ? []
    : [
        problemAt(lost, {
          reason: `has no effect: ${describeSetting(won)} says the same thing differently, and wins`,
          fix: `take one of the two out, such as ${lost.path}`,
        }),
      ];
}

/** Fields of the spec with a value of the same meaning: whichever reaches the charts wins. */
function specAgainstValues(mesh: ResolvedMesh): Problem[] {
  const final = mesh.components[0]?.values ?? {};
  return SPEC_TO_VALUES.flatMap(([first, second]) => {
    const [spec, values] = [userSetting(mesh, first), userSetting(mesh, second)];
    const winner = getPath(final, second.replace(/^spec\.values\./, ""));
    return deepEqual(winner, spec?.value) ? beaten(values, spec) : beaten(spec, values);
  });
}

/** The leaves of a map that are there in another one too, with another value. */
function differingLeaves(one: Json, other: Json, path = ""): string[] {
  if (!isObject(one) || !isObject(other)) {
    return deepEqual(one, other) ? [] : [path];
  }
  return Object.entries(one).flatMap(([key, value]) => {
    const opposite = other[key];
    return opposite === undefined || value === null
      ? []
      : differingLeaves(value, opposite, joinPath(path, key));
  });
}

/** Whether a chart's value leaves the matter open; 0 and false do not. */
function isOpen(value: Json): boolean {
  return (
    value === null ||
    value === "" ||
    (Array.isArray(value) && value.length === 0) ||
    (isObject(value) && Object.keys(value).length === 0)
  );
}

function k8sAgainstValues(mesh: ResolvedMesh, plan: ComponentPlan): Problem[] {
  const { segments, layer } = componentPlace(mesh, plan.component, plan.name);
  if (layer === undefined) {
    return [];
  }
  return K8S_TO_VALUES.flatMap(([field, value]) => {
    const patched = getPath(plan.k8s, field);
    const root = `spec.values.${plan.component.valuesRoot}.${value}`;
    const charts = userSetting(mesh, root);
    if (patched === undefined || charts === undefined || isOpen(charts.value)) {
      return [];
    }
    return differingLeaves(patched, charts.value).map((leaf) => {
      const [lost, won] = [joined(root, leaf), joined(field, leaf)];
      const place = placeOf({ layer }, [...segments, "k8s", ...won.split(".")]);
      const text = JSON.stringify(leaf === "" ? patched : (getPath(patched, leaf) ?? null));
      const setting = userSetting(mesh, lost) ?? charts;
      return problemAt(setting, {
        reason: `has no effect: ${place.path}: ${text} (${sourceText(place)}) is patched over it, and wins`,
        fix: `take one of the two out, such as ${setting.path}`,
      });
    });
  });
}

/** Variables of a container by name, as the charts' values have them. */
function envAgainstValues(mesh: ResolvedMesh, plan: ComponentPlan): Problem[] {
  const { segments, layer } = componentPlace(mesh, plan.component, plan.name);
  const { env } = plan.k8s;
  if (layer === undefined || !Array.isArray(env)) {
    return [];
  }
  return env.flatMap((variable, index) => {
    const { name, value } = isObject(variable) ? variable : {};
    const path = joinPath(`spec.values.${plan.component.valuesRoot}.env`, String(name));
    const charts = name === undefined ? undefined : userSetting(mesh, path);
    if (charts === undefined || isOpen(charts.value) || String(charts.value) === value) {
      return [];
    }
    const place = placeOf({ layer }, [...segments, "k8s", "env", index]);
    return [
      problemAt(charts, {
        reason: `has no effect: ${place.path} (${sourceText(place)}) sets the same variable differently, and wins`,
        fix: `take one of the two out, such as ${charts.path}`,
      }),
    ];
  });
}

const joined = (path: string, leaf: string) => (leaf === "" ? path : `${path}.${leaf}`);

/** A component's own hub or tag against the value of the same chart. */
function imagesAgainstValues(mesh: ResolvedMesh, { component }: ComponentPlan): Problem[] {
  return component.isList || component.valuesRoot === "global"
    ? []
    : ["hub", "tag"].flatMap((field) => {
        const own = userSetting(mesh, `spec.components.${component.name}.${field}`);
        const charts = userSetting(mesh, `spec.values.${component.valuesRoot}.${field}`);
        return beaten(charts, own);
      });
}

/** Switches of the spec and of the charts that must agree, and what happens where they do not. */
const SWITCHES: readonly {
  readonly component: string;
  readonly values: string;
  readonly without: string;
  readonly unused: string;
}[] = [
  {
    component: "spec.components.cni.enabled",
    values: "spec.values.pilot.cni.enabled",
    without:
      "no node agent is installed, and pods are injected without the init container that redirects traffic where there is no agent: they wait for the agent, or run outside the mesh",
    unused: "the node agent is installed, and injected pods set up their traffic themselves",
  },
  {
    component: "spec.components.pilot.enabled",
    values: "spec.values.pilot.enabled",
    without: "no istiod is installed, and the charts are told that there is one",
    unused: "istiod is installed, and the charts are told that there is none",
  },
];

function switchesApart(mesh: ResolvedMesh): Problem[] {
  return SWITCHES.flatMap(({ component, values, without, unused }) => {
    const charts = userSetting(mesh, values);
    const wanted = getPath(mesh.document, component) === true;
    if (charts === undefined || typeof charts.value !== "boolean" || charts.value === wanted) {
      return [];
    }
    const own = userSetting(mesh, component);
    const said = own === undefined ? `${component} is ${wanted}` : describeSetting(own);
    return [
      problemAt(charts, {
        reason: `contradicts ${said}: ${wanted ? unused : without}`,
        fix: `leave ${values} out: it follows ${component}`,
      }),
    ];
  });
}

/** Old values that install every gateway of a kind, whatever its entry says. */
function forcedGateways(mesh: ResolvedMesh): Problem[] {
  return mesh.components.flatMap(({ component, name }) => {
    const forced = userSetting(mesh, `spec.values.${component.enablingValue}`);
    const { segments, layer } = componentPlace(mesh, component, name);
    const entries = getPath(mesh.document, `spec.components.${component.name}`);
    const entry = Array.isArray(entries) ? entries[Number(segments.at(-1))] : undefined;
    if (
      forced?.value !== true ||
      layer === undefined ||
      getPath(entry ?? null, "enabled") !== false
    ) {
      return [];
    }
    const place = placeOf({ layer }, [...segments, "enabled"]);
    return [
      problemAt(forced, {
        reason: `contradicts ${place.path}: false (${sourceText(place)}), and wins: gateway ${name} is installed`,
        fix: `take ${forced.path} out`,
      }),
    ];
  });
}

/** The agent of the CNI leads pods of ambient namespaces to a ztunnel, which nobody installs. */
function ambientWithoutZtunnel(mesh: ResolvedMesh): Problem[] {
  const path = "cni.ambient.enabled";
  const [off, on] = [
    userSetting(mesh, "spec.components.ztunnel.enabled"),
    userSetting(mesh, `spec.values.${path}`),
  ];
  const has = (name: string) => mesh.components.some(({ component }) => component.name === name);
  // In this profile, the chart turns it on by itself.
  const isAmbient =
    getPath(mesh.document, `spec.values.${path}`) ??
    getPath(mesh.document, "spec.values.profile") === "ambient";
  const said = off ?? on;
  return said === undefined || isAmbient !== true || !has("cni") || has("ztunnel")
    ? []
    : [
        problemAt(said, {
          reason:
            "the CNI agent leads pods of ambient namespaces to ztunnel, which is not installed: new pods there do not start until a ztunnel runs on their node",
          fix: `set spec.components.ztunnel.enabled: true, or spec.values.${path}: false`,
        }),
      ];
}

const IN_VALUES = "spec.values.meshConfig.";

/** `spec.meshConfig` goes on top of `spec.values.meshConfig`. */
function meshConfigTwice(mesh: ResolvedMesh): Problem[] {
  const leaves = Object.keys(mesh.provenance).filter((path) => path.startsWith(IN_VALUES));
  return leaves.flatMap((path) => {
    const won = userSetting(mesh, `spec.meshConfig.${path.slice(IN_VALUES.length)}`);
    return beaten(userSetting(mesh, path), won);
  });
}

/** Things that a spec says in two places, with two values. */
export function saidTwice(mesh: ResolvedMesh): Problem[] {
  return [
    ...specAgainstValues(mesh),
    ...meshConfigTwice(mesh),
    ...switchesApart(mesh),
    ...forcedGateways(mesh),
    ...ambientWithoutZtunnel(mesh),
    ...mesh.components.flatMap((plan) => [
      ...k8sAgainstValues(mesh, plan),
      ...envAgainstValues(mesh, plan),
      ...imagesAgainstValues(mesh, plan),
    ]),
  ];
}
