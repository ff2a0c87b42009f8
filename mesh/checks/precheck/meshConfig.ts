import { loadAll } from "js-yaml";
import { isObject, type Json } from "../../common/json";
import { pathText } from "../../common/propertyPath";
import { revisionLabel } from "../../k8s/istioLabels";
import { type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { nameOf, namespaceOf } from "../../k8s/workload";
import { runningVersion } from "../../model/facts";
import { meshConfigFaults } from "../../schema/meshConfigFaults";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { configName } from "../meshConfig";
import { precheckOf } from "./define";
import { livePlanes, type PlaneFacts } from "./livePlanes";
import type { DesiredMesh, LiveState } from "./types";

const found = findingsOf("mesh-config");

const SOURCE = "https://github.com/istio/istio/issues/61563";

/** A ConfigMap that a control plane reads its mesh configuration from. */
export interface MeshConfigPlace {
  readonly namespace: string;
  readonly name: string;
  /** Of the control plane, as the inputs have it. */
  readonly revision: string;
  /** The version that runs. Empty if it is not known. */
  readonly version: string;
}

/**
 * Returns the ConfigMaps that the control planes of a cluster read their mesh configuration from.
 *
 * @example
 * meshConfigPlaces([istiod]) // [{ namespace: "istio-system", name: "istio-1-29-1", … }]
 */
export function meshConfigPlaces(workloads: readonly K8sObject[]): MeshConfigPlace[] {
  return livePlanes(workloads).map(({ namespace, revision, version }: PlaneFacts) => ({
    ...{ namespace, revision, version },
    name: configName("istio", revisionLabel(revision)),
  }));
}

/** The version whose istiod reads the configuration after the update: the planned one, or the same. */
function readerOf({ plan }: DesiredMesh, { revision, version }: MeshConfigPlace): string {
  const planned = plan.facts.controlPlanes.find((plane) => plane.revision === revision);
  return planned === undefined ? version : runningVersion(planned);
}

const shown = (value: Json | undefined) =>
  value === undefined ? "" : ` (got ${JSON.stringify(value)})`;

function faultsIn(text: string, version: string): string[] {
  let config: unknown;
  try {
    [config = {}] = loadAll(text);
  } catch (error) {
    return [`mesh: is no YAML: ${(error as Error).message.split("\n")[0]}`];
  }
  if (!isObject(config)) {
    return [`mesh: is no map${shown(config as Json)}`];
  }
  return meshConfigFaults(config, version).map(
    ({ segments, value, reason, allowed }) =>
      `mesh: ${pathText(segments)}: ${reason}${shown(value)}${allowed === undefined ? "" : `; allowed: ${allowed}`}`,
  );
}

/**
 * Mesh configuration in the cluster that istiod cannot read. A running istiod keeps the last one that
 * it could read, so that nothing is seen of the fault until its next start: then it works with
 * Istio's defaults.
 *
 * @see https://github.com/istio/istio/issues/61563
 */
export function checkMeshConfig(
  desired: DesiredMesh,
  { workloads, meshConfigs }: Pick<LiveState, "workloads" | "meshConfigs">,
): Finding[] {
  return meshConfigPlaces(workloads).flatMap((place) => {
    const { namespace, name } = place;
    const map = meshConfigs.find((one) => nameOf(one) === name && namespaceOf(one) === namespace);
    const text = map === undefined ? undefined : getPath(map, "data.mesh");
    const version = readerOf(desired, place);
    if (map === undefined || typeof text !== "string" || version === "") {
      return [];
    }
    return faultsIn(text, version).map((fault) =>
      found.error(
        objectTitle(map),
        `${fault}. istiod ${version} drops the whole mesh config for it at its next start, and works with Istio's defaults (${SOURCE})`,
        `correct it where it is written, in the stack's inputs or by hand: kubectl -n ${namespace} edit configmap ${name}`,
      ),
    );
  });
}

export const meshConfig = precheckOf({
  id: "mesh-config",
  title: "mesh configuration in the cluster",
  fine: "every istiod can read its own",
  needs: ["desired", "workloads", "meshConfigs"],
  run: ({ desired, ...live }) => checkMeshConfig(desired, live),
});
