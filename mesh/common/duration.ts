const PART = /(\d+(?:\.\d+)?)(h|ms|m|s)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:h|ms|m|s))+$/;
const SECONDS = { h: 3600, m: 60, s: 1, ms: 0.001 } as const;

/**
 * Returns the seconds in a duration in the format of Istio and Go, or `undefined` if the text is
 * not a duration.
 *
 * @example
 * durationSeconds("1m30s") // 90
 */
export function durationSeconds(text: string): number | undefined {
  if (!WHOLE.test(text)) {
    return undefined;
  }
  return [...text.matchAll(PART)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * SECONDS[unit as keyof typeof SECONDS],
    0,
  );
}
