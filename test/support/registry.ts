import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { create } from "tar";
import { setupProject } from "../../toolchain/officialCharts";
import { extraProgram } from "../../toolchain/setup";
import { NEWEST } from "../../toolchain/versions";
import { run } from "./run";
import { temporaryFolder } from "./temporary";

/** A server on the loopback address. */
export interface Listening {
  /** Host and port. */
  readonly address: string;
  stop(): Promise<void>;
}

/** The pinned crane, set up once; where it is missing that takes a minute. */
export async function craneFor(
  context: Mocha.Context,
): Promise<{ readonly crane: string; readonly home: string }> {
  context.timeout(0);
  const { home } = await setupProject({ istio: [NEWEST], with: ["images"] });
  return { crane: extraProgram("crane"), home };
}

const START_MS = 20_000;

/** What has to end with this process. */
const running = new Set<ChildProcess>();

process.once("exit", () => {
  for (const child of running) {
    child.kill("SIGKILL");
  }
});

/** A real registry that keeps what it gets in memory. */
export function serveRegistry(crane: string): Promise<Listening> {
  const child = spawn(crane, ["registry", "serve", "--address", "127.0.0.1:0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => {
      running.delete(child);
      resolve();
    });
  });
  const stop = () => {
    child.kill("SIGKILL");
    return ended;
  };
  return new Promise((resolve, reject) => {
    let log = "";
    const late = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`the registry did not start: ${log}`));
    }, START_MS);
    child.stderr.on("data", (chunk) => {
      log += String(chunk);
      const port = /serving on port (\d+)/.exec(log)?.[1];
      if (port !== undefined) {
        clearTimeout(late);
        resolve({ address: `127.0.0.1:${port}`, stop });
      }
    });
    child.once("error", reject);
  });
}

/** Looks at a request before it goes on; what answers it itself returns true. */
export type Gate = (
  request: IncomingMessage,
  response: ServerResponse,
) => boolean | Promise<boolean>;

/** Changes the headers of an answer. */
export type Amend = (
  request: IncomingMessage,
  headers: IncomingMessage["headers"],
) => IncomingMessage["headers"];

interface Front {
  readonly gate?: Gate;
  readonly amend?: Amend;
  readonly tls?: { readonly key: string; readonly cert: string };
}

function forward(to: string, amend: Amend, request: IncomingMessage, response: ServerResponse) {
  const { method, url, headers } = request;
  const onward = httpRequest(`http://${to}${url}`, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, amend(request, answer.headers));
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}

async function listen(server: Server): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A registry seen through something that waits, counts, refuses or lies. */
export function serveFront(to: string, front: Front): Promise<Listening> {
  const { gate = () => false, amend = (_request, headers) => headers, tls } = front;
  const answer: RequestListener = async (request, response) => {
    if (!(await gate(request, response))) {
      forward(to, amend, request, response);
    }
  };
  return listen(tls === undefined ? createServer(answer) : createTlsServer(tls, answer));
}

/** Makes images out of random bytes, and pushes them. */
export class ImageMaker {
  private readonly folder = temporaryFolder("layers");

  constructor(private readonly crane: string) {}

  private async call(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(this.crane, args, { cwd: this.folder });
    if (code !== 0) {
      throw new Error(`crane ${args.join(" ")}: ${stderr}`);
    }
    return stdout.trim();
  }

  /** An image of one layer of so many random bytes. */
  async push(image: string, platform = "linux/amd64", bytes = 20_000): Promise<string> {
    writeFileSync(join(this.folder, "content"), randomBytes(bytes));
    const layer = join(this.folder, "layer.tar");
    await create({ file: layer, cwd: this.folder }, ["content"]);
    await this.call("append", "--oci-empty-base", "-f", layer, "-t", image);
    await this.call("mutate", image, "--set-platform", platform, "-t", image);
    return this.digest(image);
  }

  /** An index of two platforms. */
  async pushIndex(image: string): Promise<string> {
    const flags: string[] = [];
    for (const platform of ["linux/amd64", "linux/arm64"]) {
      const part = `${image}-${platform.replace("/", "-")}`;
      await this.push(part, platform);
      flags.push("-m", part);
    }
    await this.call("index", "append", ...flags, "-t", image);
    return this.digest(image);
  }

  digest(image: string, platform?: string): Promise<string> {
    return this.call("digest", image, ...(platform === undefined ? [] : ["--platform", platform]));
  }

  manifest(image: string): Promise<string> {
    return this.call("manifest", image);
  }

  /** Repositories of a registry. */
  async repositories(registry: string): Promise<string[]> {
    return (await this.call("catalog", registry)).split("\n").filter((line) => line !== "");
  }

  /** Reads every layer of an image, and checks it. */
  validate(image: string): Promise<string> {
    return this.call("validate", "--remote", image);
  }
}
