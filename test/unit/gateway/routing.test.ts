import assert from "node:assert/strict";
import { podLabelsByRevision } from "../../../mesh/gateway/gatewayConflicts";
import { gatewayObjectGroups, gatewayObjects } from "../../../mesh/gateway/objects";
import { objectTitle } from "../../../mesh/k8s/objects";
import { selects } from "../../../mesh/k8s/selector";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";
import { NEW } from "../../../toolchain/versions";
import { at, find, gateway } from "./inputs";

describe("TLS at an ingress gateway", () => {
  const tls = [{ hosts: ["shop.example.com"], credentialName: "shop-cert" }];

  it("is a Gateway resource with the Secret's name, and TLS 1.2 at least", () => {
    const object = find(gatewayObjects(gateway({ tls })), "Gateway");
    assert.equal(object.apiVersion, "networking.istio.io/v1");
    assert.deepEqual(object.spec, {
      selector: { app: "istio-ingressgateway", istio: "ingressgateway" },
      servers: [
        {
          hosts: ["shop.example.com"],
          port: { name: "https-443-shop-cert", number: 443, protocol: "HTTPS" },
          tls: { credentialName: "shop-cert", minProtocolVersion: "TLSV1_2", mode: "SIMPLE" },
        },
      ],
    });
  });

  it("takes another lowest version, and asks for certificates of clients", () => {
    const inputs = gateway({
      minTlsVersion: "1.3",
      tls: [{ hosts: ["a.b"], credentialName: "c", mode: "MUTUAL", port: 443 }],
    });
    assert.deepEqual(at(find(gatewayObjects(inputs), "Gateway"), "spec/servers/0/tls"), {
      credentialName: "c",
      minProtocolVersion: "TLSV1_3",
      mode: "MUTUAL",
    });
  });

  it("is there for the pods of every revision", () => {
    const inputs = gateway({ tls, traffic: "active" });
    const selector = at(find(gatewayObjects(inputs), "Gateway"), "spec/selector");
    const labels = podLabelsByRevision(inputs);
    assert.ok(labels.every((own) => selects(selector as Record<string, string>, own)));
  });
});

describe("named external hosts through the egress gateway", () => {
  const inputs: GatewayInputs = {
    name: "egress",
    namespace: "out",
    kind: "egress",
    revisions: [{ revision: NEW }],
    hosts: {
      externalHosts: [
        { host: "api.example.com", port: 443, protocol: "HTTPS" },
        { host: "api.example.com", port: 80, protocol: "HTTP" },
        { host: "db.example.org", port: 5432, protocol: "TLS" },
      ],
    },
  };
  const objects = gatewayObjectGroups(inputs).routing;

  it("VirtualServices come last: until then workloads call the hosts directly", () => {
    assert.deepEqual(objects.map(objectTitle), [
      "ServiceEntry out/egress-api-example-com",
      "ServiceEntry out/egress-db-example-org",
      "Gateway out/egress",
      "DestinationRule out/egress",
      "VirtualService out/egress-api-example-com",
      "VirtualService out/egress-db-example-org",
    ]);
  });

  it("hosts are known to the mesh with their own ports", () => {
    assert.deepEqual(find(objects, "ServiceEntry", "egress-api-example-com").spec, {
      hosts: ["api.example.com"],
      location: "MESH_EXTERNAL",
      ports: [
        { name: "https-443", number: 443, protocol: "HTTPS" },
        { name: "http-80", number: 80, protocol: "HTTP" },
      ],
      resolution: "DNS",
    });
  });

  it("the gateway passes TLS through by name", () => {
    assert.deepEqual(at(find(objects, "Gateway"), "spec/servers"), [
      { hosts: ["api.example.com"], port: { name: "http", number: 80, protocol: "HTTP" } },
      {
        hosts: ["api.example.com", "db.example.org"],
        port: { name: "tls", number: 443, protocol: "TLS" },
        tls: { mode: "PASSTHROUGH" },
      },
    ]);
  });

  it("traffic takes two hops, each by the port that hop has", () => {
    assert.deepEqual(find(objects, "VirtualService", "egress-db-example-org").spec, {
      gateways: ["egress", "mesh"],
      hosts: ["db.example.org"],
      tls: [
        {
          match: [{ gateways: ["mesh"], port: 5432, sniHosts: ["db.example.org"] }],
          route: [
            {
              destination: {
                host: "egress.out.svc.cluster.local",
                port: { number: 443 },
                subset: "external",
              },
            },
          ],
        },
        {
          match: [{ gateways: ["egress"], port: 443, sniHosts: ["db.example.org"] }],
          route: [{ destination: { host: "db.example.org", port: { number: 5432 } } }],
        },
      ],
    });
    assert.deepEqual(find(objects, "DestinationRule").spec, {
      host: "egress.out.svc.cluster.local",
      subsets: [{ name: "external" }],
    });
    const http = at(
      find(objects, "VirtualService", "egress-api-example-com"),
      "spec/http/0/match/0",
    );
    assert.deepEqual(http, { gateways: ["mesh"], port: 80 });
  });
});

describe("what an east-west gateway shows", () => {
  const inputs = (eastWest?: GatewayInputs["eastWest"]): GatewayInputs => ({
    name: "eastwest",
    namespace: "istio-system",
    kind: "east-west",
    revisions: [{ revision: NEW }],
    eastWest,
  });

  it("services by default, and nothing else", () => {
    const [services, ...others] = gatewayObjectGroups(inputs()).routing;
    assert.deepEqual(others, []);
    assert.equal(services?.metadata.name, "eastwest-services");
    assert.deepEqual(at(services as never, "spec/servers"), [
      {
        hosts: ["*.local"],
        port: { name: "tls", number: 15443, protocol: "TLS" },
        tls: { mode: "AUTO_PASSTHROUGH" },
      },
    ]);
  });

  it("istiod of the revision on request", () => {
    const objects = gatewayObjectGroups(
      inputs({ exposeServices: false, exposeIstiod: true }),
    ).routing;
    assert.deepEqual(objects.map(objectTitle), [
      "Gateway istio-system/eastwest-istiod",
      "VirtualService istio-system/eastwest-istiod",
    ]);
    const routes = at(find(objects, "VirtualService"), "spec/tls");
    assert.deepEqual(routes, [
      {
        match: [{ port: 15012, sniHosts: ["*"] }],
        route: [
          {
            destination: {
              host: `istiod-${NEW}.istio-system.svc.cluster.local`,
              port: { number: 15012 },
            },
          },
        ],
      },
      {
        match: [{ port: 15017, sniHosts: ["*"] }],
        route: [
          {
            destination: {
              host: `istiod-${NEW}.istio-system.svc.cluster.local`,
              port: { number: 443 },
            },
          },
        ],
      },
    ]);
  });

  it("istiod without a revision has no suffix", () => {
    const own = { exposeIstiod: true, istiodRevision: "default", istiodNamespace: "cp" };
    const object = find(gatewayObjectGroups(inputs(own)).routing, "VirtualService");
    assert.equal(at(object, "spec/tls/0/route/0/destination/host"), "istiod.cp.svc.cluster.local");
  });
});
