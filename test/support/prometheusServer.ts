import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { dump } from "js-yaml";
import { freePort, logTail, type Server, startServer, type Wrap } from "../cluster/processes";
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

/** Where a Prometheus runs, if it is not this machine's loopback address. */
export interface PrometheusPlace {
  readonly host: string;
  readonly port: number;
  /** Runs it there. */
  readonly wrap: Wrap;
  /** Whether an address there answers. */
  readonly answers: (url: string) => Promise<boolean>;
}

async function onLoopback(): Promise<PrometheusPlace> {
  return {
    host: "127.0.0.1",
    port: await freePort(),
    wrap: (command) => command,
    answers: async (url) => (await fetch(url).catch(() => undefined))?.ok === true,
  };
}

/** Starts a Prometheus with its jobs of scrapes, as its configuration has them. */
export async function startScraping(
  program: string,
  jobs: readonly object[],
  place?: PrometheusPlace,
): Promise<RunningPrometheus> {
  const { host, port, wrap, answers } = place ?? (await onLoopback());
  const folder = temporaryFolder("prometheus");
  const config = { global: { scrape_interval: "1s" }, scrape_configs: jobs };
  writeFileSync(join(folder, "prometheus.yml"), dump(config));
  const flags = [
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=${host}:${port}`,
  ];
  const server = startServer("prometheus", program, flags, folder, wrap);
  const url = `http://${host}:${port}`;
  await until(
    () => answers(`${url}/-/ready`),
    READY_MS,
    () => `Prometheus is not ready: ${logTail(server)}`,
  );
  return { url, port, server };
}

/** Starts a Prometheus that scrapes a target of this machine each second. */
export function startPrometheus(program: string, target: number): Promise<RunningPrometheus> {
  const static_configs = [{ targets: [`127.0.0.1:${target}`] }];
  return startScraping(program, [{ job_name: "istio", static_configs }]);
}
