import assert from "node:assert/strict";
import type { JsonObject } from "../../../mesh/common/json";
import { failureText, unaskedText, warningText } from "../../../mesh/failure/report";
import { servesOn } from "../../../mesh/failure/serving";
import { OLD } from "../../../toolchain/versions";
import { daemonRollout, deployment, pod, rollout } from "./objects";

const CAUSE = { text: "pod a: no node accepts it", fix: "make room", certain: false };
const LATE = "… failed to fully initialize or become live: 'web' timed out waiting to be Ready";

function report(more: Partial<Parameters<typeof failureText>[0]> = {}): string {
  return failureText({
    title: "Deployment edge/web",
    errors: [LATE],
    seconds: 300,
    cause: CAUSE,
    log: "\nlast lines of its log:\nfatal",
    serving: [`Deployment web-${OLD} (9 of 9 pods available)`],
    ...more,
  });
}

describe("the message", () => {
  it("what, why with the log, who serves, the way on, and the state of the stack", () => {
    assert.equal(
      report(),
      [
        "Deployment edge/web did not come up within 300 s.",
        "cause: pod a: no node accepts it",
        "last lines of its log:",
        "fatal",
        `still serving: Deployment web-${OLD} (9 of 9 pods available)`,
        "to continue: make room, then `pulumi up`; or undo the edit, then `pulumi up`.",
        "In the stack it is marked as not ready, so that the next `pulumi up` waits for it again. " +
          "What this update has done so far stays; what it was to delete is still there.",
      ].join("\n"),
    );
  });

  it("an update that was cancelled names no time", () => {
    const errors = [
      "… failed to fully initialize or become live: Resource operation was cancelled",
    ];
    assert.match(report({ errors }), /^Deployment edge\/web did not come up\.\n/);
  });

  it("one that came up in the last moment", () => {
    assert.match(report({ cause: undefined, log: "" }), /cause: it has come up meanwhile\n/);
  });

  it("an object that was refused has its cause in the provider's message", () => {
    const text = report({ errors: ["update of resource failed: conflict"] });
    assert.match(text, /^Deployment edge\/web could not be applied; the provider's message/);
    assert.doesNotMatch(text, /cause:|marked as not ready/);
  });

  it("nobody serves", () => {
    assert.match(report({ serving: [] }), /still serving: nothing; neither its earlier pods/);
  });

  it("a cluster that does not answer, and a warning ahead of time", () => {
    const unasked = (errors: readonly string[]) =>
      unaskedText({ title: "Deployment a/b", errors }, "ECONNREFUSED");
    assert.match(unasked([LATE]), /^Deployment a\/b did not come up, .* why: ECONNREFUSED\n/);
    assert.match(unasked(["update failed"]), /^Deployment a\/b could not be applied, /);
    assert.match(warningText("Deployment a/b", CAUSE, 300), /waits 300 s for it; Ctrl-C ends that/);
  });
});

function named(name: string, labels: JsonObject, available: number): JsonObject {
  const metadata = { name, namespace: "edge", labels };
  return { metadata, spec: { replicas: 9 }, status: { availableReplicas: available } };
}

describe("who serves on", () => {
  const WEB = { "app.kubernetes.io/name": "web" };

  it("its former pods that are ready, and other revisions that are available", () => {
    const state = rollout([
      pod("web-old", {}, { former: true, ready: true }),
      pod("web-old-2", {}, { former: true }),
      pod("web-new", {}, { ready: true }),
    ]);
    const beside = [
      deployment(),
      named(`web-${OLD}`, WEB, 9),
      named("web-1-27-0", WEB, 0),
      named("cart", { "app.kubernetes.io/name": "cart" }, 9),
      named("plain", {}, 9),
    ];
    assert.deepEqual(servesOn(state, beside), [
      "1 ready pod of its earlier template",
      `Deployment web-${OLD} (9 of 9 pods available)`,
    ]);
  });

  it("a DaemonSet has its former pods only", () => {
    const state = daemonRollout([
      { name: "cni-1", generation: "1", ready: true },
      { name: "cni-2", generation: "2", ready: false },
    ]);
    assert.deepEqual(servesOn(state, [named("istio-cni-node-2", {}, 1)]), [
      "1 ready pod of its earlier template",
    ]);
  });
});
