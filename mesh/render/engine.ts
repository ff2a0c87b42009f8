import type { JsonObject } from "../common/json";
import type { K8sObject } from "../k8s/objects";

/** One chart to render with Helm. */
export interface RenderRequest {
  /** Path of a chart: a folder, or the archive of one. */
  readonly chartPath: string;
  readonly namespace: string;
  readonly releaseName: string;
  readonly values: JsonObject;
  /** What the templates see as `.Capabilities.KubeVersion`. */
  readonly kubernetesVersion: string;
}

/** Renders charts. There is one Helm: the one inside Pulumi's Kubernetes provider. */
export interface HelmEngine {
  render(request: RenderRequest): Promise<K8sObject[]>;
}

/** Finds a chart's files; see `adapters/charts`. */
export interface ChartLocator {
  /** @returns path of a folder or an archive @throws when it is not to be had, saying why and what to do */
  locate(chart: {
    readonly name: string;
    readonly folder: string;
    readonly version: string;
  }): Promise<string>;
}
