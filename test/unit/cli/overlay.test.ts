import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load, loadAll } from "js-yaml";
import { NEW, NEWEST, OLD as OLD_REVISION, PREVIOUS } from "../../../toolchain/versions";
import { mesh } from "../../support/run";
import { overlayText, removeFolders, temporaryFolder } from "../mesh/support";

const OLD = overlayText(
  "spec:\n  values:\n    global:\n      # strict since 2020\n      mtls:\n        enabled: true\n",
);
const WARNED = overlayText("spec:\n  components:\n    cni:\n      enabled: 'true'\n");
const FINE = overlayText("spec:\n  meshConfig:\n    accessLogFile: /dev/stdout\n");
/** Says that another overlay is to set a field. */
const PART = `${FINE}metadata:\n  annotations:\n    pulumi-service-mesh/requires: values.global.caAddress\n`;
const GATEWAY = overlayText("spec:\n  components:\n    ingressGateways:\n      - name: shop\n");

describe("mesh overlay", () => {
  let cwd: string;

  beforeEach(() => {
    cwd = temporaryFolder({
      "old.yaml": OLD,
      "warned.yaml": WARNED,
      "fine.yaml": FINE,
      "part.yaml": PART,
      "unknown.yaml": PART.replace("/requires", "/require"),
      "gateway.yaml": GATEWAY,
      "retired.yaml": overlayText("spec:\n  hub: gcr.io/istio-release\n"),
      "Pulumi.prod.yaml": `config:\n  mesh:version: ${NEWEST}\n  mesh:overlays: [cni-gcp]\n  mesh:revisions:\n    - revision: ${OLD_REVISION}\n      version: ${PREVIOUS}\n    - revision: ${NEW}\n`,
    });
  });
  after(removeFolders);

  const run = (...args: string[]) => mesh(["overlay", ...args], { cwd });
  const read = (file: string) => readFileSync(join(cwd, file), "utf8");

  describe("explain", () => {
    it("a table with each field's layer and what it became", async () => {
      const { code, stdout, stderr } = await run(
        "explain",
        "-f",
        "fine.yaml",
        "--field",
        "meshConfig",
      );
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^FIELD +VALUE +SET BY +OVERRODE +BECAME\n/);
      assert.match(
        stdout,
        /spec\.meshConfig\.accessLogFile +"\/dev\/stdout" +file fine\.yaml \(fine\.yaml:5\) +- +Helm value meshConfig\.accessLogFile/,
      );
    });

    it("--stack: each of its control planes", async () => {
      const { code, stdout, stderr } = await run(
        "explain",
        "--stack",
        "prod",
        "--field",
        "tag",
        "-o",
        "json",
      );
      assert.equal(code, 0, stderr);
      assert.deepEqual(
        JSON.parse(stdout).map((row: { revision: string; value: string }) => [
          row.revision,
          row.value,
        ]),
        [
          [OLD_REVISION, PREVIOUS],
          [NEW, NEWEST],
        ],
      );
      const yaml = await run("explain", "--stack", "prod", "-o", "yaml");
      assert.equal(loadAll(yaml.stdout).length, 2);
    });

    it("--strict: what has no effect or contradicts is an error, and nothing is printed", async () => {
      const plain = await run("explain", "-f", "gateway.yaml");
      assert.equal(plain.code, 0, plain.stderr);
      assert.match(plain.stderr, /^warning: gateway\.yaml:5: .*replaces the whole list/m);
      const { code, stdout, stderr } = await run("explain", "-f", "gateway.yaml", "--strict");
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /^gateway\.yaml:5: .*replaces the whole list/m);
    });

    it("an unknown field is refused with the near one", async () => {
      const { code, stderr } = await run("explain", "--option", "cni-gcp", "--field", "values.cin");
      assert.equal(code, 2);
      assert.match(stderr, /--field: values\.cin: .*did you mean "spec\.values\.cni"\?/);
    });
  });

  describe("lint", () => {
    it("fine files: exit code 0", async () => {
      const { code, stdout } = await run("lint", "fine.yaml", "part.yaml");
      assert.deepEqual([code, stdout], [0, "2 files: 0 errors, 0 warnings\n"]);
    });

    it("what a file takes away from its profile is a warning with its line", async () => {
      const { code, stdout } = await run("lint", "gateway.yaml");
      assert.equal(code, 0);
      assert.match(
        stdout,
        /^warning: gateway\.yaml:5: spec\.components\.ingressGateways: replaces the whole list of profile default, and with it istio-ingressgateway/,
      );
    });

    it("what only the merged file shows names the file", async () => {
      const { code, stdout } = await run("lint", "unknown.yaml");
      assert.equal(code, 1);
      assert.match(
        stdout,
        /^error: unknown\.yaml:8: metadata\.annotations\.\S+: unknown annotation/,
      );
    });

    it("warnings fail with --strict only", async () => {
      const [lax, strict] = await Promise.all([
        run("lint", "warned.yaml"),
        run("lint", "--strict", "warned.yaml"),
      ]);
      assert.deepEqual([lax.code, strict.code], [0, 1]);
      assert.match(
        lax.stdout,
        /^warning: warned\.yaml:6: spec\.components\.cni\.enabled: is a quoted boolean/,
      );
    });

    it("all files at once, and a dropped field with what takes its place", async () => {
      const { code, stdout } = await run("lint", "old.yaml", "missing.yaml", "warned.yaml", ".");
      assert.equal(code, 2);
      assert.match(
        stdout,
        /error: old\.yaml:8: spec\.values\.global\.mtls\.enabled: .*fix: use the annotation pulumi-service-mesh\/mtls-mode.*; see https:/,
      );
      assert.match(stdout, /error: missing\.yaml: no such file/);
      assert.match(stdout, /error: \.: is a folder/);
      assert.match(stdout, /4 files: 3 errors, 1 warning\n$/);
    });

    it("a place that Istio retires is a warning with its line and what takes its place", async () => {
      const { code, stdout } = await run("lint", "retired.yaml");
      assert.equal(code, 0);
      assert.match(
        stdout,
        /^warning: retired\.yaml:4: spec\.hub: names gcr\.io\/istio-release, which Istio retires in December 2026; fix: write docker\.io\/istio in place of gcr\.io\/istio-release; see https:/,
      );
    });

    it("-o json: the same for programs", async () => {
      const { stdout } = await run("lint", "-o", "json", "old.yaml");
      const [{ file, errors, warnings }] = JSON.parse(stdout);
      assert.deepEqual([file, errors.length, errors[0].line, warnings], ["old.yaml", 1, 8, []]);
    });

    it("a version that is none is refused before a file is read", async () => {
      const { code, stderr } = await run("lint", "--istio-version", "banana", "fine.yaml");
      assert.equal(code, 2);
      assert.match(stderr, /--istio-version: is not a full version \(got "banana"\)/);
    });
  });

  describe("migrate", () => {
    it("prints the file on standard output and the report on standard error", async () => {
      const { code, stdout, stderr } = await run("migrate", "old.yaml");
      assert.equal(code, 0, stderr);
      assert.match(
        stdout,
        /annotations:\n {4}# strict since 2020\n {4}pulumi-service-mesh\/mtls-mode: STRICT\n/,
      );
      assert.match(
        stderr,
        /old\.yaml:8: spec\.values\.global\.mtls\.enabled -> metadata\.annotations\./,
      );
      assert.equal(read("old.yaml"), OLD);
    });

    it("--write rewrites what has to be, and lint is content then", async () => {
      const { code, stdout } = await run("migrate", "--write", "old.yaml", "fine.yaml");
      assert.deepEqual([code, stdout], [0, ""]);
      assert.equal(read("fine.yaml"), FINE);
      assert.equal((await run("lint", "--strict", "old.yaml")).code, 0);
    });

    it("--out-dir: a folder for one and for several, with what would be printed", async () => {
      assert.equal((await run("migrate", "old.yaml", "--out-dir", "one")).code, 0);
      assert.equal((await run("migrate", "old.yaml", "fine.yaml", "--out-dir", "new")).code, 0);
      const { stdout } = await run("migrate", "old.yaml");
      assert.equal(read("new/old.yaml"), stdout);
      assert.equal(read("one/old.yaml"), stdout);
      assert.equal(read("new/fine.yaml"), FINE);
    });

    it("-o json: the new text and what changed, for programs", async () => {
      const text = await run("migrate", "old.yaml");
      const { code, stdout } = await run("migrate", "old.yaml", "-o", "json");
      assert.equal(code, 0);
      const [{ file, overlay, changes }] = JSON.parse(stdout);
      assert.deepEqual([file, overlay, changes.length], ["old.yaml", text.stdout, 1]);
    });

    it("one file that is wrong, and none is written", async () => {
      const { code, stderr } = await run("migrate", "old.yaml", "missing.yaml", "--out-dir", "new");
      assert.equal(code, 2);
      assert.match(stderr, /1 problem; nothing was written\nmissing\.yaml: no such file/);
      assert.ok(!existsSync(join(cwd, "new")));
    });

    it("--gateways prints the stack's configuration, which a stack takes", async () => {
      const { code, stdout, stderr } = await run(
        "migrate",
        "--gateways",
        "-r",
        NEW,
        "gateway.yaml",
        "--write",
      );
      assert.equal(code, 0, stderr);
      const { config } = load(stdout) as { config: Record<string, { name: string }[]> };
      assert.equal(config["mesh:gateways"]?.[0]?.name, "shop");
      assert.match(read("gateway.yaml"), /name: shop\n {8}enabled: false/);
      assert.match(stderr, /note: Service istio-system\/shop stays, with its address/);
    });

    it("--write and --out-dir exclude each other", async () => {
      const { code, stderr } = await run("migrate", "old.yaml", "--write", "--out-dir", "x");
      assert.equal(code, 2);
      assert.match(stderr, /exclude each other/);
    });
  });
});
