import assert from "node:assert/strict";
import fc from "fast-check";
import { dump } from "js-yaml";
import { overlayLibrary } from "../../../adapters/overlays";
import { deepEqual, isObject, type Json, type JsonObject } from "../../../mesh/common/json";
import { collecting, formatProblem, type Problem } from "../../../mesh/common/problem";
import { joinPath, splitPath } from "../../../mesh/common/propertyPath";
import data from "../../../mesh/data/formerProfiles.json";
import { lintOverlay } from "../../../mesh/lint/lintOverlay";
import type { Change } from "../../../mesh/migrate/change";
import { migrateOverlay } from "../../../mesh/migrate/migrate";
import type { OverlayLibrary } from "../../../mesh/overlay/library";
import { setPath } from "../../../mesh/overlay/setting";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { findDropped } from "../../../mesh/schema/droppedFields";
import { droppedFields, type Rule } from "../../../mesh/schema/droppedRules";
import { findQuoted } from "../../../mesh/schema/quotedScalars";
import type { ResolvedMesh } from "../../../mesh/spec/resolve";
import { PREVIOUS } from "../../../toolchain/versions";
import { anyCase } from "../../conformance/arbitrary";
import { VERSION } from "../mesh/support";

const VERSIONS = ["1.23.2", "1.26.0", PREVIOUS, VERSION];
const RUNS = Number(process.env.MIGRATE_RUNS ?? 60);

/** What a field that was dropped may have held. */
const OLD_VALUES = fc.constantFrom<Json>(
  true,
  false,
  "true",
  "x",
  "kubernetes",
  "first-party-jwt",
  3,
  null,
  {},
  [],
  { enabled: true },
  { enabled: false },
  { host: "als.logging", port: 15000 },
  [{ kind: "Deployment", name: "istio-pilot", patches: [] }],
);

function withDropped(spec: JsonObject, dropped: readonly (readonly [Rule, Json])[]): JsonObject {
  return dropped.reduce((result, [rule, value]) => {
    try {
      return setPath(result, rule.path, value);
    } catch {
      // A list on the way that has no such item.
      return result;
    }
  }, spec);
}

/** The spec with some of its booleans and numbers in quotes. */
function withQuotes(value: Json, pick: () => boolean): Json {
  if (Array.isArray(value)) {
    return value.map((item) => withQuotes(item, pick));
  }
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, withQuotes(child, pick)]),
    );
  }
  return (typeof value === "boolean" || typeof value === "number") && pick()
    ? String(value)
    : value;
}

const HEADS = [
  { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator" },
  { apiVersion: "install.istio.io/v1alpha2", kind: "IstioOperator" },
  { apiVersion: "install.istio.io/v1alpha2", kind: "IstioControlPlane" },
];

interface Input {
  readonly version: string;
  readonly text: string;
}

/** What overlays of today, and of older releases, are made of. */
const OLD = {
  heads: HEADS,
  rules: droppedFields(),
  profiles: [...Object.keys(data.profiles), "default", "minimal"],
};

/** What an overlay may be made of that a version still takes, with warnings. */
const stillTaken = (version: string): typeof OLD => ({
  heads: HEADS.filter(({ kind }) => kind === "IstioOperator"),
  rules: droppedFields(version).filter(({ severity }) => severity === "warning"),
  profiles: ["default", "minimal"],
});

/** Overlays, well-formed or nearly so. */
function anyInput(
  version: string,
  { heads, rules, profiles }: typeof OLD = OLD,
): fc.Arbitrary<Input> {
  return fc
    .record({
      head: fc.constantFrom(...heads),
      one: anyCase(version),
      dropped: fc.array(fc.tuple(fc.constantFrom(...rules), OLD_VALUES), { maxLength: 4 }),
      profile: fc.option(fc.constantFrom(...profiles), { nil: undefined }),
      quotes: fc.infiniteStream(fc.boolean()),
    })
    .map(({ head, one, dropped, profile, quotes }) => {
      const [overlay] = one.overlays;
      const spec = (isObject(overlay) ? overlay.spec : {}) as JsonObject;
      const named = profile === undefined ? spec : { ...spec, profile };
      const quoted = withQuotes(withDropped(named, dropped), () => quotes.next().value === true);
      return { version, text: dump({ ...head, spec: quoted }, { noRefs: true }) };
    });
}

const lint = ({ version, text }: Input) =>
  lintOverlay(text, { name: "a.yaml", version }, overlayLibrary());

/** What charts are rendered from. */
function rendering({ components, namespace, extensions }: ResolvedMesh): Json {
  const plans = components.map(({ component, name, namespace: place, values, k8s }) => ({
    name: `${component.name}/${name}`,
    place,
    values,
    k8s,
  }));
  return JSON.parse(JSON.stringify({ namespace, extensions, plans })) as Json;
}

/** Paths of the leaves that differ. */
function differing(left: Json | undefined, right: Json | undefined, path = ""): string[] {
  if (deepEqual(left, right)) {
    return [];
  }
  if (Array.isArray(left) && Array.isArray(right) && left.length === right.length) {
    return left.flatMap((item, index) => differing(item, right[index], `${path}[${index}]`));
  }
  const [one, other] = [left ?? {}, right ?? {}];
  if (!isObject(one) || !isObject(other)) {
    return [path];
  }
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].flatMap((key) => differing(one[key], other[key], joinPath(path, key)));
}

/** The paths that a change names, without values. */
function pathsOf({ from, to = "" }: Change): string[] {
  return [from, ...to.split(", ")].map((path) => path.replace(/: .*$/, ""));
}

const lastKey = (path: string) => splitPath(path).at(-1) ?? "";

/** Whether one path leads to the other one, or is it. */
function isOnTheWay(one: string, other: string): boolean {
  const [left, right] = [splitPath(one), splitPath(other)];
  return left.slice(0, right.length).every((key, index) => key === right[index]);
}

for (const version of VERSIONS) {
  describe(`migrate of any overlay, Istio ${version}`, () => {
    const count = { migrated: 0, accepted: 0 };

    it("lints clean, or is refused with what is wrong", () => {
      fc.assert(
        fc.property(anyInput(version), (input) => {
          const source = { name: "a.yaml", version };
          const migrated = migrateOverlay(input.text, source, overlayLibrary());
          if (migrated.problems.length > 0) {
            return;
          }
          const { text } = migrated;
          const linted = lint({ version, text });
          assert.deepEqual(linted.errors, []);
          const document = linted.mesh?.fullLayers.find(
            ({ name }) => name === "./a.yaml",
          )?.document;
          assert.ok(document, text);
          assert.deepEqual(findDropped(document, version), []);
          assert.deepEqual(
            linted.warnings.filter(({ reason }) => /quoted|older release/.test(reason)),
            [],
          );
          assert.deepEqual(findQuoted(document, version), []);
          const again = migrateOverlay(text, source, overlayLibrary());
          assert.deepEqual(again.changes, [], text);
          count.migrated += migrated.changes.length > 0 ? 1 : 0;
        }),
        { numRuns: RUNS },
      );
      assert.ok(count.migrated > RUNS / 20, `only ${count.migrated} were migrated`);
    });

    it("lint finds all that a plan of the mesh finds", () => {
      fc.assert(
        fc.property(anyInput(version), (input) => {
          const linted = lint(input);
          const said = [...linted.errors, ...linted.warnings].map(formatProblem);
          const library: OverlayLibrary = {
            ...overlayLibrary(),
            readFile: () => ({ kind: "text", text: input.text }),
          };
          const found: Problem[] = [];
          const plan = collecting(found, () =>
            planMesh({ version, overlays: ["./a.yaml"] }, library),
          );
          const all = [...found, ...(plan?.warnings ?? [])];
          const unseen = all
            .map((problem) => formatProblem(problem).replaceAll("./a.yaml", "a.yaml"))
            .filter((text) => !said.includes(text));
          assert.deepEqual(unseen, [], input.text);
        }),
        { numRuns: RUNS },
      );
    });

    it("of an overlay that lint accepts too: charts get the same, or the change says why not", () => {
      fc.assert(
        fc.property(anyInput(version, stillTaken(version)), (input) => {
          const before = lint(input);
          if (before.mesh === undefined) {
            return;
          }
          const { text, changes, problems } = migrateOverlay(
            input.text,
            { name: "a.yaml", version },
            overlayLibrary(),
          );
          const moved = changes.flatMap(pathsOf);
          const unexplained = problems.filter(
            ({ path }) => !moved.some((to) => isOnTheWay(path, to)),
          );
          assert.deepEqual(unexplained, [], text);
          if (problems.length > 0) {
            return;
          }
          const after = lint({ version, text }).mesh;
          assert.ok(after);
          const differences = differing(rendering(before.mesh), rendering(after));
          const said = changes
            .filter(({ effect }) => effect !== undefined)
            .flatMap(pathsOf)
            .map(lastKey);
          const unsaid = differences.filter(
            (path) => !splitPath(path).some((key) => said.includes(key)),
          );
          assert.deepEqual(unsaid, [], `${input.text}\n${JSON.stringify(changes)}`);
          count.accepted += changes.length > 0 ? 1 : 0;
        }),
        { numRuns: RUNS },
      );
      assert.ok(count.accepted > 0);
    });
  });
}
