/** One sentence of a preview. A warning touches traffic that is being served. */
export interface Sentence {
  readonly text: string;
  readonly warning: boolean;
}
