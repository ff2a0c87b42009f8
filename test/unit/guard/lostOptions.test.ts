import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import { formatProblem } from "../../../mesh/common/problem";
import { checkOptionsLost } from "../../../mesh/guard/lostOptions";
import type { MeshInputs } from "../../../mesh/model/meshInputs";
import { resolveMesh } from "../../../mesh/spec/resolve";
import {
  NEW as NEW_REVISION,
  NEWEST,
  OLD as OLD_REVISION,
  PREVIOUS,
} from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";

const OLD = { version: PREVIOUS, revision: OLD_REVISION };
const NEW = { version: NEWEST, revision: NEW_REVISION };

function lost(old: Partial<MeshInputs>, next: Partial<MeshInputs>): string[] {
  return checkOptionsLost(
    resolveMesh({ ...OLD, ...old }, overlayLibrary()),
    resolveMesh({ ...NEW, ...next }, overlayLibrary()),
  ).map(formatProblem);
}

describe("options of the old revision that the new one lost", () => {
  it("the same options: nothing to report, whatever the releases' own layers differ in", () => {
    const options = { overlays: ["envoy-access-log", "cni-gcp"], hub: "example.com/istio" };
    assert.deepEqual(lost({}, {}), []);
    assert.deepEqual(lost(options, { ...options, hub: undefined }), []);
  });

  it("a forgotten option, with both layers", () => {
    const reported = lost({ overlays: ["envoy-access-log"] }, {});
    assert.ok(reported.length > 0);
    assert.match(
      reported[0] ?? "",
      pattern`^revision ${NEW_REVISION}: spec\.meshConfig\.accessLogFile: is .* on revision ${OLD_REVISION} \(option envoy-access-log\)`,
    );
  });

  it("a setting that is another one now is on purpose", () => {
    const set = (value: number) => ({ set: [`values.pilot.traceSampling=${value}`] });
    assert.deepEqual(lost(set(1), set(2)), []);
    const [reason = ""] = lost(set(2), {});
    assert.match(
      reason,
      pattern`spec.values.pilot.traceSampling: .* but is 2 on revision ${OLD_REVISION} \(set `,
    );
  });

  it("typed inputs count like overlays", () => {
    assert.ok(lost({ accessLog: { encoding: "JSON" } }, {}).length > 0);
    assert.deepEqual(lost({}, { accessLog: { encoding: "JSON" } }), []);
  });
});
