import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { overlayLibrary } from "../../../adapters/overlays";
import { deepEqual, type Json, type JsonObject } from "../../../mesh/common/json";
import { KNOWN_ANNOTATIONS, REQUIRES } from "../../../mesh/model/annotations";
import { mergeObjects } from "../../../mesh/overlay/merge";
import { parseOverlay } from "../../../mesh/overlay/parse";
import { setPath } from "../../../mesh/overlay/setting";
import {
  at,
  overlayText,
  problemsOf,
  removeFolders,
  resolve,
  temporaryFolder,
  VERSION,
} from "./support";

const ROOT = join(__dirname, "..", "..", "..");
const FOLDER = join(ROOT, "overlays", "options");
const SHARED = join(ROOT, "..", "shared", "conformance", "asm-options");

const { options } = overlayLibrary();

/** Options that today's charts read no more, by the field; they still serve older ones. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  "envoy-core-dump": "spec.values.global.proxy.enableCoreDump",
  "first-party-jwt": "spec.meshConfig.defaultConfig.proxyMetadata.JWT_POLICY",
};

function documentOf(name: string): JsonObject {
  const { layer, problems, warnings } = options.read(name);
  const expected = WITHOUT_EFFECT[name];
  const paths = warnings.map(({ path }) => path);
  assert.deepEqual([problems, paths], [[], expected === undefined ? [] : [expected]]);
  return layer?.document ?? {};
}

/** Google's own builds have switches that Istio dropped; for those, the files are as Google's. */
const GOOGLES_BUILD = "1.23.3-asm.2";

/** Certificate authorities that the proxies of no other build know. */
const OF_GOOGLES_BUILD = ["mesh-ca", "private-ca"];

const versionFor = (name: string) => (OF_GOOGLES_BUILD.includes(name) ? GOOGLES_BUILD : VERSION);

function documentForGoogle(name: string): JsonObject {
  const { layer, problems } = options.read(name, GOOGLES_BUILD);
  assert.deepEqual(problems, []);
  return layer?.document ?? {};
}

function requiresOf(name: string): string[] {
  const annotations = at(documentOf(name), "metadata.annotations") as JsonObject | undefined;
  const list = annotations?.[REQUIRES];
  return typeof list === "string" ? list.split(",").map((path) => path.trim()) : [];
}

/** A value for each path that some option leaves to the user. */
const REQUIRED_VALUES: Readonly<Record<string, Json>> = {
  "meshConfig.caCertificates": [{ pem: "PEM" }],
  "meshConfig.trustDomain": "project.svc.id.goog",
  "meshConfig.trustDomainAliases": ["other.svc.id.goog"],
  "values.base.validationURL": "https://example.com/validate",
  "values.global.caAddress": "projects/p/locations/l/caPools/c",
  "values.global.meshID": "proj-1",
  "values.global.multiCluster.clusterName": "cn-p-l-c",
};

function settingsFor(name: string) {
  return requiresOf(name).map((path) => ({ path, value: REQUIRED_VALUES[path] ?? null }));
}

/** Options of our own that asmcli does not have. */
const OURS = [
  "access-log-json",
  "first-party-jwt",
  "mesh-ca",
  "no-telemetry",
  "opentelemetry",
  "permissive-mtls",
  "strict-mtls",
  "termination-drain-30s",
  "third-party-jwt",
];

/**
 * Where an option says something else than Google's file of the same name: the change from theirs
 * to ours, and why.
 */
const DIFFERENCES: Readonly<
  Record<string, { why: string; ours: (theirs: JsonObject) => JsonObject }>
> = {
  "ca-migration-citadel": {
    why: "the root certificate is the user's to give (requires)",
    ours: (spec) => without(spec, "meshConfig", "caCertificates"),
  },
  "envoy-core-dump": {
    why: "the chart's value is enableCoreDump; the one in Google's file does nothing",
    ours: () => ({ values: { global: { proxy: { enableCoreDump: true } } } }),
  },
  "internal-load-balancer": {
    why: "today's annotation, and the status port of today's proxies with its target",
    ours: (spec) =>
      mergeObjects(spec, {
        components: {
          ingressGateways: [
            {
              name: "istio-ingressgateway",
              enabled: true,
              k8s: {
                serviceAnnotations: { "networking.gke.io/load-balancer-type": "Internal" },
                service: {
                  ports: [
                    { name: "status-port", port: 15021, targetPort: 15021 },
                    { name: "http2", port: 80, targetPort: 8080 },
                    { name: "https", port: 443, targetPort: 8443 },
                  ],
                },
              },
            },
          ],
        },
      }),
  },
  "managed-control-plane-webhooks": {
    why: "theirs is a webhook, no IstioOperator: ours has the base chart make it",
    ours: () => ({ values: { defaultRevision: "default" } }),
  },
  multicluster: {
    why: "the cluster's name is a placeholder in theirs (requires)",
    ours: () => ({ values: { global: { multiCluster: { enabled: true } } } }),
  },
  multiproject: {
    why: "trust domain aliases and mesh ID are placeholders in theirs (requires)",
    ours: () => ({ profile: "asm-gcp-multiproject" }),
  },
  "private-ca": {
    why: "the CA pool is a placeholder in theirs (requires)",
    ours: (spec) => without(spec, "values"),
  },
  "v1beta1-crds": {
    why: "no Kubernetes that today's Istio runs on serves v1beta1 CRDs",
    ours: () => ({}),
  },
};

function without(spec: JsonObject, ...path: string[]): JsonObject {
  const [key = "", ...rest] = path;
  const { [key]: below, ...others } = spec;
  return rest.length === 0 ? others : { ...others, [key]: without(below as JsonObject, ...rest) };
}

describe("built-in options", () => {
  afterEach(removeFolders);

  it("the catalogue lists every file by name, without the ending", () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));
    assert.deepEqual(options.names, files.map((file) => file.replace(/\.yaml$/, "")).sort());
  });

  for (const name of options.names) {
    it(`${name} has only known fields, and its own annotations are known`, () => {
      const annotations = at(documentOf(name), "metadata.annotations") ?? {};
      for (const annotation of Object.keys(annotations as JsonObject)) {
        assert.ok(KNOWN_ANNOTATIONS.includes(annotation), annotation);
      }
    });

    it(`${name} says in a comment what it is for`, () => {
      assert.match(readFileSync(join(FOLDER, `${name}.yaml`), "utf8"), /^# \S.{20}/);
    });

    it(`${name} is accepted by name${requiresOf(name).length > 0 ? " once what it requires is set" : " alone"}`, () => {
      const mesh = resolve({ version: versionFor(name), overlays: [name], set: settingsFor(name) });
      assert.ok(mesh.layers.includes(`option ${name}`));
    });
  }

  const demanding = options.names.filter((name) => requiresOf(name).length > 0);

  it("the options that leave something to the user", () => {
    assert.deepEqual(demanding, [
      "ca-migration-citadel",
      "managed-control-plane-webhooks",
      "mesh-ca",
      "multicluster",
      "multiproject",
      "private-ca",
    ]);
  });

  for (const name of demanding) {
    it(`${name} alone is refused, naming each path`, () => {
      assert.deepEqual(
        problemsOf({ version: versionFor(name), overlays: [name] }).map(
          ({ source, path, reason }) => [source, path, reason],
        ),
        requiresOf(name).map((path) => [`option ${name}`, `spec.${path}`, "has to be set by you"]),
      );
    });

    it(`${name} takes it from a later overlay too`, () => {
      const spec = settingsFor(name).reduce<JsonObject>(
        (result, { path, value }) => setPath(result, path, value),
        {},
      );
      const document = { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator", spec };
      assert.ok(resolve({ version: versionFor(name), overlays: [name, document] }));
      // An overlay of the user's may set no requirement aside by having annotations of its own.
      assert.deepEqual(
        problemsOf({ version: versionFor(name), overlays: [name, "strict-mtls"] }).map(
          ({ path }) => path,
        ),
        requiresOf(name).map((path) => `spec.${path}`),
      );
    });
  }

  it("requirements of two options add up", () => {
    assert.deepEqual(
      problemsOf({ version: GOOGLES_BUILD, overlays: ["mesh-ca", "multicluster"] }).map(
        ({ source, path }) => [source, path],
      ),
      [
        ["option mesh-ca", "spec.meshConfig.trustDomain"],
        ["option multicluster", "spec.values.global.multiCluster.clusterName"],
      ],
    );
  });

  it("an empty text of a profile does not meet a requirement", () => {
    assert.deepEqual(
      problemsOf({
        version: GOOGLES_BUILD,
        profile: "asm-multicloud",
        overlays: ["private-ca"],
      }).map(({ path }) => path),
      ["spec.values.global.caAddress"],
    );
  });

  it("the options that write Cloud Logging's entries write the same", () => {
    const names = ["stackdriver", "prometheus-and-stackdriver", "audit-authorizationpolicy"];
    const formats = names.map((name) => at(documentOf(name), "spec.meshConfig.accessLogFormat"));
    assert.equal(new Set(formats).size, 1);
    const entry = JSON.parse(String(formats[0])) as JsonObject;
    assert.equal(at(entry, "httpRequest.status"), "%RESPONSE_CODE%");
  });

  it("an unknown option: did you mean, and the list", () => {
    const [problem] = problemsOf({ overlays: ["cni-gpc"] });
    assert.equal(problem?.source, "option cni-gpc");
    assert.equal(problem?.fix, 'did you mean "cni-gcp"?');
    assert.ok(problem?.allowed?.includes("distroless-proxy"));
    assert.equal(problemsOf({ overlays: ["zzzzzzzzzzzzzzz"] })[0]?.fix, undefined);
  });

  it("the name of an option with .yaml: the fix", () => {
    assert.equal(
      problemsOf({ overlays: ["cni-gcp.yaml"] })[0]?.fix,
      'write "cni-gcp" for the built-in option',
    );
    assert.equal(
      options.read("cni-gcp.yaml").problems[0]?.fix,
      'name a built-in option without ".yaml"',
    );
    assert.equal(problemsOf({ overlays: ["mine.yaml"] })[0]?.fix, undefined);
  });

  for (const name of ["../profiles/demo", "constructor", "", ".."]) {
    it(`no option is called ${JSON.stringify(name)}`, () => {
      assert.equal(options.read(name).problems.length, 1);
    });
  }

  for (const ending of ["yaml", "yml", "YAML"]) {
    it(`a file ending in .${ending} is read as a file`, () => {
      const folder = temporaryFolder({ [`mine.${ending}`]: overlayText("spec:\n  hub: mine\n") });
      const path = join(folder, `mine.${ending}`);
      const mesh = resolve({ overlays: [path] });
      assert.equal(at(mesh.document, "spec.hub"), "mine");
      assert.ok(mesh.layers.includes(`file ${path}`));
    });
  }

  it("a file of a built-in option's text means the same as its name", () => {
    const byName = resolve({ overlays: ["cni-gcp"] });
    const byFile = resolve({ overlays: [join(FOLDER, "cni-gcp.yaml")] });
    assert.deepEqual(byFile.document, byName.document);
    assert.deepEqual(byFile.components, byName.components);
  });
});

describe("equal to asmcli's options", () => {
  const names = existsSync(SHARED)
    ? readdirSync(SHARED).map((file) => file.replace(/\.yaml$/, ""))
    : [];

  it("every option of asmcli exists, and the others are ours", function () {
    if (names.length === 0) {
      // Google's files lie beside this project, not in it.
      this.skip();
    }
    assert.deepEqual([...names, ...OURS].sort(), options.names);
  });

  for (const name of names) {
    const difference = DIFFERENCES[name];
    it(`${name} ${difference ? `differs: ${difference.why}` : "means the same"}`, () => {
      const text = readFileSync(join(SHARED, `${name}.yaml`), "utf8");
      const theirs = (load(text) as { spec?: JsonObject }).spec ?? {};
      const ours = (documentForGoogle(name).spec ?? {}) as JsonObject;
      assert.deepEqual(ours, difference?.ours(theirs) ?? theirs);
      assert.equal(deepEqual(ours, theirs), difference === undefined, "the table is out of date");
    });

    it(`Google's own ${name} is read, or refused with its reason`, () => {
      const written = readFileSync(join(SHARED, `${name}.yaml`), "utf8");
      const text = written.replaceAll("PROJECT_ID", "my-project");
      const source = { name, kind: "file", version: GOOGLES_BUILD } as const;
      const { layer, problems } = parseOverlay(text, source);
      if (name === "managed-control-plane-webhooks") {
        assert.match(problems[0]?.reason ?? "", /is not an overlay/);
      } else {
        assert.deepEqual(problems, []);
        assert.ok(layer);
      }
    });
  }
});
