import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { extraProgram } from "../../toolchain/setup";
import { kubernetesProgram } from "./kubernetes";
import { freePort, logTail, type Server, startServer, type Wrap } from "./processes";

/** A real Kubernetes API server with its own etcd, on loopback ports of its own. */
export interface ApiServer {
  /** Path of a kubeconfig with all rights. */
  readonly kubeconfig: string;
  readonly url: string;
  /** Folder with logs and data; gone after `stop`. */
  readonly folder: string;
  /** Stops the API server alone, and starts it again with its data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 180_000;
const TOKEN = "test-token";

function writeKeys(folder: string): { publicKey: string; privateKey: string } {
  const keys = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const publicKey = join(folder, "sa.pub");
  const privateKey = join(folder, "sa.key");
  writeFileSync(publicKey, keys.publicKey);
  writeFileSync(privateKey, keys.privateKey);
  return { publicKey, privateKey };
}

function writeKubeconfig(folder: string, url: string): string {
  const path = join(folder, "kubeconfig");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: url, "insecure-skip-tls-verify": true } }],
    users: [{ name: "admin", user: { token: TOKEN } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    "current-context": "test",
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request(
      `${url}/readyz`,
      { rejectUnauthorized: false, headers: { authorization: `Bearer ${TOKEN}` } },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    call.once("error", () => resolve(false));
    call.end();
  });
}

function startEtcd(folder: string, client: number, peer: number, wrap?: Wrap): Server {
  const url = `http://127.0.0.1:${client}`;
  return startServer(
    "etcd",
    extraProgram("etcd"),
    [
      `--data-dir=${join(folder, "etcd")}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      "--unsafe-no-fsync",
    ],
    folder,
    wrap,
  );
}

/** How a test's API server differs from a usual one. */
export interface ApiServerOptions {
  /**
   * Calls admission webhooks. Where nothing can answer them, as where kwok plays the pods, no
   * object that a webhook of istiod's covers could be made.
   * @default true
   */
  readonly webhooks?: boolean;
  /** Where it runs. @default on this machine, reached by the loopback address alone */
  readonly place?: Place;
}

/** A network of its own to run in, into which this machine's port of the same number leads. */
export interface Place {
  readonly folder: string;
  readonly port: number;
  /** What pods reach it by. */
  readonly address: string;
  readonly wrap: Wrap;
}

function startKubeApiserver(
  folder: string,
  etcd: number,
  port: number,
  { webhooks = true, place }: ApiServerOptions,
): Server {
  const keys = writeKeys(folder);
  const tokens = join(folder, "tokens.csv");
  writeFileSync(tokens, `${TOKEN},admin,admin,"system:masters"\n`);
  return startServer(
    "kube-apiserver",
    kubernetesProgram("kube-apiserver"),
    [
      `--etcd-servers=http://127.0.0.1:${etcd}`,
      ...(place === undefined
        ? ["--bind-address=127.0.0.1"]
        : [
            "--bind-address=0.0.0.0",
            `--advertise-address=${place.address}`,
            "--kubelet-preferred-address-types=InternalIP",
          ]),
      `--secure-port=${port}`,
      `--cert-dir=${join(folder, "certs")}`,
      `--token-auth-file=${tokens}`,
      "--authorization-mode=RBAC",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${keys.publicKey}`,
      `--service-account-signing-key-file=${keys.privateKey}`,
      "--service-cluster-ip-range=10.0.0.0/24",
      "--enable-aggregator-routing=true",
      "--allow-privileged=true",
      ...(webhooks
        ? []
        : ["--disable-admission-plugins=MutatingAdmissionWebhook,ValidatingAdmissionWebhook"]),
    ],
    folder,
    place?.wrap,
  );
}

async function waitUntilReady(url: string, server: Server): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await isReady(url))) {
    if (Date.now() > deadline) {
      throw new Error(`${server.name} is not ready after 60 s:\n${logTail(server)}`);
    }
    await delay(200);
  }
}

/**
 * Starts etcd and kube-apiserver (`setupProject({ with: ["apiserver"] })` provides them); ready in
 * some 5 seconds.
 */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const { place } = options;
  const folder = place?.folder ?? mkdtempSync(join(tmpdir(), "mesh-api-"));
  const [client, peer] = [await freePort(), await freePort()];
  const port = place?.port ?? (await freePort());
  const etcd = startEtcd(folder, client, peer, place?.wrap);
  const start = () => startKubeApiserver(folder, client, port, options);
  let apiserver = start();
  const url = `https://127.0.0.1:${port}`;
  const stop = async () => {
    await apiserver.stop();
    await etcd.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilReady(url, apiserver);
  } catch (error) {
    await stop();
    throw error;
  }
  const restart = async () => {
    await apiserver.stop();
    apiserver = start();
    await waitUntilReady(url, apiserver);
  };
  return { kubeconfig: writeKubeconfig(folder, url), url, folder, restart, stop };
}
