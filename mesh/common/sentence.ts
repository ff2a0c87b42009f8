/**
 * One sentence of a preview. A warning means that the change affects traffic that is being served.
 */
export interface Sentence {
  readonly text: string;
  readonly warning: boolean;
}
