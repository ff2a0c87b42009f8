import type { Clock } from "../../../mesh/guard/waiting";

/** A clock that moves only by sleeping. */
export function fakeClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    now: () => slept.reduce((sum, next) => sum + next, 0),
    async sleep(milliseconds) {
      slept.push(milliseconds);
    },
  };
}
