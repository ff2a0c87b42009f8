import type { X509Certificate } from "node:crypto";
import { isObject, type JsonObject } from "../../common/json";
import { nameOf } from "../../k8s/workload";
import { isUnread, type Read } from "../../snapshot/snapshot";
import type { Finding } from "../finding";
import { findingsOf, notChecked } from "../findings";
import { validationOf } from "./define";
import type { CaSource, MeshState } from "./state";
import { endOf, parsePem, titleOfCertificate } from "./x509";

const DAY_MS = 86_400_000;

/** With fewer days left, a CA certificate is a warning. */
const WARN_DAYS = 30;

/** The ConfigMap in which istiod gives its root certificate to every namespace. */
export const ROOT_CONFIG_MAP = "istio-ca-root-cert";

/** The Secret with certificates that a user provides. */
export const PLUGGED_IN_SECRET = "cacerts";

const ca = findingsOf("ca-certificate");

/** istiod renews its own root long before it expires, unless that is disabled. */
function renewOwn(namespace: string): string {
  return (
    "istiod renews its own root by itself; when it has not, have it make another: kubectl " +
    `-n ${namespace} delete secret istio-ca-secret, kubectl -n ${namespace} rollout restart deploy ` +
    "-l app=istiod, then restart the workloads, which do not trust each other until all have"
  );
}

const REPLACE =
  "replace the Secret cacerts with certificates that are valid, and restart istiod: https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/";

function caFinding(
  { title, namespace = "istio-system" }: CaSource,
  key: string,
  certificate: X509Certificate,
  now: number,
): Finding {
  const object = `${title} ${key}`;
  const days = Math.floor((endOf(certificate) - now) / DAY_MS);
  const name = titleOfCertificate(certificate);
  const fix = title.endsWith(`/${PLUGGED_IN_SECRET}`) ? REPLACE : renewOwn(namespace);
  if (endOf(certificate) <= now) {
    return ca.error(object, `${name} has expired on ${certificate.validTo}`, fix);
  }
  const reason = `${name} expires in ${days} days, on ${certificate.validTo}`;
  return days < WARN_DAYS ? ca.warning(object, reason, fix) : ca.ok(object, reason);
}

function keyFindings(source: CaSource, key: string, pem: string, now: number): Finding[] {
  try {
    return parsePem(pem).map((certificate) => caFinding(source, key, certificate, now));
  } catch (error) {
    const reason = `is not a certificate: ${(error as Error).message}`;
    return [ca.error(`${source.title} ${key}`, reason, REPLACE)];
  }
}

/** Checks that the certificates of the CA are valid for 30 more days. */
export function checkCa({ caSources, now }: Pick<Read<MeshState>, "caSources" | "now">): Finding[] {
  return caSources.flatMap((source) =>
    isUnread(source.certificates)
      ? [notChecked("ca-certificate", source.title, source.certificates.unread)]
      : Object.entries(source.certificates).flatMap(([key, pem]) =>
          keyFindings(source, key, pem, now),
        ),
  );
}

/** Root certificates of the mesh, from the ConfigMaps beside its control planes. */
export function meshRoots(configMaps: readonly JsonObject[]): X509Certificate[] {
  return configMaps
    .filter((each) => nameOf(each) === ROOT_CONFIG_MAP)
    .flatMap((each) => parsePem(rootOf(each)));
}

function rootOf({ data }: JsonObject): string {
  return isObject(data) ? String(data["root-cert.pem"] ?? "") : "";
}

export const caCertificate = validationOf({
  id: "ca-certificate",
  needs: ["caSources", "now"],
  run: checkCa,
});
