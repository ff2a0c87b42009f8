import { namespaceTrouble } from "./injection";
import type { NamespaceStatus, Pending } from "./types";
import { isRead, type View } from "./view";

const pods = (count: number) => (count === 1 ? "1 pod" : `${count} pods`);

function about({ name, revision, pods: found }: NamespaceStatus) {
  const revisions = [...Object.keys(found?.byRevision ?? {}), ...(revision ? [revision] : [])];
  return {
    object: `Namespace ${name}`,
    namespace: name,
    ...(revisions.length > 0 && { revisions: [...new Set(revisions)] }),
  };
}

/** Returns the other revisions of a namespace's proxies, as a text. */
function othersText({ revision, pods: found }: NamespaceStatus): string {
  const others = Object.entries(found?.byRevision ?? {}).filter(([name]) => name !== revision);
  const texts = others.map(([name, count]) => `${count} of ${name === "" ? "no revision" : name}`);
  return texts.length === 0 ? "" : ` (${texts.join(", ")})`;
}

/** Returns what has changed for pods that keep revision and version, as a text. */
function changesText({ pods: found }: NamespaceStatus): string {
  const texts = Object.entries(found?.changed ?? {}).map(
    ([change, count]) => `${count} ${count === 1 ? "has" : "have"} an old ${change}`,
  );
  return texts.length === 0 ? "" : `; ${texts.join(", ")}`;
}

function restartPending(namespace: NamespaceStatus): Pending[] {
  const { name, revision, label, pods: found } = namespace;
  const count = found?.toRestart ?? 0;
  const through = label === undefined ? "" : `, by ${label}`;
  const owner = label === undefined ? "gateway in mesh:gateways" : "namespace in mesh:namespaces";
  // A restart runs when the label moves, which it does not here, or its token changes.
  const setting =
    found?.changed === undefined ? "set `restart`" : "set `restart` with another `token`";
  return count === 0
    ? []
    : [
        {
          check: "restart",
          severity: "info",
          ...about(namespace),
          reason: `${pods(count)} to restart for the proxy of ${revision ?? "their label"}${through}${othersText(namespace)}${changesText(namespace)}`,
          fix: `${setting} of the ${owner}, or kubectl -n ${name} rollout restart deployment`,
        },
      ];
}

function unclaimedPending(namespace: NamespaceStatus): Pending[] {
  const count = namespace.pods?.unclaimed ?? 0;
  return count === 0
    ? []
    : [
        {
          check: "unclaimed",
          severity: "warning",
          ...about(namespace),
          reason: `${pods(count)} would lose the proxy in a restart: no webhook injects them any more${othersText(namespace)}`,
          fix: "label the namespace or the pods for a revision that is there, unless they are to leave the mesh",
        },
      ];
}

/** Returns what is unfinished or wrong about namespaces. */
export function namespacePending(namespaces: readonly NamespaceStatus[], view: View): Pending[] {
  const { lists, namespaceLabels } = view;
  return namespaces.flatMap((namespace) => {
    const labels = namespaceLabels.get(namespace.name) ?? {};
    const trouble = isRead(view, "mutatingWebhooks")
      ? namespaceTrouble(labels, lists.mutatingWebhooks)
      : undefined;
    return [
      ...(trouble === undefined
        ? []
        : [
            {
              check: "injection",
              severity: "error" as const,
              ...about(namespace),
              ...trouble,
            },
          ]),
      ...restartPending(namespace),
      ...unclaimedPending(namespace),
    ];
  });
}
