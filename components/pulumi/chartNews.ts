import type { ChartNews } from "../../adapters/charts/news";
import * as pulumi from "./sdk";

/** News of charts among the diagnostics of an update; progress is shown while it lasts. */
export const PULUMI_NEWS: ChartNews = {
  warn: (text) => void pulumi.log.warn(text),
  info: (text) => void pulumi.log.info(text),
  progress: (text) => void pulumi.log.info(text, undefined, undefined, true),
};
