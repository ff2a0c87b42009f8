import { randomBytes } from "node:crypto";
import type { Finding } from "../../../mesh/checks/finding";
import { findingsOf, notChecked } from "../../../mesh/checks/findings";
import { configName, meshConfigOf, spiffeId, trustDomainOf } from "../../../mesh/checks/meshConfig";
import { meshRoots } from "../../../mesh/checks/validate/certificates";
import { certificateFinding, judgeProxy } from "../../../mesh/checks/validate/proxyCertificates";
import type { MeshState } from "../../../mesh/checks/validate/state";
import {
  APP_CONTAINER,
  PATHS,
  requestCommand,
  TRIAL_PODS,
  type Trial,
  type TrialPod,
  trialAccount,
  trialNamespace,
  trialPod,
  trialPolicy,
  trialService,
} from "../../../mesh/checks/validate/trialObjects";
import {
  decidePods,
  decideStrict,
  explainMutual,
  type RequestResult,
} from "../../../mesh/checks/validate/trialVerdicts";
import { creationCause } from "../../../mesh/failure/creationCause";
import { OK, wait } from "../../../mesh/guard/decision";
import { type Clock, waitUntilOk } from "../../../mesh/guard/waiting";
import { injectionWebhooks, revisionsNamed } from "../../../mesh/injection/webhooks";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { getPath } from "../../../mesh/k8s/path";
import { nameOf } from "../../../mesh/k8s/workload";
import { imagesOf } from "../../../mesh/render/images";
import type { LivePlane } from "../../../mesh/snapshot/controlPlanes";
import { planesIn } from "../../../mesh/snapshot/controlPlanes";
import { isUnread } from "../../../mesh/snapshot/snapshot";
import { succeeded } from "../../cluster/cluster";
import { objectPaths } from "../../cluster/discovery";
import { listAll, logTail } from "../../cluster/objects";
import {
  apply,
  inOwnNamespace,
  namespacePath,
  removeLeftovers,
  type TrialSite,
} from "../trialSite";
import { proxyCertificate } from "./proxies";
import type { ClusterAccess } from "./readState";

export interface TrialOptions {
  /** Revision or tag. @default every revision that has an istiod, in turn */
  readonly revision?: string;
  /** @default the image of the revision's own proxies */
  readonly image?: string;
  /** For each revision, in seconds. */
  readonly timeoutSeconds: number;
  readonly clock: Clock;
  /** Ends the trial early: its namespace is deleted first. */
  readonly signal: AbortSignal;
  /** Called with the progress. */
  readonly progress: (text: string) => void;
}

const started = findingsOf("testing-workloads");
const traffic = findingsOf("testing-traffic");
const strict = findingsOf("testing-strict");

/** How long configuration may take to reach the proxies, in seconds. */
const PUSH_SECONDS = 30;

/** A cluster in which objects are created, with a shell in its pods. */
interface Site extends TrialSite {
  readonly shell: ClusterAccess["shell"];
}

/** A running trial. */
interface Run {
  readonly access: Site;
  readonly trial: Trial;
  readonly title: string;
  readonly state: MeshState;
  readonly clock: Clock;
  /** In milliseconds. */
  readonly deadline: number;
  readonly progress: (text: string) => void;
}

const leftSeconds = ({ clock, deadline }: Run) => Math.max(1, (deadline - clock.now()) / 1000);

async function makeObjects({ access, trial }: Run): Promise<void> {
  const service = await apply(access, trialService(trial));
  const address = String(getPath(service, "spec.clusterIP") ?? "");
  const clientId = spiffeId(trial.trustDomain, trial.namespace, "client");
  const server = { clientId, ipv6: address.includes(":") };
  for (const name of TRIAL_PODS) {
    await apply(access, trialAccount(trial, name));
    await apply(access, trialPod(trial, name, server));
  }
}

async function startPods(run: Run): Promise<Finding | undefined> {
  const { access, trial, title, clock, progress } = run;
  try {
    await makeObjects(run);
  } catch (error) {
    const { text, fix } = creationCause((error as Error).message);
    return started.error(title, text, fix);
  }
  const path = `${namespacePath(trial.namespace)}/pods`;
  try {
    await waitUntilOk(async () => decidePods(await listAll(access.cluster, path), trial.revision), {
      clock,
      timeoutSeconds: leftSeconds(run),
      progress,
      explain: async ({ culprit }) =>
        culprit === undefined ? "" : logTail(access.cluster, trial.namespace, culprit),
    });
    return undefined;
  } catch (error) {
    const fix = `fix what it names; the image is ${trial.image}, and --image names another one that has pilot-agent and envoy`;
    return started.error(title, (error as Error).message, fix);
  }
}

async function request(
  { access, trial }: Run,
  pod: TrialPod,
  path: string,
): Promise<RequestResult> {
  const { namespace } = trial;
  const command = requestCommand(trial, path);
  const result = await access.shell({ namespace, pod, container: APP_CONTAINER, command });
  return { succeeded: result.succeeded, said: result.stderr };
}

/** Sends a request until it gets HTTP 200. Otherwise returns the last result. */
async function untilServed(run: Run, pod: TrialPod, path: string): Promise<RequestResult> {
  let last = await request(run, pod, path);
  try {
    await waitUntilOk(
      async () => {
        last = last.succeeded ? last : await request(run, pod, path);
        return last.succeeded ? OK : wait(last.said);
      },
      { clock: run.clock, timeoutSeconds: Math.min(PUSH_SECONDS, leftSeconds(run)) },
    );
  } catch {
    // The result of the last request is reported with its fix.
  }
  return last;
}

async function checkPermissive(run: Run): Promise<Finding> {
  await apply(run.access, trialPolicy(run.trial, "PERMISSIVE"));
  const result = await untilServed(run, "client", PATHS.mutual);
  if (!result.succeeded) {
    const { reason, fix } = explainMutual(result);
    return traffic.error(run.title, reason, fix);
  }
  return traffic.ok(run.title, "HTTP 200 over mutual TLS under PERMISSIVE");
}

/** Checks that STRICT refuses plaintext. It is only meaningful if plaintext was accepted before. */
async function checkStrict(run: Run): Promise<Finding> {
  const before = await untilServed(run, "plain", PATHS.plaintext);
  await apply(run.access, trialPolicy(run.trial, "STRICT"));
  try {
    await waitUntilOk(
      async () =>
        decideStrict(
          await request(run, "plain", PATHS.plaintext),
          await request(run, "client", PATHS.mutual),
        ),
      { clock: run.clock, timeoutSeconds: Math.min(PUSH_SECONDS, leftSeconds(run)) },
    );
  } catch (error) {
    return strict.error(
      run.title,
      `STRICT is not what happens: ${(error as Error).message}`,
      "look for PeerAuthentications and DestinationRules of the whole mesh, and whether proxies take configuration: the finding proxy-sync says more",
    );
  }
  return before.succeeded
    ? strict.ok(run.title, "plaintext is refused under STRICT, mutual TLS is served")
    : strict.info(
        run.title,
        "plaintext is refused under STRICT, but it was under PERMISSIVE too: a NetworkPolicy may do that",
      );
}

async function checkCertificate(run: Run, name: TrialPod): Promise<Finding> {
  const { access, trial, state, title, clock } = run;
  const path = `${namespacePath(trial.namespace)}/pods/${name}`;
  const pod = succeeded(path, await access.cluster.call("GET", path));
  const verdict = judgeProxy(await proxyCertificate(access.shell, pod), {
    trustDomain: trial.trustDomain,
    roots: isUnread(state.configMaps) ? [] : meshRoots(state.configMaps),
    now: clock.now(),
  });
  const fix =
    'read the log of istiod for "CSR", and compare the ConfigMap istio-ca-root-cert of the namespaces';
  return certificateFinding("testing-certificate", `${title}: ${name}`, verdict, fix);
}

async function runSteps(run: Run): Promise<Finding[]> {
  const { title, trial } = run;
  const failure = await startPods(run);
  if (failure !== undefined) {
    const because = "the testing workloads did not start";
    const left = ["testing-traffic", "testing-strict", "testing-certificate"];
    return [failure, ...left.map((check) => notChecked(check, title, because))];
  }
  const permissive = await checkPermissive(run);
  return [
    started.ok(title, `client and server run in ${trial.namespace}, of the image ${trial.image}`),
    permissive,
    permissive.severity === "ok"
      ? await checkStrict(run)
      : notChecked("testing-strict", title, "there is no mutual TLS to begin with"),
    await checkCertificate(run, "client"),
    await checkCertificate(run, "server"),
  ];
}

function runTrial(run: Run, signal: AbortSignal): Promise<Finding[]> {
  const { access, trial, progress } = run;
  const options = { timeoutSeconds: trial.timeoutSeconds, signal, progress };
  return inOwnNamespace(access, trialNamespace(trial), options, () => runSteps(run));
}

function planesOf(state: MeshState): LivePlane[] {
  return isUnread(state.workloads) ? [] : planesIn(state.workloads);
}

/** Returns the control plane of a revision or tag, if it is in this cluster. */
function planeOf(name: string, state: MeshState): LivePlane | undefined {
  const webhooks = isUnread(state.mutatingWebhooks)
    ? []
    : injectionWebhooks(state.mutatingWebhooks);
  const names = [name, ...revisionsNamed(name, webhooks)];
  return planesOf(state).find(({ revision }) => names.includes(revision));
}

/** Returns the proxy image of the revision's injector, from its configuration. */
function proxyImage(plane: LivePlane | undefined, state: MeshState): string | undefined {
  if (plane === undefined || isUnread(state.configMaps)) {
    return undefined;
  }
  const names = ["istio", "istio-sidecar-injector"].map((base) => configName(base, plane.revision));
  const own = state.configMaps.filter(
    (each) =>
      names.includes(nameOf(each)) && getPath(each, "metadata.namespace") === plane.namespace,
  );
  // Lists leave the kind out of their items.
  return imagesOf(own.map((each) => ({ ...each, kind: "ConfigMap" }) as unknown as K8sObject))[0];
}

async function tryRevision(
  access: Site,
  state: MeshState,
  revision: string,
  options: TrialOptions,
): Promise<Finding[]> {
  const { clock, timeoutSeconds, progress, signal } = options;
  const title = `revision ${revision}`;
  const plane = planeOf(revision, state);
  const image = options.image ?? proxyImage(plane, state);
  if (image === undefined) {
    const reason =
      "the image of its proxies is not known, since its configuration is not in this cluster";
    return [started.error(title, reason, "name one: --image REGISTRY/proxyv2:VERSION")];
  }
  const configMaps = isUnread(state.configMaps) ? [] : state.configMaps;
  const trustDomain = trustDomainOf(plane === undefined ? {} : meshConfigOf(plane, configMaps));
  const namespace = `mesh-validate-${randomBytes(4).toString("hex")}`;
  const trial = { namespace, revision, image, trustDomain, timeoutSeconds };
  progress(`${title}: testing workloads in ${namespace}, for ${timeoutSeconds} s at most`);
  const deadline = clock.now() + timeoutSeconds * 1000;
  try {
    return await runTrial({ access, trial, title, state, clock, deadline, progress }, signal);
  } catch (error) {
    signal.throwIfAborted();
    const fix =
      "look at the message; who runs this needs the right to create and delete namespaces, and pods/exec";
    return [started.error(title, (error as Error).message, fix)];
  }
}

/**
 * Sends real traffic through each revision: two pods with a proxy and one without, in a namespace of
 * their own that is deleted again.
 *
 * @throws Error if the signal ends it. Its namespace is deleted then.
 */
export async function tryWorkloads(
  access: ClusterAccess,
  state: MeshState,
  options: TrialOptions,
): Promise<Finding[]> {
  const { revision, clock, progress, signal } = options;
  await removeLeftovers(access.cluster, clock.now(), progress);
  const revisions =
    revision === undefined
      ? [...new Set(planesOf(state).map((plane) => plane.revision))]
      : [revision];
  if (revisions.length === 0) {
    const reason =
      "not checked: because no control plane is in the cluster; --revision names one that is elsewhere";
    return [started.info("testing workloads", reason)];
  }
  const site = { ...access, pathOf: objectPaths(access.cluster) };
  const findings: Finding[] = [];
  for (const each of revisions) {
    signal.throwIfAborted();
    findings.push(...(await tryRevision(site, state, each, options)));
  }
  return findings;
}
