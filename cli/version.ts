import { Command } from "commander";
import { openCluster } from "../adapters/cluster/cluster";
import { readStatusSource } from "../adapters/status/readStatus";
import { counted } from "../mesh/common/lists";
import { DEFAULT_VERSION } from "../mesh/model/defaultVersion";
import { meshStatus } from "../mesh/status/status";
import type { MeshStatus } from "../mesh/status/types";
import { type ClusterFlags, clusterOf, tellCluster, withClusterFlags } from "./clusterFlags";
import { columns } from "./format";
import { dataText, type OutputFormat, withOutput } from "./output";
import { packageVersion } from "./packageVersion";
import { EXIT_TROUBLE, report } from "./report";
import { withProgramFlag, withStackFlag } from "./stack";

interface VersionFlags extends ClusterFlags {
  readonly client?: boolean;
  readonly output: OutputFormat;
}

interface ControlPlaneVersion {
  readonly revision: string;
  /** Absent if it cannot be told, as of a control plane outside of the cluster. */
  readonly version?: string;
}

interface DataPlaneVersion {
  readonly version?: string;
  readonly revision: string;
  readonly proxies: number;
}

/** The versions of all parts of a mesh. What needs a cluster is absent where none was asked. */
export interface Versions {
  readonly client: {
    readonly version: string;
    /** The Istio version of a mesh that names none. */
    readonly defaultIstioVersion: string;
  };
  readonly controlPlanes?: readonly ControlPlaneVersion[];
  readonly dataPlane?: readonly DataPlaneVersion[];
}

function clientVersions(): Versions {
  return { client: { version: packageVersion(), defaultIstioVersion: DEFAULT_VERSION } };
}

/** Says what is missing among the versions, since the cluster did not give it. */
function tellUnread({ unread }: MeshStatus): void {
  for (const { list, reason, fix } of unread) {
    process.stderr.write(`${list} cannot be read: ${reason}; fix: ${fix}\n`);
    process.exitCode = EXIT_TROUBLE;
  }
}

/** Returns the versions that run, as a status has read them. What could not be read is absent. */
export function versionsOf({ revisions, proxies, unread }: MeshStatus): Versions {
  if (revisions.length === 0 && unread.length > 0) {
    return clientVersions();
  }
  return {
    ...clientVersions(),
    controlPlanes: revisions
      .filter(({ kind }) => kind !== "gone")
      .map(({ name, version }) => ({ revision: name, ...(version !== undefined && { version }) })),
    dataPlane: proxies.map(({ revision, version, pods }) => ({
      revision,
      ...(version !== undefined && { version }),
      proxies: pods,
    })),
  };
}

const NOT_KNOWN = "not known";

/**
 * Formats versions for people.
 *
 * @example versionsText({ client: { version: "0.1.0", defaultIstioVersion: "1.31.0" } })
 * // "client         0.1.0 (Istio 1.31.0 by default)\n"
 */
export function versionsText({ client, controlPlanes, dataPlane }: Versions): string {
  const ofClient = ["client", `${client.version} (Istio ${client.defaultIstioVersion} by default)`];
  const planes = (controlPlanes ?? []).map(({ revision, version = NOT_KNOWN }) => [
    "control plane",
    `${version} (${revision})`,
  ]);
  const proxies = (dataPlane ?? []).map(({ revision, version = NOT_KNOWN, proxies: count }) => [
    "data plane",
    `${version} (${revision === "" ? NOT_KNOWN : revision}, ${counted(count, "pod")})`,
  ]);
  const none = controlPlanes?.length === 0 ? [["control plane", "none in this cluster"]] : [];
  return columns([ofClient, ...planes, ...none, ...proxies]);
}

async function show(flags: VersionFlags): Promise<void> {
  const { output, client } = flags;
  let versions = clientVersions();
  try {
    if (client !== true) {
      const target = clusterOf(flags);
      tellCluster(target, output);
      const status = meshStatus(await readStatusSource(openCluster(target)));
      versions = versionsOf(status);
      tellUnread(status);
    }
  } catch (error) {
    // The version of the client is known in any case, and often what is asked for.
    report(error);
    process.exitCode = EXIT_TROUBLE;
  }
  process.stdout.write(output === "text" ? versionsText(versions) : dataText(versions, output));
}

const HELP = `
Exit code: 0 fine, 2 the cluster, or a part of it, cannot be read; the version of the client is printed all the same.

Examples:
  mesh version
  mesh version --client
  mesh version --context prod -o json | jq '.controlPlanes'`;

/** Returns the command `mesh version`. */
export function versionCommand(): Command {
  const command = new Command("version")
    .description("versions of this program, of the control planes, and of the proxies")
    .option("--client", "only the version of this program, without a cluster")
    .addHelpText("after", HELP);
  withStackFlag(command, "in the cluster of this Pulumi stack");
  withProgramFlag(command);
  return withClusterFlags(withOutput(command)).action(show);
}
