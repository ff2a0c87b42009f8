import semver from "semver";
import { revisionLabel } from "../k8s/istioLabels";
import type { RevisionInputs, ServiceMeshInputs } from "../model/serviceMeshInputs";
import type { Replacement } from "./replacedPlanes";

const isNew =
  ({ revision }: Replacement) =>
  (entry: RevisionInputs) =>
    entry.revision === revision;

const isOld =
  ({ from }: Replacement) =>
  (entry: RevisionInputs) =>
    from.some(({ revision }) => revisionLabel(revision) === revisionLabel(entry.revision));

/** A tag of images that names the old version names the new one instead, such as `1.31.0-distroless`. */
function newTag(tag: string, { from, to }: Replacement): string {
  const named = from.find(({ version }) => tag.includes(version));
  return named === undefined ? tag : tag.replaceAll(named.version, to);
}

/** Returns the list of revisions that says what a mesh without one is. */
function listed(inputs: ServiceMeshInputs, { from }: Replacement): readonly RevisionInputs[] {
  return inputs.revisions ?? [{ revision: from[0]?.revision ?? "" }];
}

function newestOld(
  inputs: ServiceMeshInputs,
  replacement: Replacement,
): RevisionInputs | undefined {
  const newest = revisionLabel(replacement.from[0]?.revision ?? "");
  return listed(inputs, replacement).find(({ revision }) => revisionLabel(revision) === newest);
}

/** The new control plane has the settings of the newest that it replaces. */
function newEntry(inputs: ServiceMeshInputs, replacement: Replacement): RevisionInputs {
  const like = newestOld(inputs, replacement);
  const tag = like?.tag ?? inputs.tag;
  const isTagChanged = tag !== undefined && newTag(tag, replacement) !== tag;
  return {
    ...like,
    revision: replacement.revision,
    version: replacement.to,
    ...(isTagChanged && { tag: newTag(tag, replacement) }),
  };
}

/** Returns the inputs with the new control plane beside the others. */
export function installed(inputs: ServiceMeshInputs, replacement: Replacement): ServiceMeshInputs {
  return replacement.isInstalled
    ? inputs
    : {
        ...inputs,
        revisions: [...listed(inputs, replacement), newEntry(inputs, replacement)],
      };
}

/** The new control plane comes before those that it replaces: the first is that of overlays' gateways. */
function newFirst(entries: readonly RevisionInputs[], replacement: Replacement): RevisionInputs[] {
  const own = entries.filter(isNew(replacement));
  const others = entries.filter((entry) => !isNew(replacement)(entry));
  const place = others.findIndex(isOld(replacement));
  return place === -1 ? [...entries] : [...others.slice(0, place), ...own, ...others.slice(place)];
}

/** Returns the version that the mesh's own inputs have at the end. It never goes back. */
function meshVersion({ version }: ServiceMeshInputs, { to }: Replacement): string {
  return semver.valid(version) !== null && semver.gt(version, to) ? version : to;
}

/**
 * Returns the inputs whose own version, revision and images are the new ones, which are those of node
 * agents and of overlays' gateways. Control planes that took them from there keep theirs.
 */
export function withNewAgents(
  inputs: ServiceMeshInputs,
  replacement: Replacement,
): ServiceMeshInputs {
  const { version, revision, tag } = inputs;
  const tagNow = tag === undefined ? undefined : newTag(tag, replacement);
  const revisions = newFirst(listed(inputs, replacement), replacement).map((entry) => ({
    ...entry,
    version: entry.version ?? version,
    ...(tag !== undefined && tagNow !== tag && { tag: entry.tag ?? tag }),
  }));
  const isMoved = revision !== undefined && isOld(replacement)({ revision });
  return {
    ...inputs,
    version: meshVersion(inputs, replacement),
    ...(tagNow !== undefined && { tag: tagNow }),
    ...(isMoved && { revision: replacement.revision }),
    revisions,
  };
}

/** Returns the inputs without the control planes that are replaced. */
export function withoutOld(inputs: ServiceMeshInputs, replacement: Replacement): ServiceMeshInputs {
  const { revisions = [] } = inputs;
  return { ...inputs, revisions: revisions.filter((entry) => !isOld(replacement)(entry)) };
}

/** An entry without what it has from the mesh's own inputs. */
function plainEntry(
  entry: RevisionInputs,
  like: RevisionInputs | undefined,
  { version, tag }: ServiceMeshInputs,
): RevisionInputs {
  const { version: own, tag: ownTag, ...rest } = entry;
  return {
    ...rest,
    ...(own !== undefined && (own !== version || like?.version !== undefined) && { version: own }),
    ...(ownTag !== undefined && (ownTag !== tag || like?.tag !== undefined) && { tag: ownTag }),
  };
}

/**
 * Returns the inputs as a person would have written them: a mesh that had one control plane and no
 * list has none again, and a revision repeats nothing of the mesh's own inputs unless it did before.
 *
 * @param before the inputs before the upgrade
 */
export function finished(
  inputs: ServiceMeshInputs,
  before: ServiceMeshInputs,
  replacement: Replacement,
): ServiceMeshInputs {
  const { revisions = [], ...rest } = inputs;
  if (before.revisions === undefined) {
    return { ...rest, revision: replacement.revision };
  }
  const former = listed(before, replacement);
  const like = newestOld(before, replacement);
  return {
    ...rest,
    revisions: revisions.map((entry) => {
      const same = former.find(({ revision }) => revision === entry.revision);
      return plainEntry(entry, same ?? like, inputs);
    }),
  };
}
