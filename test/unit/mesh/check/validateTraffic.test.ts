import assert from "node:assert/strict";
import type { Finding } from "../../../../mesh/checks/finding";
import type { MeshState } from "../../../../mesh/checks/validate/state";
import { validateMesh } from "../../../../mesh/checks/validate/validate";
import type { JsonObject } from "../../../../mesh/common/json";
import type { Read } from "../../../../mesh/snapshot/snapshot";
import { NEW, NEWEST, OLD } from "../../../../toolchain/versions";
import { pattern } from "../../../support/pattern";
import { goodMesh, istiod, pod, service } from "./goodMesh";

type State = Read<MeshState>;

/** What is found of one check that is worse than `info`, in the good mesh with some parts changed. */
function faults(check: string, change: (good: State) => Partial<MeshState>): Finding[] {
  const good = goodMesh();
  return validateMesh({ ...good, ...change(good) }).filter(
    (finding) =>
      finding.check === check && (finding.severity === "error" || finding.severity === "warning"),
  );
}

function policy(place: string, mode: string, more: JsonObject = {}): JsonObject {
  const [namespace = "", name = ""] = place.split("/");
  return { metadata: { namespace, name }, spec: { mtls: { mode }, ...more } };
}

describe("pods without a proxy", () => {
  const CART = { app: "cart" };

  function cart(annotations: Record<string, string> = {}, spec: JsonObject = {}): JsonObject {
    return {
      metadata: { name: "cart", namespace: "shop", labels: CART },
      spec: {
        replicas: 1,
        selector: { matchLabels: CART },
        template: {
          metadata: { labels: CART, annotations },
          spec: { containers: [{ name: "app", image: "cart:1" }], ...spec },
        },
      },
      status: {},
    };
  }

  function bare(phase = "Running"): JsonObject {
    return {
      metadata: { name: "cart-0", namespace: "shop", labels: CART, annotations: {} },
      spec: { containers: [{ name: "app", image: "cart:1" }] },
      status: { phase, conditions: [{ type: "Ready", status: "True" }] },
    };
  }

  const found = (
    workload: JsonObject,
    more: (good: State) => Partial<MeshState> = () => ({}),
    own = bare(),
  ) =>
    faults("proxy-missing", (good) => ({
      workloads: [...good.workloads, { kind: "Deployment", object: workload }],
      pods: [...good.pods.slice(0, 1), own],
      ...more(good),
    }));

  it("that a webhook would inject now are a warning, with the command that makes them anew", () => {
    const [only, ...others] = found(cart());
    assert.deepEqual(others, []);
    assert.equal(only?.severity, "warning");
    assert.equal(only?.object, "Deployment shop/cart");
    assert.match(only?.reason ?? "", /^1 of its 1 pod have no proxy.*pass(es)? the mesh by$/);
    assert.equal(only?.fix, "replace them: kubectl -n shop rollout restart deployment/cart");
  });

  it("are an error where something is STRICT: they call in plaintext", () => {
    const [only] = found(cart(), () => ({
      peerAuthentications: [policy("istio-system/default", "STRICT")],
    }));
    assert.equal(only?.severity, "error");
    assert.match(
      only?.reason ?? "",
      /send plaintext, which is refused where .* STRICT \(PeerAuthentication istio-system\/default\)/,
    );
    const [permissive] = found(cart(), () => ({
      peerAuthentications: [policy("istio-system/default", "PERMISSIVE")],
    }));
    assert.equal(permissive?.severity, "warning");
  });

  it("that are meant to have none, or have ended, are no fault", () => {
    assert.deepEqual(found(cart({ "sidecar.istio.io/inject": "false" })), []);
    assert.deepEqual(found(cart({}, { hostNetwork: true })), []);
    assert.deepEqual(found(cart(), undefined, bare("Succeeded")), []);
    const injector = (config: string) => (good: State) => ({
      configMaps: [
        ...good.configMaps,
        {
          metadata: { name: `istio-sidecar-injector-${OLD}`, namespace: "istio-system" },
          data: { config },
        },
      ],
    });
    const never = "neverInjectSelector:\n- matchLabels: {app: cart}\n";
    assert.deepEqual(found(cart(), injector(never)), []);
    assert.deepEqual(found(cart(), injector("policy: disabled\n")), []);
    assert.equal(found(cart(), injector("policy: enabled\nneverInjectSelector: []\n")).length, 1);
  });
});

describe("plaintext to what is STRICT", () => {
  function rule(host: string, mode = "DISABLE", namespace = "istio-system"): JsonObject {
    return {
      metadata: { name: "plain", namespace },
      spec: { host, trafficPolicy: { tls: { mode } } },
    };
  }

  const strict = policy("shop/default", "STRICT");

  const found = (
    destinationRule: JsonObject,
    peerAuthentications: readonly JsonObject[] = [strict],
    pods?: readonly JsonObject[],
  ) =>
    faults("mtls-conflict", (good) => ({
      services: [...good.services, service("cart", "shop", { app: "cart" })],
      destinationRules: [destinationRule],
      peerAuthentications,
      ...(pods !== undefined && { pods }),
    }));

  it("by a DestinationRule, whatever it calls the Service, is an error with the patch", () => {
    const hosts = ["*.local", "*.shop.svc.cluster.local", "cart.shop.svc.cluster.local"];
    for (const host of [...hosts, "cart.shop"]) {
      const [only, ...others] = found(rule(host));
      assert.deepEqual(others, [], host);
      assert.equal(only?.severity, "error", host);
      assert.equal(only?.object, "DestinationRule istio-system/plain");
      assert.match(
        only?.reason ?? "",
        /plaintext to Service shop\/cart, which refuses it: it is STRICT by PeerAuthentication shop\/default$/,
      );
      assert.match(
        only?.fix ?? "",
        /kubectl -n istio-system patch destinationrules\.networking\.istio\.io plain --type=merge -p '.*"ISTIO_MUTUAL"/,
      );
    }
    assert.equal(found(rule("cart", "DISABLE", "shop")).length, 1);
  });

  it("other hosts, other modes, and Services that take plaintext are fine", () => {
    assert.deepEqual(found(rule("cart")), [], "a short name is of its own namespace");
    assert.deepEqual(found(rule("pay.shop.svc.cluster.local")), []);
    assert.deepEqual(found(rule("*.local", "ISTIO_MUTUAL")), []);
    assert.deepEqual(found(rule("*.local"), []), []);
    assert.deepEqual(found(rule("*.local"), [policy("shop/default", "PERMISSIVE")]), []);
  });

  it("pods without a proxy take plaintext whatever the policy", () => {
    const bare = { metadata: { name: "cart-0", namespace: "shop", labels: { app: "cart" } } };
    assert.deepEqual(found(rule("*.local"), [strict], [bare]), []);
  });

  it("the nearest policy decides: workload, namespace, mesh", () => {
    const mesh = policy("istio-system/default", "STRICT");
    const cart = { selector: { matchLabels: { app: "cart" } } };
    assert.equal(found(rule("*.local"), [mesh]).length, 1);
    assert.deepEqual(found(rule("*.local"), [mesh, policy("shop/default", "PERMISSIVE")]), []);
    assert.equal(found(rule("*.local"), [mesh, policy("shop/default", "UNSET")]).length, 1);
    assert.deepEqual(found(rule("*.local"), [strict, policy("shop/cart", "PERMISSIVE", cart)]), []);
    assert.equal(found(rule("*.local"), [policy("shop/cart", "STRICT", cart)]).length, 1);
    const ports = { ...cart, portLevelMtls: { 8080: { mode: "DISABLE" } } };
    assert.deepEqual(found(rule("*.local"), [policy("shop/cart", "STRICT", ports)]), []);
  });
});

describe("roll-outs that do not end", () => {
  const stuckPod = (name: string, restarts: number): JsonObject => ({
    ...pod(name, "istio-system", { app: "istiod", "istio.io/rev": NEW }),
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: "False" }],
      containerStatuses: [
        {
          name: "discovery",
          ready: false,
          restartCount: restarts,
          state: { waiting: { reason: "CrashLoopBackOff" } },
          lastState: { terminated: { exitCode: 255, reason: "Error" } },
        },
      ],
    },
  });

  const found = (restarts: number, templates = "2") =>
    faults("control-plane", (good) => ({
      workloads: good.workloads.map((each) => {
        const own = (each.object.metadata as JsonObject).name === `istiod-${NEW}`;
        const object = istiod(NEW, NEWEST);
        const metadata = {
          ...(object.metadata as JsonObject),
          annotations: { "deployment.kubernetes.io/revision": templates },
        };
        return own ? { ...each, object: { ...object, metadata } } : each;
      }),
      pods: [...good.pods, stuckPod("istiod-x", restarts)],
    }));

  it("an istiod whose newest pod crashes is a warning while the old one serves", () => {
    const [only, ...others] = found(3);
    assert.deepEqual(others, []);
    assert.equal(only?.severity, "warning");
    assert.match(
      only?.reason ?? "",
      /1 of 1 pods are available, and the rest will not come up: pod istiod-x, container discovery: ends instead of running/,
    );
    assert.match(
      only?.fix ?? "",
      pattern`kubectl -n istio-system rollout undo deployment/istiod-${NEW}$`,
    );
  });

  it("one that has only begun to crash may come up yet; a first template has nothing to go back to", () => {
    assert.deepEqual(found(1), []);
    assert.doesNotMatch(found(3, "1")[0]?.fix ?? "", /rollout undo/);
  });
});

describe("a control plane without a webhook", () => {
  it("is a warning: nothing is injected", () => {
    const [only, ...others] = faults("injection-webhook", (good) => ({
      mutatingWebhooks: good.mutatingWebhooks.filter(
        ({ metadata }) => (metadata as JsonObject).name !== `istio-sidecar-injector-${NEW}`,
      ),
    }));
    assert.deepEqual(others, []);
    assert.equal(only?.severity, "warning");
    assert.equal(only?.object, `istiod ${NEW}`);
    assert.match(only?.fix ?? "", /pulumi up --refresh/);
  });
});
