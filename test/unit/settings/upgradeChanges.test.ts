import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import { formatProblem } from "../../../mesh/common/problem";
import { NO_MESH } from "../../../mesh/model/facts";
import { MINORS } from "../../../mesh/model/minors";
import type { ServiceMeshInputs } from "../../../mesh/model/serviceMeshInputs";
import { notesBetween, removedVariables } from "../../../mesh/model/upgradeNotes";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { upgradeChanges } from "../../../mesh/settings/upgradeChanges";

const plane = (version: string, revision = "") => ({ revision, version });

function changes(from: string, inputs: Partial<ServiceMeshInputs> = {}, revision = "") {
  const plan = planMesh({ version: "1.31.0", profile: "minimal", ...inputs }, overlayLibrary());
  return upgradeChanges({ ...NO_MESH, controlPlanes: [plane(from, revision)] }, plan);
}

const variables = (from: string, inputs?: Partial<ServiceMeshInputs>) =>
  changes(from, inputs).defaults.map(
    ({ reason }) => /values\.(?:pilot\.env\.)?(\S+)/.exec(reason)?.[1],
  );

const UNHEALTHY = "PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS";
const MERGING = "PILOT_ENABLE_STRICT_GATEWAY_MERGING";
const NAMESPACE = "PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE";
const TRACKING = "DISABLE_TRACK_REMAINING_CB_METRICS";

describe("what an upgrade changes by itself", () => {
  it("a default that differs: both values, the setting that brings it back, and the source", () => {
    const [text = ""] = changes("1.30.4").defaults.map(formatProblem);
    assert.match(
      text,
      /^inputs: version: the upgrade from Istio 1\.30 to 1\.31 changes a default of control plane default: /,
    );
    assert.match(
      text,
      /values\.pilot\.env\.PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS becomes "true" \(before: "false"\); fix: /,
    );
    assert.match(
      text,
      /fix: to keep it as it was, set values\.pilot\.env\.PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS: "false", or compatibilityVersion: "1\.30" for every default/,
    );
    assert.match(
      text,
      /see https:\/\/github\.com\/istio\/istio\/blob\/release-1\.31\/releasenotes\/notes\/60690\.yaml$/,
    );
  });

  it("all minors on the way count", () => {
    assert.deepEqual(variables("1.30.4").sort(), [UNHEALTHY, MERGING].sort());
    assert.deepEqual(variables("1.29.1").sort(), [UNHEALTHY, MERGING, NAMESPACE].sort());
    assert.deepEqual(variables("1.28.2").sort(), [UNHEALTHY, MERGING, NAMESPACE, TRACKING].sort());
  });

  it("a patch, a step back and a first installation change none", () => {
    assert.deepEqual(variables("1.31.0"), []);
    assert.deepEqual(variables("1.31.2"), []);
    assert.deepEqual(changes("1.31.0"), { defaults: [], notes: [] });
    const plan = planMesh({ version: "1.31.0", profile: "minimal" }, overlayLibrary());
    assert.deepEqual(upgradeChanges(NO_MESH, plan), { defaults: [], notes: [] });
    assert.deepEqual(changes("1.31.0", { version: "1.30.4" }), { defaults: [], notes: [] });
  });

  it("what the user has set is no default, in values and in k8s.env alike", () => {
    assert.ok(
      !variables("1.30.4", { set: [`values.pilot.env.${UNHEALTHY}=true`] }).includes(UNHEALTHY),
    );
    const k8s = { env: [{ name: UNHEALTHY, value: "true" }] };
    const overlay = {
      apiVersion: "install.istio.io/v1alpha1",
      kind: "IstioOperator",
      spec: { components: { pilot: { k8s } } },
    };
    assert.ok(!variables("1.30.4", { overlays: [overlay] }).includes(UNHEALTHY));
  });

  it("a compatibility version brings its defaults back, and no others", () => {
    assert.deepEqual(variables("1.29.1", { set: ["compatibilityVersion=1.29"] }), []);
    assert.deepEqual(variables("1.29.1", { set: ["compatibilityVersion=1.30"] }), [NAMESPACE]);
  });

  it("defaults of node agents count in a mesh that has them", () => {
    const inputs = { version: "1.29.1" };
    assert.deepEqual(variables("1.28.2", inputs), [TRACKING]);
    assert.deepEqual(variables("1.28.2", { ...inputs, profile: "ambient" }).sort(), [
      TRACKING,
      "cni.ambient.reconcileIptablesOnStartup",
    ]);
  });

  it("a new revision comes from the version beside which it is installed", () => {
    const revisions = [
      { revision: "1-30-4", version: "1.30.4" },
      { revision: "1-31-0", version: "1.31.0" },
    ];
    const { defaults } = changes("1.30.4", { revisions }, "1-30-4");
    assert.deepEqual(
      [...new Set(defaults.map(({ reason }) => /control plane (\S+):/.exec(reason)?.[1]))],
      ["1-31-0"],
    );
  });

  it("upgrade notes that nothing stands for are named, if the mesh has what they are about", () => {
    const titles = (inputs?: Partial<ServiceMeshInputs>) =>
      changes("1.29.1", inputs).notes.map(({ reason }) => reason);
    const cni = "the upgrade notes of Istio 1.30 say: CNI config file permissions changed to 0600";
    assert.ok(!titles().includes(cni));
    assert.ok(titles({ overlays: ["cni-gcp"] }).includes(cni));
    assert.ok(titles().some((title) => title.includes("The XDS api generator")));
    assert.ok(!titles().some((title) => title.includes("unhealthy endpoints")));
  });
});

describe("upgrade notes and variables of Istio's minors", () => {
  it("notes are those of the minors after the first version, up to the second", () => {
    const minorsOf = (from: string, to: string) => [
      ...new Set(notesBetween(from, to).map(({ minor }) => minor)),
    ];
    assert.deepEqual(minorsOf("1.29.1", "1.31.0"), ["1.30", "1.31"]);
    assert.deepEqual(minorsOf("1.30.1", "1.30.4"), []);
    assert.deepEqual(minorsOf("1.31.0", "1.29.1"), []);
    assert.deepEqual(minorsOf("1.30.4", "1.99.0"), ["1.31"]);
  });

  it("a removed variable has its minor and the note that says so", () => {
    const name = "PILOT_SPAWN_UPSTREAM_SPAN_FOR_GATEWAY";
    assert.equal(removedVariables("1.30.4")[name], undefined);
    const { since, source } = removedVariables("1.31.0")[name] ?? {};
    assert.equal(since, "1.31");
    assert.match(String(source), /remove-spawn-upstream-span-for-gateway/);
    assert.deepEqual(removedVariables("1.99.0")[name], removedVariables("1.31.0")[name]);
  });

  it("no variable that a version has counts as removed", () => {
    for (const minor of MINORS.names) {
      const has = MINORS.flags(`${minor}.0`) ?? {};
      const removed = Object.keys(removedVariables(`${minor}.0`));
      assert.deepEqual(
        removed.filter((name) => Object.hasOwn(has, name)),
        [],
        minor,
      );
    }
  });
});
