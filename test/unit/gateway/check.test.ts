import assert from "node:assert/strict";
import { formatProblem } from "../../../mesh/common/problem";
import { checkAllGatewayInputs, checkGatewayInputs } from "../../../mesh/gateway/check";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";
import { NEW, NEWEST, OLD } from "../../../toolchain/versions";
import { canary, gateway } from "./inputs";

function messages(inputs: unknown): string[] {
  return checkGatewayInputs(inputs as GatewayInputs).map(formatProblem);
}

/** Exactly one problem, whose line holds the texts. */
function only(inputs: unknown, ...parts: readonly (string | RegExp)[]): void {
  const found = messages(inputs);
  assert.equal(found.length, 1, found.join("\n"));
  for (const part of parts) {
    assert.match(found[0] ?? "", part instanceof RegExp ? part : new RegExp(escapeRegExp(part)));
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

describe("checks of a gateway", () => {
  it("find nothing wrong with sound inputs", () => {
    assert.deepEqual(messages(gateway()), []);
    assert.deepEqual(messages(canary(90, 10, { replicas: 10 })), []);
    assert.deepEqual(messages(canary(90, 0, { traffic: "active", active: OLD })), []);
    assert.deepEqual(messages(canary(1, 1, { naming: "google" })), []);
  });

  it("name gateway, path, value and fix", () => {
    only(
      gateway({ revisions: [{ revision: NEWEST }] }),
      `gateway istio-ingressgateway: revisions[0].revision: dots are not allowed in a revision (got "${NEWEST}")`,
      `fix: write "${NEW}"`,
    );
  });

  it("report everything at once", () => {
    const found = messages(
      gateway({
        name: "Ingress",
        revisions: [
          { revision: "a", weight: 1 },
          { revision: "a", weight: -1 },
        ],
        replicas: 0,
        terminationGracePeriodSeconds: 5,
      }),
    );
    assert.equal(found.length, 5, found.join("\n"));
  });

  it("names", () => {
    only(gateway({ name: "1-ingress" }), "name: is not a name that Kubernetes takes");
    only(gateway({ namespace: "Gateways" }), "namespace: is not a name");
    only(
      gateway({ name: "n".repeat(60) }),
      "revisions[0].revision: makes the Deployment's name too long",
    );
  });

  it("revisions: none, empty, twice, too many for Google's names", () => {
    only(gateway({ revisions: [] }), "revisions: is an empty list", "fix: name at least one");
    only(gateway({ revisions: [{ revision: "" }] }), "is empty", 'fix: write "default"');
    only(
      gateway({
        revisions: [
          { revision: "a", weight: 1 },
          { revision: "a", weight: 1 },
        ],
      }),
      'revisions[1].revision: is given twice (got "a")',
    );
    const three = ["a", "b", "c"].map((revision) => ({ revision, weight: 1 }));
    only(gateway({ revisions: three, naming: "google", replicas: 3 }), "at most 2");
  });

  it("injection by the namespace's label: one revision, and one Deployment without its name", () => {
    const injection = "namespace";
    assert.deepEqual(messages(gateway({ injection })), []);
    assert.deepEqual(messages(gateway({ injection, naming: "google" })), []);
    only(
      canary(90, 10, { injection }),
      `revisions: are more than the label of the namespace can name, which is one for all pods of the gateway (\`injection: namespace\`) (got ["${OLD}","${NEW}"])`,
      "fix: name the one that the label of the namespace names, or write `injection: pod`",
    );
    only(
      gateway({ injection, naming: "revision" }),
      "naming: names Deployments after their revision, but with `injection: namespace` there is one, istio-ingressgateway",
      "fix: leave `naming` out",
    );
  });

  it("injection by the namespace's label: gateways of a namespace name the same revision", () => {
    const all = [OLD, NEW].map((revision, index) =>
      gateway({
        name: `web-${index}`,
        labels: { app: `web-${index}` },
        revisions: [{ revision }],
        injection: "namespace",
      }),
    );
    assert.deepEqual(checkAllGatewayInputs(all).map(formatProblem), [
      `gateway web-1: revisions[0].revision: differs from ${OLD} of gateway web-0, but the label of namespace gateways is one for both (\`injection: namespace\`) (got "${NEW}"); fix: name the same revision in both, or write \`injection: pod\` in one of them`,
    ]);
    const [first, second] = all;
    assert.deepEqual(
      checkAllGatewayInputs([first, { ...second, injection: "pod" }] as GatewayInputs[]),
      [],
    );
  });

  it("weights: asked for as soon as there are two revisions, unless `active` names who serves", () => {
    const revisions = [{ revision: OLD }, { revision: NEW, weight: 10 }];
    only(
      gateway({ revisions }),
      "gateway istio-ingressgateway: revisions[0].weight: is missing: there are 2 revisions",
      `fix: give each revision a weight, such as { revision: ${OLD}, weight: 90 }`,
    );
    const none = revisions.map(({ revision }) => ({ revision }));
    assert.equal(messages(gateway({ revisions: none })).length, 2);
    assert.equal(messages(gateway({ revisions: none, traffic: "active" })).length, 2);
    const active = { traffic: "active", active: OLD } as const;
    assert.deepEqual(messages(gateway({ revisions: none, ...active })), []);
    assert.deepEqual(messages(gateway()), []);
  });

  it("weights: negative, broken, all 0", () => {
    only(canary(100, -1), "revisions[1].weight: is not a weight (got -1)");
    only(canary(100, 0.5), "revisions[1].weight", "whole numbers from 0");
    only(canary(100, Number.POSITIVE_INFINITY), "revisions[1].weight");
    only(canary(0, 0), "revisions: have no weight above 0");
    assert.deepEqual(messages(canary(250, 1000)), []);
  });

  it("active: of no revision, of one without weight, without the mode", () => {
    only(
      canary(1, 1, { traffic: "active", active: "1-30-0" }),
      "active: names no revision",
      `${OLD}, ${NEW}`,
    );
    only(canary(1, 0, { traffic: "active", active: NEW }), "weight 0");
    only(canary(1, 1, { active: NEW }), "only has an effect with `traffic: active`");
  });

  it("the grace period must be larger than the drain", () => {
    only(
      gateway({ terminationGracePeriodSeconds: 30, terminationDrainSeconds: 30 }),
      "terminationGracePeriodSeconds",
      "allowed: terminationGracePeriodSeconds above 30; fix: set terminationGracePeriodSeconds to 60",
    );
    only(
      gateway({ meshDrainSeconds: 75 }),
      "terminationDrainSeconds",
      "during their drain of 75 s",
    );
    only(gateway({ terminationGracePeriodSeconds: 5 }), "drain of 5 s");
    assert.deepEqual(messages(gateway({ meshDrainSeconds: 74 })), []);
  });

  it("pods: fewer than revisions, no number, autoscaler and number at once", () => {
    only(canary(90, 10, { replicas: 1 }), "replicas: is less than the 2 revisions with a weight");
    only(gateway({ replicas: 1.5 }), "replicas: is not a number of pods");
    const autoscaling = { minReplicas: 2, maxReplicas: 4 };
    only(gateway({ replicas: 3, autoscaling }), "replicas: does not go with `autoscaling`");
    only(gateway({ autoscaling: { minReplicas: 5, maxReplicas: 4 } }), "is below minReplicas (5)");
    only(gateway({ autoscaling: { minReplicas: 0, maxReplicas: 4 } }), "autoscaling.minReplicas");
    only(gateway({ autoscaling: { ...autoscaling, cpuPercent: 0 } }), "autoscaling.cpuPercent");
    only(canary(1, 1, { autoscaling: { minReplicas: 1, maxReplicas: 1 } }), "2 revisions");
    assert.deepEqual(messages(canary(1, 1, { traffic: "active", replicas: 1 })), []);
  });

  it("ports: twice, out of range", () => {
    only(
      gateway({
        service: {
          ports: [
            { name: "one", port: 8080 },
            { name: "two", port: 8080 },
          ],
        },
      }),
      'is given twice (got "8080/TCP")',
    );
    const both = messages(gateway({ service: { ports: [{ name: "http2", port: 443 }] } }));
    assert.equal(both.length, 2, both.join("\n"));
    assert.match(both.join(), /a port with the name or the number of a default port replaces it/);
    assert.deepEqual(messages(gateway({ service: { ports: [{ name: "web", port: 80 }] } })), []);
    only(gateway({ service: { ports: [{ name: "x", port: 70000 }] } }), "service.ports[0].port");
    assert.deepEqual(messages(gateway({ service: { ports: [{ name: "https", port: 444 }] } })), []);
    assert.deepEqual(
      messages(gateway({ service: { ports: [{ name: "quic", port: 443, protocol: "UDP" }] } })),
      [],
    );
  });

  it("fields of another kind", () => {
    only(gateway({ eastWest: {} }), "eastWest: is for gateways of kind east-west", "kind ingress");
    only(gateway({ network: "n" }), "network: is for gateways of kind east-west");
    only(gateway({ hosts: { externalHosts: [] } }), "hosts: is for gateways of kind egress");
    only(gateway({ kind: "egress", tls: [{ hosts: ["a"], credentialName: "c" }] }), "kind ingress");
    only(
      gateway({ kind: "egress", service: { internal: true } }),
      "service.internal: has no effect for a Service of type ClusterIP",
    );
  });

  it("access said twice, of no load balancer, for nobody, or for what is no CIDR block", () => {
    const eastWest = (access: GatewayInputs["eastWest"], service?: GatewayInputs["service"]) =>
      gateway({ kind: "east-west", eastWest: access, ...(service && { service }) });
    assert.deepEqual(messages(eastWest({ access: ["203.0.113.0/24", "2001:db8::/32"] })), []);
    only(
      eastWest({ access: "public" }, { internal: true }),
      "eastWest.access: says what service.internal says too",
    );
    only(
      eastWest({ access: "internal" }, { type: "ClusterIP" }),
      "eastWest.access: has no effect for a Service of type ClusterIP",
    );
    only(eastWest({ access: [] }), "eastWest.access: is an empty list", "admit everyone");
    only(eastWest({ access: ["203.0.113.7"] }), "eastWest.access[0]", '"203.0.113.7/32"');
    only(eastWest({ access: ["203.0.113.0/33"] }), "eastWest.access[0]: is no CIDR block");
    only(
      gateway({ service: { loadBalancerSourceRanges: ["10.0.0.0/8", "office"] } }),
      "service.loadBalancerSourceRanges[1]: is no CIDR block",
    );
  });

  it("TLS: no Secret, no host, a port the Service has not", () => {
    only(
      gateway({ tls: [{ hosts: ["a"], credentialName: "" }] }),
      "tls[0].credentialName: is empty",
    );
    only(gateway({ tls: [{ hosts: [], credentialName: "c" }] }), "tls[0].hosts: is an empty list");
    only(
      gateway({ tls: [{ hosts: ["a"], credentialName: "c", port: 8443 }] }),
      "tls[0].port: is no port of the Service (got 8443); allowed: 15021, 80, 443",
    );
    only(
      gateway({
        tls: [
          { hosts: ["a"], credentialName: "c" },
          { hosts: ["b"], credentialName: "c" },
        ],
      }),
      "tls[1]: has the port and the Secret of another entry",
    );
  });

  it("external hosts: wildcards, the same host on two ports, no way in", () => {
    const egress = (externalHosts: unknown[], more = {}) =>
      gateway({ kind: "egress", hosts: { externalHosts } as never, ...more });
    only(egress([{ host: "*.example.com", port: 443, protocol: "TLS" }]), "without wildcards");
    only(
      egress([
        { host: "a.example.com", port: 443, protocol: "TLS" },
        { host: "a.example.com", port: 8443, protocol: "HTTPS" },
      ]),
      "externalHosts[1].host: is given twice",
    );
    only(
      egress([{ host: "a.example.com", port: 443, protocol: "TLS" }], {
        service: { basePorts: [{ name: "http", port: 80 }] },
      }),
      "hosts: is the port through which they go out",
    );
  });

  it("a managed control plane has no istiod to expose", () => {
    only(
      gateway({
        kind: "east-west",
        revisions: [{ revision: "asm-managed" }],
        eastWest: { exposeIstiod: true },
      }),
      "eastWest.exposeIstiod",
    );
  });

  it("labels and annotations that would break what is promised", () => {
    only(gateway({ labels: { "istio.io/rev": "x" } }), "labels.istio.io/rev", "revisions");
    only(
      gateway({ labels: { app: "a" }, service: { selector: { app: "b" } } }),
      "labels.app: differs from service.selector (b)",
    );
    only(
      gateway({
        terminationDrainSeconds: 9,
        podAnnotations: { "proxy.istio.io/config": "concurrency: 2" },
      }),
      "would override terminationDrainSeconds",
    );
  });

  it("data of any shape, as it comes from a stack's configuration", () => {
    only({ name: "x", namespace: "y" }, "gateway x: revisions: is missing");
    only({ ...gateway(), revisions: NEW }, "revisions: has the wrong type; allowed: a list");
    only({ ...gateway(), replica: 2 }, "replica: is an unknown field", 'did you mean "replicas"?');
    only({ ...gateway(), kind: "ingres" }, "kind: is unknown", 'did you mean "ingress"?');
    only({ ...gateway(), replicas: "2" }, "replicas: has the wrong type; allowed: a number");
    only(
      { ...gateway(), revisions: [{ revision: "a", wieght: 1 }] },
      "revisions[0].wieght: is an unknown field",
    );
    only(undefined, "gateway ?: : has the wrong type".replace(": :", ":"));
  });
});

describe("checks across gateways", () => {
  const texts = (...all: GatewayInputs[]) => checkAllGatewayInputs(all).map(formatProblem);

  it("several of each kind live together", () => {
    const egress = gateway({ name: "istio-egressgateway", kind: "egress" });
    const second = gateway({ name: "second" });
    assert.deepEqual(texts(gateway(), egress, second), []);
    assert.deepEqual(texts(gateway(), gateway({ namespace: "other" })), []);
  });

  it("the same name twice", () => {
    const found = texts(gateway(), gateway());
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", /name: is the name of another gateway/);
  });

  it("a Service that would take the pods of another gateway", () => {
    const greedy = gateway({ name: "greedy", service: { selector: { istio: "ingressgateway" } } });
    const found = texts(greedy, gateway());
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(
      found[0] ?? "",
      /gateway greedy: service.selector: .* pods of gateway istio-ingress/,
    );
  });

  it("two gateways whose Deployments would have one name", () => {
    const one = gateway({ name: "a", revisions: [{ revision: "b-c" }] });
    const other = gateway({ name: "a-b", revisions: [{ revision: "c" }] });
    assert.match(
      texts(one, other).join(),
      /"a-b-c".*|is the name of a Deployment of gateway a too/,
    );
  });

  it("broken gateways are not compared", () => {
    assert.equal(texts(gateway({ revisions: [] }), gateway()).length, 1);
  });
});
