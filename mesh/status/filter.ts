import type { Problem } from "../common/problem";
import { didYouMean } from "../common/suggest";
import type { MeshStatus, Pending, StatusFilter } from "./types";

function isOfRevision({ revisions }: Pending, revision: string): boolean {
  return revisions === undefined || revisions.includes(revision);
}

function byRevision(status: MeshStatus, revision: string): MeshStatus {
  return {
    ...status,
    revisions: status.revisions.filter(({ name }) => name === revision),
    tags: status.tags.filter((tag) => tag.revision === revision),
    gateways: status.gateways.filter(({ revisions }) =>
      revisions.some((one) => one.revision === revision),
    ),
    proxies: status.proxies.filter((group) => group.revision === revision),
    namespaces: status.namespaces.filter(
      (one) => one.revision === revision || (one.pods?.byRevision[revision] ?? 0) > 0,
    ),
    pending: status.pending.filter((one) => isOfRevision(one, revision)),
  };
}

function byNamespace(status: MeshStatus, wanted: string): MeshStatus {
  const isThere = ({ namespace }: { readonly namespace?: string }) =>
    namespace === undefined || namespace === wanted;
  return {
    ...status,
    gateways: status.gateways.filter(isThere),
    namespaces: status.namespaces.filter(({ name }) => name === wanted),
    pending: status.pending.filter(isThere),
  };
}

/** Leaves out what a filter does not name. The filter's revision is not a tag. */
export function filtered(status: MeshStatus, { revision, namespace }: StatusFilter): MeshStatus {
  const ofRevision = revision === undefined ? status : byRevision(status, revision);
  return namespace === undefined ? ofRevision : byNamespace(ofRevision, namespace);
}

function unknown(source: string, value: string, known: readonly string[]): Problem[] {
  return known.includes(value)
    ? []
    : [
        {
          source,
          path: "",
          value,
          reason: "the cluster has nothing of that name",
          ...(known.length > 0 && { allowed: known.join(", ") }),
          fix: didYouMean(value, known),
        },
      ];
}

/**
 * Returns what is wrong with a filter. An unknown name would show an empty mesh.
 *
 * @param status of everything
 * @param namespaces every namespace of the cluster; `undefined` if they cannot be read
 */
export function checkFilter(
  { revision, namespace }: StatusFilter,
  status: MeshStatus,
  namespaces: readonly string[] | undefined,
): Problem[] {
  const names = [...status.revisions, ...status.tags].map(({ name }) => name);
  return [
    ...(revision === undefined ? [] : unknown("--revision", revision, [...new Set(names)])),
    ...(namespace === undefined || namespaces === undefined
      ? []
      : unknown("--namespace", namespace, namespaces)),
  ];
}
