/** What something takes at one size. */
export interface Point {
  readonly size: number;
  readonly seconds: number;
}

/** The tolerance of a measurement, as a factor. */
const NOISE = 1.25;

/** Returns the seconds for each added item, from each size to the next. */
export function perAdded(points: readonly Point[]): number[] {
  return points.slice(1).map(({ size, seconds }, index) => {
    const before = points[index] ?? { size: 0, seconds: 0 };
    return (seconds - before.seconds) / (size - before.size);
  });
}

/** Returns whether an added item takes at most as long as the ones before it. */
export function isLinear(points: readonly Point[]): boolean {
  const costs = perAdded(points);
  return costs.every((cost, index) => index === 0 || cost <= (costs[index - 1] ?? 0) * NOISE);
}
