import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import { formatProblem, InvalidInput } from "../../../mesh/common/problem";
import { deactivateDefaultInjector } from "../../../mesh/injection/deactivate";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { getPath } from "../../../mesh/k8s/path";
import type { RenderRequest } from "../../../mesh/render/engine";
import type { RenderTools } from "../../../mesh/render/render";
import { resolveMesh } from "../../../mesh/spec/resolve";
import { checkTag, tagObjects } from "../../../mesh/tag/tag";
import { validationUrl } from "../../../mesh/tag/validator";
import { NEW, NEWEST } from "../../../toolchain/versions";

const inputs = { version: NEWEST, revision: NEW };
const mesh = resolveMesh(inputs, overlayLibrary());

function reasons(request: Partial<Parameters<typeof checkTag>[0]>): string[] {
  const given = { tag: "prod", revision: NEW, mesh, ...request };
  return checkTag(given).map(formatProblem);
}

/** A Helm that answers with a webhook of the tag, and keeps what it was asked. */
function fakeTools(url?: string): { tools: RenderTools; requests: RenderRequest[] } {
  const requests: RenderRequest[] = [];
  const labels = {
    app: "sidecar-injector",
    "istio.io/tag": "default",
    "istio.io/rev": NEW,
    "operator.istio.io/component": "Pilot",
    "install.operator.istio.io/owning-resource": "unknown",
    "helm.sh/chart": `istiod-${NEWEST}`,
  };
  const tag: K8sObject = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "istio-revision-tag-default", labels },
    webhooks: [{ name: "x", clientConfig: url === undefined ? {} : { url } }],
  };
  const own: K8sObject = {
    ...tag,
    metadata: { name: `istio-sidecar-injector-${NEW}`, labels: { "istio.io/rev": NEW } },
  };
  const validator: K8sObject = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: {
      name: "istiod-default-validator",
      labels: { app: "istiod", "helm.sh/chart": `base-${NEWEST}` },
    },
    webhooks: [{ name: "validation.istio.io", clientConfig: {} }],
  };
  const tools: RenderTools = {
    charts: { locate: async ({ name }) => name },
    helm: {
      async render(request) {
        requests.push(request);
        return request.chartPath === "base" ? [validator] : [own, tag];
      },
    },
  };
  return { tools, requests };
}

describe("what a revision tag may be", () => {
  it("default may point to Istio's default revision only where that one's injector yields", () => {
    const request = { tag: "default", revision: "" };
    assert.match(reasons(request).join(), /two webhooks would inject each pod/);
    assert.deepEqual(reasons({ ...request, injectorYields: true }), []);
    const own = { tag: NEW, injectorYields: true };
    assert.match(reasons(own).join(), /is the name of the revision it points to/);
  });

  it("a plain name on a named revision is fine", () => {
    assert.deepEqual(reasons({}), []);
    assert.deepEqual(reasons({ tag: "default" }), []);
    assert.deepEqual(reasons({ revision: "" }), []);
  });

  it("a name that is no label, with the fix", () => {
    assert.match(
      reasons({ tag: "prod.eu" })[0] ?? "",
      /dots are not allowed in a tag.*write "prod-eu"/,
    );
    assert.match(reasons({ tag: "" })[0] ?? "", /is empty/);
  });

  it("a tag that is named like its revision", () => {
    assert.match(reasons({ tag: NEW })[0] ?? "", /is the name of the revision it points to/);
  });

  it("the tag default on the default revision would inject each pod twice", () => {
    for (const revision of ["", "default"]) {
      assert.match(
        reasons({ tag: "default", revision })[0] ?? "",
        /two webhooks would inject each pod .*; fix: name a revision/,
      );
    }
  });

  it("the control plane makes the same tag", () => {
    const tagged = resolveMesh(
      { ...inputs, set: ["values.revisionTags[0]=prod"] },
      overlayLibrary(),
    );
    assert.match(reasons({ mesh: tagged })[0] ?? "", /the control plane would make the same tag/);
    assert.deepEqual(reasons({ mesh: tagged, tag: "other" }), []);
  });

  it("the base makes the same default validator", () => {
    const validated = resolveMesh(
      { ...inputs, set: [`values.defaultRevision=${NEW}`] },
      overlayLibrary(),
    );
    const [reason = ""] = reasons({ mesh: validated, tag: "default" });
    assert.match(
      reason,
      /values.defaultRevision: the base would make the same istiod-default-validator/,
    );
    assert.deepEqual(reasons({ mesh: validated }), []);
  });

  it("everything that is wrong is thrown, before anything is rendered", async () => {
    const { tools, requests } = fakeTools();
    await assert.rejects(tagObjects({ tag: "a.b", revision: "", mesh }, tools), InvalidInput);
    assert.deepEqual(requests, []);
  });
});

describe("what a revision tag is made of", () => {
  const request = { tag: "default", revision: NEW, mesh };

  it("the tag's own objects only, without the labels by which istioctl prunes", async () => {
    const objects = await tagObjects(request, fakeTools().tools);
    assert.deepEqual(
      objects.map(({ metadata }) => metadata.name),
      ["istio-revision-tag-default", "istiod-default-validator"],
    );
    assert.deepEqual(objects[0]?.metadata.labels, {
      app: "sidecar-injector",
      "istio.io/tag": "default",
      "istio.io/rev": NEW,
      "helm.sh/chart": `istiod-${NEWEST}`,
    });
  });

  it("the validator has the tag's labels and leaves revisions of their own alone", async () => {
    const [, validator] = await tagObjects(request, fakeTools().tools);
    assert.deepEqual(validator?.metadata.labels, {
      app: "istiod",
      "istio.io/tag": "default",
      "istio.io/rev": NEW,
      "helm.sh/chart": `istiod-${NEWEST}`,
    });
    const matchExpressions = [{ key: "istio.io/rev", operator: "DoesNotExist" }];
    assert.deepEqual(validator?.webhooks, [
      {
        name: "validation.istio.io",
        clientConfig: {},
        objectSelector: { matchExpressions },
      },
    ]);
  });

  it("the revision it points to goes into the values, not that of the mesh", async () => {
    const { tools, requests } = fakeTools();
    await tagObjects({ ...request, revision: "1-30-0" }, tools);
    assert.deepEqual(
      requests.map(({ chartPath, values }) => [chartPath, values.revision, values.revisionTags]),
      [
        ["istiod", "1-30-0", ["default"]],
        ["base", NEW, undefined],
      ],
    );
    assert.equal(requests[1]?.values.defaultRevision, "1-30-0");
  });

  it("an istiod elsewhere validates there too", async () => {
    const { tools, requests } = fakeTools("https://istiod.example:15017/inject");
    await tagObjects(request, tools);
    assert.equal(
      getPath(requests[1]?.values ?? {}, "base.validationURL"),
      "https://istiod.example:15017/validate",
    );
    assert.equal(validationUrl("https://a/inject/cluster/x"), "https://a/validate");
  });
});

describe("a default revision beside a default tag", () => {
  it("only its injector is deactivated; the input stays as it is", () => {
    const injector: K8sObject = {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name: "istio-sidecar-injector", labels: { "istio.io/rev": "default" } },
      webhooks: [{ name: "namespace.sidecar-injector.istio.io", namespaceSelector: {} }],
    };
    const tag = {
      ...injector,
      metadata: { name: "t", labels: { "istio.io/rev": "default", "istio.io/tag": "prod" } },
    };
    const before = structuredClone(injector);
    const [changed, same] = deactivateDefaultInjector([injector, tag]);
    const never = { matchLabels: { "istio.io/deactivated": "never-match" } };
    assert.deepEqual(changed?.webhooks, [
      {
        name: "namespace.sidecar-injector.istio.io",
        namespaceSelector: never,
        objectSelector: never,
      },
    ]);
    assert.equal(same, tag);
    assert.deepEqual(injector, before);
  });
});
