import type { Sentence } from "../common/sentence";

export const say = (text: string): Sentence => ({ text, warning: false });
export const warn = (text: string): Sentence => ({ text, warning: true });

/** What other sentences say already, so that nothing is said twice. */
export interface Told {
  /** That a workload comes or goes. */
  hasWorkload(title: string): boolean;
  /** How many pods a workload has. */
  hasPods(title: string): boolean;
  /** What changes at a Service. */
  hasService(title: string): boolean;
  /** That proxies of this control plane change with the next restart of their pods. */
  hasProxies(revision: string): boolean;
  /** That a webhook configuration comes or goes. */
  hasWebhooks(title: string): boolean;
}

/** For a comparison of objects alone, of which nothing else is said. */
export const NOTHING_TOLD: Told = {
  hasWorkload: () => false,
  hasPods: () => false,
  hasService: () => false,
  hasProxies: () => false,
  hasWebhooks: () => false,
};
