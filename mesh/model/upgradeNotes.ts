import { compareMinors, MINORS, minorOf, type UpgradeNote } from "./minors";

/** An upgrade note with the minor that has it. */
export interface NoteOfMinor extends UpgradeNote {
  readonly minor: string;
}

/** Where Istio lists the environment variables of istiod. */
const VARIABLES = "https://istio.io/latest/docs/reference/commands/pilot-discovery/#envvars";

function notesOf(minor: string): NoteOfMinor[] {
  return (MINORS.release(`${minor}.0`)?.upgradeNotes ?? []).map((note) => ({ ...note, minor }));
}

/**
 * Returns what the upgrade notes of Istio say on the way from one version to another: those of each
 * known minor after the first, the oldest first. There are none for a step back.
 *
 * @example
 * notesBetween("1.29.1", "1.31.0").map(({ minor }) => minor) // ["1.30", …, "1.31", …]
 */
export function notesBetween(from: string, to: string): NoteOfMinor[] {
  const [start, end] = [minorOf(from), minorOf(to)];
  return MINORS.names
    .filter((minor) => compareMinors(minor, start) > 0 && compareMinors(minor, end) <= 0)
    .flatMap(notesOf);
}

/** An environment variable that Istio no longer has. */
export interface RemovedVariable {
  /** The minor without it. */
  readonly since: string;
  /** Where Istio says so. */
  readonly source: string;
}

function removedIn(minor: string, before: string | undefined): [string, RemovedVariable][] {
  const notes = notesOf(minor);
  const has = MINORS.flags(`${minor}.0`);
  const had = before === undefined ? undefined : MINORS.flags(`${before}.0`);
  const dropped = Object.keys(had ?? {}).filter(
    (name) => has !== undefined && !Object.hasOwn(has, name),
  );
  const named = notes.flatMap(({ removes = [] }) => removes);
  return [...new Set([...dropped, ...named])].map((name) => {
    const note = notes.find(({ removes = [] }) => removes.includes(name));
    return [name, { since: minor, source: note?.source ?? VARIABLES }];
  });
}

/**
 * Returns the environment variables of istiod and of the agent that known minors had, and that a
 * version no longer has. Those of minors whose variables are not known are left out.
 *
 * @example
 * removedVariables("1.31.0").PILOT_SPAWN_UPSTREAM_SPAN_FOR_GATEWAY.since // "1.31"
 */
export function removedVariables(version: string): Readonly<Record<string, RemovedVariable>> {
  const known = MINORS.names.filter((minor) => compareMinors(minor, minorOf(version)) <= 0);
  const removed = new Map(known.flatMap((minor, index) => removedIn(minor, known[index - 1])));
  const has = MINORS.flags(`${known.at(-1) ?? ""}.0`) ?? {};
  return Object.fromEntries([...removed].filter(([name]) => !Object.hasOwn(has, name)));
}
