import assert from "node:assert/strict";
import { load } from "js-yaml";
import { overlayLibrary } from "../../adapters/overlays";
import { renderTools } from "../../adapters/renderTools";
import { isObject, type Json, type JsonObject } from "../../mesh/common/json";
import { getPath } from "../../mesh/k8s/path";
import { migrateOverlay } from "../../mesh/migrate/migrate";
import type { MeshInputs, TelemetryChoice, TracingInputs } from "../../mesh/model/meshInputs";
import { generateManifests } from "../../mesh/plan/generate";
import { planMesh } from "../../mesh/plan/meshPlan";
import { setupProject } from "../../toolchain/officialCharts";
import { chartsFolder } from "../../toolchain/setup";
import { versions } from "../../toolchain/versions";
import { byTitle } from "../support/manifests";
import { useTestCache } from "../support/temporary";

/** All versions whose charts set-up provides. */
const OWN_BUILDS = versions.istio.charts;
/** Google's build has the switches of old; its charts are not public, Istio's of that minor are. */
const GOOGLES_BUILD = "1.23.2-asm.1";

const release = (version: string) => version.replace(/-.*$/, "");

/** The mesh configuration that istiod reads, from the rendered ConfigMap. */
async function meshConfigOf(version: string, inputs: Partial<MeshInputs>): Promise<JsonObject> {
  const charts = { kind: "folder", path: chartsFolder(release(version)) } as const;
  const plan = planMesh({ version, charts, ...inputs }, overlayLibrary());
  const { objects } = await generateManifests(plan, renderTools(charts));
  const data = byTitle(objects)["ConfigMap istio-system/istio"]?.data as { mesh: string };
  return load(data.mesh) as JsonObject;
}

/** Every name under `defaultProviders` must be a provider that this istiod acts on. */
function providersOf(mesh: JsonObject, kind: string): string[] {
  const names = getPath(mesh, `defaultProviders.${kind}`);
  return Array.isArray(names) ? names.map(String) : [];
}

function definitionOf(mesh: JsonObject, name: string): Json | undefined {
  const list = getPath(mesh, "extensionProviders");
  return (Array.isArray(list) ? list : []).find((one) => isObject(one) && one.name === name);
}

describe("telemetry that works on every version", () => {
  let undo: () => void;

  before(async function () {
    this.timeout(0);
    const { home } = await setupProject({ istio: OWN_BUILDS });
    process.env.PULUMI_HOME ??= home;
    undo = useTestCache();
  });

  after(() => undo?.());

  const choices: [TelemetryChoice, string[], string[]][] = [
    ["prometheus", ["prometheus"], []],
    ["stackdriver", ["prometheus"], ["envoy"]],
    ["prometheus-and-stackdriver", ["prometheus"], ["envoy"]],
    ["none", [], []],
  ];
  const tracings: [TracingInputs, string][] = [
    [{ provider: "cloud-trace", samplingPercent: 5 }, "cloud-trace"],
    [{ provider: "opentelemetry", service: "otel.o.svc", samplingPercent: 5 }, "opentelemetry"],
  ];

  for (const version of OWN_BUILDS) {
    for (const [telemetry, metrics, logs] of choices) {
      it(`${version}: ${telemetry} names only providers that istiod has`, async () => {
        const mesh = await meshConfigOf(version, { telemetry });
        assert.deepEqual(providersOf(mesh, "metrics"), metrics);
        assert.deepEqual(providersOf(mesh, "accessLogging"), logs);
        const isGoogle = logs.length > 0;
        assert.equal(mesh.accessLogEncoding, isGoogle ? "JSON" : undefined);
        if (isGoogle) {
          const entry = JSON.parse(String(mesh.accessLogFormat)) as JsonObject;
          assert.equal(getPath(entry, "httpRequest.status"), "%RESPONSE_CODE%");
        }
      });
    }

    for (const [tracing, provider] of tracings) {
      it(`${version}: traces to ${provider}, and metrics go on`, async () => {
        const mesh = await meshConfigOf(version, { tracing });
        assert.deepEqual(providersOf(mesh, "tracing"), [provider]);
        assert.deepEqual(providersOf(mesh, "metrics"), ["prometheus"]);
        const definition = definitionOf(mesh, provider) as JsonObject;
        assert.equal(getPath(definition, "opentelemetry.port"), 4317);
        assert.deepEqual(getPath(mesh, "defaultConfig.tracing"), { sampling: 5 });
      });
    }

    it(`${version}: an access log with its format`, async () => {
      const mesh = await meshConfigOf(version, {
        accessLog: { encoding: "TEXT", format: "%START_TIME%\n" },
      });
      assert.deepEqual(
        [mesh.accessLogFile, mesh.accessLogEncoding, mesh.accessLogFormat],
        ["/dev/stdout", "TEXT", "%START_TIME%\n"],
      );
    });
  }

  it("what migrate makes of Google's snippets is telemetry that istiod has", async () => {
    const text = `
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
spec:
  meshConfig:
    enableTracing: true
  values:
    global:
      proxy:
        tracer: stackdriver
    telemetry:
      enabled: true
      v2:
        enabled: true
        prometheus:
          enabled: false
        stackdriver:
          enabled: true
`;
    for (const version of OWN_BUILDS) {
      const source = { name: "google.yaml", version };
      const migrated = migrateOverlay(text, source, overlayLibrary());
      const mesh = await meshConfigOf(version, { overlays: [load(migrated.text) as JsonObject] });
      assert.deepEqual(providersOf(mesh, "metrics"), ["prometheus"], version);
      assert.deepEqual(providersOf(mesh, "accessLogging"), ["envoy"], version);
      assert.deepEqual(providersOf(mesh, "tracing"), ["cloud-trace"], version);
      assert.ok(definitionOf(mesh, "cloud-trace"), version);
    }
  });

  it(`${GOOGLES_BUILD}: Google's build exports by itself`, async () => {
    const mesh = await meshConfigOf(GOOGLES_BUILD, {
      telemetry: "prometheus-and-stackdriver",
      tracing: { provider: "cloud-trace" },
    });
    assert.deepEqual(mesh.defaultProviders, {
      metrics: ["prometheus", "stackdriver"],
      accessLogging: ["stackdriver"],
    });
    assert.ok(getPath(mesh, "defaultConfig.tracing.stackdriver"));
  });
});

describe("every option and profile renders on the versions without istioctl", () => {
  before(async function () {
    this.timeout(0);
    await setupProject({ istio: OWN_BUILDS });
  });

  const withIstioctl = versions.istio.programs;
  for (const version of OWN_BUILDS.filter((release) => !withIstioctl.includes(release))) {
    for (const profile of overlayLibrary().profiles.names) {
      it(`${version}: profile ${profile}`, async () => {
        const charts = { kind: "folder", path: chartsFolder(version) } as const;
        const plan = planMesh({ version, profile, revision: "canary", charts }, overlayLibrary());
        const { objects } = await generateManifests(plan, renderTools(charts));
        assert.ok(objects.every(({ kind, metadata }) => kind && metadata.name));
        const expected = profile === "empty" ? 0 : 1;
        assert.ok(objects.length >= expected);
      });
    }
  }
});
