import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Json, JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { getPath } from "../../../mesh/k8s/path";
import { NEW, NEWEST, OLD } from "../../../toolchain/versions";
import { issue } from "../../support/certificates";
import { pattern } from "../../support/pattern";
import { mesh } from "../../support/run";
import { commandsIn, type Expected, type Fault } from "./fault";
import { ADMISSION, CRDS, ISTIODS, type Site } from "./site";

const ISTIOD = `${ISTIODS}/istiod-${NEW}`;
const SERVICE = `/api/v1/namespaces/istio-system/services/istiod-${NEW}`;
const INJECTOR = `${ADMISSION}/mutatingwebhookconfigurations/istio-sidecar-injector-${NEW}`;
const TELEMETRIES = `${CRDS}/telemetries.telemetry.istio.io`;
const GATEWAYS = `${CRDS}/gateways.networking.istio.io`;
const WASM = `${CRDS}/wasmplugins.extensions.istio.io`;
/** A field that users set, in the schema of the first version. */
const WASM_URL = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/url";

/** An istiod that is still ending writes the caBundle of its webhooks again. */
async function scaleToNone(site: Site): Promise<void> {
  await site.merge(ISTIOD, { spec: { replicas: 0 } });
  await site.untilNoPods("istio-system", `app=istiod,istio.io/rev=${NEW}`);
}

/** What cannot be called, since istiod wrote its certificate nowhere yet. */
async function withoutCaBundle(site: Site): Promise<void> {
  const { webhooks } = await site.live.get(INJECTOR);
  const operations = (webhooks as Json[]).map((_, index) => ({
    op: "remove",
    path: `/webhooks/${index}/clientConfig/caBundle`,
  }));
  await site.operate(INJECTOR, operations);
}

const CONTAINER = "/spec/template/spec/containers/0";
const BAD_ARGUMENT = "--keepaliveInterval=soon";

function strategy(site: Site, type: "Recreate" | "RollingUpdate"): Promise<void> {
  const rollingUpdate = type === "Recreate" ? null : { maxSurge: "100%", maxUnavailable: "25%" };
  return site.merge(ISTIOD, { spec: { strategy: { type, rollingUpdate } } });
}

/** An argument that istiod does not understand; the old pod goes first. */
async function crash(site: Site): Promise<void> {
  await strategy(site, "Recreate");
  await site.operate(ISTIOD, [{ op: "add", path: `${CONTAINER}/args/-`, value: BAD_ARGUMENT }]);
  await site.untilAt(ISTIOD, "status.unavailableReplicas", (count) => count === 1);
}

async function withoutBadArgument(site: Site): Promise<void> {
  const istiod = await site.live.get(ISTIOD);
  const [{ args: all }] = getPath(istiod, "spec.template.spec.containers") as [{ args: Json[] }];
  const args = all.filter((arg) => arg !== BAD_ARGUMENT);
  await site.operate(ISTIOD, [{ op: "replace", path: `${CONTAINER}/args`, value: args }]);
  await strategy(site, "RollingUpdate");
}

const image = (value: string) => (site: Site) =>
  site.operate(ISTIOD, [{ op: "replace", path: `${CONTAINER}/image`, value }]);

async function serve(site: Site, served: boolean): Promise<void> {
  const versions = getPath(await site.live.get(TELEMETRIES), "spec.versions") as JsonObject[];
  const index = versions.findIndex(({ name }) => name === "v1");
  const path = `/spec/versions/${index}/served`;
  await site.operate(TELEMETRIES, [{ op: "replace", path, value: served }]);
}

/** The two commands that the fix names, with a stack and a folder. */
async function applyCrd(site: Site, [fix = ""]: readonly string[]): Promise<void> {
  const folder = join(site.stack.folder, "manifests");
  const flags = ["generate", "--stack", site.stack.name, "--out-dir", folder];
  const { code, output } = await mesh(["manifest", ...flags], { cwd: site.stack.folder });
  assert.equal(code, 0, output);
  for (const line of commandsIn(fix)) {
    await site.shellWell(line.replace("FOLDER", folder));
  }
  rmSync(folder, { recursive: true });
}

/** A version of before, in which objects may still be stored. */
async function oldStoredVersion(site: Site): Promise<void> {
  const versions = getPath(await site.live.get(GATEWAYS), "spec.versions") as JsonObject[];
  const old = { ...versions[0], name: "v1alpha2", served: true, storage: false } as JsonObject;
  await site.merge(GATEWAYS, { spec: { versions: [...versions, old] } });
  await site.merge(`${GATEWAYS}/status`, { status: { storedVersions: ["v1alpha2", "v1"] } });
}

async function withoutOldVersion(site: Site): Promise<void> {
  await site.merge(`${GATEWAYS}/status`, { status: { storedVersions: ["v1"] } });
  const versions = getPath(await site.live.get(GATEWAYS), "spec.versions") as JsonObject[];
  await site.merge(GATEWAYS, {
    spec: { versions: versions.filter(({ name }) => name !== "v1alpha2") },
  });
}

/** Certificates of a user's own whose time is over. */
function pluggedIn(): K8sObject {
  const { pem, key } = issue({ subject: "/O=cluster.local", days: -1 });
  const text = (value: string) => Buffer.from(value).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "cacerts", namespace: "istio-system" },
    data: {
      "ca-cert.pem": text(pem),
      "ca-key.pem": text(key),
      "root-cert.pem": text(pem),
      "cert-chain.pem": text(pem),
    },
  };
}

const unanswered: readonly Expected[] = [
  {
    by: "validate",
    check: "control-plane-service",
    severity: "error",
    object: pattern`^Service istio-system/istiod-${NEW}$`,
    reason: /no endpoint is ready/,
    fix: pattern`bring up istiod ${NEW}`,
  },
  {
    by: "validate",
    check: "injection-webhook",
    severity: "error",
    object: pattern`istio-sidecar-injector-${NEW}$`,
    reason: pattern`^nothing answers at its Service istio-system/istiod-${NEW}`,
    fix: /bring up the istiod behind it/,
  },
  {
    by: "precheck",
    check: "webhook-service",
    severity: "warning",
    object: pattern`(istio-sidecar-injector|istio-validator)-${NEW}`,
    reason: pattern`^nothing answers at its Service istio-system/istiod-${NEW}: what it matches is refused`,
    fix: /bring up the istiod behind it first/,
    several: true,
  },
  {
    by: "validate",
    check: "validation-webhook",
    severity: "error",
    object: pattern`istio-validator-${NEW}-istio-system$`,
    reason: pattern`^nothing answers at its Service istio-system/istiod-${NEW}`,
    fix: /bring up the istiod behind it/,
  },
];

/** istiod itself, its certificates and its APIs. */
export const controlPlaneFaults: readonly Fault[] = [
  {
    title: "an istiod scaled to 0, whose webhook has no caBundle",
    seed: async (site) => {
      await scaleToNone(site);
      await withoutCaBundle(site);
    },
    expected: [
      {
        by: "validate",
        check: "control-plane",
        severity: "error",
        object: pattern`^istiod ${NEW} \(${NEWEST}\)$`,
        reason: /it is scaled to 0/,
        fix: pattern`^scale it up: kubectl scale -n istio-system deploy/istiod-${NEW} --replicas=1$`,
      },
      ...unanswered,
      {
        by: "validate",
        check: "injection-webhook",
        severity: "error",
        object: pattern`istio-sidecar-injector-${NEW}$`,
        reason: /has no caBundle, so the API server cannot call it/,
        fix: pattern`istiod of revision ${NEW} writes it when it is ready`,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: (site) => site.merge(ISTIOD, { spec: { replicas: 1 } }),
  },
  {
    title: "an istiod that crashes",
    seed: crash,
    expected: [
      {
        by: "validate",
        check: "control-plane",
        severity: "error",
        object: pattern`^istiod ${NEW} \(${NEWEST}\)$`,
        reason: /container discovery: .*exit code/,
        fix: pattern`or go back to what ran before: kubectl -n istio-system rollout undo deployment/istiod-${NEW}$`,
      },
      ...unanswered,
    ],
    follow: {
      kind: "words",
      act: (site) =>
        site.shellWell(`kubectl -n istio-system rollout undo deployment/istiod-${NEW}`),
    },
    undo: withoutBadArgument,
  },
  {
    title: "an istiod whose new image does not exist",
    seed: image("localhost/no-such-image:1"),
    expected: [
      {
        by: "validate",
        check: "control-plane",
        severity: "warning",
        object: pattern`^istiod ${NEW}`,
        reason: /the rest will not come up: .*no-such-image:1 cannot be pulled/,
        fix: pattern`rollout undo deployment/istiod-${NEW}$`,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: image(`docker.io/istio/pilot:${NEWEST}`),
  },
  {
    title: "the Service of an istiod is deleted",
    seed: ({ live }) => live.cluster.call("DELETE", SERVICE),
    expected: [
      {
        by: "validate",
        check: "control-plane-service",
        severity: "error",
        object: pattern`^istiod ${NEW}$`,
        reason: /no Service with its labels/,
        fix: /`pulumi up --refresh`/,
      },
      {
        by: "validate",
        check: "injection-webhook",
        severity: "error",
        object: pattern`istio-sidecar-injector-${NEW}$`,
        reason: pattern`istiod-${NEW}, which does not exist`,
        fix: /bring the control plane back/,
      },
      {
        by: "validate",
        check: "validation-webhook",
        severity: "error",
        object: pattern`istio-validator-${NEW}-istio-system$`,
        reason: pattern`istiod-${NEW}, which does not exist`,
        fix: /bring its control plane back/,
      },
      {
        by: "precheck",
        check: "webhook-service",
        severity: "warning",
        object: pattern`(istio-sidecar-injector|istio-validator)-${NEW}`,
        reason: pattern`istiod-${NEW}, which does not exist: what it matches is refused`,
        fix: /^`pulumi up --refresh` writes it, and its Service/,
        several: true,
      },
    ],
    follow: { kind: "pulumi", of: 0, command: "up --refresh" },
    undoAfterFailure: ({ stack }) => stack.up(["--refresh"]),
  },
  {
    title: "a version of an API that istiod watches is not served",
    seed: (site) => serve(site, false),
    expected: [
      {
        by: "validate",
        check: "istio-apis",
        severity: "error",
        object: /telemetries\.telemetry\.istio\.io$/,
        reason: pattern`and not v1, by which it is watched: istiod ${OLD}`,
        fix: /mesh manifest generate .* kubectl apply .*-telemetries\.telemetry\.istio\.io\.yaml$/,
      },
      {
        by: "precheck",
        check: "crds",
        severity: "warning",
        object: /telemetries\.telemetry\.istio\.io$/,
        reason: pattern`is not as Istio ${NEWEST} has it: spec\.versions\[name:v1\]\.served; somebody`,
        fix: /mesh manifest generate .* kubectl apply .*-telemetries\.telemetry\.istio\.io\.yaml$/,
      },
    ],
    follow: { kind: "words", act: applyCrd },
    undo: (site) => serve(site, true),
  },
  {
    title: "a CRD that has lost a field of its schema",
    seed: (site) => site.operate(WASM, [{ op: "remove", path: WASM_URL }]),
    expected: [
      {
        by: "precheck",
        check: "crds",
        severity: "warning",
        object: /wasmplugins\.extensions\.istio\.io$/,
        reason: pattern`is not as Istio ${NEWEST} has it: spec\.versions\S+\.properties\.url; .* may lose`,
        fix: /mesh manifest generate .* kubectl apply .*-wasmplugins\.extensions\.istio\.io\.yaml$/,
      },
    ],
    follow: { kind: "words", act: applyCrd },
    undoAfterFailure: ({ stack }) => stack.up(["--refresh"]),
  },
  {
    title: "a CRD is deleted",
    seed: async (site) => {
      await site.live.cluster.call("DELETE", WASM);
      await site.untilGone(WASM);
    },
    expected: [
      {
        by: "validate",
        check: "istio-apis",
        severity: "error",
        object: /wasmplugins\.extensions\.istio\.io$/,
        reason: pattern`is not there; watched by v1alpha1: istiod ${OLD} .*istiod ${NEW}`,
        fix: /mesh manifest generate .* kubectl apply .*-wasmplugins\.extensions\.istio\.io\.yaml$/,
      },
    ],
    follow: { kind: "words", act: applyCrd },
    undoAfterFailure: ({ stack }) => stack.up(["--refresh"]),
  },
  {
    title: "a CRD of before, whose stored version goes",
    seed: oldStoredVersion,
    expected: [
      {
        by: "precheck",
        check: "crds",
        severity: "error",
        object: /gateways\.networking\.istio\.io$/,
        reason: pattern`objects may be stored in v1alpha2, which the CRD of Istio ${NEWEST} no longer has`,
        fix: /kubectl get .* \| kubectl replace -f -.*kubectl patch crd gateways\.networking\.istio\.io --subresource=status/,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: withoutOldVersion,
  },
  {
    title: "a CA of the user's own that has expired",
    seed: ({ live }) => live.apply(pluggedIn()),
    expected: [
      {
        by: "validate",
        check: "ca-certificate",
        severity: "error",
        object: /^Secret istio-system\/cacerts (ca|root)-cert\.pem$/,
        reason: /O=cluster\.local, serial \w+ has expired on /,
        fix: /replace the Secret cacerts/,
        several: true,
      },
    ],
    follow: { kind: "words", act: ({ live }) => live.remove(pluggedIn()) },
    undoAfterFailure: ({ live }) => live.remove(pluggedIn()),
  },
];
