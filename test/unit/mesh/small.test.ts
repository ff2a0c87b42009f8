import assert from "node:assert/strict";
import fc from "fast-check";
import { overlayLibrary } from "../../../adapters/overlays";
import { durationSeconds } from "../../../mesh/common/duration";
import {
  formatProblem,
  InvalidInput,
  type Problem,
  throwIfAny,
} from "../../../mesh/common/problem";
import { didYouMean, nearest } from "../../../mesh/common/suggest";
import { crdFacts, crdIstioVersion, isCrdDowngrade } from "../../../mesh/k8s/crd";
import { checkRevision } from "../../../mesh/model/revision";
import { checkVersion, minorFacts } from "../../../mesh/model/versions";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { readStackConfig, stackProblems } from "../../../mesh/plan/stackConfig";
import { summarize } from "../../../mesh/plan/summary";
import {
  namespaceObjects,
  peerAuthentication,
  peerAuthenticationObjects,
} from "../../../mesh/spec/meshObjects";
import { NEW, NEWEST, PREVIOUS } from "../../../toolchain/versions";
import { k8sObject, resolve } from "./support";

describe("revisions", () => {
  for (const revision of ["", "a", NEW, "default", "a".repeat(56), "r0", "asm-1233-2"]) {
    it(`${JSON.stringify(revision.slice(0, 12))} is a revision`, () => {
      assert.equal(checkRevision(revision), undefined);
    });
  }
  for (const [revision, reason, fix] of [
    [NEWEST, "dots are not allowed in a revision", `write "${NEW}"`],
    ["UP", "is not a revision", 'write "up"'],
    ["a_b", "is not a revision", 'write "a-b"'],
    ["a-", "is not a revision", 'write "a"'],
    ["-", "is not a revision", `write it like "${NEW}"`],
    ["123", "reads as a number or a boolean", 'write "r123"'],
    ["1e5", "reads as a number or a boolean", 'write "r1e5"'],
    ["t", "reads as a number or a boolean", 'write "rt"'],
    [" a", "is not a revision", 'write "a"'],
    [`${"a".repeat(55)}.b`, "dots are not allowed in a revision", `write "${"a".repeat(55)}"`],
  ] as const) {
    it(`${JSON.stringify(revision.slice(0, 12))} is none`, () => {
      const finding = checkRevision(revision);
      assert.deepEqual([finding?.reason, finding?.fix], [reason, fix]);
      assert.match(finding?.allowed ?? "", /at most 56 characters/);
    });
  }

  it("what a fix suggests is a revision (property)", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z.]{50,70}$/)), (text) => {
        const suggested = /"(.*)"$/s.exec(checkRevision(text)?.fix ?? '"a"')?.[1] ?? "";
        assert.equal(checkRevision(suggested), undefined);
        assert.notEqual(suggested, "");
      }),
    );
  });
});

describe("versions", () => {
  for (const version of ["1.23.0", "1.23.3-asm.2", NEWEST, "1.30.0", "2.0.0", "1.29.0-rc.1"]) {
    it(`${version} is taken`, () => assert.equal(checkVersion(version), undefined));
  }
  for (const [version, reason] of [
    ["1.29", "is not a full version"],
    [`v${NEWEST}`, "is not a full version"],
    ["latest", "is not a full version"],
    ["", "is not a full version"],
    ["1.22.9", "is older than the oldest supported release"],
    ["1.9.0", "is older than the oldest supported release"],
    ["0.99.0", "is older than the oldest supported release"],
  ] as const) {
    it(`${JSON.stringify(version)} is refused`, () => {
      assert.equal(checkVersion(version)?.reason, reason);
      assert.match(checkVersion(version)?.allowed ?? "", /from 1\.23\.0 on/);
    });
  }
  for (const [version, kubernetes] of [
    ["1.23.3-asm.2", "1.26.0"],
    ["1.24.1", "1.28.0"],
    ["1.29.1", "1.30.0"],
    ["1.99.0", "1.32.0"],
  ] as const) {
    it(`${version} runs on Kubernetes from ${kubernetes} on`, () => {
      assert.equal(minorFacts(version).minKubernetes, kubernetes);
    });
  }
});

describe("durations", () => {
  const cases: [string, number | undefined][] = [
    ["30s", 30],
    ["1m30s", 90],
    ["1h", 3600],
    ["1.5s", 1.5],
    ["100ms", 0.1],
    ["1m100ms", 60.1],
    ["0s", 0],
    ["", undefined],
    ["30", undefined],
    ["-5s", undefined],
    ["30 s", undefined],
    ["s", undefined],
    ["30sx", undefined],
    ["1d", undefined],
  ];
  for (const [text, seconds] of cases) {
    it(`${JSON.stringify(text)} is ${seconds} seconds`, () => {
      assert.equal(durationSeconds(text), seconds);
    });
  }
});

describe("did you mean", () => {
  const known = ["pilot", "cni", "ztunnel", "ingressGateways"];
  for (const [name, candidate] of [
    ["pilto", "pilot"],
    ["PILOT", "pilot"],
    ["ingresGateway", "ingressGateways"],
    ["nci", "cni"],
    ["something", undefined],
  ] as const) {
    it(`${name}: ${candidate}`, () => {
      assert.equal(nearest(name, known), candidate);
      const text = candidate && `did you mean "${candidate}"?`;
      assert.equal(didYouMean(name, known), text);
    });
  }
  it("the nearest of several, and nothing of nothing", () => {
    assert.equal(nearest("cnii", ["cnixx", "cni"]), "cni");
    assert.equal(nearest("x", []), undefined);
  });
});

describe("problems", () => {
  const cases: [string, Problem, string][] = [
    ["the least", { source: "a", path: "", reason: "is bad" }, "a: is bad"],
    ["a line", { source: "a", line: 4, path: "", reason: "is bad" }, "a:4: is bad"],
    ["a path", { source: "a", path: "b.c", reason: "is bad" }, "a: b.c: is bad"],
    [
      "everything",
      { source: "a", line: 1, path: "b", value: "c", reason: "is bad", allowed: "d", fix: "e" },
      'a:1: b: is bad (got "c"); allowed: d; fix: e',
    ],
    ["false", { source: "a", path: "", value: false, reason: "r" }, "a: r (got false)"],
    ["zero", { source: "a", path: "", value: 0, reason: "r" }, "a: r (got 0)"],
    ["an empty text", { source: "a", path: "", value: "", reason: "r" }, 'a: r (got "")'],
    ["null", { source: "a", path: "", value: null, reason: "r" }, "a: r (got null)"],
    ["a map", { source: "a", path: "", value: { b: [1] }, reason: "r" }, 'a: r (got {"b":[1]})'],
    [
      "a long value is cut",
      { source: "a", path: "", value: "x".repeat(100), reason: "r" },
      `a: r (got "${"x".repeat(78)}…)`,
    ],
  ];
  for (const [name, problem, text] of cases) {
    it(`${name}`, () => assert.equal(formatProblem(problem), text));
  }

  it("nothing is thrown for nothing", () => {
    throwIfAny([]);
    const problem = { source: "a", path: "", reason: "r" };
    assert.throws(() => throwIfAny([problem, problem]), new InvalidInput([problem, problem]));
  });
});

describe("stack configuration", () => {
  it("texts, lists and maps become inputs, without what says where to", () => {
    const { inputs, target, problems } = readStackConfig(
      {
        "mesh:version": NEWEST,
        "mesh:overlays": '["cni-gcp"]',
        "mesh:set": '["a=b"]',
        "mesh:mtls": '{"mode":"STRICT"}',
        "mesh:tag": "1.10",
        "mesh:target": "render",
        "gcp:project": "p",
        "meshed:version": "x",
      },
      "dev",
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(inputs, {
      version: NEWEST,
      overlays: ["cni-gcp"],
      set: ["a=b"],
      mtls: { mode: "STRICT" },
      tag: "1.10",
    });
    assert.deepEqual(target, { kind: "render", directory: "rendered/dev" });
  });

  it("where to: a folder, or a cluster", () => {
    const target = (more: Record<string, string>) =>
      readStackConfig({ "mesh:version": NEWEST, ...more }, "prod").target;
    assert.deepEqual(target({}), { kind: "render", directory: "rendered/prod" });
    assert.deepEqual(target({ "mesh:renderDirectory": "out" }), {
      kind: "render",
      directory: "out",
    });
    assert.deepEqual(target({ "mesh:target": "cluster", "mesh:context": "c" }), {
      kind: "cluster",
      kubeconfig: undefined,
      context: "c",
    });
    assert.deepEqual(target({ "mesh:target": "cluster", "mesh:kubeconfig": "k" }), {
      kind: "cluster",
      kubeconfig: "k",
      context: undefined,
    });
  });

  const wrong: [string, Record<string, string>, string, RegExp][] = [
    ["a mistyped key", { "mesh:overlay": "[]" }, "mesh:overlay", /did you mean "overlays"/],
    ["an inherited name", { "mesh:constructor": "{}" }, "mesh:constructor", /unknown key/],
    [
      "a text for a list",
      { "mesh:overlays": "cni-gcp" },
      "mesh:overlays",
      /wrong type \(got "cni-gcp"\); allowed: a list; fix: pulumi config set --path 'mesh:overlays\[0\]' VALUE/,
    ],
    [
      "a text for a map",
      { "mesh:mtls": "STRICT" },
      "mesh:mtls",
      /a map; .*'mesh:mtls\.FIELD' VALUE/,
    ],
    ["a word for a boolean", { "mesh:precheck": "no" }, "mesh:precheck", /set mesh:precheck true/],
    [
      "no folder",
      { "mesh:renderDirectory": "" },
      "mesh:renderDirectory",
      /is empty; fix: name one/,
    ],
    ["an unknown target", { "mesh:target": "clutser" }, "mesh:target", /render, cluster/],
  ];
  for (const [name, more, path, message] of wrong) {
    it(`${name} is a problem of the stack's file`, () => {
      const { problems } = readStackConfig({ "mesh:version": NEWEST, ...more }, "dev");
      assert.equal(problems.length, 1);
      assert.deepEqual([problems[0]?.source, problems[0]?.path], ["Pulumi.dev.yaml", path]);
      assert.match(formatProblem(problems[0] as Problem), message);
    });
  }

  it("no version, and all problems at once", () => {
    const { problems } = readStackConfig({ "mesh:set": "x", "mesh:target": "y" }, "dev");
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["mesh:set", "mesh:target", "mesh:version"],
    );
    assert.equal(problems[2]?.fix, `pulumi config set mesh:version ${NEWEST}`);
  });

  it("beside what cannot be read, what is wrong with the rest", () => {
    const read = readStackConfig(
      {
        "mesh:mtls": "STRICT",
        "mesh:revision": NEWEST,
        "mesh:tags": '{"stable":5}',
        "mesh:gateways": '["x",{"name":"web","namespace":"edge","revisions":[]}]',
        "mesh:namespaces": '[{"name":"a","revision":"b"},{"name":"a","revision":"b"}]',
      },
      "dev",
    );
    assert.deepEqual(
      stackProblems(read, overlayLibrary()).map(({ source, path }) => `${source} ${path}`),
      [
        "Pulumi.dev.yaml mesh:mtls",
        "Pulumi.dev.yaml mesh:tags.stable",
        "Pulumi.dev.yaml mesh:gateways[0]",
        "Pulumi.dev.yaml mesh:version",
        "inputs revision",
        "gateway web revisions",
        "namespace a namespaces[1].name",
      ],
    );
  });

  it("a mesh that can be read is looked at when it is planned, and not twice", () => {
    assert.deepEqual(
      stackProblems(readStackConfig({ "mesh:version": "9" }, "dev"), overlayLibrary()),
      [],
    );
  });
});

describe("CRDs in a preview", () => {
  const crd = k8sObject("CustomResourceDefinition", "virtualservices.networking.istio.io", {
    metadata: { labels: { "app.kubernetes.io/version": NEWEST } },
    spec: {
      versions: [
        { name: "v1beta1", served: true, storage: false },
        { name: "v1", served: true, storage: true },
        { name: "v1alpha1", served: false, storage: false },
        "odd",
      ],
    },
  });

  it("name, served versions, Istio version", () => {
    const { digest, ...facts } = crdFacts(crd);
    assert.deepEqual(facts, {
      name: "virtualservices.networking.istio.io",
      versions: ["v1 (stored)", "v1beta1"],
      istioVersion: NEWEST,
    });
    assert.match(digest, /^[0-9a-f]{64}$/);
  });

  it("the digest follows every change", () => {
    assert.equal(crdFacts(crd).digest, crdFacts(structuredClone(crd)).digest);
    assert.notEqual(crdFacts({ ...crd, spec: {} }).digest, crdFacts(crd).digest);
  });

  it("a CRD without labels or versions", () => {
    const bare = k8sObject("CustomResourceDefinition", "x");
    assert.deepEqual(crdFacts(bare).versions, []);
    assert.equal(crdIstioVersion(bare), "");
    assert.equal(crdIstioVersion({}), "");
    assert.equal(crdIstioVersion({ metadata: { labels: { "app.kubernetes.io/version": 1 } } }), "");
  });

  for (const [live, next, downgrade] of [
    [NEWEST, PREVIOUS, true],
    [PREVIOUS, NEWEST, false],
    [NEWEST, NEWEST, false],
    [NEWEST, `${NEWEST}-rc.0`, true],
    ["", PREVIOUS, false],
    [NEWEST, "", false],
    ["custom", "1.0.0", false],
  ] as const) {
    it(`from ${live || "none"} to ${next || "none"} is ${downgrade ? "a" : "no"} downgrade`, () => {
      assert.equal(isCrdDowngrade(live, next), downgrade);
    });
  }
});

describe("objects beside the charts", () => {
  it("the namespaces of the components, sorted, once, without built-in ones", () => {
    const mesh = resolve({ overlays: ["cni-gcp"], namespace: "mesh" });
    const other = resolve({
      overlays: ["legacy-default-egressgateway"],
      set: ["components.egressGateways.[0].namespace=egress"],
    });
    assert.deepEqual(
      namespaceObjects([mesh, other]).map(({ kind, metadata }) => [kind, metadata.name]),
      [
        ["Namespace", "egress"],
        ["Namespace", "istio-system"],
        ["Namespace", "mesh"],
      ],
    );
  });

  it("the mesh-wide PeerAuthentication, where a layer names a mode", () => {
    assert.deepEqual(peerAuthenticationObjects(resolve()), []);
    assert.deepEqual(peerAuthenticationObjects(resolve({ mtls: { mode: "STRICT" } })), [
      {
        apiVersion: "security.istio.io/v1",
        kind: "PeerAuthentication",
        metadata: { name: "default", namespace: "istio-system" },
        spec: { mtls: { mode: "STRICT" } },
      },
    ]);
    const elsewhere = resolve({ overlays: ["permissive-mtls"], namespace: "mesh" });
    assert.equal(peerAuthenticationObjects(elsewhere)[0]?.metadata.namespace, "mesh");
  });

  it("one for a workload", () => {
    const spec = { selector: { matchLabels: { app: "a" } }, mtls: { mode: "DISABLE" } };
    assert.deepEqual(peerAuthentication("a", "ns", spec).spec, spec);
  });
});

describe("summary", () => {
  it("what a mesh is made of", () => {
    const plan = planMesh(
      {
        version: NEWEST,
        profile: "demo",
        platform: "gke",
        revision: NEW,
        overlays: ["strict-mtls"],
        set: ["hub=h"],
      },
      overlayLibrary(),
    );
    const pod = k8sObject("Deployment", "d", {
      spec: { template: { spec: { containers: [{ image: "h/pilot:1" }] } } },
    });
    assert.deepEqual(summarize(plan, [pod]), {
      version: NEWEST,
      revision: NEW,
      profile: "demo",
      namespace: "istio-system",
      components: [
        "Istio core",
        "Istiod",
        "CNI",
        "Ingress gateways: istio-ingressgateway",
        "Egress gateways: istio-egressgateway",
      ],
      overlays: ["option strict-mtls", "inputs revision", "set hub=h"],
      mtlsMode: "STRICT",
      images: ["h/pilot:1"],
      objects: 1,
    });
    assert.equal(
      summarize(planMesh({ version: NEWEST }, overlayLibrary()), []).mtlsMode,
      "PERMISSIVE (Istio's default)",
    );
  });
});
