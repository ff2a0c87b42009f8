import type { RegistryFailure } from "./failure";

/** What a registry said of an image: its digest, or why it gave none. */
export type ImageProbe = { readonly digest: string } | { readonly failure: RegistryFailure };

/** What is to be done about an image. */
export type MirrorStep =
  /** `digest` goes to the target. */
  | { readonly kind: "copy"; readonly digest: string }
  /** The target has it already. */
  | { readonly kind: "present"; readonly digest: string }
  /** The target has other content under this tag; it stays as it is. */
  | { readonly kind: "different"; readonly digest: string; readonly found: string }
  /** The source has other content than was pinned; nothing is taken from there. */
  | { readonly kind: "unpinned"; readonly digest: string; readonly found: string }
  | {
      readonly kind: "failed";
      readonly side: "source" | "target";
      readonly failure: RegistryFailure;
    };

export interface MirrorFacts {
  readonly source: ImageProbe;
  readonly target: ImageProbe;
  /** Digest that the source must have. @default any */
  readonly pin?: string;
  /** Other content under a target's tag is replaced. @default false */
  readonly overwrite?: boolean;
}

/** Some registries answer 403 for what is not there yet; pushing tells the two apart. */
function isAbsent({ kind, reason }: RegistryFailure): boolean {
  return kind === "missing" || (kind === "denied" && /DENIED|403/.test(reason));
}

/** What the content has to be; a pin serves where the source does not answer. */
function wantedDigest({ source, pin }: MirrorFacts): string | undefined {
  return "digest" in source ? source.digest : pin;
}

/** Decides about one image from what both registries say of it. */
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

/** What was found after a transfer: nothing is believed before the target says so itself. */
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
