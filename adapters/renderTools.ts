import { join } from "node:path";
import type { ChartSource } from "../mesh/model/meshInputs";
import type { RenderTools } from "../mesh/render/render";
import { cacheFolder } from "./cacheFolder";
import { chartLocator } from "./charts/locator";
import type { ChartNews } from "./charts/news";
import { cachedEngine } from "./helm/cachedEngine";
import { pluginEngine } from "./helm/pluginEngine";
import { providerVersion } from "./helm/pluginProcess";

const helm = pluginEngine();

/**
 * Helm and charts as both the components and the command use them.
 *
 * @param charts where the charts are @default Istio's own places
 * @param options.sensitive the values hold secrets, which must not be kept on disk @default false
 * @param options.news is told what is fetched @default nobody
 * @param options.offline whether only charts that are on this machine are found @default false
 * @param options.clusterVersion returns the version of the cluster that the objects are for
 */
export function renderTools(
  charts: ChartSource | undefined,
  options: {
    readonly sensitive?: boolean;
    readonly news?: ChartNews;
    readonly offline?: boolean;
    readonly clusterVersion?: RenderTools["clusterVersion"];
  } = {},
): RenderTools {
  const { sensitive = false, news, offline, clusterVersion } = options;
  const cache = cacheFolder();
  const kept = () =>
    cachedEngine(helm, { folder: join(cache, "renders"), engineVersion: providerVersion() });
  return {
    helm: sensitive ? helm : kept(),
    charts: chartLocator(charts, cache, { news, offline }),
    ...(clusterVersion && { clusterVersion }),
  };
}
