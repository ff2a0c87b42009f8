import assert from "node:assert/strict";
import { NEWEST, PREVIOUS } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
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
      pattern`^note: not rendered, so that some faults may be unseen: fine\.yaml: the chart "base" ${NEWEST} is not on this machine; fix: .*--charts`,
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

describe("mesh overlay lint: files as overlays of one mesh", () => {
  let cwd: string;
  before(() => {
    const gateways = (...names: string[]) =>
      `    ingressGateways: [${names.map((name) => `{name: ${name}, enabled: true}`).join(", ")}]\n`;
    const components = (text: string) => overlayText(`spec:\n  components:\n${text}`);
    const stack = (overlays: string) =>
      `config:\n  mesh:version: ${PREVIOUS}\n  mesh:overlays: ${overlays}\n  mesh:set: [hub=b.example/c]\n`;
    cwd = temporaryFolder({
      "base.yaml": components(gateways("istio-ingressgateway", "shop")),
      "team.yaml": components(gateways("istio-ingressgateway")),
      "broken.yaml": overlayText("spec:\n  profile: nowhere\n"),
      "more.yaml": overlayText("spec: {meshConfig: {accessLogFile: /dev/stdout}}\n"),
      "Pulumi.warns.yaml": stack("[base.yaml, team.yaml]"),
      "Pulumi.yaml": "name: mesh\nruntime: nodejs\n",
      "Pulumi.prod.yaml": stack("[./base.yaml]"),
      "Pulumi.listed.yaml": stack("[team.yaml, base.yaml]"),
      "Pulumi.broken.yaml": stack("[broken.yaml]"),
    });
  });
  after(removeFolders);

  const lint = (...args: string[]) =>
    mesh(["overlay", "lint", "--no-render", ...args], {
      cwd,
      env: { SERVICE_MESH_CACHE: `${cwd}/no-cache` },
    });
  const LOST =
    /^warning: team\.yaml:5: spec\.components\.ingressGateways: replaces the whole list of file \S*base\.yaml, and with it shop:/m;

  it("alone, each is fine; together, the later one takes away what the other one has", async () => {
    const alone = await lint("--strict", "base.yaml", "team.yaml");
    assert.deepEqual([alone.code, alone.stdout], [0, "2 files: 0 errors, 0 warnings\n"]);
    const together = await lint("--strict", "--together", "base.yaml", "team.yaml");
    assert.equal(together.code, 1);
    assert.match(together.stdout, LOST);
    assert.match(together.stdout, /^2 files: 0 errors, 1 warning$/m);
    const otherWay = await lint("--strict", "--together", "team.yaml", "base.yaml");
    assert.deepEqual([otherWay.code, otherWay.stdout], [0, "2 files: 0 errors, 0 warnings\n"]);
  });

  it("with a stack, after its overlays; those that it has keep their place", async () => {
    const added = await lint("--stack", "prod", "team.yaml");
    assert.match(added.stdout, LOST);
    const listed = await lint("--strict", "--stack", "listed", `${cwd}/team.yaml`);
    assert.deepEqual([listed.code, listed.stdout], [0, "1 file: 0 errors, 0 warnings\n"]);
  });

  it("what the stack warns of without the file is not said; its errors are", async () => {
    const known = await lint("--strict", "--stack", "warns", "more.yaml");
    assert.deepEqual([known.code, known.stdout], [0, "1 file: 0 errors, 0 warnings\n"]);
    const { code, stdout } = await lint("--stack", "broken", "team.yaml");
    assert.equal(code, 1);
    assert.match(stdout, /^error: broken\.yaml:4: spec\.profile: /m);
  });

  it("the version is the stack's, unless a flag names one", async () => {
    const [stack, flag] = await Promise.all([
      lint("-o", "json", "--stack", "prod", "team.yaml"),
      lint("--stack", "prod", "--istio-version", "1.1.0", "team.yaml"),
    ]);
    assert.equal(JSON.parse(stack.stdout)[0].file, "team.yaml");
    assert.equal(flag.code, 2);
    assert.match(flag.stderr + flag.stdout, /1\.1\.0/);
  });
});
