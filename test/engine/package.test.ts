import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packedLibrary, repositoryOfProject } from "../support/package";
import { run } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { ROOT } from "../support/tools";

const BIN = join(ROOT, "node_modules", ".bin");

async function succeed(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, output } = await run(program, args, { cwd });
  assert.equal(code, 0, output);
  return output;
}

describe("the npm package", function () {
  // The package is built, and once more where git installs it.
  this.timeout(0);

  it("has nothing that publint finds", async () => {
    const args = ["run", await packedLibrary(), "--strict"];
    assert.match(
      await succeed(join(BIN, "publint"), args, temporaryFolder("publint")),
      /All good!/,
    );
  });

  it("has types that every kind of module resolution finds", async () => {
    const args = [await packedLibrary(), "--no-emoji"];
    const output = await succeed(join(BIN, "attw"), args, temporaryFolder("attw"));
    assert.match(output, /No problems found/);
  });

  it("can be installed from a git repository, and is built there", async () => {
    const project = temporaryFolder("git-install");
    writeFileSync(join(project, "package.json"), JSON.stringify({ private: true }));
    const url = `git+file://${repositoryOfProject()}`;
    await succeed("npm", ["install", "--no-audit", "--no-fund", "--omit=dev", url], project);
    const script = 'console.log(Object.keys(require("pulumi-service-mesh")).join())';
    assert.match(await succeed(process.execPath, ["-e", script], project), /ServiceMesh/);
    const mesh = join(project, "node_modules", ".bin", "mesh");
    assert.equal((await succeed(mesh, ["--version"], project)).trim(), "0.1.0");
  });
});
