import assert from "node:assert/strict";
import { afterTransfer, transferFields } from "../../../mesh/ownership/transfer";
import { NEWEST } from "../../../toolchain/versions";
import { entry, live, STACK } from "./objects";

const OWNER = { manager: STACK, apiVersion: "apps/v1" };

/** `manager operation` of every entry that a take-over leaves. */
function managers(result: ReturnType<typeof transferFields>): string[] {
  return (result?.managedFields ?? []).map(({ manager, operation }) => `${manager} ${operation}`);
}

describe("adoption: a take-over of an object's fields", () => {
  it("makes those of an installer the stack's, as if it had applied them", () => {
    const result = transferFields([entry("helm", { "f:spec": { "f:paused": {} } })], OWNER);
    assert.deepEqual(managers(result), [`${STACK} Apply`]);
    assert.deepEqual(result?.taken, { "f:spec": { "f:paused": {} } });
  });

  it("merges several installers, and what the stack had", () => {
    const apply = { operation: "Apply" };
    const result = transferFields(
      [
        entry(STACK, { "f:metadata": {} }, apply),
        entry("istio-operator", { "f:spec": { "f:paused": {} } }, apply),
        entry("kubectl-client-side-apply", { "f:spec": { "f:selector": {} } }),
      ],
      OWNER,
    );
    assert.deepEqual(managers(result), [`${STACK} Apply`]);
    assert.deepEqual(result?.taken, {
      "f:metadata": {},
      "f:spec": { "f:paused": {}, "f:selector": {} },
    });
  });

  for (const manager of [
    "kube-controller-manager",
    "pilot-discovery",
    "cluster-autoscaler",
    "kubectl-rollout",
    "kubectl-scale",
    "kubectl-edit",
    "pulumi-service-mesh-hand-over",
    "pulumi-service-mesh-restart",
  ]) {
    it(`leaves ${manager} what it wrote`, () => {
      const own = entry(manager, { "f:spec": { "f:paused": {} } });
      assert.equal(transferFields([own], OWNER), undefined);
      const result = transferFields(
        [entry("helm", { "f:spec": { "f:template": {} } }), own],
        OWNER,
      );
      assert.deepEqual(managers(result), [`${STACK} Apply`, `${manager} Update`]);
    });
  }

  it("leaves the status, even an installer's", () => {
    const status = entry("helm", { "f:status": {} }, { subresource: "status" });
    assert.equal(transferFields([status], OWNER), undefined);
  });

  it("leaves an installer the number of pods and the mark of a restart", () => {
    const restarted = { "f:kubectl.kubernetes.io/restartedAt": {} };
    const result = transferFields(
      [
        entry("helm", {
          "f:spec": {
            "f:replicas": {},
            "f:paused": {},
            "f:template": { "f:metadata": { "f:annotations": { ".": {}, ...restarted } } },
          },
        }),
      ],
      OWNER,
    );
    assert.deepEqual(managers(result), [`${STACK} Apply`, "helm Update"]);
    assert.deepEqual(result?.managedFields[1]?.fieldsV1, {
      "f:spec": {
        "f:replicas": {},
        "f:template": { "f:metadata": { "f:annotations": restarted } },
      },
    });
  });

  it("leaves istiod's part of a webhook, whoever has it", () => {
    const hook = 'k:{"name":"a"}';
    const result = transferFields(
      [
        entry(`istioctl-${NEWEST}`, {
          "f:webhooks": {
            [hook]: { ".": {}, "f:failurePolicy": {}, "f:clientConfig": { "f:caBundle": {} } },
          },
        }),
      ],
      OWNER,
    );
    assert.deepEqual(result?.taken, { "f:webhooks": { [hook]: { ".": {} } } });
  });

  it("takes one version of the API, that of the object where there is one", () => {
    const old = entry("helm", { "f:old": {} }, { apiVersion: "apps/v1beta1" });
    const now = entry("helm", { "f:now": {} });
    assert.deepEqual(transferFields([old, now], OWNER)?.taken, { "f:now": {} });
    assert.deepEqual(transferFields([old], OWNER)?.taken, { "f:old": {} });
  });

  it("is forgone where nothing is left to take", () => {
    assert.equal(transferFields([entry(STACK, {}, { operation: "Apply" })], OWNER), undefined);
  });

  it("foresees that what only the installer wanted goes, and what others want stays", () => {
    const installer = entry("helm", {
      "f:spec": { "f:replicas": {}, "f:paused": {}, "f:template": { "f:spec": {} } },
    });
    const before = live([installer]);
    const moved = transferFields([installer], OWNER);
    assert.ok(moved);
    const applied = live([
      entry(STACK, { "f:spec": { "f:template": { "f:spec": {} } } }, { operation: "Apply" }),
      installer,
    ]);
    assert.deepEqual(afterTransfer(applied, moved, OWNER).spec, {
      replicas: 2,
      template: { spec: { hostNetwork: true } },
    });
    assert.deepEqual((before.spec as { paused: boolean }).paused, true);
  });
});
