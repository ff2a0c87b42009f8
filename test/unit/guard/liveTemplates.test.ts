import assert from "node:assert/strict";
import type { JsonObject } from "../../../mesh/common/json";
import { changedInjection, liveTemplates } from "../../../mesh/guard/liveTemplates";
import { NEW, NEWEST, OLD } from "../../../toolchain/versions";
import { injectorConfig, meshConfigMap } from "../mesh/injectorConfig";

const REVISION = NEW;
const CHANGED = "2026-01-01T01:00:00Z";

function proxied(
  image: string,
  {
    created = "2026-01-01T01:30:00Z",
    annotations = {},
  }: { created?: string; annotations?: JsonObject } = {},
): JsonObject {
  return {
    metadata: { name: "a", namespace: "shop", creationTimestamp: created, annotations },
    spec: { containers: [{ name: "istio-proxy", image }] },
  };
}

const PROXY = `docker.io/istio/proxyv2:${NEWEST}`;

describe("what a restart would change of a proxy, though revision and version stay", () => {
  const distroless = [
    injectorConfig(REVISION, { time: CHANGED }),
    meshConfigMap(REVISION, { imageType: "distroless" }),
  ];
  const plain = [injectorConfig(REVISION, { time: CHANGED })];
  const changes = (pod: JsonObject, configMaps: JsonObject[], revision = REVISION) =>
    changedInjection(pod, revision, liveTemplates(configMaps));

  it("the type of its image, as mesh config, values or the pod's annotation have it now", () => {
    const old = "image type (default, now distroless)";
    assert.equal(changes(proxied(PROXY), distroless), old);
    assert.equal(changes(proxied(`${PROXY}-distroless`), distroless), undefined);
    const variant = [
      injectorConfig(REVISION, { time: CHANGED, values: { variant: "distroless" } }),
    ];
    assert.equal(changes(proxied(PROXY), variant), old);
    const asks = { annotations: { "sidecar.istio.io/proxyImageType": "debug" } };
    assert.equal(changes(proxied(PROXY, asks), plain), "image type (default, now debug)");
    assert.equal(changes(proxied(`${PROXY}-debug`, asks), distroless), undefined);
  });

  it("the same type from another registry is no change, since others rewrite images too", () => {
    assert.equal(changes(proxied("mirror.example/proxyv2:prod"), plain), undefined);
  });

  it("anything else: the templates are newer than the pod", () => {
    const before = { created: "2026-01-01T00:59:59Z" };
    assert.equal(
      changes(proxied(PROXY, before), plain),
      "injection template (changed 2026-01-01T01:00:00Z)",
    );
    assert.equal(changes(proxied(PROXY), plain), undefined);
  });

  it("not where somebody has only labelled their ConfigMap since", () => {
    const [config] = plain as [JsonObject];
    const metadata = config.metadata as JsonObject;
    const labelled = {
      manager: "kubectl",
      operation: "Update",
      time: "2026-01-01T03:00:00Z",
      fieldsV1: { "f:metadata": { "f:labels": { "f:team": {} } } },
    };
    const managedFields = [...(metadata.managedFields as JsonObject[]), labelled];
    const touched = { ...config, metadata: { ...metadata, managedFields } };
    assert.equal(changes(proxied(PROXY), [touched]), undefined);
  });

  it("nothing is known of another revision, or without its ConfigMap", () => {
    assert.equal(changes(proxied(PROXY), distroless, OLD), undefined);
    assert.equal(changes(proxied(PROXY), []), undefined);
  });
});
