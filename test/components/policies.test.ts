import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { PeerAuthentication, Telemetry } from "../../components";
import { type Registered, runProgram } from "../support/mocks";

class Thing extends pulumi.CustomResource {
  declare readonly value: pulumi.Output<string>;
  constructor(name: string) {
    super("test:index:Thing", name, { value: undefined });
  }
}

async function only(program: () => pulumi.ComponentResource): Promise<Registered> {
  const { resources, errors } = await runProgram(program);
  assert.deepEqual(errors, []);
  const [component, object, ...others] = resources;
  assert.deepEqual(others, []);
  assert.ok(component && object);
  assert.equal(object.parent, component.urn);
  return object;
}

describe("PeerAuthentication", () => {
  it("for a namespace", async () => {
    const object = await only(
      () => new PeerAuthentication("shop", { namespace: "shop", mode: "STRICT" }),
    );
    assert.equal(object.type, "kubernetes:security.istio.io/v1:PeerAuthentication");
    assert.equal(object.name, "shop:shop/default");
    assert.deepEqual(object.inputs, {
      apiVersion: "security.istio.io/v1",
      kind: "PeerAuthentication",
      metadata: { name: "default", namespace: "shop" },
      spec: { mtls: { mode: "STRICT" } },
    });
  });

  it("for some workloads, with other modes for single ports, from Outputs", async () => {
    const object = await only(
      () =>
        new PeerAuthentication("legacy", {
          namespace: pulumi.output("shop"),
          name: "legacy",
          mode: "STRICT",
          matchLabels: { app: pulumi.output("legacy") },
          portModes: { 8080: "DISABLE" },
        }),
    );
    assert.deepEqual(object.inputs.spec, {
      mtls: { mode: "STRICT" },
      selector: { matchLabels: { app: "legacy" } },
      portLevelMtls: { 8080: { mode: "DISABLE" } },
    });
  });

  it("refuses port modes without workloads, which Istio would ignore", async () => {
    const { errors, resources } = await runProgram(
      () =>
        new PeerAuthentication("x", {
          namespace: "shop",
          mode: "STRICT",
          portModes: { 80: "DISABLE" },
        }),
    );
    assert.match(errors.join(), /portModes: needs matchLabels; fix:/);
    assert.equal(resources.length, 1);
  });

  it("waits for what it is told to depend on", async () => {
    const { resources } = await runProgram(() => {
      const dependsOn = new Thing("crds");
      new PeerAuthentication("x", { namespace: "shop", mode: "STRICT" }, { dependsOn });
    });
    const [thing, , object] = resources;
    assert.ok(thing && object?.dependencies.includes(thing.urn));
  });
});

describe("Telemetry", () => {
  it("has nothing in it that was not asked for", async () => {
    const object = await only(
      () =>
        new Telemetry("all", {
          namespace: "istio-system",
          metrics: { providers: ["prometheus"] },
        }),
    );
    assert.equal(object.type, "kubernetes:telemetry.istio.io/v1:Telemetry");
    assert.deepEqual(object.inputs, {
      apiVersion: "telemetry.istio.io/v1",
      kind: "Telemetry",
      metadata: { name: "default", namespace: "istio-system" },
      spec: { metrics: [{ providers: [{ name: "prometheus" }] }] },
    });
  });

  it("keeps values that are false or zero", async () => {
    const object = await only(
      () =>
        new Telemetry("all", {
          namespace: "istio-system",
          accessLogging: { disabled: false, filter: "response.code >= 400" },
          tracing: { samplingPercent: 0, disabled: false },
        }),
    );
    assert.deepEqual(object.inputs.spec, {
      accessLogging: [
        {
          providers: [{ name: "envoy" }],
          filter: { expression: "response.code >= 400" },
          disabled: false,
        },
      ],
      tracing: [{ randomSamplingPercentage: 0, disableSpanReporting: false }],
    });
  });

  it("warns of Istio's exporter to Google Cloud, which only Google's builds have", async () => {
    const providers = ["stackdriver"];
    const { warnings, errors } = await runProgram(
      () =>
        new Telemetry("x", { namespace: "shop", metrics: { providers }, tracing: { providers } }),
    );
    assert.deepEqual(errors, []);
    assert.deepEqual(
      warnings.map((text) => text.split(":")[0]),
      ["tracing.providers", "metrics.providers"],
    );
    assert.match(warnings[0] ?? "", /dropped its exporters to Google Cloud in 1\.23/);
  });

  it("refuses a sampling that is no percentage", async () => {
    const { errors, resources } = await runProgram(
      () => new Telemetry("x", { namespace: "shop", tracing: { samplingPercent: 101 } }),
    );
    assert.match(
      errors.join(),
      /tracing.samplingPercent: is not a percentage \(got 101\); allowed: 0 to 100/,
    );
    assert.equal(resources.length, 1);
  });

  it("waits for what it is told to depend on", async () => {
    const { resources } = await runProgram(() => {
      const dependsOn = new Thing("crds");
      new Telemetry("x", { namespace: "shop" }, { dependsOn });
    });
    const [thing, , object] = resources;
    assert.ok(thing && object?.dependencies.includes(thing.urn));
  });

  it("keeps a secret input secret", async () => {
    const object = await only(
      () =>
        new Telemetry("x", {
          namespace: "shop",
          accessLogging: { filter: pulumi.secret("a == 'b'") },
        }),
    );
    assert.ok(object.secrets.includes("spec"));
  });

  it("is left out of a preview that does not know an input yet", async () => {
    const { resources, errors } = await runProgram(
      () => new Telemetry("x", { namespace: new Thing("namespace").value }),
      { preview: true },
    );
    assert.deepEqual(errors, []);
    assert.deepEqual(resources.map(({ name }) => name).sort(), ["namespace", "x"]);
  });
});
