import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CONVENTIONS } from "../../../cli/conventions";
import { everyCommand, meshProgram } from "../../../cli/program";
import { mesh } from "../../support/run";
import { temporaryFolder } from "../../support/temporary";

const commands = everyCommand(meshProgram()).filter(
  (command) => !["help", "complete"].includes(command.name()),
);
const leaves = commands.filter((command) => command.commands.length === 0);
const printing = leaves.filter((command) => command.name() !== "completion");

const nameOf = (command: (typeof commands)[number]): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;

function helpOf(command: (typeof commands)[number]): string {
  const parts: string[] = [];
  command.configureOutput({ writeOut: (part) => void parts.push(part) }).outputHelp();
  return parts.join("");
}

describe("conventions of all commands", () => {
  it("there are commands to look at", () => {
    assert.ok(printing.length >= 14, `${printing.length} commands`);
  });

  for (const command of printing) {
    const option = command.options.find(({ long }) => long === "--output");

    it(`${nameOf(command)} prints text, JSON and YAML`, () => {
      const parse = option?.parseArg as (value: string, before: unknown) => unknown;
      for (const format of ["text", "json", "yaml"]) {
        assert.doesNotThrow(() => parse(format, undefined), format);
      }
      assert.throws(() => parse("xml", undefined), /Allowed choices are/);
    });
  }

  it("a flag has the same short form everywhere, and a short form one flag", () => {
    const conventional = CONVENTIONS.map(({ flags }) => flags);
    const used = new Set(
      leaves.flatMap((command) =>
        command.options.map(({ short, long }) =>
          short === undefined ? long : `${short}, ${long}`,
        ),
      ),
    );
    for (const flags of used) {
      const long = String(flags).split(", ").at(-1);
      const same = conventional.filter((each) => each.split(", ").at(-1) === long);
      const hasShort = String(flags).includes(", ");
      // Every flag with a short form is a convention, and no convention has another form.
      assert.deepEqual(same, same.length > 0 || hasShort ? [flags] : [], `${flags}`);
    }
    const missing = conventional.filter((flags) => !used.has(flags) && flags !== "-h, --help");
    assert.deepEqual(missing, []);
  });

  for (const command of commands) {
    it(`${nameOf(command)} --help has examples, and exit codes unless it is a group`, () => {
      const help = helpOf(command);
      assert.match(help, /^Examples:\n {2}mesh /m);
      if (command.commands.length === 0) {
        assert.match(help, /^Exit code: 0 .*\b2\b/m);
      }
    });
  }

  for (const words of [[], ["overlay"], ["overlay", "lint"], ["completion"]]) {
    it(`mesh ${words.join(" ")}: an unknown flag ends with 2, and names the near one`, async () => {
      const { code, stderr } = await mesh([...words, "--hepl"]);
      assert.equal(code, 2);
      assert.match(stderr, /unknown option '--hepl'\n\(Did you mean --help\?\)/);
    });
  }

  it("a file that is missing ends with 2, and a fault in one that is there with 1", async () => {
    assert.equal((await mesh(["overlay", "lint", "missing.yaml"])).code, 2);
    assert.equal((await mesh(["profile", "dump", "-f", "missing.yaml"])).code, 2);
    const wrong = join(temporaryFolder("conventions"), "wrong.yaml");
    const head = { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator" };
    writeFileSync(wrong, JSON.stringify({ ...head, spec: { noSuchField: 1 } }));
    assert.equal((await mesh(["profile", "dump", "-f", wrong])).code, 1);
    assert.equal((await mesh(["profile", "dump", "-f", wrong, "-f", "missing.yaml"])).code, 2);
    assert.equal((await mesh(["profile", "list", "--istio-version", "one"])).code, 2);
    assert.equal((await mesh(["images", "mirror"])).code, 2);
  });

  it("--color decides about colours, also where no terminal is", async () => {
    const diff = ["profile", "diff", "default", "ambient"];
    assert.ok((await mesh([...diff, "--color", "always"])).stdout.includes("\u001b["));
    for (const env of [
      { FORCE_COLOR: "" },
      { FORCE_COLOR: "0" },
      { FORCE_COLOR: "1", NO_COLOR: "1" },
    ]) {
      assert.ok(!(await mesh(diff, { env })).stdout.includes("\u001b["), JSON.stringify(env));
    }
    assert.ok((await mesh(diff, { env: { FORCE_COLOR: "1" } })).stdout.includes("\u001b["));
  });
});

describe("mesh completion", () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    it(`prints a script for ${shell} that asks for the words`, async () => {
      const { code, stdout } = await mesh(["completion", shell]);
      assert.equal(code, 0);
      assert.match(stdout, /mesh complete '?--/);
    });
  }

  it("refuses another shell, and says which there are", async () => {
    const { code, stderr } = await mesh(["completion", "csh"]);
    assert.equal(code, 2);
    assert.match(stderr, /zsh, bash, fish, powershell/);
  });

  it("answers with commands and flags", async () => {
    const words = async (...typed: string[]) => {
      const { stdout } = await mesh(["complete", "--", ...typed]);
      return stdout.split("\n").map((line) => line.split("\t")[0]);
    };
    assert.deepEqual((await words("overlay", "")).slice(0, 3), ["explain", "lint", "migrate"]);
    assert.ok((await words("status", "--na")).includes("--namespace"));
  });
});

describe("a format that is none", () => {
  it("a folder after -o is answered with the flag for folders", async () => {
    const { code, stderr } = await mesh(["manifest", "generate", "-o", "rendered/"]);
    assert.equal(code, 2);
    assert.match(stderr, /A folder is --out-dir rendered\//);
  });

  it("the names of before still work", async () => {
    const { code, stdout } = await mesh(["profile", "list", "-o", "table"]);
    assert.equal(code, 0);
    assert.match(stdout, /^NAME /);
  });
});
