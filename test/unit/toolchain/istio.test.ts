import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { JsonObject } from "../../../mesh/common/json";
import { openMinors, type TypeTable } from "../../../mesh/model/minors";
import { droppedRules } from "../../../mesh/schema/droppedRules";
import { type ReleaseData, writeMinor } from "../../../toolchain/istio/add";
import { chartFacts } from "../../../toolchain/istio/chartFacts";
import { folderIndex, GAP, MINORS_FOLDER, readFolders } from "../../../toolchain/istio/folders";
import { gatewayApiMinimum } from "../../../toolchain/istio/gatewayApi";
import { upgradeNotes } from "../../../toolchain/istio/upgradeNotes";
import { NEWEST } from "../../../toolchain/versions";
import { TSX } from "../../support/run";
import { temporaryFolder } from "../../support/temporary";
import { ROOT } from "../../support/tools";

const REAL = join(ROOT, MINORS_FOLDER);

function put(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** The data of the real minors, to change. */
function copyOfData(): string {
  const folder = temporaryFolder("minors");
  cpSync(REAL, folder, { recursive: true });
  return folder;
}

const readJson = (...path: readonly string[]) => JSON.parse(readFileSync(join(...path), "utf8"));

/** What the newest known release says, as that of a later one. */
function releaseData(folder: string, version: string): ReleaseData {
  const minors = openMinors(readFolders(folder));
  const newest = `${minors.names.at(-1)}.0`;
  const { from: _, module: __, profiles, images, compatibility, ...read } = minors.newest;
  const { gatewayApiMinimum = {}, ...facts } = read;
  return {
    version,
    module: "v0.0.0-20991231000000-0123456789ab",
    go: structuredClone({
      ...facts,
      types: minors.types(newest),
      flags: minors.flags(newest),
    }) as unknown as JsonObject,
    charts: { profiles, images, compatibility },
    gatewayApiMinimum,
    upgradeNotes: [{ title: "A change", source: "https://example.com/note.yaml" }],
  };
}

/** What a person fills in of the made-up minor. */
const FILLED = {
  source: "https://istio.io/latest/docs/releases/supported-releases/",
  released: "2099-01-01",
  endOfSupport: "2099-12",
  kubernetes: { oldest: "1.50", newest: "1.54" },
  upgradeNotes: [{ title: "A change", source: "https://example.com/note.yaml" }],
  dropped: [
    {
      severity: "error",
      why: "it is set by the node",
      source: "https://istio.io/latest/news/",
      remove: ["values.global.imagePullPolicy"],
    },
  ],
};

/** Asks the code what it knows of the made-up minor, and of the newest real one. */
const QUESTIONS = `
  import { supportFindings } from "./mesh/checks/support";
  import { checkKubernetesVersion } from "./mesh/checks/precheck/kubernetesVersion";
  import { componentsOf } from "./mesh/model/component";
  import { notesBetween, removedVariables } from "./mesh/model/upgradeNotes";
  import { minorFacts, newestKnownBefore } from "./mesh/model/versions";
  import { findDropped } from "./mesh/schema/droppedFields";
  const document = { spec: { values: { global: { imagePullPolicy: "Always" } } } };
  console.log(JSON.stringify({
    isUnknown: newestKnownBefore("1.99.0") !== undefined,
    components: componentsOf("1.99.0").length === componentsOf("${NEWEST}").length,
    bundle: minorFacts("1.99.0").gatewayApiMinimum["tlsroutes.gateway.networking.k8s.io"].bundle,
    dropped: ["${NEWEST}", "1.99.0"].map((at) => findDropped(document, at).map(({ rule }) => rule.why)),
    kubernetes: checkKubernetesVersion("v1.49.0", [{ revision: "", version: "1.99.0" }])[0].severity,
    notes: notesBetween("${NEWEST}", "1.99.0").map(({ title }) => title),
    removed: removedVariables("1.99.0").CLUSTER_ID?.since,
    support: supportFindings([{ version: "1.99.0", user: "" }], Date.UTC(2100, 0)).length,
  }));
`;

describe("toolchain: the data of a new minor", () => {
  it("a made-up minor is known to all code by its folder alone", () => {
    const project = temporaryFolder("project");
    cpSync(join(ROOT, "mesh"), join(project, "mesh"), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(project, "node_modules"));
    const folder = join(project, MINORS_FOLDER);
    const data = releaseData(folder, "1.99.0");
    const { CLUSTER_ID: _, ...flags } = data.go.flags as JsonObject;
    const tlsRoutes = { bundle: "9.0.0", source: "https://istio.io/latest/news/" };
    writeMinor(folder, {
      ...data,
      go: { ...data.go, flags, minKubernetes: "1.50.0" },
      gatewayApiMinimum: { "tlsroutes.gateway.networking.k8s.io": tlsRoutes },
    });
    put(folder, { "1.99/release.json": JSON.stringify(FILLED) });
    put(project, { "questions.ts": QUESTIONS });
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["--require", TSX, join(project, "questions.ts")],
      { encoding: "utf8" },
    );
    assert.equal(stderr, "");
    assert.deepEqual(JSON.parse(stdout), {
      isUnknown: false,
      components: true,
      bundle: "9.0.0",
      dropped: [[], ["it is set by the node"]],
      kubernetes: "error",
      notes: ["A change"],
      removed: "1.99",
      support: 1,
    });
  });

  it("of a minor that is like the last one, only where it comes from is written, and the gaps", () => {
    const folder = copyOfData();
    const file = writeMinor(folder, releaseData(folder, "1.99.0"));
    assert.equal(file, join(folder, "1.99", "release.json"));
    assert.deepEqual(readJson(folder, "1.99", "facts.json"), {
      from: "1.99.0",
      module: "v0.0.0-20991231000000-0123456789ab",
    });
    assert.ok(!existsSync(join(folder, "1.99", "types.json")));
    assert.ok(!existsSync(join(folder, "1.99", "flags.json")));
    const release = readJson(folder, "1.99", "release.json");
    assert.deepEqual(release.kubernetes, { oldest: GAP, newest: GAP });
    assert.deepEqual(release.upgradeNotes, [
      { check: GAP, source: "https://example.com/note.yaml", title: "A change" },
    ]);
    assert.equal(readFileSync(join(folder, "index.ts"), "utf8"), folderIndex(folder));
    assert.match(folderIndex(folder), /import release1_99 from/);
  });

  it("writes what is new and what is gone", () => {
    const folder = copyOfData();
    const data = releaseData(folder, "1.99.0");
    const { flags, types, components } = data.go as Record<string, JsonObject>;
    const changed = {
      ...data.go,
      flags: { ...flags, A_NEW_FLAG: "1", CLUSTER_ID: undefined },
      types: { ...types, enums: { ...(types?.enums as JsonObject), anEnum: ["A"] } },
      components: { ...components, auditor: { default: false } },
    };
    writeMinor(folder, { ...data, go: JSON.parse(JSON.stringify(changed)) });
    assert.deepEqual(readJson(folder, "1.99", "flags.json"), { A_NEW_FLAG: "1", CLUSTER_ID: null });
    assert.deepEqual(readJson(folder, "1.99", "types.json"), { enums: { anEnum: ["A"] } });
    const { components: added } = readJson(folder, "1.99", "facts.json");
    assert.deepEqual(added, { auditor: { default: false } });
  });

  it("fields that istioctl no longer knows wait for a reason; of known ones, one is given", () => {
    const folder = copyOfData();
    const data = releaseData(folder, "1.99.0");
    const types = structuredClone(data.go.types) as unknown as TypeTable;
    const values = types.types[types.roots.values] as Record<string, string>;
    const { telemetry: _, pilot: __, ...left } = values;
    const table = { ...types, types: { ...types.types, [types.roots.values]: left } };
    writeMinor(folder, { ...data, go: { ...data.go, types: table as unknown as JsonObject } });
    const { dropped } = readJson(folder, "1.99", "release.json");
    const remove = ["values.pilot", "values.telemetry"];
    assert.deepEqual(dropped[0].remove.sort(), remove);
    assert.deepEqual(dropped, [{ severity: "error", why: GAP, source: GAP, remove }]);
    const filled = [{ severity: "error", why: "moved away", source: "https://istio.io/x", remove }];
    const release = { ...readJson(folder, "1.99", "release.json"), dropped: filled };
    put(folder, { "1.99/release.json": JSON.stringify(release) });
    const rules = droppedRules(openMinors(readFolders(folder)));
    const rule = rules.find(({ path }) => path === "values.pilot");
    assert.deepEqual([rule?.since, rule?.why], ["1.99", "moved away"]);
  });

  it("reads the lowest releases of the Gateway API; those that are known keep their source", () => {
    const row = (kind: string, numbers: string) =>
      `\t"${kind}.gateway.networking.k8s.io": semver.New(${numbers}, "", ""),\n`;
    const sources = put(temporaryFolder("sources"), {
      "pkg/config/schema/gatewayapi/minimumversions.go":
        row("grpcroutes", "1, 1, 0") + row("tlsroutes", "1, 9, 2"),
    });
    const minimum = gatewayApiMinimum(sources, "1.99");
    const folder = copyOfData();
    const { gatewayApiMinimum: before = {} } = openMinors(readFolders(folder)).newest;
    writeMinor(folder, { ...releaseData(folder, "1.99.0"), gatewayApiMinimum: minimum });
    const { gatewayApiMinimum: after = {} } = openMinors(readFolders(folder)).newest;
    const source =
      "https://github.com/istio/istio/blob/release-1.99/pkg/config/schema/gatewayapi/minimumversions.go";
    assert.deepEqual(after, {
      "grpcroutes.gateway.networking.k8s.io": before["grpcroutes.gateway.networking.k8s.io"],
      "tlsroutes.gateway.networking.k8s.io": { bundle: "1.9.2", source },
    });
    const facts = readJson(folder, "1.99", "facts.json");
    facts.gatewayApiMinimum["tlsroutes.gateway.networking.k8s.io"].source = "https://istio.io/note";
    put(folder, { "1.99/facts.json": JSON.stringify(facts) });
    writeMinor(folder, { ...releaseData(folder, "1.99.0"), gatewayApiMinimum: minimum });
    const again = readJson(folder, "1.99", "facts.json").gatewayApiMinimum;
    assert.equal(again["tlsroutes.gateway.networking.k8s.io"].source, "https://istio.io/note");
    assert.throws(() => gatewayApiMinimum(temporaryFolder("none"), "1.99"), /look where Istio/);
  });

  it("what a person has written stays, and so does the minor behind one that is read again", () => {
    const folder = copyOfData();
    const before = openMinors(readFolders(folder));
    const [older, newest] = before.names.slice(-2).map((minor) => `${minor}.0`);
    assert.ok(older !== undefined && newest !== undefined);
    const data = releaseData(folder, older);
    const file = writeMinor(folder, { ...data, go: { ...data.go, flags: { ONLY: "x" } } });
    assert.equal(file, undefined, "its release has no gap");
    const after = openMinors(readFolders(folder));
    assert.deepEqual(after.release(older), before.release(older));
    assert.deepEqual(after.flags(older), { ONLY: "x" });
    assert.deepEqual(after.facts(newest), before.facts(newest));
    assert.deepEqual(after.flags(newest), before.flags(newest));
    assert.deepEqual(after.types(newest), before.types(newest));
  });

  it("reads profiles, images and changed defaults out of the charts", () => {
    const files = "charts/istio-control/istio-discovery/files";
    const manifests = put(temporaryFolder("manifests"), {
      "profiles/demo.yaml": "",
      "profiles/default.yaml": "",
      "charts/istio-control/istio-discovery/values.yaml":
        "pilot: { image: pilot }\nglobal: { proxy: { image: proxyv2 }, other: { image: 'a.b/c:1' } }",
      "charts/ztunnel/values.yaml": "image: ztunnel\nimagePullPolicy: Always\n",
      [`${files}/profile-compatibility-version-1.98.yaml`]: "pilot: { env: { A: 'false' } }",
      [`${files}/profile-demo.yaml`]: "a: b",
    });
    assert.deepEqual(chartFacts(manifests), {
      profiles: ["default", "demo"],
      images: ["pilot", "proxyv2", "ztunnel"],
      compatibility: { "1.98": { pilot: { env: { A: "false" } } } },
    });
  });

  it("the upgrade notes of a release are those that the one before has not", () => {
    const note = (title: string) =>
      `kind: feature\nupgradeNotes:\n- title: ${title}\n  content: x\n`;
    const old = { "releasenotes/notes/1.yaml": note("Old") };
    const before = put(temporaryFolder("before"), old);
    const sources = put(temporaryFolder("after"), {
      ...old,
      "releasenotes/notes/2.yaml": note("New"),
      "releasenotes/notes/3.yaml": "kind: bug-fix\n",
    });
    assert.deepEqual(upgradeNotes(sources, before, "1.99"), [
      {
        title: "New",
        source: "https://github.com/istio/istio/blob/release-1.99/releasenotes/notes/2.yaml",
      },
    ]);
  });
});
