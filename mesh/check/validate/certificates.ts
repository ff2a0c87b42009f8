import type { X509Certificate } from "node:crypto";
import { listAt, nameOf } from "../../guard/workload";
import { isObject, type JsonObject } from "../../json";
import type { Finding } from "../finding";
import { findingsOf, notChecked } from "../findings";
import { meshConfigOf, spiffeId, trustDomainOf } from "./meshConfig";
import { livePlanes } from "./planes";
import { type CaSource, isUnread, type MeshState, type ProxyCertificate, type Read } from "./state";
import { beginOf, chainFault, endOf, parsePem, titleOfCertificate, uriNames } from "./x509";

const DAY_MS = 86_400_000;

/** With fewer days left, a CA certificate is worth a warning. */
const WARN_DAYS = 30;

/** ConfigMap by which istiod gives its root certificate to every namespace. */
export const ROOT_CONFIG_MAP = "istio-ca-root-cert";

/** Secret with certificates that a user brought. */
export const PLUGGED_IN_SECRET = "cacerts";

const ca = findingsOf("ca-certificate");

/** istiod renews its own root long before it ends, unless it was told not to look. */
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

/** Certificates of the CA are valid, and for 30 days more. */
export function checkCa({ caSources, now }: Pick<Read<MeshState>, "caSources" | "now">): Finding[] {
  return caSources.flatMap((source) =>
    isUnread(source.certificates)
      ? [notChecked("ca-certificate", source.title, source.certificates.unread)]
      : Object.entries(source.certificates).flatMap(([key, pem]) =>
          keyFindings(source, key, pem, now),
        ),
  );
}

/** What a workload's certificate has to be. */
export interface CertificateWish {
  readonly spiffeId: string;
  readonly roots: readonly X509Certificate[];
  /** In milliseconds. */
  readonly now: number;
}

/** How a proxy's certificate is. */
export type Verdict =
  | { readonly kind: "fine"; readonly text: string }
  | { readonly kind: "fault"; readonly text: string }
  | { readonly kind: "unknown"; readonly text: string };

const HOUR_MS = 3_600_000;

/**
 * Says of a workload's certificate that the mesh's CA issued it to the right identity, and how long
 * it lives; or what is wrong.
 */
export function judgeCertificate(chain: string, wish: CertificateWish): Verdict {
  const certificates = parsePem(chain);
  const fault = chainFault(certificates, wish.roots, wish.now);
  const [own] = certificates;
  if (fault !== undefined || own === undefined) {
    return { kind: "fault", text: fault ?? "there is none" };
  }
  const names = uriNames(own);
  if (!names.includes(wish.spiffeId)) {
    const text = `its name is ${names.join(", ") || "none"} and not ${wish.spiffeId}`;
    return { kind: "fault", text };
  }
  const hours = Math.round((endOf(own) - beginOf(own)) / HOUR_MS);
  const text = `issued by the mesh's CA to ${wish.spiffeId} for ${hours} h, until ${own.validTo}`;
  return { kind: "fine", text };
}

/** Judges a proxy's certificate, where it could be read and the root is the mesh's own. */
export function judgeProxy({ chain, otherCa }: ProxyCertificate, wish: CertificateWish): Verdict {
  if (otherCa !== undefined) {
    const text = `${otherCa} issues it, whose root certificate is not in ${ROOT_CONFIG_MAP}`;
    return { kind: "unknown", text };
  }
  if (isUnread(chain)) {
    return { kind: "unknown", text: chain.unread };
  }
  if (wish.roots.length === 0) {
    return {
      kind: "unknown",
      text: `there is no ConfigMap ${ROOT_CONFIG_MAP} beside a control plane`,
    };
  }
  return judgeCertificate(chain, wish);
}

/** What pilot-agent calls istiod's own CA. */
const OWN_CA = "Citadel";

/**
 * Who issues the certificates of a pod's proxy, where that is not the mesh's own CA: Google's Mesh CA
 * or CA Service, say.
 */
export function otherCaOf(pod: JsonObject): string | undefined {
  const proxy = ["spec.containers", "spec.initContainers"]
    .flatMap((path) => listAt(pod, path))
    .find(({ name }) => name === "istio-proxy");
  const env = listAt(proxy ?? {}, "env");
  const value = (name: string) => env.find((each) => each.name === name)?.value;
  const [provider = OWN_CA, address = "istiod"] = [value("CA_PROVIDER"), value("CA_ADDR")];
  if (provider !== OWN_CA) {
    return String(provider);
  }
  return String(address).startsWith("istiod") ? undefined : String(address);
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

/** The findings of a verdict. */
export function certificateFinding(
  check: string,
  object: string,
  verdict: Verdict,
  fix: string,
): Finding {
  switch (verdict.kind) {
    case "fine":
      return findingsOf(check).ok(object, verdict.text);
    case "unknown":
      return notChecked(check, object, verdict.text);
    case "fault":
      return findingsOf(check).error(
        object,
        `its certificate is not one of this mesh: ${verdict.text}`,
        fix,
      );
    default:
      return verdict satisfies never;
  }
}

/** Gateways have a certificate that the mesh's CA issued to them. */
export function checkGatewayCertificates(
  state: Pick<Read<MeshState>, "proxyCertificates" | "configMaps" | "workloads" | "now">,
): Finding[] {
  const roots = meshRoots(state.configMaps);
  const [plane] = livePlanes(state.workloads);
  const config = plane === undefined ? {} : meshConfigOf(plane, state.configMaps);
  return state.proxyCertificates.map((proxy) => {
    const { namespace, pod, serviceAccount } = proxy;
    const id = spiffeId(trustDomainOf(config), namespace, serviceAccount);
    const verdict = judgeProxy(proxy, { spiffeId: id, roots, now: state.now });
    const fix = `have it get a new one: kubectl -n ${namespace} delete pod ${pod}; should that not do, read the log of its proxy and of istiod for "CSR"`;
    return certificateFinding("gateway-certificate", `Pod ${namespace}/${pod}`, verdict, fix);
  });
}
