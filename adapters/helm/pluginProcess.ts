import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { CannotRender } from "../../mesh/render/engine";

const BINARY = "pulumi-resource-kubernetes";

function binaryName(): string {
  return process.platform === "win32" ? `${BINARY}.exe` : BINARY;
}

/**
 * Returns the version of the installed `@pulumi/kubernetes`, which is also the version of its
 * provider.
 */
export function providerVersion(): string {
  return (require("@pulumi/kubernetes/package.json") as { version: string }).version;
}

/** Returns Pulumi's folder for the provider, then the folders on PATH. */
function candidates(env: NodeJS.ProcessEnv): string[] {
  const home = env.PULUMI_HOME || join(homedir(), ".pulumi");
  const plugin = join(home, "plugins", `resource-kubernetes-v${providerVersion()}`, binaryName());
  const onPath = (env.PATH ?? "").split(delimiter).map((folder) => join(folder, binaryName()));
  return [plugin, ...onPath];
}

/**
 * Returns the path of Pulumi's Kubernetes provider.
 *
 * @throws Error if it is not installed, with the command that installs it
 */
export function findProvider(env: NodeJS.ProcessEnv = process.env): string {
  const found = candidates(env).find((path) => existsSync(path));
  if (found === undefined) {
    throw new CannotRender(
      `Pulumi's Kubernetes provider ${providerVersion()} is not installed, and its Helm renders the charts; ` +
        `fix: pulumi plugin install resource kubernetes ${providerVersion()}`,
    );
  }
  return found;
}

export interface PluginProcess {
  /** `host:port` of its gRPC server. */
  readonly address: string;
  stop(): void;
}

/** The provider connects to the engine's address only to log. Nothing listens there. */
const NO_ENGINE = "127.0.0.1:1";

function readPort(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let errors = "";
    child.stderr?.on("data", (chunk) => {
      errors += String(chunk);
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      reject(new Error(`${BINARY} ended with code ${code} before it was ready: ${errors.trim()}`));
    });
    child.stdout?.once("data", (chunk) => resolve(String(chunk).trim()));
  });
}

function letNodeEnd(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdout, child.stderr]) {
    (stream as unknown as { unref?: () => void } | null)?.unref?.();
  }
}

/** Starts the provider as a child process, which ends with this process. */
export async function startProvider(path = findProvider()): Promise<PluginProcess> {
  const child = spawn(path, [NO_ENGINE], { stdio: ["ignore", "pipe", "pipe"] });
  const kill = () => child.kill();
  process.once("exit", kill);
  const port = await readPort(child);
  letNodeEnd(child);
  return {
    address: `127.0.0.1:${port}`,
    stop() {
      process.removeListener("exit", kill);
      kill();
    },
  };
}
