import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../../mesh/common/json";
import { checkGatewayInputs } from "../../../mesh/gateway/check";
import { podLabelsByRevision } from "../../../mesh/gateway/gatewayConflicts";
import { gatewayObjects } from "../../../mesh/gateway/objects";
import { planGateway } from "../../../mesh/gateway/plan";
import { weightWarnings } from "../../../mesh/gateway/weightWarnings";
import { objectTitle } from "../../../mesh/k8s/objects";
import { selects } from "../../../mesh/k8s/selector";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";
import { NEW, OLD } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { at, canary, find, gateway } from "./inputs";

const CONTAINER = "spec/template/spec/containers/0";

function deployments(inputs: GatewayInputs) {
  return gatewayObjects(inputs).filter(({ kind }) => kind === "Deployment");
}

function pods(inputs: GatewayInputs) {
  return deployments(inputs).map((object) => [object.metadata.name, at(object, "spec/replicas")]);
}

function envOf(inputs: GatewayInputs): Record<string, unknown> {
  const env = at(find(gatewayObjects(inputs), "Deployment"), `${CONTAINER}/env`) as JsonObject[];
  return Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
}

describe("objects of a gateway", () => {
  it("are all of Google's samples, in the order in which they are applied", () => {
    const autoscaling = { minReplicas: 2, maxReplicas: 5 };
    assert.deepEqual(gatewayObjects(gateway({ autoscaling })).map(objectTitle), [
      "ServiceAccount gateways/istio-ingressgateway",
      "Role gateways/istio-ingressgateway",
      "RoleBinding gateways/istio-ingressgateway",
      "Service gateways/istio-ingressgateway",
      `Deployment gateways/istio-ingressgateway-${OLD}`,
      `PodDisruptionBudget gateways/istio-ingressgateway-${OLD}`,
      `HorizontalPodAutoscaler gateways/istio-ingressgateway-${OLD}`,
    ]);
  });

  it("pods are injected with the gateway template, by the webhook of their revision", () => {
    const object = find(gatewayObjects(gateway()), "Deployment");
    const template = at(object, "spec/template/metadata") as JsonObject;
    assert.deepEqual(template.annotations, {
      "inject.istio.io/templates": "gateway",
      "prometheus.io/path": "/stats/prometheus",
      "prometheus.io/port": "15020",
      "prometheus.io/scrape": "true",
    });
    const labels = template.labels as JsonObject;
    assert.equal(labels["sidecar.istio.io/inject"], "true");
    assert.equal(labels["istio.io/rev"], OLD);
    assert.equal(labels.istio, "ingressgateway");
    assert.equal(at(object, `${CONTAINER}/image`), "auto");
    assert.equal(at(object, `${CONTAINER}/name`), "istio-proxy");
  });

  it("pods that their namespace's label injects are the same whatever its revision is", () => {
    const deploymentOf = (revision: string) => {
      const inputs = gateway({ injection: "namespace", revisions: [{ revision }] });
      return find(gatewayObjects(inputs), "Deployment");
    };
    const object = deploymentOf(OLD);
    const labels = at(object, "spec/template/metadata/labels") as JsonObject;
    assert.equal(labels["istio.io/rev"], undefined);
    assert.equal(labels["sidecar.istio.io/inject"], "true");
    assert.equal(object.metadata.name, "istio-ingressgateway");
    assert.deepEqual(deploymentOf(NEW), object, "a move of the label restarts nothing");
  });

  it("take the least privilege: no root, no capability, Secrets of one namespace to read", () => {
    const objects = gatewayObjects(gateway());
    const object = find(objects, "Deployment");
    assert.deepEqual(at(object, `${CONTAINER}/securityContext`), {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsGroup: 1337,
      runAsNonRoot: true,
      runAsUser: 1337,
    });
    assert.deepEqual(find(objects, "Role").rules, [
      { apiGroups: [""], resources: ["secrets"], verbs: ["get", "watch", "list"] },
    ]);
    assert.deepEqual(find(objects, "RoleBinding").subjects, [
      { kind: "ServiceAccount", name: "istio-ingressgateway", namespace: "gateways" },
    ]);
  });

  it("defaults: two pods, spread, one eviction at a time, more before fewer in a roll", () => {
    const objects = gatewayObjects(gateway());
    const object = find(objects, "Deployment");
    assert.equal(at(object, "spec/replicas"), 2);
    assert.deepEqual(at(object, "spec/strategy"), {
      rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 },
      type: "RollingUpdate",
    });
    const spread = at(object, "spec/template/spec/topologySpreadConstraints") as JsonObject[];
    assert.deepEqual(
      spread.map(({ topologyKey, whenUnsatisfiable }) => [topologyKey, whenUnsatisfiable]),
      [
        ["topology.kubernetes.io/zone", "ScheduleAnyway"],
        ["kubernetes.io/hostname", "ScheduleAnyway"],
      ],
    );
    const budget = find(objects, "PodDisruptionBudget").spec as JsonObject;
    assert.equal(budget.maxUnavailable, 1);
    assert.deepEqual(at(object, `${CONTAINER}/resources`), {
      limits: { cpu: "2000m", memory: "1024Mi" },
      requests: { cpu: "100m", memory: "128Mi" },
    });
  });

  it("pods stay until their last request is answered, well below the grace period", () => {
    const object = find(gatewayObjects(gateway()), "Deployment");
    assert.equal(at(object, "spec/template/spec/terminationGracePeriodSeconds"), 75);
    assert.deepEqual(envOf(gateway()), {
      EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true",
      MINIMUM_DRAIN_DURATION: "5s",
    });
    assert.equal(envOf(gateway({ meshDrainSeconds: 30 })).MINIMUM_DRAIN_DURATION, "30s");
  });

  it("a drain of the gateway's own goes into its proxy's settings too", () => {
    const inputs = gateway({ terminationDrainSeconds: 20, meshDrainSeconds: 30 });
    const object = find(gatewayObjects(inputs), "Deployment");
    const annotations = at(object, "spec/template/metadata/annotations") as JsonObject;
    assert.equal(annotations["proxy.istio.io/config"], "terminationDrainDuration: 20s\n");
    assert.equal(envOf(inputs).MINIMUM_DRAIN_DURATION, "20s");
  });

  it("environment that is given wins, and may come from elsewhere", () => {
    const valueFrom = { secretKeyRef: { name: "keys", key: "one" } };
    const env = { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "false", KEY: { valueFrom } };
    assert.deepEqual(envOf(gateway({ env })), {
      EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "false",
      MINIMUM_DRAIN_DURATION: "5s",
      KEY: valueFrom,
    });
  });

  it("another `restart` rolls the pods and changes nothing else", () => {
    const before = gatewayObjects(gateway({ restart: "1" }));
    const after = gatewayObjects(gateway({ restart: "2" }));
    const changed = after.filter(
      (object, index) => JSON.stringify(object) !== JSON.stringify(before[index]),
    );
    assert.deepEqual(
      changed.map(({ kind }) => kind),
      ["Deployment"],
    );
    const annotations = at(changed[0] as never, "spec/template/metadata/annotations") as JsonObject;
    assert.equal(annotations["pulumi-service-mesh/restart"], "2");
  });

  it("the managed data plane is switched in the pods of Google's revisions only", () => {
    const revisions = [{ revision: NEW }, { revision: "asm-managed" }];
    const settings = (managedDataPlane?: boolean) =>
      gatewayObjects(gateway({ revisions, managedDataPlane }))
        .filter(({ kind }) => kind === "Deployment")
        .map((object) => at(object, "spec/template/metadata/annotations") as JsonObject)
        .map((annotations) => annotations["mesh.cloud.google.com/proxy"]);
    assert.deepEqual(settings(), [undefined, undefined]);
    assert.deepEqual(settings(true), [undefined, '{"managed":"true"}']);
    assert.deepEqual(settings(false), [undefined, '{"managed":"false"}']);
  });

  it("the inputs are left as they were", () => {
    const inputs = canary(90, 10, { autoscaling: { minReplicas: 2, maxReplicas: 9 } });
    const copy = structuredClone(inputs);
    gatewayObjects(inputs);
    assert.deepEqual(inputs, copy);
  });
});

describe("canary behind one Service", () => {
  it("each step of the story changes what it says and nothing else", () => {
    const replicas = 10;
    const service = (inputs: GatewayInputs) => find(gatewayObjects(inputs), "Service");
    const stable = gateway({ replicas });
    const steps: [GatewayInputs, unknown][] = [
      [stable, [[`istio-ingressgateway-${OLD}`, 10]]],
      [
        canary(90, 10, { replicas }),
        [
          [`istio-ingressgateway-${OLD}`, 9],
          [`istio-ingressgateway-${NEW}`, 1],
        ],
      ],
      [
        canary(50, 50, { replicas }),
        [
          [`istio-ingressgateway-${OLD}`, 5],
          [`istio-ingressgateway-${NEW}`, 5],
        ],
      ],
      [
        canary(0, 100, { replicas }),
        [
          [`istio-ingressgateway-${OLD}`, 0],
          [`istio-ingressgateway-${NEW}`, 10],
        ],
      ],
      [
        gateway({ replicas, revisions: [{ revision: NEW }] }),
        [[`istio-ingressgateway-${NEW}`, 10]],
      ],
    ];
    for (const [inputs, expected] of steps) {
      assert.deepEqual(pods(inputs), expected);
      assert.deepEqual(service(inputs), service(stable));
    }
  });

  it("a canary leaves the old Deployment alone but for its number of pods", () => {
    const [before] = deployments(canary(100, 0, { replicas: 4 }));
    const [after] = deployments(canary(50, 50, { replicas: 4 }));
    assert.deepEqual(
      { ...after, spec: { ...(after?.spec as JsonObject), replicas: null } },
      { ...before, spec: { ...(before?.spec as JsonObject), replicas: null } },
    );
  });

  it("says where whole pods are far from the weights, and from how many on they are not", () => {
    assert.deepEqual(weightWarnings(planGateway(canary(90, 10, { replicas: 10 }))), []);
    const [old, fresh] = weightWarnings(planGateway(canary(90, 10, { replicas: 2 })));
    assert.match(old ?? "", pattern`${OLD}: .* 90 % .* 1 pod it gets about 50 %`);
    assert.match(fresh ?? "", pattern`${NEW}: .* 10 % .* 50 %; with 7 or more pods in all`);
  });
});

describe("traffic: active", () => {
  const active = { traffic: "active", replicas: 4 } as const;
  const selector = (inputs: GatewayInputs) =>
    at(find(gatewayObjects(inputs), "Service"), "spec/selector");

  it("the Service selects exactly one revision, and the switch is one field", () => {
    const inputs = canary(100, 100, active);
    assert.deepEqual(selector(inputs), {
      app: "istio-ingressgateway",
      istio: "ingressgateway",
      "app.kubernetes.io/instance": `istio-ingressgateway-${OLD}`,
    });
    const after = { ...inputs, active: NEW };
    const changed = gatewayObjects(after).filter(
      (object, index) => JSON.stringify(object) !== JSON.stringify(gatewayObjects(inputs)[index]),
    );
    assert.deepEqual(
      changed.map(({ kind }) => kind),
      ["Service"],
    );
    const matched = podLabelsByRevision(after).map((labels) =>
      selects(selector(after) as Record<string, string>, labels),
    );
    assert.deepEqual(matched, [false, true]);
  });

  it("each revision with a weight can take all the traffic; one of weight 0 is kept warm", () => {
    assert.deepEqual(
      pods(canary(100, 10, active)).map(([, count]) => count),
      [4, 4],
    );
    assert.deepEqual(
      pods(canary(100, 0, active)).map(([, count]) => count),
      [4, 1],
    );
    assert.deepEqual(
      pods(canary(100, 0, { ...active, warmReplicas: 0 })).map(([, count]) => count),
      [4, 0],
    );
  });

  it("serves the heaviest by default, and the first of equals", () => {
    assert.equal(planGateway(canary(10, 90, active)).active, NEW);
    assert.equal(planGateway(canary(50, 50, active)).active, OLD);
    const { revisions } = planGateway(canary(10, 90, active));
    assert.deepEqual(
      revisions.map(({ serves, realPercent }) => [serves, realPercent]),
      [
        [false, 0],
        [true, 100],
      ],
    );
  });

  it("its Service comes after the pods", () => {
    const kinds = gatewayObjects(canary(100, 0, active)).map(({ kind }) => kind);
    assert.ok(kinds.indexOf("Service") > kinds.lastIndexOf("Deployment"));
  });
});

describe("pods under an autoscaler", () => {
  const autoscaling = { minReplicas: 4, maxReplicas: 20 };

  it("replicas are left out where there is an autoscaler", () => {
    const objects = gatewayObjects(canary(75, 25, { autoscaling }));
    assert.deepEqual(
      deployments(canary(75, 25, { autoscaling })).map(({ spec }) =>
        Object.hasOwn(spec as JsonObject, "replicas"),
      ),
      [false, false],
    );
    const scalers = objects.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
    assert.deepEqual(
      scalers.map((object) => [at(object, "spec/minReplicas"), at(object, "spec/maxReplicas")]),
      [
        [3, 15],
        [1, 5],
      ],
    );
    assert.deepEqual(at(scalers[0] as never, "spec/scaleTargetRef"), {
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: `istio-ingressgateway-${OLD}`,
    });
  });

  it("a revision of weight 0 has no pods and no autoscaler", () => {
    const objects = gatewayObjects(canary(100, 0, { autoscaling }));
    assert.equal(
      find(objects, "HorizontalPodAutoscaler").metadata.name,
      `istio-ingressgateway-${OLD}`,
    );
    assert.deepEqual(pods(canary(100, 0, { autoscaling })), [
      [`istio-ingressgateway-${OLD}`, undefined],
      [`istio-ingressgateway-${NEW}`, 0],
    ]);
  });
});

describe("selectors of Deployments", () => {
  const names = fc.constantFrom(OLD, NEW, "asm-managed", "stable", "2");
  const some = fc.uniqueArray(names, { minLength: 1, maxLength: 2 });

  it("never overlap, in either way of naming", () => {
    const naming = fc.constantFrom("revision", "google");
    fc.assert(
      fc.property(some, naming, (revisions, how) => {
        const inputs = gateway({
          naming: how as "revision" | "google",
          revisions: revisions.map((revision) => ({ revision })),
        });
        const labels = podLabelsByRevision(inputs);
        for (const [index, object] of deployments(inputs).entries()) {
          const selector = at(object, "spec/selector/matchLabels") as Record<string, string>;
          assert.deepEqual(
            labels.map((own) => selects(selector, own)),
            labels.map((_, other) => other === index),
          );
        }
      }),
    );
  });

  it("follow from the Deployment's name alone, whatever else changes", () => {
    const selectors = [
      gateway(),
      gateway({ labels: { app: "other", team: "shop" }, kind: "egress", network: "n" }),
      gateway({ service: { selector: { app: "x", istio: "y" } } }),
    ].map((inputs) => at(find(gatewayObjects(inputs), "Deployment"), "spec/selector"));
    assert.deepEqual(selectors[1], selectors[0]);
    assert.deepEqual(selectors[2], selectors[0]);
  });
});

describe("naming: google", () => {
  const google = { naming: "google" } as const;

  it("has Google's names for stable and canary", () => {
    assert.deepEqual(pods(canary(50, 50, google)), [
      ["istio-ingressgateway", 1],
      ["istio-ingressgateway-canary", 1],
    ]);
  });

  it("another revision rolls the same Deployment in place", () => {
    const before = find(gatewayObjects(gateway(google)), "Deployment");
    const after = find(
      gatewayObjects(gateway({ ...google, revisions: [{ revision: NEW }] })),
      "Deployment",
    );
    assert.deepEqual(after.metadata, before.metadata);
    assert.deepEqual(at(after, "spec/selector"), at(before, "spec/selector"));
    const labels = at(after, "spec/template/metadata/labels") as JsonObject;
    assert.equal(labels["istio.io/rev"], NEW);
  });

  it("in active mode a roll in place stays selected all the time", () => {
    const active = gateway({ ...google, traffic: "active" });
    const next = { ...active, revisions: [{ revision: NEW }] };
    assert.deepEqual(planGateway(next).selector, planGateway(active).selector);
  });
});

describe("kinds", () => {
  const service = (inputs: GatewayInputs) =>
    find(gatewayObjects(inputs), "Service").spec as JsonObject;
  const numbers = (inputs: GatewayInputs) =>
    (service(inputs).ports as JsonObject[]).map(({ port, targetPort }) => [port, targetPort]);

  it("ingress: a load balancer on 80 and 443, with a port for its health", () => {
    assert.equal(service(gateway()).type, "LoadBalancer");
    assert.deepEqual(numbers(gateway()), [
      [15021, 15021],
      [80, 80],
      [443, 443],
    ]);
  });

  it("egress: inside the cluster", () => {
    assert.equal(service(gateway({ kind: "egress" })).type, "ClusterIP");
    const [labels] = podLabelsByRevision(gateway({ kind: "egress" }));
    assert.equal(labels?.istio, "egressgateway");
  });

  it("east-west: ports of a multi-cluster mesh, and its network", () => {
    const inputs = gateway({ kind: "east-west", network: "vpc-1" });
    assert.deepEqual(
      numbers(inputs).map(([port]) => port),
      [15021, 15443, 15012, 15017],
    );
    const [labels] = podLabelsByRevision(inputs);
    assert.equal(labels?.["topology.istio.io/network"], "vpc-1");
    assert.equal(labels?.istio, "eastwestgateway");
    assert.equal(envOf(inputs).ISTIO_META_REQUESTED_NETWORK_VIEW, "vpc-1");
    const own = find(gatewayObjects(inputs), "Service").metadata.labels as JsonObject;
    assert.equal(own["topology.istio.io/network"], "vpc-1");
  });

  it("an east-west gateway admits whom its access names", () => {
    const serviceOf = (access?: "public" | "internal" | readonly string[]) =>
      find(gatewayObjects(gateway({ kind: "east-west", eastWest: { access } })), "Service");
    for (const everyone of [serviceOf(), serviceOf("public")]) {
      assert.equal(everyone.metadata.annotations, undefined);
      assert.equal(at(everyone, "spec/loadBalancerSourceRanges"), undefined);
    }
    assert.deepEqual(serviceOf("internal").metadata.annotations, {
      "networking.gke.io/load-balancer-type": "Internal",
    });
    const ranges = ["203.0.113.0/24"];
    assert.deepEqual(at(serviceOf(ranges), "spec/loadBalancerSourceRanges"), ranges);
  });

  it("an internal load balancer, a static address, affinity, more ports", () => {
    const inputs = gateway({
      service: {
        internal: true,
        loadBalancerIP: "10.0.0.9",
        loadBalancerSourceRanges: ["10.0.0.0/8"],
        externalTrafficPolicy: "Local",
        sessionAffinity: "ClientIP",
        annotations: { team: "shop" },
        ports: [
          { name: "https", port: 443, targetPort: 8443, nodePort: 30443 },
          { name: "mongo", port: 27017 },
        ],
      },
    });
    const object = find(gatewayObjects(inputs), "Service");
    assert.deepEqual(object.metadata.annotations, {
      "networking.gke.io/load-balancer-type": "Internal",
      team: "shop",
    });
    assert.deepEqual(object.spec, {
      type: "LoadBalancer",
      loadBalancerIP: "10.0.0.9",
      loadBalancerSourceRanges: ["10.0.0.0/8"],
      externalTrafficPolicy: "Local",
      sessionAffinity: "ClientIP",
      selector: { app: "istio-ingressgateway", istio: "ingressgateway" },
      ports: [
        { name: "status-port", port: 15021, targetPort: 15021, protocol: "TCP" },
        { name: "http2", port: 80, targetPort: 80, protocol: "TCP" },
        { name: "https", port: 443, targetPort: 8443, protocol: "TCP", nodePort: 30443 },
        { name: "mongo", port: 27017, targetPort: 27017, protocol: "TCP" },
      ],
    });
  });

  it("managed channels are revisions like others", () => {
    for (const revision of ["asm-managed", "asm-managed-rapid", "asm-managed-stable"]) {
      const inputs = gateway({ revisions: [{ revision }] });
      assert.deepEqual(checkGatewayInputs(inputs), []);
      assert.equal(podLabelsByRevision(inputs)[0]?.["istio.io/rev"], revision);
    }
  });
});
