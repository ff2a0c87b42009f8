import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderTools } from "../../adapters/renderTools";
import { RevisionTag, type RevisionTagArgs } from "../../components/mesh/revisionTag";
import { NEW, OLD } from "../../toolchain/versions";
import { withRealCharts } from "../support/meshProgram";
import { type Recording, type Registered, runProgram } from "../support/mocks";
import { renderWebhooks } from "../unit/injection/renderWebhooks";

const FIXTURE = join(__dirname, "..", "unit", "injection", "fixtures", "webhooks.json");

function objectsOf({ resources }: Recording): Registered[] {
  return resources.filter(({ type }) => type.startsWith("kubernetes:"));
}

interface Webhooks {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly webhooks: readonly { clientConfig: { service?: { name: string } } }[];
}

describe("revision tags", () => {
  const common = withRealCharts();
  const create = (tag: string, revision: string, more: Partial<RevisionTagArgs> = {}) =>
    runProgram(() => new RevisionTag(tag, { ...common(), tag, revision, ...more }));

  it("a tag is a webhook and a Service, named after the tag", async () => {
    const recording = await create("stable", NEW);
    assert.deepEqual(recording.errors, []);
    assert.deepEqual(
      objectsOf(recording)
        .map(({ name }) => name)
        .sort(),
      ["stable:istio-revision-tag-stable", "stable:istio-system/istiod-revision-tag-stable"],
    );
  });

  it("the default tag also is the validator, without the failurePolicy that istiod writes", async () => {
    const objects = objectsOf(await create("default", NEW));
    const validator = objects.find(({ type }) => type.endsWith("ValidatingWebhookConfiguration"));
    assert.equal(validator?.name, "default:istiod-default-validator");
    const { metadata, webhooks } = validator.inputs as unknown as Webhooks;
    assert.equal(metadata.labels["istio.io/rev"], NEW);
    assert.deepEqual(
      webhooks.map(({ clientConfig }) => clientConfig.service?.name),
      [`istiod-${NEW}`],
    );
    assert.ok(!("failurePolicy" in (webhooks[0] ?? {})));
  });

  it("a move keeps every resource and changes what it points to", async () => {
    const [before, after] = [await create("default", OLD), await create("default", NEW)];
    const names = (recording: Recording) =>
      objectsOf(recording)
        .map(({ urn }) => urn)
        .sort();
    assert.equal(names(before).length, 3);
    assert.deepEqual(names(after), names(before));
    const revisions = objectsOf(after).map(
      ({ inputs }) => (inputs as unknown as Webhooks).metadata.labels["istio.io/rev"],
    );
    assert.deepEqual(new Set(revisions), new Set([NEW]));
  });

  it("a control plane in a namespace of its own shows in the names, as istioctl has it", async () => {
    const objects = objectsOf(await create("stable", NEW, { namespace: "mesh" }));
    assert.deepEqual(objects.map(({ name }) => name).sort(), [
      "stable:istio-revision-tag-stable-mesh",
      "stable:mesh/istiod-revision-tag-stable",
    ]);
  });

  it("bad names are refused with the fix, and nothing is registered", async () => {
    const recording = await create("1.29", NEW);
    assert.match(recording.errors.join("\n"), /revision tag: tag: dots are not allowed in a tag/);
    assert.deepEqual(objectsOf(recording), []);
  });

  it("the fixtures of the injection tests are what the charts render", async () => {
    const rendered = await renderWebhooks(renderTools(common().charts));
    if (process.env.UPDATE_FIXTURES === "1") {
      writeFileSync(FIXTURE, `${JSON.stringify(rendered, null, 2)}\n`);
    }
    assert.deepEqual(rendered, JSON.parse(readFileSync(FIXTURE, "utf8")));
  });
});
