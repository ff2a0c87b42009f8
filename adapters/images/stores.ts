import { type BundleEntry, pulledBlob } from "../../mesh/images/bundle";
import type { RegistryFailure } from "../../mesh/images/failure";
import type { ImageProbe } from "../../mesh/images/step";
import { pinned } from "../../mesh/k8s/imageReference";
import {
  addToBundle,
  damagedBlobs,
  entriesIn,
  removeBlobs,
  viewIndex,
  withView,
} from "./bundleFolder";
import { type Crane, CraneFailure } from "./crane";
import type { MirrorTarget, Store, TransferOptions } from "./transfer";

/** Returns a registry that images come from. */
export function registrySource(crane: Crane, options: TransferOptions): Store {
  const { platform, insecureSource: insecure } = options;
  return { probe: ({ source }) => crane.digest(source, { platform, insecure }) };
}

/**
 * Returns a registry that images go to. The source is identified by its digest, which was
 * requested with certificate checks. An insecure target therefore does not make the source less
 * safe, because other content is refused.
 */
export function registryTarget(crane: Crane, options: TransferOptions): MirrorTarget {
  const { insecure, insecureSource } = options;
  return {
    probe: ({ target }) => crane.digest(target, { insecure }),
    put: ({ source, target }, digest) =>
      crane.copy(pinned(source, digest), target, { insecure: insecure || insecureSource }),
  };
}

const ABSENT: ImageProbe = {
  failure: { kind: "missing", reason: "is not in the bundle", passing: false },
};

const damage = (digests: readonly string[]): RegistryFailure => ({
  kind: "damaged",
  reason: `the bundle is damaged: ${digests.join(", ")}`,
  fix: "copy the bundle again, or run mesh images mirror --to-bundle again, which repairs it",
  passing: true,
});

/** Returns a bundle that images go to. */
export function bundleTarget(crane: Crane, folder: string, options: TransferOptions): MirrorTarget {
  const { insecureSource: insecure } = options;
  return {
    async probe({ image }) {
      const entry = entriesIn(folder).find((one) => one.image === image);
      if (entry === undefined) {
        return ABSENT;
      }
      const damaged = await damagedBlobs(folder, entry);
      return damaged.length === 0 ? { digest: entry.digest } : ABSENT;
    },
    put: ({ image, source }, digest) =>
      withView(folder, [], async (view) => {
        await crane.pull(pinned(source, digest), view, { insecure });
        const pulled = pulledBlob(viewIndex(view));
        if (pulled?.digest !== digest) {
          throw new CraneFailure(damage([digest]));
        }
        const damaged = await damagedBlobs(folder, pulled);
        if (damaged.length > 0) {
          removeBlobs(folder, damaged);
          throw new CraneFailure(damage(damaged));
        }
        addToBundle(folder, { image, ...pulled });
      }),
  };
}

/** Returns a bundle that images come from. */
export function bundleSource(folder: string, entries: readonly BundleEntry[]): Store {
  return {
    async probe({ image }) {
      const entry = entries.find((one) => one.image === image);
      const damaged = entry === undefined ? [image] : await damagedBlobs(folder, entry);
      return entry === undefined || damaged.length > 0
        ? { failure: { ...damage(damaged), passing: false } }
        : { digest: entry.digest };
    },
  };
}

/** Returns a registry that a bundle's images go to. */
export function bundlePushTarget(
  crane: Crane,
  folder: string,
  entries: readonly BundleEntry[],
  options: TransferOptions,
): MirrorTarget {
  const { insecure } = options;
  return {
    probe: ({ target }) => crane.digest(target, { insecure }),
    put: ({ image, target }) =>
      withView(
        folder,
        entries.filter((one) => one.image === image),
        (view) => crane.push(view, target, { insecure }),
      ),
  };
}
