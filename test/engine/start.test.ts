import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NEW, NEWEST } from "../../toolchain/versions";
import { copyOfProject } from "../support/checkout";
import { copyOfHome } from "../support/home";
import { filesBelow } from "../support/manifests";
import { DEV_OBJECTS } from "../support/newestObjects";
import { pattern } from "../support/pattern";
import { type Finished, run, TSX } from "../support/run";
import { toolsFor } from "../support/tools";

const CREDENTIALS = JSON.stringify({ current: "https://example.com", accessTokens: {} });

describe("npm start in a fresh clone", () => {
  let folder: string;
  let home: string;
  let first: Finished;

  const start = () =>
    run(process.execPath, ["--require", TSX, join(folder, "toolchain", "start.ts")], {
      cwd: folder,
      env: { PULUMI_HOME: home },
    });

  before(async function () {
    const tools = await toolsFor(this);
    folder = copyOfProject();
    home = copyOfHome(tools.home);
    writeFileSync(join(home, "credentials.json"), CREDENTIALS);
    first = await start();
    assert.equal(first.code, 0, first.output);
  });

  it("previews and creates the whole mesh", () => {
    assert.match(first.stdout, /Previewing update \(dev\)/);
    assert.match(first.stdout, /\+ \d+ created/);
    assert.equal(filesBelow(join(folder, "rendered", "dev")).length, DEV_OBJECTS);
  });

  it("ends with what it made, for people", () => {
    for (const line of [
      new RegExp(
        pattern`^Istio ${NEWEST}, revision ${NEW}, profile default, in istio-system$`,
        "m",
      ),
      /^ {2}mutual TLS {2}STRICT$/m,
      /^ {4}Ingress gateways: istio-ingressgateway$/m,
      /option envoy-access-log\n.*option cni-gcp\n.*option distroless-proxy/,
      new RegExp(pattern`^ {4}docker\.io/istio/pilot:${NEWEST}$`, "m"),
      new RegExp(`^ {2}${DEV_OBJECTS} files in rendered/dev$`, "m"),
      /^What to run next$/m,
    ]) {
      assert.match(first.stdout, line);
    }
  });

  it("changes nothing the second time", async () => {
    const files = filesBelow(join(folder, "rendered"));
    const before = files.map((file) => readFileSync(file, "utf8"));
    const second = await start();
    assert.equal(second.code, 0, second.output);
    assert.match(second.stdout, /\d+ unchanged/);
    assert.doesNotMatch(second.stdout, /\d+ (created|updated|deleted|replaced|to create)/);
    assert.deepEqual(filesBelow(join(folder, "rendered")), files);
    assert.deepEqual(
      files.map((file) => readFileSync(file, "utf8")),
      before,
    );
  });

  it("leaves the user's login alone, and keeps its own state in the clone", () => {
    assert.equal(readFileSync(join(home, "credentials.json"), "utf8"), CREDENTIALS);
    assert.ok(filesBelow(join(folder, ".state")).length > 0);
  });
});
