import assert from "node:assert/strict";
import { stamp } from "../../../toolchain/stamp";

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
      .replace("\nversion: 1.0.0", "\nversion: 1.29.1")
      .replace("appVersion: 1.0.0", "appVersion: 1.29.1")
      .replace("    version: 1.0.0", "    version: 1.29.1");
    assert.equal(stamp("charts/base/Chart.yaml", source, "1.29.1"), expected);
  });

  it("gives values and the default profile the released hub and tag", () => {
    const source = "global:\n    hub: gcr.io/istio-testing\n    # tag: latest\n    tag: latest\n";
    const newer = source.replace("gcr.io/istio-testing", "registry.istio.io/testing");
    const expected = "global:\n    hub: docker.io/istio\n    # tag: latest\n    tag: 1.28.2\n";
    for (const path of ["charts/istio-cni/values.yaml", "profiles/default.yaml"]) {
      assert.equal(stamp(path, source, "1.28.2"), expected);
      assert.equal(stamp(path, newer, "1.28.2"), expected, "as in the sources from 1.30 on");
    }
  });

  it("leaves an empty hub, other tags and other files alone", () => {
    const values = 'hub: ""\ntag: ""\nhub: example.com/istio\ntag: latest-distroless\n';
    assert.equal(stamp("values.yaml", values, "1.29.1"), values);
    const placeholders = "version: 1.0.0\nhub: gcr.io/istio-testing\ntag: latest\n";
    for (const path of ["profiles/demo.yaml", "charts/base/templates/x.yaml", "README.md"]) {
      assert.equal(stamp(path, placeholders, "1.29.1"), placeholders);
    }
  });

  it("changes nothing the second time", () => {
    const once = stamp("values.yaml", "  hub: gcr.io/istio-testing\n  tag: latest\n", "1.29.1");
    assert.equal(stamp("values.yaml", once, "1.29.1"), once);
  });
});
