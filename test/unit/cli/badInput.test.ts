import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NEW, NEWEST } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { mesh } from "../../support/run";
import { overlayText, removeFolders, temporaryFolder } from "../mesh/support";

/** Nine levels of nine aliases each. */
function bomb(): string {
  const lines = ["    a: &a [x, x, x, x, x, x, x, x, x]"];
  for (const [previous, key] of [..."bcdefghi"].map((key, i) => ["abcdefghi"[i], key])) {
    lines.push(`    ${key}: &${key} [${Array(9).fill(`*${previous}`).join(", ")}]`);
  }
  return overlayText(`spec:\n  values:\n${lines.join("\n")}\n`);
}

const FILES: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ["text.yaml", "just some text", /text\.yaml: is not a YAML mapping/],
  [
    "tabs.yaml",
    overlayText("spec:\n\thub: x\n"),
    /tabs\.yaml:4: is not valid YAML: Tabs are not allowed/,
  ],
  [
    "twice.yaml",
    overlayText("spec:\n  hub: a\n  hub: b\n"),
    /twice\.yaml:5: is not valid YAML: Map keys must be unique/,
  ],
  [
    "noanchor.yaml",
    overlayText("spec:\n  values: *nope\n"),
    /noanchor\.yaml: cannot be read: Unresolved alias/,
  ],
  [
    "list.yaml",
    overlayText("spec:\n  components:\n    - pilot\n"),
    /list\.yaml:4: spec\.components: has the wrong type/,
  ],
  [
    "two.yaml",
    `${overlayText("")}---\n${overlayText("")}`,
    /two\.yaml:4: holds 2 documents; .*a file of its own/,
  ],
  ["kind.yaml", "apiVersion: v1\nkind: ConfigMap\n", /kind\.yaml:2: kind: is not an overlay/],
  [
    "typo.yaml",
    overlayText("spec:\n  componets: {}\n"),
    /typo\.yaml:4: spec\.componets: unknown field.*did you mean "components"/,
  ],
  [
    "type.yaml",
    overlayText("spec:\n  components:\n    pilot:\n      k8s:\n        replicaCount: three\n"),
    /type\.yaml:7: spec\.components\.pilot\.k8s\.replicaCount: has the wrong type/,
  ],
  [
    "dots.yaml",
    overlayText(`spec:\n  revision: ${NEWEST}\n`),
    pattern`dots\.yaml:4: spec\.revision: dots are not allowed.*write "${NEW}"`,
  ],
  [
    "upper.yaml",
    overlayText("spec:\n  revision: Canary\n"),
    /upper\.yaml:4: spec\.revision: is not a revision.*write "canary"/,
  ],
  ["big.yaml", "a".repeat(10_000_000), /big\.yaml: is larger than 256 KiB/],
  [
    "deep.yaml",
    overlayText(`spec: ${"{a: ".repeat(5000)}1${"}".repeat(5000)}\n`),
    /deep\.yaml: is nested deeper than 100 levels/,
  ],
  ["bomb.yaml", bomb(), /bomb\.yaml: cannot be read: Excessive alias count/],
  ["binary.yaml", Buffer.from([0xff, 0xfe, 0, 1, 2]), /binary\.yaml: is not/],
  ["empty.yaml", "", /empty\.yaml: is empty/],
];

const ONLY_LINT = [
  [
    "profile.yaml",
    overlayText("spec:\n  profile: ambeint\n"),
    /profile\.yaml:4: spec\.profile: there is no profile.*did you mean "ambient"/,
  ],
] as const;

describe("bad input, as a new user gives it", () => {
  let cwd: string;

  before(() => {
    cwd = temporaryFolder();
    for (const [name, content] of [...FILES, ...ONLY_LINT]) {
      writeFileSync(join(cwd, name), content);
    }
    mkdirSync(join(cwd, "folder.yaml"));
  });
  after(removeFolders);

  const names = [...FILES.map(([name]) => name), "folder.yaml", "missing.yaml"];
  const expected = [
    ...FILES.map(([, , pattern]) => pattern),
    /folder\.yaml: is a folder/,
    /missing\.yaml: no such file/,
  ];

  const CALLS: readonly (readonly [string, readonly string[]])[] = [
    ["overlay lint", ["overlay", "lint", ...names]],
    ["overlay migrate", ["overlay", "migrate", ...names]],
    ["overlay explain", ["overlay", "explain", ...names.flatMap((name) => ["-f", name])]],
    ["profile dump", ["profile", "dump", ...names.flatMap((name) => ["-f", name])]],
    ["manifest generate", ["manifest", "generate", ...names.flatMap((name) => ["-f", name])]],
    ["manifest diff", ["manifest", "diff", "--cluster", ...names.flatMap((name) => ["-f", name])]],
  ];
  for (const [name, args] of CALLS) {
    it(`mesh ${name} says all of it at once, with file, line and path`, async () => {
      const { code, output } = await mesh(args, { cwd });
      // Two of the names cannot be read at all.
      assert.equal(code, 2, output);
      for (const pattern of expected) {
        assert.match(output, pattern);
      }
      assert.doesNotMatch(output, /at .*\.[jt]s:\d+/, "a stack trace is of no use here");
    });
  }

  for (const [name, , pattern] of ONLY_LINT) {
    it(`mesh overlay lint ${name}`, async () => {
      const { code, stdout } = await mesh(["overlay", "lint", name], { cwd });
      assert.equal(code, 1);
      assert.match(stdout, pattern);
    });
  }

  it("flags: version, revision, profile, option and setting at once", async () => {
    const flags = [
      "--istio-version",
      "1.2",
      "-r",
      "1.29",
      "--profile",
      "nop",
      "--option",
      "cni",
      "--set",
      "foo",
    ];
    const { code, stderr } = await mesh(["overlay", "explain", ...flags], { cwd });
    assert.equal(code, 2);
    for (const pattern of [
      /version: is not a full version \(got "1\.2"\)/,
      /revision: dots are not allowed/,
      /inputs: profile: there is no profile of this name/,
      /option cni: there is no option of this name/,
      /--set: is not of the form path=value \(got "foo"\)/,
    ]) {
      assert.match(stderr, pattern);
    }
  });

  it("a stack's file that is no YAML", async () => {
    writeFileSync(join(cwd, "Pulumi.bad.yaml"), "config: [\n");
    const { code, stderr } = await mesh(["overlay", "explain", "--stack", "bad"], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /Pulumi\.bad\.yaml: is not valid YAML/);
  });
});
