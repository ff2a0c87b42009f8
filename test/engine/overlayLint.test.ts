import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mesh } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

const HEAD = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n";

/** A patch of istiod's Deployment, whose path is at line 11 of the file. */
const patch = (path: string, value: string, name = "istiod") =>
  [
    "spec:",
    "  components:",
    "    pilot:",
    "      k8s:",
    "        overlays:",
    "          - kind: Deployment",
    `            name: ${name}`,
    "            patches:",
    `              - { path: "${path}", value: ${value} }`,
    "",
  ].join("\n");

const REFUSED = {
  "no-containers": {
    text: patch("spec.template.spec", "{ hostNetwork: true }"),
    words:
      /:11: \S+patches\[0\]: the API server would refuse Deployment \S+: \S+containers is empty/,
  },
  "cut-annotation": {
    text: patch("spec.template.metadata.annotations.example.com/a", '"b"'),
    words:
      /:11: \S+patches\[0\]: the API server would refuse Deployment \S+: \S+annotations\.example must be a text/,
  },
  "same-mount": {
    text: [
      "spec:",
      "  values:",
      "    gateways:",
      "      istio-ingressgateway:",
      "        secretVolumes:",
      "          - { name: one, secretName: one, mountPath: /etc/certs }",
      "          - { name: two, secretName: two, mountPath: /etc/certs }",
      "",
    ].join("\n"),
    words: /:6: \S+: the API server would refuse Deployment .* is the second mount at this path/,
  },
  "no-such-container": {
    text: patch("spec.template.spec.containers.[name:none].image", "x"),
    words: /:11: \S+patches\[0\]: Deployment\/istiod \S+: .*\[name:none\]/,
  },
} as const;

describe("mesh overlay lint, with charts", () => {
  let tools: Tools;
  const cwd = temporaryFolder("lint");

  before(async function () {
    tools = await toolsFor(this);
    for (const [name, { text }] of Object.entries(REFUSED)) {
      writeFileSync(join(cwd, `${name}.yaml`), HEAD + text);
    }
    writeFileSync(join(cwd, "nothing.yaml"), HEAD + patch("spec.replicas", "2", "istoid"));
  });

  const lint = (...args: readonly string[]) =>
    mesh(["overlay", "lint", "--charts", tools.charts, ...args], { cwd });

  for (const [name, { words }] of Object.entries(REFUSED)) {
    it(`${name}: what the API server would refuse is an error at the line, as in generate`, async () => {
      const file = `${name}.yaml`;
      const generate = ["manifest", "generate", "--charts", tools.charts, "-f", file];
      const [linted, generated] = await Promise.all([lint(file), mesh(generate, { cwd })]);
      assert.deepEqual([linted.code, generated.code], [1, 1]);
      assert.match(linted.stdout, words);
      assert.match(generated.stderr, words);
    });
  }

  it("an overlay of an object that the charts do not make is a warning at the line", async () => {
    const [lax, strict] = await Promise.all([
      lint("nothing.yaml"),
      lint("--strict", "nothing.yaml"),
    ]);
    assert.deepEqual([lax.code, strict.code], [0, 1]);
    assert.match(lax.stdout, /^warning: nothing\.yaml:8: \S+overlays\[0\]: no rendered object/);
  });

  it("explain says the same, and still explains; --strict makes it an error", async () => {
    const explain = (...args: readonly string[]) =>
      mesh(["overlay", "explain", "--charts", tools.charts, "-f", ...args], { cwd });
    const lax = await explain("nothing.yaml");
    assert.equal(lax.code, 0);
    assert.match(lax.stderr, /^warning: nothing\.yaml:8: \S+overlays\[0\]: no rendered object/m);
    assert.match(lax.stdout, /spec\.components\.pilot\.k8s\.overlays/);
    const strict = await explain("nothing.yaml", "--strict");
    assert.deepEqual([strict.code, strict.stdout], [1, ""]);
    const { code, stderr } = await explain("no-such-container.yaml");
    assert.equal(code, 0);
    assert.match(stderr, REFUSED["no-such-container"].words);
  });

  it("--no-render only reads the file", async () => {
    const { code, stdout, stderr } = await lint("--no-render", "no-containers.yaml");
    assert.deepEqual([code, stdout, stderr], [0, "1 file: 0 errors, 0 warnings\n", ""]);
  });
});
