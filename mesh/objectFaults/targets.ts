import { isObject } from "../common/json";
import { identityOf, type K8sObject } from "../k8s/objects";
import { getPath, textAt } from "../k8s/path";
import { isSelector, selectorOf, selects } from "../k8s/selector";
import { podLabels, sameNamespace, selectsPodsOf } from "../k8s/workload";
import type { ObjectFault } from "./objectFaults";
import {
  at,
  containersOf,
  type Fault,
  hasPods,
  itemsOf,
  objectsAt,
  PROBES,
  type Segments,
} from "./parts";

/** What may be pointed at. */
interface Made {
  readonly workloads: readonly K8sObject[];
  /** Who makes them, for messages. */
  readonly maker: string;
}

/** The names of all ports of a workload's containers. */
function portNames(workload: K8sObject): unknown[] {
  return containersOf(workload).flatMap((container) =>
    objectsAt(workload, [...container, "ports"]).map(({ name }) => name),
  );
}

function serviceFaults(service: K8sObject, { workloads, maker }: Made): Fault[] {
  const selector = selectorOf(service);
  if (Object.keys(selector).length === 0) {
    return [];
  }
  const selected = workloads.filter((workload) => selects(selector, podLabels(workload)));
  if (selected.length === 0) {
    return [
      {
        segments: ["spec", "selector"],
        reason: `selects no pods that ${maker} makes: nothing answers behind the Service`,
        fix: "select labels of the pods' template",
      },
    ];
  }
  return itemsOf(service, ["spec", "ports"]).flatMap((place): Fault[] => {
    const name = at(service, [...place, "targetPort"]);
    const isKnown = selected.some((workload) => portNames(workload).includes(name));
    return typeof name !== "string" || name === "" || isKnown
      ? []
      : [
          {
            segments: [...place, "targetPort"],
            value: name,
            reason: "is the name of no port of the pods behind it: nothing answers at this port",
            fix: "write the port's number, or name the container's port so",
          },
        ];
  });
}

function budgetFaults(budget: K8sObject, { workloads, maker }: Made): Fault[] {
  const selector = getPath(budget, "spec.selector");
  if (!isObject(selector) || !isSelector(selector)) {
    return [];
  }
  const isUsed = workloads.some((workload) => selectsPodsOf(selector, workload));
  return isUsed
    ? []
    : [
        {
          segments: ["spec", "selector"],
          reason: `selects no pods that ${maker} makes: the budget protects nothing`,
          fix: "select labels of the pods' template",
        },
      ];
}

const SCALED = ["spec", "scaleTargetRef"];

function autoscalerFaults(autoscaler: K8sObject, { workloads, maker }: Made): Fault[] {
  const [kind, name] = ["kind", "name"].map((key) =>
    textAt(autoscaler, [...SCALED, key].join(".")),
  );
  const isMade = workloads.some(
    (workload) => workload.kind === kind && identityOf(workload).name === name,
  );
  return isMade
    ? []
    : [
        {
          segments: SCALED,
          value: `${kind} ${name}`,
          reason: `is no workload that ${maker} makes: the autoscaler scales nothing of it`,
          fix: `name one of ${workloads.map((one) => `${one.kind} ${identityOf(one).name}`).join(", ")}`,
        },
      ];
}

const PROBED = ["httpGet", "tcpSocket"];

/** Probes of a port by its name. The API server takes any name, and such a probe always fails. */
function probeFaults(workload: K8sObject): Fault[] {
  const known = portNames(workload);
  const places: Segments[] = containersOf(workload).flatMap((container) =>
    PROBES.flatMap((probe) => PROBED.map((way) => [...container, probe, way, "port"])),
  );
  return places.flatMap((segments): Fault[] => {
    const value = at(workload, segments);
    return typeof value !== "string" || /^\d+$/.test(value) || known.includes(value)
      ? []
      : [
          {
            segments,
            value,
            reason: "is the name of no port of this pod: the probe always fails",
            fix: "write the port's number",
          },
        ];
  });
}

function faultsOf(object: K8sObject, { workloads, maker }: Made): Fault[] {
  const near = { workloads: workloads.filter((one) => sameNamespace(one, object)), maker };
  switch (object.kind) {
    case "Service":
      return serviceFaults(object, near);
    case "PodDisruptionBudget":
      return budgetFaults(object, near);
    case "HorizontalPodAutoscaler":
      return autoscalerFaults(object, near);
    default:
      return hasPods(object) ? probeFaults(object) : [];
  }
}

/**
 * Objects of a component that point at nothing: Services and budgets whose selector matches none of its
 * pods, autoscalers of no workload, ports by a name that no container has. The API server takes them. A
 * component without workloads may belong to those of another one, and is not judged.
 *
 * @param maker who makes the objects, for messages
 * @example
 * missedTargets([service, deployment])[0].segments // ["spec", "selector"]
 */
export function missedTargets(
  objects: readonly K8sObject[],
  maker = "its component",
): ObjectFault[] {
  const workloads = objects.filter(hasPods);
  return workloads.length === 0
    ? []
    : objects.flatMap((object) =>
        faultsOf(object, { workloads, maker }).map((fault) => ({ object, ...fault })),
      );
}
