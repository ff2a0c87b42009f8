import assert from "node:assert/strict";
import { mesh } from "../../support/run";
import { overlayText, removeFolders, temporaryFolder } from "../mesh/support";

const GATEWAY = overlayText(
  [
    "spec:",
    "  components:",
    "    ingressGateways:",
    "      - name: shop",
    "        enabled: true",
    "        k8s:",
    "          overlays:",
    "            - kind: Deployment",
    "              name: shop",
    "              patches: [{path: spec.template.spec.hostNetwork, value: true}]",
    "      - enabled: true",
    "",
  ].join("\n"),
);

describe("mesh overlay lint and migrate: places", () => {
  let cwd: string;
  before(() => {
    cwd = temporaryFolder({
      "fine.yaml": overlayText("spec: {hub: a.example/b}\n"),
      "gateways.yaml": GATEWAY,
      "one-gateway.yaml": GATEWAY.replace("      - enabled: true\n", ""),
      "tracer.yaml": overlayText("spec:\n  values:\n    global: {proxy: {tracer: stackdriver}}\n"),
    });
  });
  after(removeFolders);

  const run = (...args: string[]) =>
    mesh(["overlay", ...args], { cwd, env: { SERVICE_MESH_CACHE: `${cwd}/no-cache` } });

  it("without charts, lint says that it did not render, and fetches nothing", async () => {
    const { code, stdout, stderr } = await run("lint", "--strict", "fine.yaml");
    assert.deepEqual([code, stdout], [0, "1 file: 0 errors, 0 warnings\n"]);
    assert.match(
      stderr,
      /^note: not rendered, so that some faults may be unseen: fine\.yaml: the chart "base" 1\.29\.1 is not on this machine; fix: .*--charts/,
    );
    const json = await run("lint", "-o", "json", "fine.yaml");
    assert.match(JSON.parse(json.stdout)[0].notRendered, /is not on this machine/);
  });

  it("what only the merged overlay shows has the line", async () => {
    const { stdout } = await run("lint", "--no-render", "gateways.yaml", "tracer.yaml");
    assert.match(
      stdout,
      /^error: gateways\.yaml:13: spec\.components\.ingressGateways\[1\]\.name/m,
    );
    assert.match(stdout, /tracer\.yaml:5: spec\.values\.global\.proxy\.tracer: /m);
  });

  it("migrate --gateways names file and line of what has no counterpart", async () => {
    const { stderr } = await run("migrate", "--gateways", "one-gateway.yaml");
    assert.match(
      stderr,
      /^warning: one-gateway\.yaml:10: spec\.components\.ingressGateways\[0\]\.k8s\.overlays\[0\]: has no counterpart/m,
    );
    assert.doesNotMatch(stderr, /inline overlays/);
  });
});
