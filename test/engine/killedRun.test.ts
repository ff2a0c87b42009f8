import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { TSX } from "../support/run";
import { ROOT, toolsFor } from "../support/tools";

const ENDED_MS = 10_000;

/** Starts an API server and tells its address. */
const SCRIPT = `
  const { startApiServer } = require(${JSON.stringify(join(ROOT, "test", "cluster", "apiServer.ts"))});
  startApiServer().then(({ url }) => console.log("URL " + url));
  setInterval(() => {}, 1000);
`;

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

describe("servers of a test run that is killed", () => {
  before(async function () {
    await toolsFor(this);
    if (!["/usr/bin/setpriv", "/bin/setpriv"].some(existsSync)) {
      console.warn("    skipped: there is no setpriv, with which they end");
      this.skip();
    }
  });

  it("end with it", async () => {
    const child = spawn(process.execPath, ["--require", TSX, "--eval", SCRIPT], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const url = await new Promise<string>((resolve) => {
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => {
        text += chunk;
        const [, found] = /URL (\S+)/.exec(text) ?? [];
        if (found !== undefined) {
          resolve(found);
        }
      });
    });
    const port = Number(new URL(url).port);
    assert.equal(await answers(port), true);
    child.kill("SIGKILL");
    const deadline = Date.now() + ENDED_MS;
    while ((await answers(port)) && Date.now() < deadline) {
      await delay(100);
    }
    assert.equal(await answers(port), false, "the API server runs on");
  });
});
