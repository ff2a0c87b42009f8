import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { parse } from "yaml";
import { meshProgram } from "../../../cli/program";
import { readStackConfig } from "../../../mesh/plan/stackConfig";
import { allBlocks, writtenPages } from "../../support/markdownBlocks";
import { ROOT } from "../../support/tools";

/** Where a text of a page stands, for messages. */
interface Found {
  readonly page: string;
  readonly text: string;
}

/** The lines of shell blocks, without comments. */
function shellLines(): readonly Found[] {
  return allBlocks()
    .filter(({ info }) => /^(sh|bash)\b/.test(info))
    .flatMap(({ page, text }) => text.split("\n").map((line) => ({ page, text: line })))
    .map(({ page, text }) => ({ page, text: text.replace(/(^|\s+)#.*$/, "").trim() }));
}

/** Calls of the command `mesh`, without what they are piped to. */
function meshCalls(): readonly Found[] {
  return shellLines().flatMap(({ page, text }) => {
    const call = /^(?:npx |npm run -s mesh -- )?(mesh .*|(?<=mesh -- ).*)$/.exec(text)?.[1];
    const words = call?.replace(/^mesh /, "").split(/ [|>] /)[0];
    return words === undefined ? [] : [{ page, text: words }];
  });
}

/** What is wrong with a call: no such command, or a flag that it does not have. */
function problemOf(call: string): string | undefined {
  let command: Command = meshProgram();
  const words = call.split(/\s+/);
  while (command.commands.length > 0) {
    const word = words.shift();
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) {
      return `there is no command ${word}`;
    }
    command = next;
  }
  const flags = words.map((word) => /^(--?[a-z][a-z-]*)/.exec(word)?.[1]).filter((flag) => flag);
  const known = command.options.flatMap(({ long, short }) => [long, short]);
  const unknown = flags.filter((flag) => !known.includes(flag));
  return unknown.length === 0 ? undefined : `${command.name()} has no ${unknown.join(", ")}`;
}

/** The long flags of a command and of those below it. */
function allFlags(command: Command): ReadonlySet<string> {
  const below = command.commands.flatMap((each) => [...allFlags(each)]);
  return new Set([...below, ...command.options.flatMap(({ long }) => long ?? [])]);
}

/** Flags of other programs that the pages name: pulumi, istioctl and asmcli, npm scripts, signing. */
const OTHER_FLAGS: readonly string[] = [
  ...[
    "--debug",
    "--path",
    "--refresh",
    "--run-program",
    "--save-plan",
    "--secret",
    "--skip-preview",
    "--target",
  ],
  ...["--custom_overlay", "--dry-run", "--policy-pack", "--revision_name"],
  ...["--e2e", "--help", "--istio", "--kubernetes", "--module", "--only", "--random", "--seed"],
  ...["--with"],
  ...["--export", "--sign", "--tlog-upload"],
];

/** The configuration keys of a YAML block. */
function configOf(text: string): Readonly<Record<string, string>> {
  const { config } = parse(text) as { config?: Readonly<Record<string, unknown>> };
  return Object.fromEntries(
    Object.entries(config ?? {}).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

function unknownKeys(config: Readonly<Record<string, string>>): readonly string[] {
  return readStackConfig(config, "docs")
    .problems.filter(({ reason }) => ["unknown key", "is an unknown field"].includes(reason))
    .map(({ path }) => path);
}

/** The keys that a stack's configuration may have, as the message for an unknown key lists them. */
function knownKeys(): readonly string[] {
  const [problem] = readStackConfig({ "mesh:noSuchKey": "1" }, "docs").problems;
  assert.equal(problem?.reason, "unknown key");
  return problem.allowed?.split(", ") ?? [];
}

describe("examples in the documents", () => {
  it("call commands and flags of mesh that exist", () => {
    const calls = meshCalls();
    assert.ok(calls.length > 30, `${calls.length} calls`);
    const wrong = calls.flatMap(({ page, text }) => {
      const problem = problemOf(text);
      return problem === undefined ? [] : [`${page}: mesh ${text}: ${problem}`];
    });
    assert.deepEqual(wrong, []);
  });

  it("would fail for a command and a flag that do not exist", () => {
    assert.equal(problemOf("overlay lnt a.yaml"), "there is no command lnt");
    assert.equal(problemOf("overlay lint --strickt a.yaml"), "lint has no --strickt");
    assert.equal(problemOf("precheck --stack prod"), undefined);
  });

  it("name flags that exist, of mesh or of another program", () => {
    const own = allFlags(meshProgram());
    const wrong = writtenPages().flatMap((page) => {
      const text = readFileSync(join(ROOT, page), "utf8").replace(/^```[\s\S]*?^```$/gm, "");
      return [...text.matchAll(/`[^`\n]*`/g)]
        .flatMap(([code]) => [...code.matchAll(/(?<=[`\s])--[a-z][a-z0-9_-]*/g)])
        .map(([flag]) => flag)
        .filter((flag) => !own.has(flag) && !OTHER_FLAGS.includes(flag))
        .map((flag) => `${page}: ${flag}`);
    });
    assert.deepEqual(wrong, []);
  });

  it("run npm scripts that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const names = writtenPages().flatMap((page) => {
      const text = readFileSync(join(ROOT, page), "utf8");
      return [...text.matchAll(/npm run (?:-s |--silent )?([a-z0-9]+(?::[a-z0-9]+)*)/g)].map(
        ([, name = ""]) => ({ page, name }),
      );
    });
    assert.ok(names.length > 10, `${names.length} scripts`);
    assert.deepEqual(
      names.filter(({ name }) => !Object.hasOwn(scripts, name)),
      [],
    );
  });

  it("have configuration keys that exist", () => {
    const blocks = allBlocks().filter(
      ({ info, text }) => /^yaml\b/.test(info) && /^config:/m.test(text),
    );
    assert.ok(blocks.length >= 5, `${blocks.length} blocks`);
    const wrong = blocks.flatMap(({ page, text }) =>
      unknownKeys(configOf(text)).map((key) => `${page}: ${key}`),
    );
    assert.deepEqual(wrong, []);
  });

  it("set configuration keys that exist", () => {
    const keys = shellLines().flatMap(({ page, text }) => {
      const key = /\bmesh:([A-Za-z]+)/.exec(text)?.[1];
      return key === undefined ? [] : [{ page, key }];
    });
    assert.ok(keys.length > 10, `${keys.length} keys`);
    const known = knownKeys();
    assert.deepEqual(
      keys.filter(({ key }) => !known.includes(key)),
      [],
    );
  });
});

describe("the configuration reference", () => {
  it("has each key, and no other", () => {
    const page = readFileSync(join(ROOT, "docs/reference/configuration.md"), "utf8");
    // The sections after the first table are about the fields of its keys.
    const [text = ""] = page.split("\n## ");
    const documented = [...text.matchAll(/^\| ((?:`[A-Za-z]+`(?:, )?)+) \|/gm)].flatMap(
      ([, cell = ""]) => cell.replace(/`/g, "").split(", "),
    );
    assert.deepEqual([...documented].sort(), [...knownKeys()].sort());
  });
});

describe("README", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");

  it("names the lowest Node.js that the package takes", () => {
    const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const lowest = /Node\.js (\d+\.\d+) or newer/.exec(readme)?.[1];
    assert.equal(engines.node, `>=${lowest}.0`);
  });

  it("has at most 250 lines", () => {
    assert.ok(readme.split("\n").length <= 250);
  });
});
