/** Whole pods distributed by weight. */
export interface Distribution {
  /** One count for each weight, in the same order. */
  readonly counts: readonly number[];
  /**
   * The number of pods that was distributed: the wanted total, or more if every weight above 0
   * needs a pod.
   */
  readonly total: number;
}

/** The share that one revision was to get, and the share that it gets. */
export interface Share {
  /** The share by weight, in percent. */
  readonly wishedPercent: number;
  /** The share by pods, in percent. */
  readonly realPercent: number;
  /** `realPercent - wishedPercent`, in percentage points. */
  readonly errorPoints: number;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Returns each weight as a fraction of 1. Does not overflow for the largest weights. */
function fractions(weights: readonly number[]): number[] {
  const largest = Math.max(0, ...weights);
  const scaled = weights.map((weight) => (largest === 0 ? 0 : weight / largest));
  const total = sum(scaled);
  return scaled.map((weight) => (total === 0 ? 0 : weight / total));
}

/**
 * Returns the index of the largest value; of equal values the first or the last. Returns
 * `undefined` if there are no values.
 */
function largestIndex(values: readonly number[], ofEqual: "first" | "last"): number | undefined {
  const largest = Math.max(...values);
  if (values.length === 0 || largest === Number.NEGATIVE_INFINITY) {
    return undefined;
  }
  return ofEqual === "first" ? values.indexOf(largest) : values.lastIndexOf(largest);
}

/**
 * Adds pods to, or removes pods from, the count that is furthest from its quota until the sum
 * fits.
 */
function settle(counts: readonly number[], quotas: readonly number[], total: number): number[] {
  const missing = total - sum(counts);
  if (missing === 0) {
    return [...counts];
  }
  const step = Math.sign(missing);
  const distances = counts.map((count, index) => {
    const may = quotas[index] !== 0 && (step > 0 || count > 1);
    return may ? step * ((quotas[index] ?? 0) - count) : Number.NEGATIVE_INFINITY;
  });
  // Of equal counts, the first one gains a pod before the others and loses a pod after them.
  const chosen = largestIndex(distances, step > 0 ? "first" : "last");
  return chosen === undefined
    ? [...counts]
    : settle(
        counts.map((count, index) => (index === chosen ? count + step : count)),
        quotas,
        total,
      );
}

/**
 * Distributes whole pods by weight, with the largest remainder method.
 *
 * - Every weight above 0 gets at least one pod, and a weight of 0 gets none.
 * - The counts add up to the total. The total is raised if it is smaller than the number of
 *   weights above 0.
 * - Of equal remainders the first in the list wins, so the same weights always give the same
 *   counts.
 *
 * @example
 * distribute([90, 10], 4).counts // [3, 1]
 */
export function distribute(weights: readonly number[], wishedTotal: number): Distribution {
  const positive = weights.filter((weight) => weight > 0).length;
  const total = positive === 0 ? 0 : Math.max(Math.round(wishedTotal), positive);
  const quotas = fractions(weights).map((part) => part * total);
  const least = weights.map((weight, index) =>
    weight > 0 ? Math.max(1, Math.floor(quotas[index] ?? 0)) : 0,
  );
  const marked = quotas.map((quota, index) =>
    (weights[index] ?? 0) > 0 ? Math.max(quota, Number.MIN_VALUE) : 0,
  );
  return { counts: settle(least, marked, total), total };
}

/** The bounds of one revision's autoscaler. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/**
 * Distributes the bounds of autoscalers as {@link distribute} does. A weight of 0 gets no bounds.
 *
 * @example
 * distributeBounds([90, 10], { min: 2, max: 10 }) // [{ min: 1, max: 9 }, { min: 1, max: 1 }]
 */
export function distributeBounds(
  weights: readonly number[],
  { min, max }: Bounds,
): (Bounds | undefined)[] {
  const lower = distribute(weights, min).counts;
  const upper = distribute(weights, max).counts;
  return weights.map((weight, index) => {
    const least = lower[index] ?? 0;
    return weight > 0 ? { min: least, max: Math.max(least, upper[index] ?? 0) } : undefined;
  });
}

/** Rounds to a tenth. Never returns -0. */
function tenth(value: number): number {
  return Math.round(value * 10) / 10 + 0;
}

/**
 * Compares counts of pods with the weights that they stand for.
 *
 * @example
 * shares([90, 10], [3, 1])[1] // { wishedPercent: 10, realPercent: 25, errorPoints: 15 }
 */
export function shares(weights: readonly number[], counts: readonly number[]): Share[] {
  const wished = fractions(weights);
  const real = fractions(counts);
  return weights.map((_, index) => {
    const wishedPercent = (wished[index] ?? 0) * 100;
    const realPercent = (real[index] ?? 0) * 100;
    return {
      wishedPercent: tenth(wishedPercent),
      realPercent: tenth(realPercent),
      errorPoints: tenth(realPercent - wishedPercent),
    };
  });
}
