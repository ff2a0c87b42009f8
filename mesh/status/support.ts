import { supportFindings, type VersionUse } from "../checks/support";
import type { MeshStatus, Pending } from "./types";

/** Versions in the cluster that are out of support, or for which there is a security patch. */
export function supportPending(
  { revisions, agents, proxies }: Pick<MeshStatus, "revisions" | "agents" | "proxies">,
  now: number,
): Pending[] {
  const uses: VersionUse[] = [
    ...revisions
      .filter(({ kind }) => kind === "istiod")
      .map(({ name, version = "" }) => ({ version, user: `control plane ${name}` })),
    ...agents.map(({ kind, version = "" }) => ({ version, user: `node agent ${kind}` })),
    ...proxies.map(({ revision, version = "" }) => ({ version, user: `proxies of ${revision}` })),
  ];
  return supportFindings(uses, now);
}
