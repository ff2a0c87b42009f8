import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import type { JsonObject } from "../../../mesh/common/json";
import { formatProblem } from "../../../mesh/common/problem";
import { checkGatewayInputs } from "../../../mesh/gateway/check";
import { fromOverlayGateway, type LegacyGateway } from "../../../mesh/gateway/legacy";
import { resolveMesh } from "../../../mesh/spec/resolve";
import { NEWEST, PREVIOUS } from "../../../toolchain/versions";

interface Overlay {
  readonly gateway?: JsonObject;
  readonly values?: JsonObject;
  /** For the charts' own words that istioctl's types do not have. */
  readonly unvalidatedValues?: JsonObject;
  readonly meshConfig?: JsonObject;
  readonly egress?: boolean;
}

function convert(given: Overlay): LegacyGateway {
  const { gateway = {}, values = {}, unvalidatedValues = {}, meshConfig = {}, egress } = given;
  const name = egress ? "istio-egressgateway" : "istio-ingressgateway";
  const list = egress ? "egressGateways" : "ingressGateways";
  const overlay: JsonObject = {
    apiVersion: "install.istio.io/v1alpha1",
    kind: "IstioOperator",
    spec: {
      components: { [list]: [{ name, enabled: true, ...gateway }] },
      values,
      unvalidatedValues,
      meshConfig,
    },
  };
  const { components } = resolveMesh(
    { version: NEWEST, profile: "empty", overlays: [overlay] },
    overlayLibrary(),
  );
  const plan = components.find(({ component }) => component.name === list);
  assert.ok(plan);
  return fromOverlayGateway(plan);
}

function problems(overlay: Overlay): string[] {
  return convert(overlay).problems.map(formatProblem);
}

const values = (own: JsonObject): JsonObject => ({ gateways: { "istio-ingressgateway": own } });

describe("gateways of overlays as typed ones", () => {
  it("keep what the chart does by default", () => {
    const { gateway, problems: found, notes } = convert({});
    assert.deepEqual(found, []);
    assert.deepEqual(gateway, {
      name: "istio-ingressgateway",
      namespace: "istio-system",
      kind: "ingress",
      revisions: [{ revision: "default" }],
      labels: { app: "istio-ingressgateway", istio: "ingressgateway" },
      autoscaling: { minReplicas: 1, maxReplicas: 5 },
      serviceAccount: { name: "istio-ingressgateway-service-account" },
      volumes: [
        {
          name: "ingressgateway-certs",
          secretName: "istio-ingressgateway-certs",
          mountPath: "/etc/istio/ingressgateway-certs",
        },
        {
          name: "ingressgateway-ca-certs",
          secretName: "istio-ingressgateway-ca-certs",
          mountPath: "/etc/istio/ingressgateway-ca-certs",
        },
      ],
      service: {
        type: "LoadBalancer",
        basePorts: [
          { name: "status-port", port: 15021, targetPort: 15021 },
          { name: "http2", port: 80, targetPort: 8080 },
          { name: "https", port: 443, targetPort: 8443 },
        ],
      },
    });
    assert.deepEqual(checkGatewayInputs(gateway), []);
    assert.match(notes.join("\n"), /Service istio-system\/istio-ingressgateway stays/);
  });

  it("egress gateways", () => {
    const { gateway, problems: found } = convert({ egress: true });
    assert.deepEqual(found, []);
    assert.equal(gateway.kind, "egress");
    assert.equal(gateway.service?.type, "ClusterIP");
    assert.deepEqual(checkGatewayInputs(gateway), []);
  });

  it("values.gateways.*", () => {
    const { gateway, problems: found } = convert({
      values: {
        global: { priorityClassName: "high", defaultTolerations: [{ key: "x" }] },
        ...values({
          autoscaleEnabled: true,
          autoscaleMin: 3,
          autoscaleMax: 9,
          cpu: { targetAverageUtilization: 60 },
          type: "LoadBalancer",
          loadBalancerIP: "10.0.0.9",
          externalTrafficPolicy: "Local",
          serviceAnnotations: { "networking.gke.io/load-balancer-type": "Internal" },
          podAnnotations: { "example.com/a": "b" },
          resources: { requests: { cpu: "1" } },
          nodeSelector: { pool: "gateways" },
          env: { ISTIO_META_X: 1 },
          rollingMaxSurge: 1,
          secretVolumes: [{ name: "own", secretName: "own-certs", mountPath: "/etc/own" }],
          configVolumes: [{ name: "conf", configMapName: "conf", mountPath: "/etc/conf" }],
          serviceAccount: { annotations: { "iam.gke.io/gcp-service-account": "a@b" } },
          ingressPorts: [{ name: "mongo", port: 27017 }],
        }),
      },
    });
    assert.deepEqual(found, []);
    assert.deepEqual(checkGatewayInputs(gateway), []);
    assert.deepEqual(gateway.autoscaling, { minReplicas: 3, maxReplicas: 9, cpuPercent: 60 });
    assert.equal(gateway.service?.loadBalancerIP, "10.0.0.9");
    assert.equal(gateway.service?.externalTrafficPolicy, "Local");
    assert.deepEqual(gateway.service?.annotations, {
      "networking.gke.io/load-balancer-type": "Internal",
    });
    assert.deepEqual(gateway.service?.ports, [{ name: "mongo", port: 27017 }]);
    assert.deepEqual(gateway.podAnnotations, { "example.com/a": "b" });
    assert.deepEqual(gateway.resources, { requests: { cpu: "1" } });
    assert.deepEqual(gateway.nodeSelector, { pool: "gateways" });
    assert.deepEqual(gateway.tolerations, [{ key: "x" }]);
    assert.equal(gateway.priorityClassName, "high");
    assert.deepEqual(gateway.env, { ISTIO_META_X: "1" });
    assert.deepEqual(gateway.rollingUpdate, { maxSurge: 1 });
    assert.deepEqual(
      gateway.volumes?.map(({ mountPath }) => mountPath),
      ["/etc/own", "/etc/conf"],
    );
    assert.deepEqual(gateway.serviceAccount, {
      name: "istio-ingressgateway-service-account",
      annotations: { "iam.gke.io/gcp-service-account": "a@b" },
    });
  });

  it("components.*.k8s goes on top of the values", () => {
    const valueFrom = { fieldRef: { fieldPath: "status.podIP" } };
    const {
      gateway,
      problems: found,
      notes,
    } = convert({
      gateway: {
        namespace: "gateways",
        label: { team: "shop" },
        k8s: {
          env: [
            { name: "A", value: "2" },
            { name: "IP", valueFrom },
          ],
          hpaSpec: {
            minReplicas: 4,
            metrics: [
              {
                type: "Resource",
                resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
              },
            ],
          },
          podDisruptionBudget: { minAvailable: 0 },
          replicaCount: 3,
          resources: { limits: { cpu: "4" } },
          service: {
            type: "NodePort",
            sessionAffinity: "ClientIP",
            ports: [{ name: "https", port: 443, targetPort: 8443, nodePort: 31443 }],
          },
          serviceAnnotations: { a: "b" },
          strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
          tolerations: [{ key: "x" }],
          volumes: [{ name: "v" }],
        },
      },
      values: values({ env: { A: "1", B: "1" }, resources: { requests: { cpu: "1" } } }),
    });
    assert.deepEqual(found, []);
    assert.deepEqual(checkGatewayInputs(gateway), []);
    assert.equal(gateway.namespace, "gateways");
    assert.deepEqual(gateway.env, { A: "2", B: "1", IP: { valueFrom } });
    assert.deepEqual(gateway.autoscaling, { minReplicas: 4, maxReplicas: 5, cpuPercent: 70 });
    assert.equal(gateway.replicas, undefined);
    assert.deepEqual(gateway.disruptionBudget, { minAvailable: 0 });
    assert.deepEqual(gateway.resources, { requests: { cpu: "1" }, limits: { cpu: "4" } });
    assert.deepEqual(gateway.rollingUpdate, { maxSurge: 0, maxUnavailable: 1 });
    assert.deepEqual(gateway.service, {
      type: "NodePort",
      sessionAffinity: "ClientIP",
      annotations: { a: "b" },
      basePorts: [{ name: "https", port: 443, targetPort: 8443, nodePort: 31443 }],
      selector: { app: "istio-ingressgateway", istio: "ingressgateway", team: "shop" },
    });
    assert.match(notes.join("\n"), /replicaCount: the autoscaler decides/);
    assert.match(notes.join("\n"), /k8s.volumes: istioctl has always ignored it/);
  });

  it("a fixed number of pods", () => {
    const { gateway } = convert({ values: values({ autoscaleEnabled: false, replicaCount: 3 }) });
    assert.equal(gateway.replicas, 3);
    assert.equal(gateway.autoscaling, undefined);
    const patched = convert({
      values: values({ autoscaleEnabled: false }),
      gateway: { k8s: { replicaCount: 4, hpaSpec: { minReplicas: 2 } } },
    });
    assert.equal(patched.gateway.replicas, 4);
    assert.match(patched.notes.join("\n"), /hpaSpec: there was no autoscaler/);
  });

  it("east-west gateways, known by their network", () => {
    const { gateway, problems: found } = convert({
      gateway: {
        label: { istio: "eastwestgateway", "topology.istio.io/network": "vpc-1" },
        k8s: { env: [{ name: "ISTIO_META_REQUESTED_NETWORK_VIEW", value: "vpc-1" }] },
      },
    });
    assert.deepEqual(found, []);
    assert.deepEqual(checkGatewayInputs(gateway), []);
    assert.equal(gateway.kind, "east-west");
    assert.equal(gateway.network, "vpc-1");
    assert.equal(gateway.env, undefined);
    assert.deepEqual(gateway.eastWest, { exposeServices: false });
  });

  it("outlast the mesh's own drain", () => {
    const defaultConfig = { terminationDrainDuration: "120s" };
    const { gateway } = convert({ meshConfig: { defaultConfig } });
    assert.equal(gateway.meshDrainSeconds, 120);
    assert.equal(gateway.terminationGracePeriodSeconds, 150);
    assert.deepEqual(checkGatewayInputs(gateway), []);
  });

  describe("name what has no counterpart", () => {
    const cases: readonly [string, Overlay, RegExp][] = [
      [
        "containers beside the proxy",
        { values: values({ additionalContainers: [{ name: "x" }] }) },
        /values.gateways.istio-ingressgateway.additionalContainers: has no counterpart/,
      ],
      ["a Service made elsewhere", { values: values({ customService: true }) }, /customService/],
      [
        "affinity in the charts' own words",
        { unvalidatedValues: values({ podAntiAffinityLabelSelector: [{ key: "a" }] }) },
        /podAntiAffinityLabelSelector: .*fix: write it as components.\*.k8s.affinity/,
      ],
      ["an image of its own", { gateway: { tag: PREVIOUS } }, /tag: .*fix: leave it out/],
      [
        "patches by path",
        { gateway: { k8s: { overlays: [{ kind: "Deployment", name: "istio-ingressgateway" }] } } },
        /components.ingressGateways.k8s.overlays\[0\]: has no counterpart/,
      ],
      [
        "other metrics",
        { gateway: { k8s: { hpaSpec: { metrics: [{ type: "Pods" }] } } } },
        /k8s.hpaSpec.metrics: .*CPU alone/,
      ],
      [
        "other fields of the Service",
        { gateway: { k8s: { service: { clusterIP: "None" } } } },
        /k8s.service.clusterIP/,
      ],
      [
        "a pod's security context",
        { gateway: { k8s: { securityContext: { fsGroup: 1 } } } },
        /k8s.securityContext/,
      ],
      ["architectures", { values: { global: { arch: { amd64: 2 } } } }, /values.global.arch/],
      [
        "ports by name",
        { gateway: { k8s: { service: { ports: [{ port: 80, targetPort: "web" }] } } } },
        /ports\[0\].targetPort/,
      ],
    ];
    for (const [title, overlay, expected] of cases) {
      it(title, () => {
        const found = problems(overlay);
        assert.equal(found.length, 1, found.join("\n"));
        assert.match(found[0] ?? "", expected);
        assert.match(found[0] ?? "", /^components.ingressGateways istio-ingressgateway: /);
      });
    }
  });

  it("running as root is not needed any more, which is said", () => {
    const { problems: found, notes } = convert({ values: values({ runAsRoot: true }) });
    assert.deepEqual(found, []);
    assert.match(notes.join("\n"), /runAsRoot: not needed/);
  });
});
