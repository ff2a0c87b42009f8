import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { dump } from "js-yaml";
import { freePort, type Server, startServer } from "../cluster/processes";
import { programOnPath } from "../node/requirements";
import { until } from "../node/wait";
import { temporaryFolder } from "./temporary";
import { ROOT } from "./tools";

/** Where the program of Debian's package is kept; nothing is installed. */
const KEPT = join(ROOT, ".toolchain", "debian-prometheus");

/** How long Prometheus may take to start, in milliseconds. */
const READY_MS = 30_000;

/** Fetches Debian's package and unpacks its program. */
function fetchProgram(): string {
  const target = join(KEPT, "prometheus");
  if (existsSync(target)) {
    return target;
  }
  const folder = temporaryFolder("prometheus");
  execFileSync("apt-get", ["download", "prometheus"], { cwd: folder, stdio: "pipe" });
  const [file = ""] = readdirSync(folder).filter((name) => name.endsWith(".deb"));
  execFileSync("dpkg-deb", ["--extract", file, "x"], { cwd: folder, stdio: "pipe" });
  mkdirSync(KEPT, { recursive: true });
  // A copy in the same file system first, so that a killed run leaves no half of it.
  const half = `${target}-${process.pid}`;
  execFileSync("cp", [join(folder, "x", "usr", "bin", "prometheus"), half]);
  renameSync(half, target);
  rmSync(join(folder, "x"), { recursive: true });
  return target;
}

/** Prometheus: the machine's, or that of Debian's package. `undefined` where neither is to be had. */
export function prometheusProgram(): string | undefined {
  const own = programOnPath("prometheus");
  if (own !== undefined) {
    return own;
  }
  try {
    return fetchProgram();
  } catch {
    return undefined;
  }
}

/** A server of metrics in Prometheus' text format. */
export interface MetricsServer {
  readonly port: number;
  stop(): void;
}

/** Serves what the function returns at each scrape. */
export async function serveMetrics(text: () => string): Promise<MetricsServer> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, stop: () => server.close() };
}

/** A Prometheus that runs. */
export interface RunningPrometheus {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
}

/**
 * Starts a Prometheus that scrapes a target of this machine each second.
 *
 * @param host the address that it listens on
 */
export async function startPrometheus(
  program: string,
  target: number,
  host = "127.0.0.1",
): Promise<RunningPrometheus> {
  const folder = temporaryFolder("prometheus");
  const port = await freePort();
  const scrape = {
    job_name: "istio",
    static_configs: [{ targets: [`127.0.0.1:${target}`] }],
  };
  const config = { global: { scrape_interval: "1s" }, scrape_configs: [scrape] };
  writeFileSync(join(folder, "prometheus.yml"), dump(config));
  const server = startServer(
    "prometheus",
    program,
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${host}:${port}`,
    ],
    folder,
  );
  const url = `http://${host}:${port}`;
  await until(
    async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true,
    READY_MS,
    () => `Prometheus is not ready; see ${server.log}`,
  );
  return { url, port, server };
}
