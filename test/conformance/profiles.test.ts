import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { load } from "js-yaml";
import { overlayLibrary } from "../../adapters/overlays";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { migrateOverlay } from "../../mesh/migrate/migrate";
import { mergeObjects } from "../../mesh/overlay/merge";
import { listProfiles, profileDump } from "../../mesh/spec/profiles";
import { NEWEST } from "../../toolchain/versions";
import { run } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { ISTIOCTL, istioctlProgram, type Tools, toolsFor } from "../support/tools";

function read(file: string): JsonObject {
  const { spec } = load(readFileSync(file, "utf8")) as JsonObject;
  return isObject(spec) ? spec : {};
}

/** What a release compiles in, and which profile it is, go on top of what the files say. */
function withoutRelease({ spec }: JsonObject): JsonObject {
  const { hub: _, tag: __, profile: ___, ...rest } = isObject(spec) ? spec : {};
  return rest;
}

const OLD = `# An overlay of Istio 1.4, with what people set there.
apiVersion: install.istio.io/v1alpha2
kind: IstioControlPlane
spec:
  defaultNamespace: istio-system
  trafficManagement:
    components:
      pilot:
        enabled: "true"
        k8s:
          resources: {requests: {cpu: 500m}}
  gateways:
    components:
      egressGateway:
        enabled: true
  values:
    global:
      mtls: {enabled: true, auto: true}
      controlPlaneSecurityEnabled: true
      enableTracing: true
      outboundTrafficPolicy: {mode: REGISTRY_ONLY}
      proxy:
        accessLogFile: /dev/stdout
        accessLogEncoding: JSON
        concurrency: 2
        protocolDetectionTimeout: 1s
        envoyAccessLogService: {enabled: true, host: als.logging, port: 15000}
      tracer: {zipkin: {address: "zipkin.tracing:9411"}}
      trustDomain: example.com
    mixer: {policy: {enabled: false}}
    grafana: {enabled: false}
    pilot: {ingress: {ingressControllerMode: "OFF"}, enableProtocolSniffingForInbound: false}
    sidecarInjectorWebhook: {enabled: true, rewriteAppHTTPProbe: true}
    telemetry: {v2: {prometheus: {wasmEnabled: false}}}
`;

describe("conformance: profiles and migrated overlays", () => {
  let tools: Tools;

  before(async function () {
    tools = await toolsFor(this, ISTIOCTL);
  });

  it("each profile is Istio's own, in every version whose charts are here", () => {
    const versions = readdirSync(tools.charts).filter((version) =>
      existsSync(join(tools.charts, version, "profiles")),
    );
    assert.ok(versions.includes(NEWEST));
    for (const version of versions) {
      const folder = join(tools.charts, version, "profiles");
      const base = read(join(folder, "default.yaml"));
      const names = readdirSync(folder).map((file) => basename(file, ".yaml"));
      const listed = listProfiles(version, overlayLibrary()).filter(
        ({ origin }) => origin === "istio",
      );
      assert.deepEqual(
        listed.map(({ name }) => name),
        names.sort(),
      );
      for (const name of names) {
        const theirs = mergeObjects(base, read(join(folder, `${name}.yaml`)));
        const { hub: _, tag: __, profile: ___, ...expected } = theirs;
        assert.deepEqual(
          withoutRelease(profileDump(name, version, overlayLibrary())),
          expected,
          `${version} ${name}`,
        );
      }
    }
  });

  it("istioctl refuses an overlay of 1.4, and takes what it is migrated to", async () => {
    const cwd = temporaryFolder("migrated");
    const generate = async (text: string) => {
      writeFileSync(join(cwd, "overlay.yaml"), text);
      const args = ["manifest", "generate", "--manifests", tools.manifests, "-f", "overlay.yaml"];
      return run(istioctlProgram(), args, { cwd, env: { KUBECONFIG: "/dev/null" } });
    };
    assert.notEqual((await generate(OLD)).code, 0);
    const { text, problems, warnings } = migrateOverlay(
      OLD,
      { name: "old.yaml", version: NEWEST },
      overlayLibrary(),
    );
    assert.deepEqual([problems, warnings], [[], []]);
    const { code, stdout, stderr } = await generate(text);
    assert.equal(code, 0, `${stderr}\n${text}`);
    assert.match(stdout, /accessLogEncoding: JSON/);
    assert.match(stdout, /mode: REGISTRY_ONLY/);
    assert.match(stdout, /address: als\.logging:15000/);
  });
});
