import type { Problem } from "../common/problem";
import type { Wave, WaveStack, WavesInputs } from "../model/waveInputs";
import { checkInputs } from "../schema/checkInputs";

/** A wave, with its defaults filled in. */
export interface PlannedWave {
  readonly name: string;
  readonly stacks: readonly WaveStack[];
  readonly atOnce: number;
  /** Seconds. */
  readonly soak: number;
}

/** Returns what tells a stack from all others. */
export function keyOf({ stack, folder = "." }: WaveStack): string {
  return `${folder}/${stack}`;
}

/** @example stackTitle({ stack: "prod", folder: "../eu" }) // "../eu/prod" */
export function stackTitle({ stack, folder }: WaveStack): string {
  return folder === undefined ? stack : `${folder}/${stack}`;
}

function plannedWave({ name, stacks, atOnce = 1, soak = 0 }: Wave, index: number): PlannedWave {
  return {
    name: name ?? `wave ${index + 1}`,
    stacks: stacks.map((one) => (typeof one === "string" ? { stack: one } : one)),
    atOnce,
    soak,
  };
}

/** Returns the waves with their defaults filled in. */
export function plannedWaves({ waves }: WavesInputs): PlannedWave[] {
  return waves.map(plannedWave);
}

/** Returns the place of the first equal text, if there is one before the index. */
function earlier(texts: readonly string[], index: number): number | undefined {
  const first = texts.indexOf(texts[index] ?? "");
  return first < index ? first : undefined;
}

function countProblems(
  { stacks, atOnce = 1, soak = 0 }: Wave,
  path: string,
): Omit<Problem, "source">[] {
  return [
    ...(stacks.length === 0
      ? [{ path: `${path}.stacks`, reason: "is empty", fix: "name a stack, or take the wave out" }]
      : []),
    ...(Number.isInteger(atOnce) && atOnce >= 1
      ? []
      : [
          {
            path: `${path}.atOnce`,
            value: atOnce,
            reason: "is no number of stacks",
            allowed: "1 or more",
          },
        ]),
    ...(soak >= 0
      ? []
      : [
          { path: `${path}.soak`, value: soak, reason: "is no time", allowed: "0 or more seconds" },
        ]),
  ];
}

/** A stack that stood in two waves would be upgraded by two runners, or twice. */
function repeatedStacks(waves: readonly PlannedWave[]): Omit<Problem, "source">[] {
  const all = waves.flatMap(({ stacks }, wave) =>
    stacks.map((one, place) => ({ one, path: `waves[${wave}].stacks[${place}]` })),
  );
  const keys = all.map(({ one }) => keyOf(one));
  return all.flatMap(({ one, path }, index) => {
    const first = earlier(keys, index);
    return first === undefined
      ? []
      : [
          {
            path,
            value: stackTitle(one),
            reason: `stands in ${all[first]?.path} already`,
            fix: "take one of them out",
          },
        ];
  });
}

function repeatedNames(waves: readonly PlannedWave[]): Omit<Problem, "source">[] {
  const names = waves.map(({ name }) => name);
  return names.flatMap((name, index) => {
    const first = earlier(names, index);
    const fix = "give each its own";
    return first === undefined
      ? []
      : [
          {
            path: `waves[${index}].name`,
            value: name,
            reason: `is the name of waves[${first}] too`,
            fix,
          },
        ];
  });
}

/**
 * Returns all that is wrong with a file of waves.
 *
 * @param given what the file has
 */
export function wavesProblems(given: unknown): Omit<Problem, "source">[] {
  const unfit = checkInputs("WavesInputs", given);
  if (unfit.length > 0) {
    return unfit;
  }
  const inputs = given as WavesInputs;
  const planned = plannedWaves(inputs);
  return [
    ...(planned.length === 0
      ? [{ path: "waves", reason: "is empty", fix: "add a wave with stacks" }]
      : []),
    ...inputs.waves.flatMap((wave, index) => countProblems(wave, `waves[${index}]`)),
    ...repeatedStacks(planned),
    ...repeatedNames(planned),
  ];
}
