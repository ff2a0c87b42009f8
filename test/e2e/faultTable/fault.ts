import type { Severity } from "../../../mesh/checks/finding";
import type { Site } from "./site";

export type Command = "precheck" | "validate";

/** Something that a command has to say of a fault. */
export interface Expected {
  readonly by: Command;
  readonly check: string;
  readonly severity: Exclude<Severity, "ok" | "info">;
  readonly object: RegExp;
  /** A piece of it. */
  readonly reason: RegExp;
  /** A piece of it. */
  readonly fix: RegExp;
  /** The fault has several such findings. @default false */
  readonly several?: boolean;
}

/** How the fix that a command prints is followed. */
export type Follow =
  /** The commands of kubectl in it are run as they stand; it is the expected one of that index. */
  | { readonly kind: "kubectl"; readonly of: number }
  /** It names a command of Pulumi's, which is run on the stack. */
  | { readonly kind: "pulumi"; readonly of: number; readonly command: string }
  /** It is in words, at least in part: what they say is done. */
  | {
      readonly kind: "words";
      readonly act: (site: Site, fixes: readonly string[]) => Promise<unknown>;
    };

/** One thing that is wrong with a mesh, and what has to be said of it. */
export type Fault = FaultFacts & WayBack;

/** How the mesh gets well again for the next fault, whatever has failed. */
type WayBack =
  /** Takes away what the fix leaves of the seed, and all of the seed where something has failed. */
  | { readonly undo: (site: Site) => Promise<unknown> }
  /** The fix leaves nothing of the seed: this takes it away where something has failed before. */
  | { readonly undoAfterFailure: (site: Site) => Promise<unknown> };

interface FaultFacts {
  readonly title: string;
  readonly seed: (site: Site) => Promise<unknown>;
  /** All that is said above info by both commands. */
  readonly expected: readonly Expected[];
  readonly follow: Follow;
  /** More flags of the command. */
  readonly flags?: Readonly<Partial<Record<Command, (site: Site) => readonly string[]>>>;
}

/**
 * The commands of kubectl in a fix, each up to where words go on.
 *
 * @example commandsIn("scale it up: kubectl scale deploy/x --replicas=1, then wait") // ["kubectl scale deploy/x --replicas=1"]
 */
export function commandsIn(fix: string): string[] {
  return fix
    .split(/(?<!\| )(?=kubectl )/)
    .filter((part) => part.startsWith("kubectl "))
    .map((part) => (part.split(/(?:, |; | and $|\)(?:,|$))/)[0] ?? "").trim());
}
