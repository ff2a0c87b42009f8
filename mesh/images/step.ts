import type { RegistryFailure } from "./failure";

/** What a registry answered about an image: its digest, or why it gave none. */
export type ImageProbe = { readonly digest: string } | { readonly failure: RegistryFailure };

/** What to do about an image. */
export type MirrorStep =
  /** Copy `digest` to the target. */
  | { readonly kind: "copy"; readonly digest: string }
  /** The target already has the image. */
  | { readonly kind: "present"; readonly digest: string }
  /** The target has other content under this tag, which is left as it is. */
  | { readonly kind: "different"; readonly digest: string; readonly found: string }
  /** The source has other content than the pinned digest, so nothing is copied. */
  | { readonly kind: "unpinned"; readonly digest: string; readonly found: string }
  | {
      readonly kind: "failed";
      readonly side: "source" | "target";
      readonly failure: RegistryFailure;
    };

export interface MirrorFacts {
  readonly source: ImageProbe;
  readonly target: ImageProbe;
  /** The digest that the source must have. @default any */
  readonly pin?: string;
  /** Whether to replace other content under a target's tag. @default false */
  readonly overwrite?: boolean;
}

/**
 * Some registries answer 403 for an image that does not exist yet. Only pushing tells the two
 * cases apart.
 */
function isAbsent({ kind, reason }: RegistryFailure): boolean {
  return kind === "missing" || (kind === "denied" && /DENIED|403/.test(reason));
}

/** Returns the digest that the content must have. The pin is used if the source does not answer. */
function wantedDigest({ source, pin }: MirrorFacts): string | undefined {
  return "digest" in source ? source.digest : pin;
}

/** Decides what to do about one image from the answers of both registries. */
export function decideStep(facts: MirrorFacts): MirrorStep {
  const { source, target, pin, overwrite = false } = facts;
  const digest = wantedDigest(facts);
  if ("digest" in source && pin !== undefined && source.digest !== pin) {
    return { kind: "unpinned", digest: pin, found: source.digest };
  }
  if (digest !== undefined && "digest" in target && target.digest === digest) {
    return { kind: "present", digest };
  }
  if ("failure" in source) {
    return { kind: "failed", side: "source", failure: source.failure };
  }
  if ("failure" in target) {
    return isAbsent(target.failure)
      ? { kind: "copy", digest: source.digest }
      : { kind: "failed", side: "target", failure: target.failure };
  }
  return overwrite
    ? { kind: "copy", digest: source.digest }
    : { kind: "different", digest: source.digest, found: target.digest };
}

/** Checks the result of a copy. The copy counts only if the target itself reports the digest. */
export function checkArrived(digest: string, target: ImageProbe): RegistryFailure | undefined {
  if ("failure" in target) {
    return target.failure;
  }
  return target.digest === digest
    ? undefined
    : {
        kind: "damaged",
        reason: `the target has ${target.digest} where ${digest} was sent`,
        fix: "look for somebody who writes there too, or a proxy in between; then run it again",
        passing: false,
      };
}
