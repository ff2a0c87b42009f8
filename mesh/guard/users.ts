import { uniqueBy } from "../common/lists";
import type { Problem } from "../common/problem";
import { revisionLabel } from "../k8s/istioLabels";
import { gatewayTitle, type MeshFacts, planesBefore } from "../model/facts";
import type { RevisionUser } from "../snapshot/users";

/** What the inputs say about users of revisions, and the running proxies if they are known. */
export type UserFacts = Pick<MeshFacts, "gateways" | "tags" | "namespaces"> & {
  /** @default [] */
  readonly proxies?: readonly { readonly name: string; readonly revision: string }[];
};

/** The number of users that a message names. */
const SHOWN = 10;

/** @example describeUsers([{ kind: "namespace", name: "shop", tag: "prod" }]) // "namespace shop (tag prod)" */
export function describeUsers(users: readonly RevisionUser[]): string {
  const shown = users.slice(0, SHOWN).map(({ kind, name, tag }) => {
    const through = tag === undefined ? "" : ` (tag ${tag})`;
    return `${kind} ${name}${through}`;
  });
  const more = users.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more (${users.length} in all)` : "");
}

/** Returns the tags that point to a revision. */
export function tagsOf(revision: string, tags: Readonly<Record<string, string>>): string[] {
  return Object.entries(tags)
    .filter(([, target]) => revisionLabel(target) === revisionLabel(revision))
    .map(([tag]) => tag)
    .sort();
}

function named(
  kind: RevisionUser["kind"],
  items: readonly { readonly name: string; readonly revision: string }[],
  revision: string | undefined,
  tags: readonly string[],
): RevisionUser[] {
  return items.flatMap(({ name, revision: given }): RevisionUser[] => {
    const label = revisionLabel(given);
    if (tags.includes(label)) {
      return [{ kind, name, tag: label }];
    }
    return label === revision ? [{ kind, name }] : [];
  });
}

/**
 * Returns everything that uses a revision, by name or through a tag: first tags, then gateways,
 * namespaces and proxies, each in the given order.
 *
 * @param revision empty for Istio's default revision
 * @example
 * usersOfRevision("1-30-4", { tags: { prod: "1-30-4" }, gateways: [], namespaces: [{ name: "shop", revision: "prod", restarts: false }] })
 * // [{ kind: "tag", name: "prod" }, { kind: "namespace", name: "shop", tag: "prod" }]
 */
export function usersOfRevision(revision: string, facts: UserFacts): RevisionUser[] {
  const own = revisionLabel(revision);
  const tags = tagsOf(own, facts.tags);
  // A tag `default` replaces the default revision under this name.
  const name = Object.hasOwn(facts.tags, own) && !tags.includes(own) ? undefined : own;
  const gateways = facts.gateways.flatMap((gateway) =>
    gateway.revisions.map((item) => ({ name: gatewayTitle(gateway), revision: item.revision })),
  );
  return uniqueBy(
    [
      ...tags.map((tag): RevisionUser => ({ kind: "tag", name: tag })),
      ...named("gateway", gateways, name, tags),
      ...named("namespace", facts.namespaces, name, tags),
      ...named("proxy", facts.proxies ?? [], name, tags),
    ],
    (user) => describeUsers([user]),
  );
}

/** Returns a problem for each revision that is removed while the inputs still name it. */
function removedRevision(revision: string, after: MeshFacts): Problem[] {
  const users = usersOfRevision(revision, after);
  return users.length === 0
    ? []
    : [
        {
          source: "inputs",
          path: "revisions",
          value: revisionLabel(revision),
          reason: `the control plane is removed while it is used by ${describeUsers(users)}`,
          fix: "move these to another revision first, in an update of their own",
        },
      ];
}

function removedTag(tag: string, after: MeshFacts): Problem[] {
  const users = usersOfRevision(tag, { ...after, tags: {} });
  return users.length === 0
    ? []
    : [
        {
          source: "inputs",
          path: "tags",
          value: tag,
          reason: `the tag is removed while it is used by ${describeUsers(users)}`,
          fix: "change these to a revision or another tag first",
        },
      ];
}

/**
 * Refuses a step that removes a revision or a tag while the inputs still name it. The cluster is
 * asked for other users when the revision is deleted.
 *
 * This is a step check: it compares the facts of the last update with the inputs of this one.
 */
export function checkRemoval(before: MeshFacts, after: MeshFacts): Problem[] {
  const kept = after.controlPlanes.map(({ revision }) => revisionLabel(revision));
  const removed = planesBefore(before, after)
    .map(({ revision }) => revision)
    .filter((revision) => !kept.includes(revisionLabel(revision)));
  const names = [...kept, ...Object.keys(after.tags)];
  const tags = Object.keys(before.tags).filter((tag) => !names.includes(tag));
  return [
    ...removed.flatMap((revision) => removedRevision(revision, after)),
    ...tags.flatMap((tag) => removedTag(tag, after)),
  ];
}

/**
 * Returns the message of a refused removal, or `undefined` if nothing uses the revision.
 *
 * @example
 * refusal("1-30-4", [{ kind: "namespace", name: "shop" }])
 * // "the control plane 1-30-4 is still used by namespace shop; fix: …"
 */
export function removalRefusal(
  revision: string,
  users: readonly RevisionUser[],
): string | undefined {
  return users.length === 0
    ? undefined
    : `the control plane ${revisionLabel(revision)} is still used by ${describeUsers(users)}; ` +
        "fix: move these to another revision and restart their pods, then remove it";
}
