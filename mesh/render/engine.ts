import type { JsonObject } from "../common/json";
import type { K8sObject } from "../k8s/objects";

/** One chart to render with Helm. */
export interface RenderRequest {
  /** Path of a chart: a folder, or the archive of one. */
  readonly chartPath: string;
  readonly namespace: string;
  readonly releaseName: string;
  readonly values: JsonObject;
  /** The value that templates see as `.Capabilities.KubeVersion`. */
  readonly kubernetesVersion: string;
}

/**
 * Nothing can be rendered here: a chart or the engine is not there. It says nothing of the input.
 */
export class CannotRender extends Error {
  override readonly name = "CannotRender";
}

/** Renders charts. The only implementation is the Helm inside Pulumi's Kubernetes provider. */
export interface HelmEngine {
  render(request: RenderRequest): Promise<K8sObject[]>;
}

/** Finds a chart's files; see `adapters/charts`. */
export interface ChartLocator {
  /**
   * @returns the path of a folder or an archive
   * @throws Error if the chart cannot be found or fetched, with the reason and a fix
   */
  locate(chart: {
    readonly name: string;
    readonly folder: string;
    readonly version: string;
  }): Promise<string>;
}
