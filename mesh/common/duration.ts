const PART = /(\d+(?:\.\d+)?)(h|ms|m|s)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:h|ms|m|s))+$/;
const SECONDS = { h: 3600, m: 60, s: 1, ms: 0.001 } as const;

/**
 * Seconds in a duration as Istio and Go write it; `undefined` when it is none.
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
