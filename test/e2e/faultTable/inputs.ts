import type { JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { NEW } from "../../../toolchain/versions";
import { limitedUser, READER } from "../../support/limitedUser";
import { namespace } from "../../support/liveCluster";
import type { Fault } from "./fault";
import type { Site } from "./site";

const USER = "deployer";

/** The namespace that the stack makes. */
export const PARKED = { name: "parked", revision: NEW, create: true };

/** The option that the mesh was installed with. */
export const SET = ["meshConfig.accessLogFile=/dev/stdout"];

const PLACES = "/api/v1/namespaces";

const held: K8sObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "held", namespace: PARKED.name, finalizers: ["example.com/held"] },
};

const heldPath = `${PLACES}/${PARKED.name}/configmaps/held`;

/** What istiod 1-27-0 would have left. */
const leftovers: readonly K8sObject[] = [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadataOf("istiod-1-27-0"),
    spec: { selector: { app: "istiod", "istio.io/rev": "1-27-0" }, ports: [{ port: 443 }] },
  },
  { apiVersion: "v1", kind: "ConfigMap", metadata: metadataOf("istio-1-27-0") },
];

function metadataOf(name: string): JsonObject {
  const labels = { "istio.io/rev": "1-27-0", "operator.istio.io/component": "Pilot" };
  return { name, namespace: "istio-system", labels };
}

async function stuckNamespace(site: Site): Promise<void> {
  await site.live.apply(held);
  await site.live.remove(namespace(PARKED.name));
  const isTerminating = (phase: unknown) => phase === "Terminating";
  await site.untilAt(`${PLACES}/${PARKED.name}`, "status.phase", isTerminating);
  await site.untilAt(`${PLACES}/${PARKED.name}`, "status.conditions", (conditions) =>
    JSON.stringify(conditions).includes("NamespaceFinalizersRemaining"),
  );
}

/** Whoever held it lets go, and the stack makes it again. */
async function letGo(site: Site): Promise<void> {
  const { status } = await site.live.cluster.call("GET", heldPath);
  if (status === 200) {
    await site.merge(heldPath, { metadata: { finalizers: null } });
    await site.untilGone(`${PLACES}/${PARKED.name}`);
  }
  await site.stack.up(["--refresh"]);
}

const claimed = { name: "claimed", revision: NEW, create: true };

/** What the inputs ask for, and the cluster has or has not. */
export const inputFaults: readonly Fault[] = [
  {
    title: "a user who may not install",
    seed: (site) => limitedUser(site.node.kubeconfig, USER, READER),
    flags: { precheck: (site) => ["--kubeconfig", `${site.node.kubeconfig}-${USER}`] },
    expected: [
      {
        by: "precheck",
        check: "permissions",
        severity: "error",
        object: /./,
        reason: /^system:serviceaccount:default:deployer may not /,
        fix: /^have an administrator run: kubectl create clusterrolebinding istio-installer --clusterrole=cluster-admin --serviceaccount=default:deployer$/,
        several: true,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: (site) =>
      site.live.cluster.call(
        "DELETE",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/istio-installer",
      ),
  },
  {
    title: "an option that the inputs have lost",
    seed: async ({ stack }) => stack.configure({ "mesh:set": undefined }),
    expected: [
      {
        by: "precheck",
        check: "lost-options",
        severity: "warning",
        object: /^control plane 1-\d+-\d$/,
        reason: /^spec\.meshConfig\.accessLogFile: is not set, but is "\/dev\/stdout" on revision /,
        fix: /give the new revision the same layer, or set the field there/,
        several: true,
      },
    ],
    follow: { kind: "words", act: async ({ stack }) => stack.configure({ "mesh:set": SET }) },
    undo: async ({ stack }) => stack.configure({ "mesh:set": SET }),
  },
  {
    title: "a namespace that is somebody else's already",
    seed: async ({ live, stack }) => {
      await live.apply(namespace(claimed.name));
      stack.configure({ "mesh:namespaces": [PARKED, claimed] });
    },
    expected: [
      {
        by: "precheck",
        check: "existing-objects",
        severity: "error",
        object: /^Namespace claimed$/,
        reason: /exists already, and is not the stack's/,
        fix: /^pulumi config set mesh:adopt namespaces uses it as it is; or delete it first$/,
      },
    ],
    follow: { kind: "pulumi", of: 0, command: "config set mesh:adopt namespaces" },
    undo: async ({ live, stack }) => {
      stack.configure({ "mesh:namespaces": [PARKED], "mesh:adopt": undefined });
      await live.remove(namespace(claimed.name));
    },
  },
  {
    title: "a namespace that the inputs only label, and that is not there",
    seed: async ({ stack }) =>
      stack.configure({ "mesh:namespaces": [PARKED, { name: claimed.name, revision: NEW }] }),
    expected: [
      {
        by: "precheck",
        check: "existing-objects",
        severity: "error",
        object: /^Namespace claimed$/,
        reason: /does not exist, and the inputs only label it/,
        fix: /^kubectl create namespace claimed, or have the stack make it/,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: async (site) => {
      site.stack.configure({ "mesh:namespaces": [PARKED] });
      await site.live.remove(namespace(claimed.name));
      await site.untilGone(`${PLACES}/${claimed.name}`);
    },
  },
  {
    title: "a namespace that hangs in its deletion",
    seed: stuckNamespace,
    expected: [
      {
        by: "precheck",
        check: "deletions",
        severity: "error",
        object: /^Namespace parked$/,
        reason: /is being deleted, and nothing can be made in it: .*example\.com\/held/,
        fix: /kubectl describe namespace parked$/,
      },
    ],
    follow: { kind: "words", act: letGo },
    undo: letGo,
  },
  {
    title: "what an older control plane left",
    seed: async ({ live }) => {
      for (const object of leftovers) {
        await live.apply(object);
      }
    },
    expected: [
      {
        by: "precheck",
        check: "leftovers",
        severity: "warning",
        object: /^(Service istio-system\/istiod-1-27-0|ConfigMap istio-system\/istio-1-27-0)$/,
        reason: /is of the control plane 1-27-0, which is gone/,
        fix: /^the same command with --prune shows what would be deleted, and with --yes deletes it$/,
        several: true,
      },
    ],
    follow: {
      kind: "words",
      act: (site) => site.findings("precheck", ["--prune", "--yes"]),
    },
    undo: async ({ live }) => {
      for (const object of leftovers) {
        await live.remove(object);
      }
    },
  },
];
