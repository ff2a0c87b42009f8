import type { JsonObject } from "../../../mesh/common/json";
import { type Case, specCase } from "../cases";

const ports: JsonObject[] = [
  { name: "status-port", port: 15021, targetPort: 15021, protocol: "TCP" },
  { name: "http2", port: 80, targetPort: 8080, nodePort: 30080 },
  { name: "https", port: 443, targetPort: 8443, appProtocol: "https" },
  { name: "udp", port: 443, targetPort: 8443, protocol: "UDP" },
];

/** Gateways of `components` and of `values.gateways`, from Istio's gateway charts. */
export const GATEWAY_CASES: readonly Case[] = [
  specCase("gateway: several, with names, labels and namespaces", {
    components: {
      ingressGateways: [
        { name: "web", namespace: "edge", label: { app: "web", team: "a" } },
        { name: "internal", enabled: true, label: {} },
        { name: "off", enabled: false },
      ],
      egressGateways: [{ name: "out", namespace: "edge", enabled: true, label: { istio: "out" } }],
    },
  }),
  specCase("gateway: ports", {
    components: { ingressGateways: [{ name: "web", k8s: { service: { ports } } }] },
  }),
  specCase("gateway: a port without a targetPort", {
    components: {
      ingressGateways: [{ name: "web", k8s: { service: { ports: [{ name: "x", port: 15020 }] } } }],
    },
  }),
  specCase("gateway: a named targetPort", {
    components: {
      ingressGateways: [
        { name: "web", k8s: { service: { ports: [{ name: "x", port: 80, targetPort: "http" }] } } },
      ],
    },
  }),
  specCase("gateway: no ports", {
    components: { ingressGateways: [{ name: "web", k8s: { service: { ports: [] } } }] },
  }),
  specCase("gateway: a Service of every kind", {
    components: {
      ingressGateways: [
        {
          name: "web",
          k8s: {
            service: {
              type: "LoadBalancer",
              loadBalancerIP: "10.0.0.1",
              loadBalancerSourceRanges: ["10.0.0.0/8"],
              externalIPs: ["1.2.3.4"],
              ipFamilyPolicy: "PreferDualStack",
              allocateLoadBalancerNodePorts: false,
              ports,
            },
            serviceAnnotations: { a: "" },
          },
        },
      ],
    },
  }),
  specCase("gateway: images, revision, CNI and a namespace", {
    revision: "canary",
    components: {
      cni: { enabled: true },
      egressGateways: [{ name: "out", enabled: true, hub: "example.com/e", tag: "e1" }],
    },
  }),
  specCase("gateway: enabled by values", {
    components: { ingressGateways: [{ name: "in", enabled: false }] },
    values: { gateways: { "istio-ingressgateway": { enabled: true } } },
  }),
  specCase("gateway: egress enabled by values", {
    values: { gateways: { "istio-egressgateway": { enabled: true } } },
  }),
  specCase("gateway: values", {
    values: {
      gateways: {
        securityContext: { runAsUser: 0 },
        "istio-ingressgateway": {
          type: "NodePort",
          autoscaleEnabled: false,
          replicaCount: 2,
          env: { A: "b" },
          podAnnotations: { c: "d" },
          serviceAnnotations: { e: "f" },
          nodeSelector: { g: "h" },
          externalTrafficPolicy: "Local",
          loadBalancerIP: "10.0.0.2",
          resources: { limits: { cpu: "3" } },
          secretVolumes: [],
          runAsRoot: true,
          injectionTemplate: "gateway",
        },
      },
    },
  }),
  specCase("gateway: as root it may have low ports", {
    components: {
      ingressGateways: [
        { name: "web", k8s: { service: { ports: [{ name: "http", port: 80, targetPort: 80 }] } } },
      ],
    },
    values: { gateways: { "istio-ingressgateway": { runAsRoot: true } } },
  }),
  specCase("gateway: a low port without root", {
    components: {
      ingressGateways: [
        { name: "web", k8s: { service: { ports: [{ name: "http", port: 80, targetPort: 80 }] } } },
      ],
    },
  }),
  specCase("gateway: a low port, and no targetPort", {
    components: {
      egressGateways: [
        { name: "out", enabled: true, k8s: { service: { ports: [{ name: "http", port: 80 }] } } },
      ],
    },
  }),
  specCase("gateway: low ports in values", {
    values: {
      gateways: { "istio-ingressgateway": { ingressPorts: [{ port: 80, targetPort: 80 }] } },
    },
  }),
  specCase("gateway: no name", { components: { ingressGateways: [{ enabled: true }] } }),
  specCase("gateway: lists emptied", { components: { ingressGateways: [], egressGateways: [] } }),
  specCase("gateway: every k8s field of an egress gateway by overlays", {
    components: {
      egressGateways: [
        {
          name: "out",
          enabled: true,
          k8s: {
            replicaCount: 0,
            hpaSpec: { maxReplicas: 2 },
            overlays: [
              {
                kind: "Deployment",
                name: "out",
                patches: [{ path: "spec.template.spec.hostNetwork", value: true }],
              },
            ],
          },
        },
      ],
    },
  }),
];
