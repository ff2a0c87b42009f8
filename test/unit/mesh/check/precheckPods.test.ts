import assert from "node:assert/strict";
import { checkAutoscalers } from "../../../../mesh/checks/precheck/autoscalers";
import { checkBudgets } from "../../../../mesh/checks/precheck/budgets";
import { checkPlannedDrain } from "../../../../mesh/checks/precheck/drain";
import { checkGke, isGke } from "../../../../mesh/checks/precheck/gke";
import { checkPodSecurity, podSecurityFaults } from "../../../../mesh/checks/precheck/podSecurity";
import type { JsonObject } from "../../../../mesh/common/json";
import { clusterOfContext } from "../../../../mesh/gke/kubeconfig";
import { NEW } from "../../../../toolchain/versions";
import {
  deployment,
  desiredMesh,
  injector,
  liveWith,
  namespace,
  object,
  texts,
} from "./precheckSupport";

const web = deployment("edge/web", { containers: [{ name: "proxy", image: "auto" }] });

function autoscaler(name: string, min: number, max: number, of = "web") {
  return object("autoscaling/v2", "HorizontalPodAutoscaler", `edge/${name}`, {
    spec: { minReplicas: min, maxReplicas: max, scaleTargetRef: { kind: "Deployment", name: of } },
  });
}

function budget(name: string, status: JsonObject = {}) {
  return object("policy/v1", "PodDisruptionBudget", `edge/${name}`, {
    spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } },
    status,
  });
}

describe("precheck: disruption budgets", () => {
  const stuck = { expectedPods: 1, currentHealthy: 1, desiredHealthy: 1, disruptionsAllowed: 0 };

  it("one that allows none while all pods are well holds up a drain", () => {
    const found = texts(
      checkBudgets(desiredMesh({}, [web]), liveWith({ budgets: [budget("web", stuck)] })),
    );
    assert.equal(found.length, 1);
    assert.match(
      found[0] ?? "",
      /^warning PodDisruptionBudget edge\/web: lets none of the 1 pod of Deployment edge\/web be evicted.*fix: run more pods \(now at least 1\), or allow one: kubectl -n edge patch pdb web/,
    );
  });

  for (const [title, status] of [
    ["allows one", { ...stuck, expectedPods: 2, currentHealthy: 2, disruptionsAllowed: 1 }],
    ["waits for a pod that is not well", { ...stuck, expectedPods: 2, desiredHealthy: 1 }],
    ["has no pods", { ...stuck, expectedPods: 0, currentHealthy: 0, desiredHealthy: 0 }],
    ["is new", {}],
  ] as const) {
    it(`one that ${title} is fine`, () => {
      assert.deepEqual(
        checkBudgets(desiredMesh({}, [web]), liveWith({ budgets: [budget("web", status)] })),
        [],
      );
    });
  }

  it("one of somebody else's workload is not looked at", () => {
    const other = deployment("edge/other");
    assert.deepEqual(
      checkBudgets(desiredMesh({}, [other]), liveWith({ budgets: [budget("web", stuck)] })),
      [],
    );
  });

  it("two for the same pods let none go; the planned one itself is no second", () => {
    const desired = desiredMesh({}, [web, budget("web")]);
    assert.deepEqual(checkBudgets(desired, liveWith({ budgets: [budget("web")] })), []);
    assert.match(
      texts(checkBudgets(desired, liveWith({ budgets: [budget("mine")] }))).join(),
      /^warning Deployment edge\/web: its pods have more than one PodDisruptionBudget \(.*edge\/web, .*edge\/mine\).*fix: leave one: kubectl -n edge delete pdb mine$/,
    );
  });
});

describe("precheck: autoscalers", () => {
  it("bounds that the API server refuses are an error", () => {
    assert.match(
      texts(checkAutoscalers(desiredMesh({}, [web, autoscaler("web", 5, 2)]), liveWith())).join(),
      /^error .*minReplicas 5 is above maxReplicas 2/,
    );
  });

  it("a second one of the same Deployment is an error, with the command that ends it", () => {
    const live = liveWith({
      autoscalers: [
        autoscaler("web", 1, 2),
        autoscaler("mine", 1, 9),
        autoscaler("other", 1, 2, "other"),
      ],
    });
    assert.deepEqual(
      texts(checkAutoscalers(desiredMesh({}, [web, autoscaler("web", 1, 2)]), live)),
      [
        "error HorizontalPodAutoscaler edge/mine: scales Deployment edge/web too, against the mesh's own autoscaler: the number of its pods would go up and down; " +
          "fix: kubectl -n edge delete hpa mine",
      ],
    );
  });

  it("the only one of a Deployment sets its number of pods in place of the inputs", () => {
    const live = liveWith({ autoscalers: [autoscaler("mine", 1, 9)] });
    const stated = { ...web, spec: { ...(web.spec as JsonObject), replicas: 2 } };
    assert.deepEqual(checkAutoscalers(desiredMesh({}, [web]), live), []);
    assert.deepEqual(texts(checkAutoscalers(desiredMesh({}, [stated]), live)), [
      "info Deployment edge/web: its number of pods is set by HorizontalPodAutoscaler edge/mine (1 to 9), which is not of the mesh; the replicas of the inputs are not applied",
    ]);
  });

  it("more pods than the bounds allow are a warning", () => {
    const desired = desiredMesh({}, [web, autoscaler("web", 1, 5)]);
    const at = (replicas: number) =>
      liveWith({ existing: [{ planned: web, live: deployment("edge/web", {}, { replicas }) }] });
    assert.deepEqual(checkAutoscalers(desired, at(5)), []);
    assert.match(
      texts(checkAutoscalers(desired, at(8))).join(),
      /^warning Deployment edge\/web: runs 8 pods, and its autoscaler allows at most 5: the update takes 3 away; fix: raise/,
    );
  });
});

describe("precheck: Pod Security admission", () => {
  const safe = {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "c",
        image: "i",
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
  };

  it("knows what each level refuses", () => {
    assert.deepEqual(podSecurityFaults(safe, "restricted"), []);
    const plain = { containers: [{ name: "c", image: "i" }] };
    assert.deepEqual(podSecurityFaults(plain, "baseline"), []);
    assert.equal(podSecurityFaults(plain, "restricted").length, 4);
    const agent = {
      hostNetwork: true,
      volumes: [{ name: "v", hostPath: { path: "/opt" } }],
      containers: [
        {
          name: "c",
          image: "i",
          securityContext: { privileged: true, capabilities: { add: ["NET_ADMIN", "CHOWN"] } },
        },
      ],
    };
    assert.deepEqual(podSecurityFaults(agent, "baseline"), [
      "hostNetwork",
      "hostPath volumes",
      "the privileged container c",
      "capabilities NET_ADMIN",
    ]);
    assert.deepEqual(podSecurityFaults(agent, "privileged"), []);
    assert.deepEqual(podSecurityFaults(agent, undefined), []);
  });

  const enforced = (level: string, labels: JsonObject = {}) =>
    namespace("edge", { "pod-security.kubernetes.io/enforce": level, ...labels });

  it("a namespace that refuses a workload of the mesh is an error with the level that does not", () => {
    const own = deployment("edge/x", { containers: [{ name: "c", image: "i" }] });
    const live = liveWith({ namespaces: [enforced("restricted")] });
    assert.match(
      texts(checkPodSecurity(desiredMesh({}, [own]), live)).join(),
      /^error Deployment edge\/x: the namespace edge enforces the Pod Security level restricted.*fix: kubectl label namespace edge .*enforce=baseline --overwrite$/,
    );
    assert.deepEqual(
      checkPodSecurity(desiredMesh({}, [own]), liveWith({ namespaces: [enforced("baseline")] })),
      [],
    );
  });

  it("without the CNI plugin, strict namespaces with proxies are an error; with it they are fine", () => {
    const live = liveWith({ namespaces: [enforced("baseline", { "istio.io/rev": NEW })] });
    assert.match(
      texts(checkPodSecurity(desiredMesh(), live)).join(),
      /^error Namespace edge: .*NET_ADMIN.*fix: install Istio's CNI plugin/,
    );
    const agent = object("apps/v1", "DaemonSet", "kube-system/istio-cni-node");
    assert.deepEqual(checkPodSecurity(desiredMesh({}, [agent]), live), []);
    assert.deepEqual(
      checkPodSecurity(desiredMesh(), liveWith({ namespaces: [enforced("baseline")] })),
      [],
    );
  });
});

describe("precheck: drain above grace", () => {
  const overlays = ["termination-drain-30s"];
  const live = (grace: number | undefined, annotations: JsonObject = {}) => {
    const own = deployment(
      "shop/cart",
      grace === undefined ? {} : { terminationGracePeriodSeconds: grace },
    );
    const template = (own.spec as { template: { metadata: JsonObject } }).template;
    template.metadata.annotations = annotations;
    return liveWith({
      workloads: [own],
      namespaces: [namespace("shop", { "istio.io/rev": NEW })],
    });
  };
  const check = (inputs: Parameters<typeof desiredMesh>[0], state: ReturnType<typeof live>) =>
    texts(checkPlannedDrain(desiredMesh(inputs, [injector(NEW)]), state));

  it("workloads with a proxy that Kubernetes would kill first are named, with the patch", () => {
    assert.match(
      check({ overlays }, live(undefined)).join(),
      /^warning Namespace shop: the proxies of Deployment cart drain for 30 s, and Kubernetes kills the pods after 30 s; fix: kubectl -n shop patch deployment cart .*terminationGracePeriodSeconds":45/,
    );
  });

  it("a longer grace, a shorter drain of its own, or no drain at all, are fine", () => {
    assert.deepEqual(check({ overlays }, live(60)), []);
    assert.deepEqual(
      check(
        { overlays },
        live(undefined, { "proxy.istio.io/config": "terminationDrainDuration: 5s" }),
      ),
      [],
    );
    assert.deepEqual(check({}, live(undefined)), []);
    assert.equal(
      check({}, live(undefined, { "proxy.istio.io/config": "terminationDrainDuration: 60s" }))
        .length,
      1,
    );
  });

  it("a workload without a proxy is not looked at", () => {
    const plain = { ...live(undefined), namespaces: [namespace("shop")] };
    assert.deepEqual(check({ overlays }, plain), []);
  });
});

describe("precheck: GKE", () => {
  const agent = (path: string) =>
    object("apps/v1", "DaemonSet", "kube-system/istio-cni-node", {
      spec: { template: { spec: { volumes: [{ name: "cni-bin-dir", hostPath: { path } }] } } },
    });

  it("is known by its version, and said nothing of elsewhere", () => {
    assert.ok(isGke("v1.31.1-gke.1146000"));
    assert.deepEqual(
      checkGke(desiredMesh({}, [agent("/opt/cni/bin")]), { kubernetes: "v1.34.2" }),
      [],
    );
  });

  it("tells of the firewall, and refuses a CNI plugin where the nodes do not look", () => {
    const kubernetes = "v1.31.1-gke.1";
    const fine = checkGke(desiredMesh({}, [agent("/home/kubernetes/bin")]), { kubernetes });
    assert.deepEqual(
      fine.map(({ severity }) => severity),
      ["info"],
    );
    assert.match(fine[0]?.fix ?? "", /15017/);
    assert.match(
      texts(checkGke(desiredMesh({}, [agent("/opt/cni/bin")]), { kubernetes })).join(),
      /^error DaemonSet istio-cni-node: .*\/opt\/cni\/bin.*fix: --option cni-gcp/,
    );
  });

  it("reads the cluster from the context that gcloud writes", () => {
    assert.deepEqual(clusterOfContext("gke_shop_europe-west1_main"), {
      project: "shop",
      location: "europe-west1",
      cluster: "main",
    });
    assert.equal(clusterOfContext("kind-main"), undefined);
  });
});
