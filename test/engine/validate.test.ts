import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readMeshState } from "../../adapters/checks/validate/readState";
import { openCluster } from "../../adapters/cluster/cluster";
import { openShell } from "../../adapters/cluster/exec";
import { renderTools } from "../../adapters/renderTools";
import type { Finding } from "../../mesh/checks/finding";
import { validateMesh } from "../../mesh/checks/validate/validate";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { NEW } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { until } from "../node/wait";
import { liveCluster, namespace } from "../support/liveCluster";
import { installControlPlane, writeCaBundle } from "../support/liveControlPlane";
import { ISTIO_CRDS } from "../support/newestObjects";
import { useTestCache } from "../support/temporary";
import { toolsFor } from "../support/tools";

const REVISION = NEW;
const READY_MS = 30_000;

/** A real API server; nothing runs in the pods, so nobody can be asked in them. */
describe("mesh validate and an API server", () => {
  let api: ApiServer;
  let undo: () => void;

  before(async function () {
    const tools = await toolsFor(this);
    undo = useTestCache();
    process.env.PULUMI_HOME ??= tools.home;
    api = await startKwokCluster();
    const live = liveCluster(api.kubeconfig);
    await live.apply(namespace("istio-system"));
    const render = renderTools({ kind: "folder", path: tools.charts });
    await installControlPlane(live, render, REVISION);
    await writeCaBundle(api.kubeconfig, `istio-sidecar-injector-${REVISION}`);
  });

  after(async () => {
    await api?.stop();
    undo?.();
  });

  async function validate(kubeconfig = api.kubeconfig): Promise<Finding[]> {
    const target = { kind: "cluster", kubeconfig } as const;
    return validateMesh(
      await readMeshState({ cluster: openCluster(target), shell: openShell(target) }),
    );
  }

  const told = (findings: readonly Finding[], check: string) =>
    findings.filter((each) => each.check === check).map(({ severity }) => severity);

  it("sees the control plane, and every API that is missing", async () => {
    let findings: Finding[] = [];
    await until(
      async () => {
        findings = await validate();
        // They are read one after the other while the pods come up.
        return ["control-plane", "control-plane-service", "injection-webhook"].every((check) =>
          told(findings, check).every((severity) => severity === "ok"),
        );
      },
      READY_MS,
      () => JSON.stringify(findings),
    );
    assert.deepEqual(told(findings, "control-plane"), ["ok"]);
    assert.deepEqual(told(findings, "injection-webhook"), ["ok"]);
    const unserved = told(findings, "istio-apis").filter((each) => each === "error");
    assert.equal(unserved.length, ISTIO_CRDS.length);
    assert.deepEqual(told(findings, "gateway"), ["info"]);
  });

  it("an istiod that cannot be asked is told, and is no fault", async () => {
    const found = (await validate()).filter(({ check }) => check === "proxy-sync");
    assert.deepEqual(
      found.map(({ severity }) => severity),
      ["info"],
    );
    assert.match(
      found[0]?.reason ?? "",
      /^not checked: because pilot-discovery cannot ask istiod: .*:10250/,
    );
  });

  /** A kubeconfig of an account of its own, which has no rights but these. */
  async function accountWith(name: string, ...roles: string[]): Promise<string> {
    const live = liveCluster(api.kubeconfig);
    const metadata = { name, namespace: "default" };
    const annotations = { "kubernetes.io/service-account.name": name };
    await live.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    await live.apply({
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/service-account-token",
      metadata: { ...metadata, annotations },
    });
    for (const role of roles) {
      await live.apply({
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
        subjects: [{ kind: "ServiceAccount", ...metadata }],
      });
    }
    let token = "";
    await until(
      async () => {
        const { data } = await live.get(`/api/v1/namespaces/default/secrets/${name}`);
        token = isObject(data) ? Buffer.from(String(data.token), "base64").toString() : "";
        return token !== "";
      },
      READY_MS,
      () => "there is no token",
    );
    const config = JSON.parse(readFileSync(api.kubeconfig, "utf8")) as JsonObject;
    return JSON.stringify({ ...config, users: [{ name: "admin", user: { token } }] });
  }

  it("who may only view sees what that shows, and is told what is left out", async () => {
    const findings = await validate(await accountWith("viewer", "view"));
    assert.deepEqual(told(findings, "control-plane"), ["info", "ok"]);
    assert.deepEqual(told(findings, "control-plane-service"), ["ok"]);
    const left = findings.filter(({ reason }) => reason.startsWith("not checked: because"));
    assert.deepEqual(
      left.map(({ check }) => check),
      [
        "istio-apis",
        "control-plane",
        "ca-certificate",
        "injection-webhook",
        "validation-webhook",
        "revision-tag",
        "namespace-label",
        "injection",
        "proxy-missing",
        "mtls-conflict",
        "gateway-image",
        "gateway-revision",
        "gateway-selector",
        "proxy-sync",
      ],
    );
    assert.ok(left.every(({ severity }) => severity === "info"));
    assert.match(left[0]?.reason ?? "", /customresourcedefinitions.*forbidden/);
  });

  it("who may read nothing is told so: that is no result", async () => {
    await assert.rejects(
      validate(await accountWith("nobody")),
      /nothing of the mesh can be read: .*forbidden/,
    );
  });
});
