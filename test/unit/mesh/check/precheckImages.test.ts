import assert from "node:assert/strict";
import {
  checkImages,
  type ImageAnswer,
  imagesToAsk,
} from "../../../../mesh/checks/precheck/images";
import { checkPullSecrets } from "../../../../mesh/checks/precheck/pullSecrets";
import { mayRunOn } from "../../../../mesh/checks/precheck/scheduling";
import type { LiveState } from "../../../../mesh/checks/precheck/types";
import type { JsonObject } from "../../../../mesh/common/json";
import { failureOf } from "../../../../mesh/images/failure";
import { imagePlatforms } from "../../../../mesh/images/platforms";
import { formatReference, parseReference } from "../../../../mesh/k8s/imageReference";
import type { K8sObject } from "../../../../mesh/k8s/objects";
import { coversImage, readPullSecret } from "../../../../mesh/k8s/pullSecret";
import { NEW, NEWEST } from "../../../../toolchain/versions";
import { pattern } from "../../../support/pattern";
import {
  deployment,
  desiredMesh,
  injector,
  liveWith,
  namespace,
  object,
  texts,
} from "./precheckSupport";

const HUB = "registry.example.com/mesh";
const PILOT = `${HUB}/pilot:${NEWEST}`;
const PROXY = `${HUB}/proxyv2:${NEWEST}`;

const istiod = (spec: JsonObject = {}, container: JsonObject = {}) =>
  deployment(`istio-system/istiod-${NEW}`, {
    ...spec,
    containers: [{ name: "discovery", image: PILOT, ...container }],
  });

/** What the injector of the mesh is made from. */
const injection = (global: JsonObject = {}) =>
  object("v1", "ConfigMap", `istio-system/istio-sidecar-injector-${NEW}`, {
    metadata: { labels: { "istio.io/rev": NEW } },
    data: {
      values: JSON.stringify({ global: { hub: HUB, tag: NEWEST, ...global } }),
      config: JSON.stringify({
        defaultTemplates: ["sidecar"],
        templates: { sidecar: 'spec:\n  containers:\n  - image: "{{ .ProxyImage }}"\n' },
      }),
    },
  });

function node(name: string, fields: JsonObject = {}, images: readonly string[] = []): K8sObject {
  const { architecture = "amd64", os = "linux", labels = {}, ...spec } = fields;
  return object("v1", "Node", name, {
    metadata: { labels },
    spec,
    status: {
      nodeInfo: { architecture, operatingSystem: os },
      images: images.map((image) => ({ names: [image] })),
    },
  });
}

describe("precheck: which nodes pods may come to", () => {
  const arm = { architecture: "arm64", labels: { "kubernetes.io/arch": "arm64", pool: "arm" } };
  const taint = { key: "kubernetes.io/arch", value: "arm64", effect: "NoSchedule" };
  const affinity = (terms: JsonObject[]) => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: terms.map((term) => ({ matchExpressions: [term] })),
        },
      },
    },
  });
  const cases: [string, JsonObject, JsonObject, boolean][] = [
    ["any node, where nothing is asked for", {}, arm, true],
    ["the nodes of a selector", { nodeSelector: { pool: "arm" } }, arm, true],
    ["no others", { nodeSelector: { pool: "amd" } }, arm, false],
    [
      "the nodes of one of several terms",
      affinity([
        { key: "pool", operator: "In", values: ["amd"] },
        { key: "pool", operator: "Exists" },
      ]),
      arm,
      true,
    ],
    ["no others", affinity([{ key: "pool", operator: "NotIn", values: ["arm"] }]), arm, false],
    ["no tainted node", {}, { ...arm, taints: [taint] }, false],
    [
      "one whose taint they tolerate",
      { tolerations: [{ key: "kubernetes.io/arch", operator: "Exists" }] },
      { ...arm, taints: [taint] },
      true,
    ],
    [
      "any, as node agents do",
      { tolerations: [{ operator: "Exists" }] },
      { taints: [taint] },
      true,
    ],
    [
      "not by another effect",
      { tolerations: [{ operator: "Exists", effect: "NoExecute" }] },
      { taints: [taint] },
      false,
    ],
    [
      "one that is only not preferred",
      {},
      { taints: [{ ...taint, effect: "PreferNoSchedule" }] },
      true,
    ],
    ["no node of Windows", {}, { os: "windows" }, false],
  ];
  for (const [title, spec, fields, expected] of cases) {
    it(title, () => assert.equal(mayRunOn(spec, node("n", fields)), expected));
  }
});

describe("precheck: images at their registries", () => {
  const objects = [istiod(), injection()];

  function check(
    answers: Readonly<Record<string, ImageAnswer>>,
    live: Partial<LiveState> = {},
    planned: readonly K8sObject[] = objects,
  ): string[] {
    const there = liveWith({ nodes: [node("amd")], ...live });
    return texts(checkImages(desiredMesh({}, planned), there, new Map(Object.entries(answers))));
  }

  const there = (...platforms: string[]): ImageAnswer => ({ kind: "there", platforms });
  const failed = (said: string, tags: readonly string[] = []): ImageAnswer => ({
    kind: "failed",
    failure: failureOf(said),
    tags,
  });
  const BOTH = { [PILOT]: there("linux/amd64"), [PROXY]: there("linux/amd64", "linux/arm64") };

  const asked = (planned: readonly K8sObject[], nodes: readonly K8sObject[]) =>
    imagesToAsk(desiredMesh({}, planned), liveWith({ nodes })).map(formatReference);

  it("all are asked for, injected ones too; a cluster that has them is fine", () => {
    assert.deepEqual(asked(objects, [node("amd")]), [PILOT, PROXY]);
    assert.deepEqual(check(BOTH), ["ok images: their registries have 2, for linux/amd64"]);
  });

  it("what every node has is not asked for, unless its pods always ask", () => {
    const full = [node("a", {}, [PILOT, PROXY]), node("b", {}, [PILOT])];
    assert.deepEqual(asked(objects, full), [PROXY]);
    assert.deepEqual(asked([istiod({}, { imagePullPolicy: "Always" })], full), [PILOT]);
    assert.deepEqual(asked([injection({ imagePullPolicy: "Always" })], full), [PROXY]);
    assert.deepEqual(
      asked([istiod({}, { image: "r.io/pilot" })], [node("a", {}, ["r.io/pilot:latest"])]),
      ["r.io/pilot:latest"],
    );
    const digest = `r.io/pilot@sha256:${"a".repeat(64)}`;
    assert.deepEqual(asked([istiod({}, { image: digest })], [node("a", {}, [digest])]), []);
    assert.deepEqual(check({}, { nodes: [node("a", {}, [PILOT, PROXY])] }), [
      "ok images: the nodes have 2",
    ]);
  });

  it("a tag that is not there is an error with the near one, and who has it", () => {
    const unknown = failed("Error: GET …: MANIFEST_UNKNOWN: manifest unknown", ["1.29.0", "1.2.9"]);
    assert.deepEqual(
      check({ ...BOTH, [PILOT]: unknown }, { nodes: [node("a", {}, [PILOT]), node("b")] }),
      [
        `error image ${PILOT}: the registry does not have it; it is for Deployment istio-system/istiod-${NEW}; nodes that have it already: a; ` +
          `fix: correct hub or tag (near: 1.29.0), or put it there: mesh images mirror --to ${HUB} --source ${HUB}=docker.io/istio --yes`,
      ],
    );
    const official = istiod({}, { image: "docker.io/istio/pilot:1.29.11" });
    assert.match(
      check({ "docker.io/istio/pilot:1.29.11": unknown }, {}, [official]).join(),
      pattern`it is for Deployment istio-system/istiod-${NEW}; fix: correct hub or tag \(near: 1\.29\.0\)$`,
    );
  });

  it("a registry that refuses this machine is a warning that says what the nodes have", () => {
    const refusal = failed("Error: GET …: UNAUTHORIZED: authentication required");
    assert.match(
      check({ ...BOTH, [PILOT]: refusal }).join(),
      /^warning image .*does not show it to this machine \(.*UNAUTHORIZED.*they need credentials of their own; fix: docker login registry\.example\.com here, and look again; for the nodes: kubectl/,
    );
    const account = object("v1", "ServiceAccount", "istio-system/istiod", {
      imagePullSecrets: [{ name: "pull" }],
    });
    const secret = { namespace: "istio-system", name: "pull", secret: dockerSecret([HUB]) };
    assert.match(
      check({ ...BOTH, [PILOT]: refusal }, { pullSecrets: [secret] }, [
        ...[istiod({ serviceAccountName: "istiod" }), injection(), account],
      ]).join(),
      /they have Secret istio-system\/pull with an entry for it; fix: docker login registry\.example\.com here, and look again$/,
    );
  });

  it("a registry that does not answer is not checked, and no error", () => {
    for (const said of ["dial tcp: connection refused", "x509: unknown authority", "what?"]) {
      assert.match(
        check({ ...BOTH, [PILOT]: failed(said) }).join(),
        /^warning image .*: is not checked: its registry did not answer this machine \(.*; fix: /,
      );
    }
  });

  it("an image without the platform of a node that its pods may come to is an error", () => {
    const nodes = [node("amd"), node("arm", { architecture: "arm64" })];
    assert.deepEqual(check(BOTH, { nodes }), [
      `error image ${PILOT}: is for linux/amd64 only, and its pods (Deployment istio-system/istiod-${NEW}) may come to nodes of linux/arm64: arm; ` +
        "fix: take an image for linux/arm64 too (mesh images mirror without --image-platform copies all), or keep the pods away: nodeSelector kubernetes.io/arch: amd64",
    ]);
    const kept = istiod({ nodeSelector: { "kubernetes.io/arch": "amd64" } });
    const labelled = [
      node("amd", { labels: { "kubernetes.io/arch": "amd64" } }),
      ...nodes.slice(1),
    ];
    assert.match(check(BOTH, { nodes: labelled }, [kept, injection()]).join(), /^ok /);
    assert.match(check({ ...BOTH, [PILOT]: { kind: "there" } }, { nodes }).join(), /^ok /);
  });

  it("a text that is no image is an error; a proxy of somebody else's is said not to be checked", () => {
    assert.match(
      check({}, {}, [istiod({}, { image: "UPPER CASE" })]).join(),
      /^error image UPPER CASE: is not the name of an image/,
    );
    const managed = deployment("edge/web", {
      containers: [{ name: "istio-proxy", image: "auto" }],
    });
    assert.match(
      check(BOTH, {}, [...objects, managed]).at(-1) ?? "",
      /^info Deployment edge\/web: its image is not checked: no control plane of this mesh/,
    );
  });

  it("reads an index, and leaves attestations out", () => {
    const of = (os: string, architecture: string) => ({ platform: { os, architecture } });
    assert.deepEqual(
      imagePlatforms({
        manifests: [of("linux", "arm64"), of("linux", "amd64"), of("unknown", "unknown")],
      }),
      { kind: "several", platforms: ["linux/amd64", "linux/arm64"] },
    );
    assert.deepEqual(imagePlatforms({ config: {}, layers: [] }), { kind: "one" });
  });
});

function dockerSecret(registries: readonly string[], type = "kubernetes.io/dockerconfigjson") {
  const auths = Object.fromEntries(registries.map((registry) => [registry, { auth: "dTpw" }]));
  const content = Buffer.from(JSON.stringify({ auths })).toString("base64");
  return { type, data: { ".dockerconfigjson": content } };
}

describe("precheck: Secrets for pulling images", () => {
  it("are read as the kubelet reads them", () => {
    const credentials = (...registries: string[]) => ({ kind: "credentials", registries });
    assert.deepEqual(readPullSecret(dockerSecret(["a.io", "b.io"])), credentials("a.io", "b.io"));
    const old = Buffer.from(JSON.stringify({ "c.io": { username: "u", password: "p" } }));
    assert.deepEqual(
      readPullSecret({
        type: "kubernetes.io/dockercfg",
        data: { ".dockercfg": old.toString("base64") },
      }),
      credentials("c.io"),
    );
    assert.deepEqual(readPullSecret(dockerSecret(["a.io"], "Opaque")), {
      kind: "unusable",
      reason: "is of type Opaque",
    });
    const broken = { ...dockerSecret([]), data: { ".dockerconfigjson": "bm8=" } };
    assert.equal(readPullSecret(broken).kind, "unusable");
    const empty = Buffer.from(JSON.stringify({ auths: { "a.io": {} } })).toString("base64");
    assert.deepEqual(
      readPullSecret({ ...dockerSecret([]), data: { ".dockerconfigjson": empty } }),
      credentials(),
    );
  });

  const covered: [registry: string, image: string, covers: boolean][] = [
    ["registry.example.com", PILOT, true],
    ["https://registry.example.com/v2/", PILOT, true],
    ["registry.example.com/mesh", PILOT, true],
    ["registry.example.com/other", PILOT, false],
    ["registry.example.com:5000", PILOT, false],
    ["*.example.com", PILOT, true],
    ["*.com", PILOT, false],
    ["https://index.docker.io/v1/", "istio/pilot:1", true],
    ["docker.io", "istio/pilot:1", true],
    ["registry-1.docker.io", "istio/pilot:1", false],
    ["europe-docker.pkg.dev", "europe-docker.pkg.dev/p/r/pilot:1", true],
    ["127.0.0.1:5000", "127.0.0.1:5000/mesh/pilot:1", true],
  ];
  for (const [registry, image, covers] of covered) {
    it(`${registry} is ${covers ? "" : "not "}for ${image}`, () => {
      const reference = parseReference(image);
      assert.ok(reference);
      assert.equal(coversImage(registry, reference), covers);
    });
  }

  const own = istiod({ imagePullSecrets: [{ name: "pull" }] });
  const system = namespace("istio-system");

  function check(
    secrets: Readonly<Record<string, JsonObject | undefined>>,
    planned: readonly K8sObject[] = [own],
    namespaces: readonly K8sObject[] = [system],
  ): string[] {
    const pullSecrets = Object.entries(secrets).map(([title, secret]) => {
      const [at = "", name = ""] = title.split("/");
      return { namespace: at, name, ...(secret !== undefined && { secret }) };
    });
    return texts(checkPullSecrets(desiredMesh({}, planned), liveWith({ namespaces, pullSecrets })));
  }

  it("one with an entry for the registry is fine, and so are pods that name none", () => {
    assert.deepEqual(check({ "istio-system/pull": dockerSecret(["registry.example.com"]) }), []);
    assert.deepEqual(check({}, [istiod()]), []);
  });

  it("one that is not there is an error with the command that makes it", () => {
    assert.deepEqual(check({ "istio-system/pull": undefined }), [
      `error Secret istio-system/pull: is not there; Deployment istio-system/istiod-${NEW} should pull with it (imagePullSecrets), and Kubernetes pulls without; ` +
        "fix: kubectl -n istio-system create secret docker-registry pull --docker-server=registry.example.com --docker-username=USER --docker-password=PASSWORD",
    ]);
  });

  it("of a namespace that the update makes it is a warning: somebody may make it meanwhile", () => {
    assert.match(
      check({ "istio-system/pull": undefined }, [own], []).join(),
      /^warning .*fix: kubectl create namespace istio-system, then kubectl .*\(with mesh:adopt namespaces\)$/,
    );
  });

  it("one of the wrong type, or for other registries, is an error", () => {
    assert.match(
      check({ "istio-system/pull": dockerSecret([HUB], "Opaque") }).join(),
      /^error Secret istio-system\/pull: is of type Opaque, which is not read; Deployment/,
    );
    assert.match(
      check({ "istio-system/pull": dockerSecret(["a.io"]) }).join(),
      pattern`^error Secret istio-system/pull: has credentials for a\.io only, and Deployment istio-system/istiod-${NEW} pulls from registry\.example\.com; fix: kubectl -n istio-system delete secret pull, then kubectl`,
    );
  });

  it("one too many does no harm where another has the entry", () => {
    const two = istiod({ imagePullSecrets: [{ name: "pull" }, { name: "gone" }] });
    const secrets = { "istio-system/pull": dockerSecret([HUB]), "istio-system/gone": undefined };
    assert.match(check(secrets, [two]).join(), /^warning Secret istio-system\/gone: is not there/);
  });

  it("one that may not be read is not judged", () => {
    assert.deepEqual(check({}), []);
  });

  it("those of a service account count, and of injected pods wherever they are", () => {
    const account = object("v1", "ServiceAccount", "istio-system/istiod", {
      imagePullSecrets: [{ name: "pull" }],
    });
    const byAccount = istiod({ serviceAccountName: "istiod" });
    assert.equal(check({ "istio-system/pull": undefined }, [byAccount, account]).length, 1);

    const gateway = deployment("edge/web", {
      containers: [{ name: "istio-proxy", image: "auto" }],
    });
    const labels = { "istio.io/rev": NEW };
    const found = check(
      { "edge/pull": undefined, "shop/pull": undefined },
      [injector(NEW), injection({ imagePullSecrets: ["pull"] }), gateway],
      [namespace("edge", labels), namespace("shop", labels), namespace("other")],
    );
    assert.deepEqual(
      found.map((text) => text.split(";")[0]),
      ["error Secret edge/pull: is not there", "warning Secret shop/pull: is not there"],
    );
    assert.match(found[1] ?? "", /; pods with a proxy should pull with it/);
  });
});
