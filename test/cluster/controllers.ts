import { join } from "node:path";
import type { ApiServer } from "./apiServer";
import { kubernetesProgram } from "./kubernetes";
import { freePort, type Server, startServer, type Wrap } from "./processes";

async function commonArgs(cluster: ApiServer): Promise<string[]> {
  return [
    `--kubeconfig=${cluster.kubeconfig}`,
    "--leader-elect=false",
    "--bind-address=127.0.0.1",
    `--secure-port=${await freePort()}`,
    `--cert-dir=${join(cluster.folder, "certs")}`,
  ];
}

interface Options {
  readonly wrap?: Wrap;
  /** Tells pods how to know the API server. */
  readonly rootCertificate?: string;
}

/** The controllers and the scheduler of a cluster. */
export async function startControllers(
  cluster: ApiServer,
  { wrap, rootCertificate }: Options = {},
): Promise<Server[]> {
  const start = (name: string, args: readonly string[]) =>
    startServer(name, kubernetesProgram(name), args, cluster.folder, wrap);
  return [
    start("kube-controller-manager", [
      ...(await commonArgs(cluster)),
      `--service-account-private-key-file=${join(cluster.folder, "sa.key")}`,
      ...(rootCertificate === undefined ? [] : [`--root-ca-file=${rootCertificate}`]),
    ]),
    start("kube-scheduler", await commonArgs(cluster)),
  ];
}
