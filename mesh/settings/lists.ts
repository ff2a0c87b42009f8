import { deepEqual, isObject, type Json } from "../common/json";
import { type Problem, sourceText } from "../common/problem";
import { splitPath } from "../common/propertyPath";
import { getPath } from "../k8s/path";
import { describeLayer, type Layer } from "../overlay/layer";
import { componentPlace, placeOf, userSetting } from "../overlay/places";
import type { ResolvedMesh } from "../spec/resolve";
import type { ComponentPlan } from "../spec/translate";

const STATUS_PORT = 15021;

/** Ports that the gateways' charts give their Services where nobody names any. */
const DEFAULT_PORTS: Readonly<Record<string, readonly { name: string; port: number }[]>> = {
  ingressGateways: [
    { name: "status-port", port: STATUS_PORT },
    { name: "http2", port: 80 },
    { name: "https", port: 443 },
  ],
  egressGateways: [
    { name: "http2", port: 80 },
    { name: "https", port: 443 },
  ],
};

/** What an entry of a list is known by: a map by its name, a text by itself. */
function nameOf(entry: Json): string | undefined {
  const name = isObject(entry) ? entry.name : entry;
  return typeof name === "string" ? name : undefined;
}

/** The names of a list's entries that are enabled. Entries without a name have none. */
function namesOf(list: Json | undefined): string[] {
  return (Array.isArray(list) ? list : [])
    .filter((entry) => !isObject(entry) || entry.enabled !== false)
    .flatMap((entry) => nameOf(entry) ?? []);
}

interface Replaced {
  readonly layer: Layer;
  readonly names: readonly string[];
}

/** The list that the last layer replaced: that of the layer below which has one too. */
function replacedList({ fullLayers }: ResolvedMesh, path: string): Replaced | undefined {
  const layer = fullLayers.filter(({ document }) => Array.isArray(getPath(document, path))).at(-2);
  return layer && { layer, names: namesOf(getPath(layer.document, path)) };
}

const GATEWAYS = ["spec.components.ingressGateways", "spec.components.egressGateways"];

function lossOf(path: string): string {
  return GATEWAYS.includes(path)
    ? "its Deployment and its Service, with its address, are deleted"
    : "nothing has them any more";
}

/** Lists are replaced whole, so that entries of a profile or of another overlay are gone. */
export function lostEntries(mesh: ResolvedMesh): Problem[] {
  return Object.keys(mesh.provenance).flatMap((path) => {
    const setting = userSetting(mesh, path);
    if (setting === undefined || !Array.isArray(setting.value)) {
      return [];
    }
    const kept = namesOf(setting.value);
    const all = (setting.value as Json[]).map(nameOf);
    const replaced = replacedList(mesh, path);
    const lost = (replaced?.names ?? []).filter((name) => !all.includes(name));
    return replaced === undefined || lost.length === 0
      ? []
      : [
          {
            ...placeOf(setting, splitPath(path)),
            value: kept.join(", "),
            reason: `replaces the whole list of ${describeLayer(replaced.layer)}, and with it ${lost.join(", ")}: ${lossOf(path)}`,
            fix: `repeat the entries that are to stay, or list them with enabled: false if they are to go: ${lost.join(", ")}`,
          },
        ];
  });
}

/** The ports that a user names for a gateway: those of `k8s.service` win over the chart's values. */
function ownPorts(mesh: ResolvedMesh, plan: ComponentPlan) {
  const { segments, layer } = componentPlace(mesh, plan.component, plan.name);
  const ports = getPath(plan.k8s, "service.ports");
  if (layer !== undefined && Array.isArray(ports) && ports.length > 0) {
    return { ports, layer, segments: [...segments, "k8s", "service", "ports"] };
  }
  const setting = userSetting(mesh, `spec.values.${plan.component.valuesRoot}.ports`);
  return setting === undefined || !Array.isArray(setting.value)
    ? undefined
    : { ports: setting.value, layer: setting.layer, segments: splitPath(setting.path) };
}

/** Ports that a user names take the place of all ports of the chart. */
export function lostPorts(mesh: ResolvedMesh): Problem[] {
  return mesh.components.flatMap((plan: ComponentPlan) => {
    const defaults = DEFAULT_PORTS[plan.component.name] ?? [];
    const own = ownPorts(mesh, plan);
    if (own === undefined || own.ports.length === 0) {
      return [];
    }
    const { ports, layer, segments } = own;
    const numbers = ports.filter(isObject).map(({ port }) => port);
    const lost = defaults.filter(({ port }) => !numbers.includes(port));
    return lost.length === 0
      ? []
      : [
          {
            ...placeOf({ layer }, segments),
            value: numbers.join(", "),
            reason: `replaces all ports of the chart, and with them ${lost.map(({ name, port }) => `${name} ${port}`).join(", ")}`,
            fix: lost.some(({ port }) => port === STATUS_PORT)
              ? `repeat the ports that are to stay; cloud load balancers probe ${STATUS_PORT}`
              : "repeat the ports that are to stay",
          },
        ];
  });
}

/** Of variables with one name, the last one stays: `k8s.env` is merged by name. */
export function repeatedVariables(mesh: ResolvedMesh): Problem[] {
  return mesh.components.flatMap((plan) => {
    const { segments, layer } = componentPlace(mesh, plan.component, plan.name);
    const env = Array.isArray(plan.k8s.env) ? plan.k8s.env : [];
    const names = env.map(nameOf);
    return env.flatMap((variable, index) => {
      const last = names.lastIndexOf(names[index]);
      const isLost = names[index] !== undefined && last > index && !deepEqual(variable, env[last]);
      if (layer === undefined || !isLost) {
        return [];
      }
      const winner = placeOf({ layer }, [...segments, "k8s", "env", last]);
      return [
        {
          ...placeOf({ layer }, [...segments, "k8s", "env", index]),
          value: names[index],
          reason: `has no effect: ${winner.path} (${sourceText(winner)}) sets the same variable differently, and wins`,
          fix: "take one of the two out",
        },
      ];
    });
  });
}
