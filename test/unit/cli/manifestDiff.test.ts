import assert from "node:assert/strict";
import { mesh } from "../../support/run";
import { removeFolders, temporaryFolder } from "../mesh/support";

const map = (value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: n}\ndata: {mesh: "a: ${value}\\nb: 1\\n"}\n`;

describe("mesh manifest diff of what was written", () => {
  let cwd: string;

  before(() => {
    cwd = temporaryFolder({
      "old/a.yaml": map("1"),
      "old/sub/b.yml": "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n",
      "new/all.yaml": map("2"),
      "no.yaml": "a: 1\n",
      "empty/x.txt": "",
    });
  });
  after(removeFolders);

  const diff = (...args: string[]) => mesh(["manifest", "diff", ...args], { cwd });

  it("two folders: by object and field; exit code 1", async () => {
    const { code, stdout } = await diff("old", "new");
    assert.equal(code, 1);
    assert.equal(
      stdout,
      "old -> new\n~ ConfigMap n/c\n  ~ data.mesh/a: 1 -> 2\n- Service s\n2 objects differ: 0 added, 1 removed, 1 changed\n",
    );
  });

  it("a folder and a file that are equal: exit code 0", async () => {
    const { code, stdout } = await diff("new", "new/all.yaml");
    assert.deepEqual([code, stdout], [0, "new -> new/all.yaml\nno differences\n"]);
  });

  it("-o json, and --ignore", async () => {
    const { code, stdout } = await diff("old", "new", "-o", "json", "--ignore", "Service");
    assert.equal(code, 1);
    assert.deepEqual(JSON.parse(stdout), [
      {
        title: "ConfigMap n/c",
        change: "changed",
        fields: [{ path: "data.mesh/a", from: 1, to: 2 }],
      },
    ]);
    assert.equal(
      (await diff("old", "new", "--ignore", "Service", "--ignore", "ConfigMap n/c")).code,
      0,
    );
  });

  for (const [name, args, pattern] of [
    ["nothing to compare with", [], /name two sides, or use --to-…, --cluster or --stack/],
    [
      "a side that is not there",
      ["old", "nowhere"],
      /nowhere: is no file, no folder and no built-in option/,
    ],
    ["no objects", ["old", "no.yaml"], /no\.yaml: is not a Kubernetes object/],
    ["an empty folder", ["old", "empty"], /empty: holds no Kubernetes objects/],
    ["three sides", ["old", "new", "old"], /more than two sides cannot be compared/],
    [
      "two ways at once",
      ["old", "--cluster"],
      /arguments and --cluster together cannot be compared/,
    ],
    [
      "a context without a cluster",
      ["old", "new", "--context", "x"],
      /--context: goes with --cluster/,
    ],
    ["a stack that is not there", ["--stack", "nope"], /Pulumi\.nope\.yaml: no such file/],
    ["an unknown flag", ["--nope"], /unknown option/],
    ["an overlay that is wrong", ["cni-gcp", "cni-gpc"], /cni-gpc: is no file/],
  ] as const) {
    it(`${name}: exit code 2`, async () => {
      const { code, stderr } = await diff(...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, pattern);
      assert.doesNotMatch(stderr, /at .*\.[jt]s:\d+/);
    });
  }
});
