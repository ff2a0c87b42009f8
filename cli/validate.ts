import { Command } from "commander";
import { checkProject } from "../adapters/checks/precheck/gcloud";
import { readMeshState } from "../adapters/checks/validate/readState";
import { tryWorkloads } from "../adapters/checks/validate/trial";
import { openCluster } from "../adapters/cluster/cluster";
import { openShell } from "../adapters/cluster/exec";
import { CLOCK } from "../components/objects/guards";
import type { Finding } from "../mesh/checks/finding";
import { liveProject } from "../mesh/checks/validate/liveProject";
import type { MeshState } from "../mesh/checks/validate/state";
import { validateMesh } from "../mesh/checks/validate/validate";
import {
  type ClusterFlags,
  checking,
  clusterOf,
  type FindingFlags,
  tellCluster,
  withClusterFlags,
  withFindingFlags,
} from "./findings";
import { interruptible } from "./interrupt";
import { seconds } from "./seconds";
import { hasStack, readStack, withProgramFlag, withStackFlag } from "./stack";

interface ValidateFlags extends ClusterFlags, FindingFlags {
  readonly withTestingWorkloads?: boolean;
  readonly gcp?: boolean;
  readonly revision?: string;
  readonly image?: string;
  readonly timeout: number;
}

const DEFAULT_TIMEOUT_SECONDS = 120;

const tell = (text: string) => void process.stderr.write(`${text}\n`);

async function validate(flags: ValidateFlags): Promise<Finding[]> {
  const target = clusterOf(flags);
  const access = { cluster: openCluster(target), shell: openShell(target) };
  tellCluster(target, flags.output);
  const state = await readMeshState(access);
  const project = flags.gcp === true ? await projectFindings(flags, state) : [];
  const findings = [...validateMesh(state), ...project];
  if (flags.withTestingWorkloads !== true) {
    return findings;
  }
  const { revision, image, timeout: timeoutSeconds } = flags;
  const options = { revision, image, timeoutSeconds, clock: CLOCK, progress: tell };
  const tried = await interruptible((signal) =>
    tryWorkloads(access, state, { ...options, signal }),
  );
  return [...findings, ...tried];
}

/** Asks about the project of the cluster's context, or else of the foundation of `--stack`. */
function projectFindings(flags: ValidateFlags, state: MeshState): Promise<Finding[]> {
  const gke = hasStack(flags) ? readStack(flags).gke : undefined;
  return checkProject(clusterOf(flags), {
    ...liveProject(state),
    ...(gke !== undefined && { gke }),
  });
}

const HELP = `
Every check runs, whatever the others find.

Exit code: 0 fine, 1 an error (with --strict also a warning), 2 the cluster could not be checked.

With testing workloads, each revision gets a namespace mesh-validate-… with three pods: a client and a
server with a proxy, and a pod without. They need nothing but the image of the revision's own proxies
(pilot-agent and envoy are in it, also in a distroless one), so nothing else is pulled. A request has to
get HTTP 200 over mutual TLS; under STRICT, plaintext has to be refused; and the certificates have to be
the mesh's. The namespace is deleted whatever happens; one that a killed run left goes at the next start.

Examples:
  mesh validate
  mesh validate --with-testing-workloads
  mesh validate --with-testing-workloads --revision 1-31-0 --timeout 60
  mesh validate --context prod --output junit > validate.xml
  mesh validate --stack prod                  # in the stack's cluster
  mesh validate --context gke_shop_europe-west1_main --gcp    # the project around it, too
  mesh validate --json | jq '.[] | select(.severity == "error")'`;

/** Returns the command `mesh validate`. */
export function validateCommand(): Command {
  const command = new Command("validate")
    .description(
      "check the health of a mesh: control planes, injection, gateways, certificates, traffic",
    )
    .option("--with-testing-workloads", "also send traffic through pods of its own")
    .option(
      "-r, --revision <name>",
      "with testing workloads: revision or tag (default: each in turn)",
    )
    .option("--image <image>", "with testing workloads: their image (default: that of the proxies)")
    .option(
      "--timeout <seconds>",
      "with testing workloads: for each revision",
      seconds,
      DEFAULT_TIMEOUT_SECONDS,
    )
    .addHelpText("after", HELP);
  command.option("--gcp", "ask gcloud about APIs, firewall and roles of the cluster's project too");
  withStackFlag(command, "in the cluster of this Pulumi stack");
  withProgramFlag(command);
  return withClusterFlags(withFindingFlags(command)).action((flags: ValidateFlags) =>
    checking("mesh validate", flags, () => validate(flags)),
  );
}
