import assert from "node:assert/strict";
import fc from "fast-check";
import { overlayLibrary } from "../../../adapters/overlays";
import { formatProblem, InvalidInput, type Problem } from "../../../mesh/common/problem";
import { checkGatewayInputs } from "../../../mesh/gateway/check";
import { checkGkeInputs } from "../../../mesh/gke/check";
import type { CheckedInputs, CheckedName } from "../../../mesh/model/checkedInputs";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { readStackConfig, stackProblems } from "../../../mesh/plan/stackConfig";
import { checkInputs } from "../../../mesh/schema/checkInputs";
import { NEWEST } from "../../../toolchain/versions";
import { FULL_CONFIGURATION, FULL_INPUTS } from "./fullInputs";

type Segments = readonly (string | number)[];

/** Maps of the user's own names, or of Istio's and Kubernetes' data: any key is right in them. */
const OPEN =
  /(^|\.)(tags|overlays\[\d+\]|gatewayResources\[\d+\]|digests|labels|matchLabels|portModes|headers|nodeSelector|podAnnotations|annotations|selector|resources|affinity|readinessProbe|tolerations\[\d+\]|topologySpread\[\d+\]|env|valueFrom|value)$/;

function pathOf(segments: Segments): string {
  return segments
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${key}`))
    .join("");
}

/** The place of every key with a fixed name in some inputs, at any depth. */
function keysIn(value: unknown, at: Segments = []): Segments[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => keysIn(item, [...at, index]));
  }
  if (typeof value !== "object" || value === null || OPEN.test(pathOf(at))) {
    return [];
  }
  return Object.entries(value).flatMap(([key, item]) => [
    [...at, key],
    ...keysIn(item, [...at, key]),
  ]);
}

/** A copy in which a key has another name. */
function renamed(value: unknown, [key, ...rest]: Segments, name: string): unknown {
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === key ? renamed(item, rest, name) : item));
  }
  return Object.fromEntries(
    Object.entries(value as object).map(([own, item]) => {
      if (own !== key) {
        return [own, item];
      }
      return rest.length === 0 ? [name, item] : [own, renamed(item, rest, name)];
    }),
  );
}

/** A key with one letter twice: it is nearer to that key than to any other. */
function misspellings(key: string): readonly string[] {
  return [...key].map((letter, index) => `${key.slice(0, index)}${letter}${key.slice(index)}`);
}

function siblings(inputs: unknown, segments: Segments): readonly string[] {
  const parent = segments
    .slice(0, -1)
    .reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], inputs);
  return Object.keys(parent as object);
}

/** Some place and a misspelling of its key that is no other key. */
function misspelt(inputs: unknown): fc.Arbitrary<{ place: Segments; name: string }> {
  return fc.constantFrom(...keysIn(inputs)).chain((place) => {
    const known = siblings(inputs, place);
    const names = misspellings(String(place.at(-1))).filter((name) => !known.includes(name));
    return fc.record({ place: fc.constant(place), name: fc.constantFrom(...names) });
  });
}

/** The problem that names the misspelt key and what was meant. */
function assertNamed(problems: readonly Problem[], place: Segments, name: string): void {
  const key = String(place.at(-1));
  // A gateway's problems have its name in place of its index.
  const path = pathOf([...place.slice(0, -1), name]).replace(/^gateways\[\d+\]\./, "");
  const told = problems.map(formatProblem);
  assert.ok(
    told.some((text) => text.includes(`${path}: `) && text.includes(`fix: did you mean "${key}"?`)),
    `${path} for ${key}:\n${told.join("\n")}`,
  );
}

function problemsOf(work: () => unknown): readonly Problem[] {
  try {
    work();
    return [];
  } catch (error) {
    assert.ok(error instanceof InvalidInput, String(error));
    return error.problems;
  }
}

/** What a stack's configuration file with these keys makes of them. */
function configurationProblems(values: object): readonly Problem[] {
  const texts = Object.entries(values).map(([key, value]) => [
    `mesh:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const read = readStackConfig(Object.fromEntries(texts), "dev");
  const found = stackProblems(read, overlayLibrary());
  return found.length > 0 ? found : problemsOf(() => planMesh(read.inputs, overlayLibrary()));
}

const ROOTS: readonly CheckedName[] = [
  "ServiceMeshInputs",
  "MeshInputs",
  "GatewayComponentInputs",
  "ManagedInputs",
  "MeshNamespaceInputs",
  "RevisionTagInputs",
  "PeerAuthenticationInputs",
  "TelemetryInputs",
  "GkeInputs",
  "Target",
];

describe("a misspelt key", () => {
  for (const name of ROOTS) {
    it(`at any depth of ${name} is an error that names the path and the key that was meant (property)`, () => {
      const valid = FULL_INPUTS[name];
      assert.deepEqual(checkInputs(name, valid), []);
      const check = (inputs: unknown) =>
        checkInputs(name, inputs).map((finding) => ({ source: "inputs", ...finding }));
      fc.assert(
        fc.property(misspelt(valid), ({ place, name: wrong }) => {
          const text = check(renamed(valid, place, wrong)).map(formatProblem);
          const path = pathOf([...place.slice(0, -1), wrong]);
          const fix = `fix: did you mean "${String(place.at(-1))}"?`;
          assert.ok(
            text.some((line) => line.startsWith(`inputs: ${path}: `) && line.includes(fix)),
            `${path}, ${fix}:\n${text.join("\n")}`,
          );
        }),
        { numRuns: 300 },
      );
    });
  }

  it("of typed args of a mesh stops the plan (property)", () => {
    const { ServiceMeshInputs: valid } = FULL_INPUTS;
    assert.ok(planMesh(valid, overlayLibrary()).controlPlanes.length > 0);
    fc.assert(
      fc.property(misspelt(valid), ({ place, name }) => {
        const wrong = renamed(valid, place, name) as CheckedInputs["ServiceMeshInputs"];
        assertNamed(
          problemsOf(() => planMesh(wrong, overlayLibrary())),
          place,
          name,
        );
      }),
      { numRuns: 60 },
    );
  });

  it("of a stack's configuration is an error that names the path (property)", () => {
    assert.deepEqual(configurationProblems(FULL_CONFIGURATION), []);
    fc.assert(
      fc.property(misspelt(FULL_CONFIGURATION), ({ place, name }) => {
        const problems = configurationProblems(renamed(FULL_CONFIGURATION, place, name) as object);
        assertNamed(problems, place, name);
      }),
      { numRuns: 60 },
    );
  });

  it("in namespaces[].restart is not ignored", () => {
    const namespaces = [{ name: "shop", revision: "default", restart: { batchSze: 5 } }];
    const inputs = { version: NEWEST, namespaces } as never;
    const [problem, ...others] = problemsOf(() => planMesh(inputs, overlayLibrary()));
    assert.deepEqual(others, []);
    assert.equal(
      problem && formatProblem(problem),
      "inputs: namespaces[0].restart.batchSze: is an unknown field; " +
        'allowed: batchSize, others, pauseSeconds, timeoutSeconds, token; fix: did you mean "batchSize"?',
    );
  });

  it("among the inputs of a mesh is not ignored", () => {
    const inputs = { version: NEWEST, mtlss: { mode: "STRICT" } } as never;
    const told = problemsOf(() => planMesh(inputs, overlayLibrary())).map(formatProblem);
    assert.deepEqual(told, ['inputs: mtlss: is an unknown field; fix: did you mean "mtls"?']);
  });

  it("of gke in a stack's configuration is told with the file, before anything is looked up", () => {
    const gke = {
      project: "my-project",
      location: "europe-west1",
      cluster: { kind: "existing", nme: "a" },
    };
    const told = configurationProblems({ version: NEWEST, gke }).map(formatProblem);
    assert.match(
      told[0] ?? "",
      /^Pulumi\.dev\.yaml: mesh:gke\.cluster\.nme: is an unknown field; allowed: kind, name; fix: did you mean "name"\?/,
    );
  });

  it("of a key that is undefined is no error: a program leaves out a key so", () => {
    const inputs = { version: NEWEST, mtls: undefined, mtlss: undefined } as never;
    assert.deepEqual(
      problemsOf(() => planMesh(inputs, overlayLibrary())),
      [],
    );
  });
});

describe("inputs that do not fit their types", () => {
  const told = (name: CheckedName, inputs: unknown) =>
    checkInputs(name, inputs).map((finding) => formatProblem({ source: "inputs", ...finding }));
  const mesh = (more: object) => told("MeshInputs", { version: NEWEST, ...more });

  it("a field of another kind of the same input has no effect", () => {
    const charts = { kind: "folder", path: "charts", url: "https://example.com" };
    assert.deepEqual(mesh({ charts }), [
      "inputs: charts.url: has no effect with kind folder; allowed: path, fetchMissing",
    ]);
    assert.deepEqual(mesh({ tracing: { provider: "none", samplingPercent: 5 } }), [
      "inputs: tracing.samplingPercent: has no effect with provider none",
    ]);
  });

  it("a field that is missing is named with what it means", () => {
    assert.deepEqual(mesh({ tracing: { provider: "opentelemetry" } }), [
      "inputs: tracing.service: is missing; allowed: a text; " +
        "fix: set it (Host name of the OTLP collector's Service)",
    ]);
  });

  it("a kind that nobody knows is named with those that there are", () => {
    assert.deepEqual(mesh({ ca: { type: "mesh_ca" } }), [
      'inputs: ca.type: is unknown (got "mesh_ca"); ' +
        'allowed: istio, mesh-ca, cas, plug-in-certs; fix: did you mean "mesh-ca"?',
    ]);
    assert.deepEqual(mesh({ ca: {} }), [
      "inputs: ca.type: is missing; allowed: istio, mesh-ca, cas, plug-in-certs",
    ]);
  });

  it("a number as a text, and a text as a number, are told with the fix and without the value", () => {
    assert.deepEqual(mesh({ timeouts: { cni: "900" }, tag: 1.3 }), [
      "inputs: tag: has the wrong type; allowed: a text; fix: put it in quotes",
      "inputs: timeouts.cni: has the wrong type; allowed: a number; fix: write it without quotes",
    ]);
  });

  it("a value of the wrong type is not shown: it may be a key", () => {
    const ca = { type: "plug-in-certs", caKey: ["-----BEGIN PRIVATE KEY-----"] };
    assert.deepEqual(mesh({ ca }), ["inputs: ca.caKey: has the wrong type; allowed: a text"]);
  });

  it("only the member of a union that is meant is compared", () => {
    const [overlay, setting, ...others] = mesh({ set: [{ path: "a" }], overlays: [5] });
    assert.equal(overlay, "inputs: overlays[0]: has the wrong type; allowed: a text or a map");
    assert.match(setting ?? "", /^inputs: set\[0\]\.value: is missing/);
    assert.deepEqual(others, []);
  });

  it("data of any shape is taken (property)", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        for (const name of ROOTS) {
          checkInputs(name, value);
        }
        checkGatewayInputs(value as never);
        checkGkeInputs(value as never);
      }),
    );
  });
});
