import type { Sentence } from "../common/sentence";

export const say = (text: string): Sentence => ({ text, warning: false });
export const warn = (text: string): Sentence => ({ text, warning: true });

const [START, END] = ["\u0002", "\u0003"];
const MARKED = new RegExp(`${START}([^${END}]*)${END}`, "g");

/** Marks what a sentence takes from the values of inputs. Names of objects and fields stay unmarked. */
export const inputValue = (text: string) => `${START}${text}${END}`;

/**
 * Returns sentences without the marks of {@link inputValue}.
 *
 * @param isSecret whether the values are secrets, for which `[secret]` then stands
 */
export function unmarked(sentences: readonly Sentence[], isSecret: boolean): Sentence[] {
  const shown = isSecret ? "[secret]" : "$1";
  return sentences.map(({ text, warning }) => ({ text: text.replace(MARKED, shown), warning }));
}

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
