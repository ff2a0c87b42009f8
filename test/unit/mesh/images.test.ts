import assert from "node:assert/strict";
import type { JsonObject } from "../../../mesh/common/json";
import { bundleIndex, partsOf, pulledBlob, readBundle } from "../../../mesh/images/bundle";
import { failureOf, registryFailureText } from "../../../mesh/images/failure";
import { type ImageOptions, listImages } from "../../../mesh/images/list";
import { planMirror, planTakeAway, sourceOf } from "../../../mesh/images/mirror";
import { missingPins, readPins } from "../../../mesh/images/pins";
import { mirrorScript } from "../../../mesh/images/script";
import { mirrorOverlay, outside } from "../../../mesh/images/settings";
import { checkArrived, decideStep, type MirrorFacts } from "../../../mesh/images/step";
import { templateImages } from "../../../mesh/images/template";
import {
  formatReference,
  isRegistryPath,
  parseReference,
  pinned,
} from "../../../mesh/k8s/imageReference";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { getPath } from "../../../mesh/k8s/path";
import { NEWEST } from "../../../toolchain/versions";
import { frozen, k8sObject } from "./support";

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const [A, B] = [digest("a"), digest("b")];

describe("image references", () => {
  const read: [string, string][] = [
    ["busybox", "docker.io/library/busybox:latest"],
    ["busybox:1.28", "docker.io/library/busybox:1.28"],
    ["istio/pilot:1", "docker.io/istio/pilot:1"],
    ["localhost/pilot:1", "localhost/pilot:1"],
    ["registry:5000/pilot:1", "registry:5000/pilot:1"],
    ["127.0.0.1:5000/a/b/pilot", "127.0.0.1:5000/a/b/pilot:latest"],
    ["[::1]:5000/pilot:1", "[::1]:5000/pilot:1"],
    ["gke.gcr.io/asm/pilot:1.23.3-asm.2", "gke.gcr.io/asm/pilot:1.23.3-asm.2"],
    [`r.example.com/pilot@${A}`, `r.example.com/pilot@${A}`],
    [`r.example.com/pilot:1@${A}`, `r.example.com/pilot:1@${A}`],
  ];
  for (const [text, full] of read) {
    it(`${text} is ${full}`, () => {
      const reference = parseReference(text);
      assert.equal(reference && formatReference(reference), full);
    });
  }

  for (const text of ["", "UPPER/x:1", "a b", "r.io/x:", "r.io//x", "x@sha256:12", `x@${A}@${B}`]) {
    it(`${JSON.stringify(text)} is none`, () => {
      assert.equal(parseReference(text), undefined);
    });
  }

  it("a digest takes the place of the tag", () => {
    assert.equal(pinned("r.io/x:1", A), `r.io/x@${A}`);
    assert.equal(pinned(`r.io/x:1@${B}`, A), `r.io/x@${A}`);
  });

  it("a registry may have no path, but no tag", () => {
    assert.deepEqual(["r.io", "r.io/a/b", "host:80/a"].map(isRegistryPath), [true, true, true]);
    assert.deepEqual(["", "mesh", "r.io/", "r.io/a:1", "r.io/A"].map(isRegistryPath), [
      ...Array(5).fill(false),
    ]);
  });
});

describe("images of injection templates", () => {
  const choice = [
    'image: "{{ annotation .ObjectMeta `sidecar.istio.io/proxyImage` .Values.global.proxy.image }}"',
    'image: "{{ .ProxyImage }}"',
  ].join("\n");
  const of = (template: string, values: JsonObject = {}) =>
    templateImages(template, values, { ProxyImage: "r/proxyv2:1" });

  it("istiod's variable, unless a value is a whole reference", () => {
    assert.deepEqual(of(choice).images, ["r/proxyv2:1"]);
    const named = (image: string) => of(choice, { global: { proxy: { image } } }).images;
    assert.deepEqual(named("mine"), ["r/proxyv2:1"]);
    assert.deepEqual(named("r/mine:2"), ["r/mine:2"]);
  });

  it("a value may have its quotes made by the template, as in Istio 1.30", () => {
    const quoted = choice.replace(/"(.* annotation .*) }}"/, "$1 | quote }}");
    assert.match(quoted, /image: \{\{ annotation .* \| quote \}\}/);
    assert.deepEqual(of(quoted), { images: ["r/proxyv2:1"], unknown: [] });
    assert.deepEqual(of(quoted, { global: { proxy: { image: "r/mine:2" } } }).images, ["r/mine:2"]);
  });

  it("a reference stands for its own branch only", () => {
    const values = { global: { proxy: { image: "r/mine:2" } } };
    const two = `${choice}\nimage: {{ .ProxyImage }}`;
    assert.deepEqual(of(two, values).images, ["r/mine:2", "r/proxyv2:1"]);
  });

  it("plain ones, quoted or not, once each; imagePullPolicy is none", () => {
    const template = "- image: a:1\n  image: 'b:1'\n  image: a:1\nimagePullPolicy: Always\nimage:";
    assert.deepEqual(of(template).images, ["a:1", "b:1"]);
  });

  it("what depends on the pod is said to be unknown", () => {
    const { images, unknown } = of("image: {{ .Other }}\nimage: {{ index .X 1 }}:{{ .Y }}");
    assert.deepEqual(images, []);
    assert.deepEqual(unknown, ["{{ .Other }}", "{{ index .X 1 }}:{{ .Y }}"]);
  });
});

const TEMPLATES = "templates:\n  sidecar: |\n    image: {{ .ProxyImage }}\n";

function injector(
  global: JsonObject,
  { revision = "default", config = TEMPLATES, values = {} as JsonObject } = {},
): K8sObject {
  return k8sObject("ConfigMap", `istio-sidecar-injector-${revision}`, {
    metadata: { labels: { "istio.io/rev": revision } },
    data: { config, values: JSON.stringify({ global, ...values }) },
  });
}

function meshConfig(mesh: string, revision = "default"): K8sObject {
  const metadata = { labels: { "istio.io/rev": revision } };
  return k8sObject("ConfigMap", `istio-${revision}`, { metadata, data: { mesh } });
}

function webhook(revision: string, tag?: string): K8sObject {
  const labels = { "istio.io/rev": revision, ...(tag !== undefined && { "istio.io/tag": tag }) };
  const rule = {
    operations: ["CREATE"],
    apiGroups: [""],
    apiVersions: ["v1"],
    resources: ["pods"],
  };
  const chosen = { matchLabels: { "istio.io/rev": tag ?? revision } };
  return k8sObject("MutatingWebhookConfiguration", `w-${tag ?? revision}`, {
    metadata: { labels },
    webhooks: [
      {
        name: "namespace.sidecar-injector.istio.io",
        rules: [rule],
        clientConfig: {},
        namespaceSelector: chosen,
        objectSelector: { matchExpressions: [{ key: "istio.io/rev", operator: "DoesNotExist" }] },
      },
      {
        name: "object.sidecar-injector.istio.io",
        rules: [rule],
        clientConfig: {},
        objectSelector: chosen,
      },
    ],
  });
}

function gateway(name: string, labels: JsonObject, annotations: JsonObject = {}): K8sObject {
  const spec = { containers: [{ name: "istio-proxy", image: "auto" }] };
  return k8sObject("Deployment", name, {
    metadata: { namespace: "gw" },
    spec: { template: { metadata: { labels, annotations }, spec } },
  });
}

describe("list of images", () => {
  const H1 = { hub: "h", tag: "1" };
  const images = (objects: readonly K8sObject[], options?: ImageOptions) =>
    listImages(frozen(objects), options).images.map(({ image }) => image);

  const variants: [string, JsonObject, string | undefined, string][] = [
    ["the chart's variant", { ...H1, variant: "distroless" }, undefined, "h/proxyv2:1-distroless"],
    ["an empty variant", { ...H1, variant: "" }, undefined, "h/proxyv2:1"],
    [
      "the mesh's over the chart's",
      { ...H1, variant: "distroless" },
      "defaultConfig: { image: { imageType: debug } }",
      "h/proxyv2:1-debug",
    ],
    [
      "image settings without a type take the chart's away",
      { ...H1, variant: "distroless" },
      "defaultConfig: { image: {} }",
      "h/proxyv2:1",
    ],
    [
      "a tag with a variant of its own",
      { hub: "h", tag: "1-distroless" },
      "defaultConfig: { image: { imageType: debug } }",
      "h/proxyv2:1-debug",
    ],
    [
      "default takes the tag's variant away",
      { hub: "h", tag: "1-debug" },
      "defaultConfig: { image: { imageType: default } }",
      "h/proxyv2:1",
    ],
    ["a tag that is a number", { hub: "h", tag: 0 }, undefined, "h/proxyv2:0"],
    ["an empty name", { ...H1, proxy: { image: "" } }, undefined, "h/proxyv2:1"],
    ["a mesh configuration that is no YAML", H1, "a: [", "h/proxyv2:1"],
  ];
  for (const [name, global, mesh, image] of variants) {
    it(name, () => {
      const objects = [injector(global), ...(mesh === undefined ? [] : [meshConfig(mesh)])];
      assert.deepEqual(images(objects), [image]);
    });
  }

  it("the init container's, which has a variable of its own since Istio 1.31", () => {
    const config = "templates:\n  sidecar: |\n    image: {{ .ProxyInitImage }}\n";
    const debug = meshConfig("defaultConfig: { image: { imageType: debug } }");
    const init = (global: JsonObject) => images([injector(global, { config }), debug]);
    assert.deepEqual(init(H1), ["h/proxyv2:1"]);
    const named = { proxy: { image: "other" }, proxy_init: { image: "init" } };
    assert.deepEqual(init({ ...H1, ...named, variant: "distroless" }), ["h/init:1-distroless"]);
  });

  it("no hub or no tag: nothing to pull", () => {
    assert.deepEqual(images([injector({ tag: "1" }), injector({ hub: "h" })]), []);
  });

  it("the mesh configuration of another revision does not count", () => {
    const distroless = meshConfig("defaultConfig: { image: { imageType: distroless } }", "b");
    const objects = [injector(H1, { revision: "a" }), injector(H1, { revision: "b" }), distroless];
    assert.deepEqual(images(objects), ["h/proxyv2:1", "h/proxyv2:1-distroless"]);
  });

  it("auto by the pod's label, by a tag's, and by the namespace's", () => {
    const objects = [
      injector({ hub: "h", tag: "1" }, { revision: "a" }),
      injector({ hub: "h", tag: "2" }, { revision: "b" }),
      webhook("a"),
      webhook("b"),
      webhook("b", "stable"),
      k8sObject("Namespace", "gw", { metadata: { labels: { "istio.io/rev": "a" } } }),
      gateway("by-pod", { "istio.io/rev": "b" }),
      gateway("by-tag", { "istio.io/rev": "stable" }),
      gateway("by-namespace", {}),
    ];
    const { images: found, unknown } = listImages(objects);
    assert.deepEqual(unknown, []);
    const template = "injection template sidecar (revision";
    assert.deepEqual(found, [
      { image: "h/proxyv2:1", users: ["Deployment gw/by-namespace", `${template} a)`] },
      {
        image: "h/proxyv2:2",
        users: ["Deployment gw/by-pod", "Deployment gw/by-tag", `${template} b)`],
      },
    ]);
  });

  it("auto with the pod's own annotations", () => {
    const on = (annotations: JsonObject) =>
      images([
        injector(H1, { config: "" }),
        webhook("default"),
        gateway("g", { "istio.io/rev": "default" }, annotations),
      ]);
    assert.deepEqual(on({ "sidecar.istio.io/proxyImageType": "debug" }), [
      "h/proxyv2:1",
      "h/proxyv2:1-debug",
    ]);
    assert.deepEqual(on({ "sidecar.istio.io/proxyImage": "r/own:3" }), ["h/proxyv2:1", "r/own:3"]);
    assert.deepEqual(on({ "proxy.istio.io/config": "image: { imageType: distroless }" }), [
      "h/proxyv2:1",
      "h/proxyv2:1-distroless",
    ]);
    assert.deepEqual(on({ "proxy.istio.io/config": "drainDuration: 5s" }), ["h/proxyv2:1"]);
  });

  it("auto that no injector of the mesh fills in is unknown, and never an image", () => {
    const { images: found, unknown } = listImages([
      injector(H1),
      webhook("default"),
      gateway("g", { "istio.io/rev": "asm-managed" }),
    ]);
    assert.deepEqual(
      found.map(({ image }) => image),
      ["h/proxyv2:1"],
    );
    assert.deepEqual(unknown, [
      {
        user: "Deployment gw/g",
        reason: "no control plane of this mesh injects its pods (revision asm-managed)",
      },
    ]);
  });

  it("auto by the label of a namespace that only the cluster has", () => {
    const objects = [
      injector({ hub: "h", tag: "1" }, { revision: "a" }),
      injector({ hub: "h", tag: "2" }, { revision: "default" }),
      webhook("a"),
      gateway("g", {}),
    ];
    const user = "Deployment gw/g";
    const reason = "depends on the labels of the namespace gw, which only the cluster has";
    assert.deepEqual(listImages(objects).unknown, [{ user, reason, needsCluster: true }]);
    const gw = { metadata: { name: "gw", labels: { "istio.io/rev": "a" } } };
    const { images: found, unknown } = listImages(objects, {
      live: { namespaces: [gw], workloads: [] },
    });
    assert.deepEqual(unknown, []);
    assert.deepEqual(
      found.filter(({ users }) => users.includes(user)).map(({ image }) => image),
      ["h/proxyv2:1"],
    );
  });

  it("what workloads of the cluster ask for, of injectors of the mesh", () => {
    const config = `${TEMPLATES}  grpc-simple: |\n    image: busybox:1.28\n`;
    const objects = [injector(H1, { revision: "a", config }), webhook("a")];
    const workload = (name: string, annotations: JsonObject, labels: JsonObject = {}) => {
      const metadata = { labels, annotations };
      const found = gateway(name, {});
      return {
        ...found,
        spec: { template: { ...(getPath(found, "spec.template") as JsonObject), metadata } },
      };
    };
    const debug = { "sidecar.istio.io/proxyImageType": "debug" };
    const live = {
      namespaces: [{ metadata: { name: "gw", labels: { "istio.io/rev": "a" } } }],
      workloads: [
        workload("plain", {}),
        workload("debug", debug),
        workload("grpc", { "inject.istio.io/templates": "sidecar, grpc-simple" }),
        workload("other", debug, { "istio.io/rev": "b" }),
      ],
    };
    assert.deepEqual(
      listImages(objects, { live }).images.map(({ image, users }) => [image, users]),
      [
        ["busybox:1.28", ["Deployment gw/grpc"]],
        ["h/proxyv2:1", ["injection template sidecar"]],
        ["h/proxyv2:1-debug", ["Deployment gw/debug"]],
      ],
    );
  });

  it("templates on request, unless they are the user's or the default", () => {
    const config = `${TEMPLATES}  grpc-simple: |\n    image: busybox:1.28\n`;
    assert.deepEqual(images([injector(H1, { config })]), ["h/proxyv2:1"]);
    const both = ["busybox:1.28", "h/proxyv2:1"];
    assert.deepEqual(images([injector(H1, { config })], { allTemplates: true }), both);
    const values = { sidecarInjectorWebhook: { templates: { "grpc-simple": "x" } } };
    assert.deepEqual(images([injector(H1, { config, values })]), both);
    const asDefault = `defaultTemplates: [grpc-simple]\n${config}`;
    assert.deepEqual(images([injector(H1, { config: asDefault })]), both);
  });

  it("options that are off, absent or empty add nothing", () => {
    const off = { variants: [], canonicalService: false, release: false, allTemplates: false };
    assert.deepEqual(listImages([injector(H1)], off), listImages([injector(H1)]));
    assert.deepEqual(listImages([]), { images: [], unknown: [] });
  });

  it("a documented list comes for Google's builds only", () => {
    const list = (tag: string) =>
      listImages([injector({ hub: "h", tag })], { documented: true }).images.map(
        ({ image }) => image,
      );
    assert.deepEqual(list(NEWEST), [`h/proxyv2:${NEWEST}`]);
    const names = ["install-cni", "mdp", "pilot", "proxyv2"];
    assert.deepEqual(
      list("1.28.5-asm.9"),
      names.map((name) => `h/${name}:1.28.5-asm.9`),
    );
  });

  it("what a release has is said of what nothing else uses", () => {
    const pod = { containers: [{ image: "h/pilot:1.23.3-asm.2" }] };
    const istiod = k8sObject("Deployment", "istiod", { spec: { template: { spec: pod } } });
    const objects = [istiod, injector({ hub: "h", tag: "1.23.3-asm.2" })];
    const users = Object.fromEntries(
      listImages(objects, { release: true }).images.map(({ image, users: by }) => [image, by]),
    );
    assert.deepEqual(users, {
      "h/install-cni:1.23.3-asm.2": ["release 1.23.3-asm.2"],
      "h/mdp:1.23.3-asm.2": ["release 1.23.3-asm.2"],
      "h/pilot:1.23.3-asm.2": ["Deployment istiod"],
      "h/proxyv2:1.23.3-asm.2": ["injection template sidecar"],
    });
  });
});

describe("plan of a mirror", () => {
  const problemsOf = (images: readonly string[], to: string, sources = {}) =>
    planMirror({ images, to, sources }).problems.map(({ source, reason }) => `${source} ${reason}`);

  it("keeps the last name, the tag and the digest", () => {
    const { items, problems } = planMirror({
      images: ["gke.gcr.io/asm/pilot:1", "busybox", `q.io/a/b/c@${A}`],
      to: "r.io/mesh",
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(items, [
      {
        image: "gke.gcr.io/asm/pilot:1",
        source: "gke.gcr.io/asm/pilot:1",
        target: "r.io/mesh/pilot:1",
      },
      {
        image: "docker.io/library/busybox:latest",
        source: "docker.io/library/busybox:latest",
        target: "r.io/mesh/busybox:latest",
      },
      { image: `q.io/a/b/c@${A}`, source: `q.io/a/b/c@${A}`, target: `r.io/mesh/c@${A}` },
    ]);
  });

  it("the most particular --source wins, and whole parts of a path only", () => {
    const sources = { "docker.io/istio": "quay.io/istio", "docker.io/istio/pilot": "r.io/p" };
    assert.equal(sourceOf("istio/pilot:1", sources), "r.io/p:1");
    assert.equal(sourceOf("istio/proxyv2:1", sources), "quay.io/istio/proxyv2:1");
    assert.equal(sourceOf("istio-x/pilot:1", sources), "docker.io/istio-x/pilot:1");
  });

  it("a mesh that has moved already names where its images come from", () => {
    const images = ["r.io/mesh/pilot:1"];
    assert.deepEqual(problemsOf(images, "r.io/mesh"), [
      "--to the mesh takes this image from there already",
    ]);
    const sources = { "r.io/mesh": "docker.io/istio" };
    const { items, problems } = planMirror({ images, to: "r.io/mesh", sources });
    assert.deepEqual(problems, []);
    assert.equal(items[0]?.source, "docker.io/istio/pilot:1");
  });

  it("everything that is wrong, at once", () => {
    assert.deepEqual(
      problemsOf(["a.io/x:1", "b.io/x:1", "h/r/mine:2:1"], "R.io/x y", { "c.io": "D d" }),
      [
        "--to is not a registry with a path",
        "images is not an image reference",
        "--source is not a registry with a path",
        "--source no image of the mesh comes from there",
        "--to a.io/x:1 and b.io/x:1 would both go there",
      ],
    );
  });

  it("the same image twice is no collision", () => {
    assert.deepEqual(problemsOf(["busybox", "docker.io/library/busybox:latest"], "r.io"), []);
  });

  it("a bundle keeps names, whatever they are taken from", () => {
    const { items } = planTakeAway(["istio/pilot:1"], { "docker.io/istio": "q.io/i" });
    const image = "docker.io/istio/pilot:1";
    assert.deepEqual(items, [{ image, source: "q.io/i/pilot:1", target: image }]);
  });
});

describe("step of an image", () => {
  const failed = (reason: string) => ({ failure: failureOf(`Error: ${reason}`) });
  const missing = failed("GET x: MANIFEST_UNKNOWN: no");
  const down = failed("dial tcp: connect: connection refused");
  const cases: [string, MirrorFacts, string][] = [
    ["not there", { source: { digest: A }, target: missing }, "copy"],
    ["there", { source: { digest: A }, target: { digest: A } }, "present"],
    ["other content", { source: { digest: A }, target: { digest: B } }, "different"],
    [
      "other, to be replaced",
      { source: { digest: A }, target: { digest: B }, overwrite: true },
      "copy",
    ],
    ["source down", { source: down, target: missing }, "failed"],
    ["target down", { source: { digest: A }, target: down }, "failed"],
    ["target forbids reading", { source: { digest: A }, target: failed("DENIED: x") }, "copy"],
    ["target wants a login", { source: { digest: A }, target: failed("UNAUTHORIZED") }, "failed"],
    ["as pinned", { source: { digest: A }, target: missing, pin: A }, "copy"],
    ["not as pinned", { source: { digest: B }, target: missing, pin: A }, "unpinned"],
    [
      "not as pinned, though there",
      { source: { digest: B }, target: { digest: B }, pin: A },
      "unpinned",
    ],
    [
      "not as pinned, though to be replaced",
      { source: { digest: B }, target: missing, pin: A, overwrite: true },
      "unpinned",
    ],
    ["pinned and there, source down", { source: down, target: { digest: A }, pin: A }, "present"],
    ["there, source down, no pin", { source: down, target: { digest: A } }, "failed"],
  ];
  for (const [name, facts, kind] of cases) {
    it(`${name}: ${kind}`, () => {
      assert.equal(decideStep(frozen(facts)).kind, kind);
    });
  }

  it("has arrived when the target says the same digest, and not before", () => {
    assert.equal(checkArrived(A, { digest: A }), undefined);
    assert.match(checkArrived(A, { digest: B })?.reason ?? "", /has sha256:b+ where sha256:a+/);
    assert.equal(checkArrived(A, down)?.kind, "unreachable");
  });
});

describe("what registries say", () => {
  const said: [string, string, boolean][] = [
    ["GET https://r/v2/x/manifests/1: MANIFEST_UNKNOWN: manifest unknown", "missing", false],
    ["GET https://r/v2/x/manifests/1: unexpected status code 404 Not Found", "missing", false],
    ["POST https://r/v2/x/blobs/uploads/: UNAUTHORIZED: authentication required", "denied", false],
    ["POST https://r/v2/x: DENIED: Permission denied", "denied", false],
    ["GET https://r: TOOMANYREQUESTS: You have reached your pull rate limit", "unreachable", true],
    ["dial tcp: lookup r on 10.0.0.1:53: no such host", "unreachable", true],
    ["PUT https://r: unexpected status code 503 Service Unavailable", "unreachable", true],
    ["x509: certificate signed by unknown authority", "tls", false],
    ["http: server gave HTTP response to HTTPS client", "tls", false],
    ["PUT https://r: DIGEST_INVALID: provided digest did not match", "damaged", true],
    ["something else", "other", false],
  ];
  for (const [line, kind, passing] of said) {
    it(`${line}: ${kind}`, () => {
      const failure = failureOf(`2026/01/01 10:00:00 HEAD request failed\nError: ${line}\n`);
      assert.deepEqual([failure.kind, failure.passing], [kind, passing]);
      assert.equal(failure.reason, line);
      assert.equal(
        registryFailureText(failure).includes("; fix: "),
        !["other", "damaged"].includes(kind),
      );
    });
  }

  it("nothing at all", () => {
    assert.equal(failureOf("\n").reason, "it ended without a reason");
  });
});

describe("pins", () => {
  it("are read by the image's full name", () => {
    const text = JSON.stringify([{ image: "busybox", digest: A, users: [] }]);
    const { pins, problems } = readPins("p.json", text);
    assert.deepEqual(problems, []);
    assert.deepEqual(pins, { "docker.io/library/busybox:latest": A });
  });

  it("name every row that is wrong", () => {
    const rows = [{ image: "A a", digest: A }, { image: "b", digest: "x" }, null, { image: "c" }];
    const { problems } = readPins("p.json", JSON.stringify(rows));
    assert.deepEqual(
      problems.map(({ path, reason }) => `${path} ${reason}`),
      [
        "[0].image is not an image",
        "[1].digest is not a digest",
        "[2].image is not an image",
        "[2].digest is not a digest",
        "[3].digest is not a digest",
      ],
    );
  });

  it("are JSON", () => {
    for (const text of ["", "{}", "null"]) {
      assert.match(readPins("p.json", text).problems[0]?.reason ?? "", /not a list in JSON/);
    }
  });

  it("cover every image; inherited names are no pins", () => {
    const missing = missingPins("p.json", { a: A }, ["a", "constructor"]);
    assert.deepEqual(
      missing.map(({ value }) => value),
      ["constructor"],
    );
  });
});

describe("script and settings", () => {
  const item = {
    image: "docker.io/istio/pilot:1",
    source: "docker.io/istio/pilot:1",
    target: "r.io/mesh/pilot:1",
  };

  it("pull, tag and push by digest", () => {
    assert.deepEqual(
      mirrorScript([{ ...item, digest: A }], "docker")
        .split("\n")
        .slice(2),
      [
        "set -eu",
        "# docker.io/istio/pilot:1",
        `docker pull 'docker.io/istio/pilot@${A}'`,
        `docker tag 'docker.io/istio/pilot@${A}' 'r.io/mesh/pilot:1'`,
        "docker push 'r.io/mesh/pilot:1'",
        "",
      ],
    );
  });

  it("without a digest it says so, and keeps to the platform", () => {
    const script = mirrorScript([item], "crane", { platform: "linux/amd64" });
    assert.match(script, /# docker.io\/istio\/pilot:1 \(digest not known: the tag is trusted\)/);
    assert.ok(
      script.endsWith(
        "crane copy --platform 'linux/amd64' 'docker.io/istio/pilot:1' 'r.io/mesh/pilot:1'\n",
      ),
    );
  });

  it("nothing to copy is an empty script", () => {
    assert.match(mirrorScript([], "crane"), /^#!\/bin\/sh\n#.*\nset -eu\n$/);
  });

  it("hub, and the tag that all share, without variants", () => {
    const targets = ["r.io/m/pilot:1", "r.io/m/proxyv2:1-distroless", "r.io/m/kube-rbac-proxy:v0"];
    assert.match(mirrorOverlay("r.io/m", targets), /\nspec:\n {2}hub: r\.io\/m\n {2}tag: "1"\n$/);
  });

  it("no tag for several releases", () => {
    const overlay = mirrorOverlay("r.io/m", ["r.io/m/pilot:1", "r.io/m/pilot:2"]);
    assert.match(overlay, /\n {2}hub: r\.io\/m\n$/);
  });

  it("names what hub does not move", () => {
    const uses = ["r.io/m/pilot:1", "r.io/mm/x:1", "busybox"].map((image) => ({
      image,
      users: ["u"],
    }));
    const left = outside("r.io/m", uses);
    assert.deepEqual(
      left.map(({ image }) => image),
      ["r.io/mm/x:1", "busybox"],
    );
    assert.match(mirrorOverlay("r.io/m", [], left), /\n# hub does not move busybox of u\n$/);
  });
});

describe("bundle", () => {
  const entry = { image: "r.io/a:1", digest: A, mediaType: "t", size: 7 };

  it("an index reads back as it was written, each image once and sorted", () => {
    const first = { ...entry, image: "r.io/0:1" };
    const text = bundleIndex([entry, { ...entry, digest: B }, first]);
    assert.deepEqual(readBundle("i", text), {
      entries: [first, { ...entry, digest: B }],
      problems: [],
    });
  });

  it("an empty bundle is a bundle", () => {
    assert.deepEqual(readBundle("i", bundleIndex([])), { entries: [], problems: [] });
  });

  it("what is no index, or has no names, is said", () => {
    for (const text of ["", "[]", "{}"]) {
      assert.match(readBundle("i", text).problems[0]?.reason ?? "", /not the index/);
    }
    const nameless = {
      manifests: [
        { digest: A, size: 1 },
        { digest: "x", size: 1 },
      ],
    };
    assert.deepEqual(
      readBundle("i", JSON.stringify(nameless)).problems.map(({ path }) => path),
      ["manifests[0]", "manifests[1]"],
    );
  });

  it("a pulled layout holds one image, or none is taken", () => {
    const one = { digest: A, size: 0, mediaType: "t" };
    const of = (...manifests: JsonObject[]) => pulledBlob(JSON.stringify({ manifests }));
    assert.deepEqual(of(one), one);
    assert.equal(of(one, one), undefined);
    assert.equal(of(), undefined);
  });

  it("parts of a manifest and of an index; foreign layers are elsewhere", () => {
    const blob = (name: string, mediaType = "t") => ({ digest: digest(name), size: 1, mediaType });
    const manifest = {
      config: blob("1"),
      layers: [blob("2"), blob("3", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")],
    };
    const named = (text: object) => {
      const { nested, plain } = partsOf(JSON.stringify(text));
      return [nested, plain].map((list) => list.map((one) => one.digest[7]).join(""));
    };
    assert.deepEqual(named(manifest), ["", "12"]);
    assert.deepEqual(named({ manifests: [blob("4"), blob("5")] }), ["45", ""]);
    assert.deepEqual(named({}), ["", ""]);
  });
});
