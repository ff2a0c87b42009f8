import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { NEWEST } from "../../toolchain/versions";
import { byTitle, parseManifests } from "../support/manifests";
import { mesh } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { toolsFor } from "../support/tools";

const UNKNOWN = "1.99.0";

/** Writes a value into a ConfigMap, so that the test sees what reaches the templates. */
const NEW_TEMPLATE = `apiVersion: v1
kind: ConfigMap
metadata:
  name: of-the-new-minor
  namespace: {{ .Release.Namespace }}
data:
  newValue: {{ .Values.newRoot.newValue | quote }}
`;

describe("mesh manifest generate for a version that this package does not know", () => {
  const folder = temporaryFolder("unknown-version");

  before(async function () {
    const { manifests } = await toolsFor(this);
    const release = join(folder, UNKNOWN);
    cpSync(manifests, release, { recursive: true });
    for (const file of readdirSync(release, { recursive: true, encoding: "utf8" })) {
      if (file.endsWith(".yaml")) {
        const path = join(release, file);
        writeFileSync(path, readFileSync(path, "utf8").replaceAll(NEWEST, UNKNOWN));
      }
    }
    const templates = join(release, "charts", "istio-control", "istio-discovery", "templates");
    writeFileSync(join(templates, "new-minor.yaml"), NEW_TEMPLATE);
  });

  it("renders the charts as they are, with fields that only they know", async () => {
    const file = join(folder, "new.yaml");
    const head = { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator" };
    writeFileSync(file, dump({ ...head, spec: { values: { newRoot: { newValue: "seen" } } } }));
    const flags = ["--istio-version", UNKNOWN, "--charts", folder, "--profile", "minimal"];
    const args = ["manifest", "generate", ...flags, "-f", file];
    const { code, stdout, stderr } = await mesh(args, { cwd: folder });
    assert.equal(code, 0, stderr);
    const objects = byTitle(parseManifests(stdout));
    assert.deepEqual(objects["ConfigMap istio-system/of-the-new-minor"]?.data, {
      newValue: "seen",
    });
    assert.match(JSON.stringify(objects["Deployment istio-system/istiod"]), /pilot:1\.99\.0/);
    assert.match(stderr, /spec\.values\.newRoot: unknown field in Istio 1\.\d+/);
    assert.equal(stderr.match(/newer than Istio 1\.\d+, the newest/g)?.length, 1, stderr);
  });
});
