/** Returns a pattern that matches the text and nothing else. */
export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/**
 * A regular expression in which values stand for themselves, dots and all.
 *
 * @example
 * pattern`^control plane ${NEW} \(Istio ${NEWEST}\)`
 */
export function pattern(text: TemplateStringsArray, ...values: readonly string[]): RegExp {
  return new RegExp(String.raw({ raw: text.raw }, ...values.map(escapeRegExp)));
}
