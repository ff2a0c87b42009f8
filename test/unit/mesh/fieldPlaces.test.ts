import assert from "node:assert/strict";
import { parseOverlay } from "../../../mesh/overlay/parse";
import { overlayText, VERSION } from "./support";

/** What is said of an overlay with one field, whose path it is. */
function fixOf(path: string, version = VERSION): string | undefined {
  const spec = path.split(".").reduceRight((below, key) => `{${key}: ${below}}`, "{}");
  const text = overlayText(`spec: ${spec}\n`);
  const { problems, warnings } = parseOverlay(text, { name: "a.yaml", kind: "file", version });
  const found = [...problems, ...warnings].filter(({ reason }) => reason.includes("unknown field"));
  assert.equal(found.length, 1, JSON.stringify([problems, warnings]));
  assert.equal(found[0]?.path, `spec.${path}`);
  return found[0]?.fix;
}

describe("a field that is not where it belongs", () => {
  for (const [path, fix] of [
    ["values.proxy_init", "it belongs at spec.values.global.proxy_init"],
    ["values.global.proxy.proxy_init", "it belongs at spec.values.global.proxy_init"],
    ["values.proxyInit", "it belongs at spec.values.global.proxy_init"],
    ["global", "it belongs at spec.values.global"],
    ["accessLogFile", "it belongs at spec.meshConfig.accessLogFile"],
    ["values.accessLogFile", "it belongs at spec.meshConfig.accessLogFile"],
    ["components.pilot.replicaCount", "it belongs at spec.components.pilot.k8s.replicaCount"],
    [
      "components.pilot.k8s.minReplicas",
      "it belongs at spec.components.pilot.k8s.hpaSpec.minReplicas",
    ],
    [
      "meshConfig.holdApplicationUntilProxyStarts",
      "it belongs at spec.meshConfig.defaultConfig.holdApplicationUntilProxyStarts",
    ],
  ] as const) {
    for (const version of ["1.23.2", VERSION]) {
      it(`${path}, Istio ${version}: ${fix}`, () => assert.equal(fixOf(path, version), fix));
    }
  }

  it("a name that is nearly right is looked for at every depth", () => {
    assert.equal(fixOf("values.proxy_inti"), "did you mean spec.values.global.proxy_init?");
    assert.equal(fixOf("values.autoscalMin")?.slice(0, 25), "did you mean spec.values.");
  });

  it("a slip in the name of a field beside it comes first", () => {
    assert.equal(fixOf("hubb"), 'did you mean "hub"?');
    assert.equal(fixOf("meshConfig.extensionProvider"), 'did you mean "extensionProviders"?');
  });

  it("of many places no more than three are named", () => {
    const places = fixOf("values.autoscaleMin")?.split(/, | or at /) ?? [];
    assert.ok(places.length > 1 && places.length <= 3, String(places));
  });

  it("a name that is like none gets no place", () => {
    assert.equal(fixOf("values.colourOfTheMesh"), undefined);
  });
});
