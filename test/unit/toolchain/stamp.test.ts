import assert from "node:assert/strict";
import { stamp } from "../../../toolchain/stamp";
import { NEWEST, PREVIOUS } from "../../../toolchain/versions";

describe("toolchain: stamping Istio's charts", () => {
  it("gives a chart its version, and its dependencies theirs", () => {
    const source = [
      "apiVersion: v2",
      "name: base",
      "# version: 1.0.0 stays in a comment",
      "version: 1.0.0",
      "appVersion: 1.0.0",
      "kubeVersion: 1.0.0",
      "dependencies:",
      "  - name: x",
      "    version: 1.0.0",
      "  - version: 1.0.0-rc",
    ].join("\n");
    const expected = source
      .replace("\nversion: 1.0.0", `\nversion: ${NEWEST}`)
      .replace("appVersion: 1.0.0", `appVersion: ${NEWEST}`)
      .replace("    version: 1.0.0", `    version: ${NEWEST}`);
    assert.equal(stamp("charts/base/Chart.yaml", source, NEWEST), expected);
  });

  it("gives values and the default profile the released hub and tag", () => {
    const source = "global:\n    hub: gcr.io/istio-testing\n    # tag: latest\n    tag: latest\n";
    const newer = source.replace("gcr.io/istio-testing", "registry.istio.io/testing");
    const expected = `global:\n    hub: docker.io/istio\n    # tag: latest\n    tag: ${PREVIOUS}\n`;
    for (const path of ["charts/istio-cni/values.yaml", "profiles/default.yaml"]) {
      assert.equal(stamp(path, source, PREVIOUS), expected);
      assert.equal(stamp(path, newer, PREVIOUS), expected, "as in the sources from 1.30 on");
    }
  });

  it("leaves an empty hub, other tags and other files alone", () => {
    const values = 'hub: ""\ntag: ""\nhub: example.com/istio\ntag: latest-distroless\n';
    assert.equal(stamp("values.yaml", values, NEWEST), values);
    const placeholders = "version: 1.0.0\nhub: gcr.io/istio-testing\ntag: latest\n";
    for (const path of ["profiles/demo.yaml", "charts/base/templates/x.yaml", "README.md"]) {
      assert.equal(stamp(path, placeholders, NEWEST), placeholders);
    }
  });

  it("changes nothing the second time", () => {
    const once = stamp("values.yaml", "  hub: gcr.io/istio-testing\n  tag: latest\n", NEWEST);
    assert.equal(stamp("values.yaml", once, NEWEST), once);
  });
});
