import type { ChartNews } from "../../adapters/charts/news";
import * as pulumi from "./sdk";

/**
 * Shows messages about charts among the diagnostics of an update. Progress is shown temporarily.
 */
export const PULUMI_NEWS: ChartNews = {
  warn: (text) => void pulumi.log.warn(text),
  info: (text) => void pulumi.log.info(text),
  progress: (text) => void pulumi.log.info(text, undefined, undefined, true),
};
