import type { X509Certificate } from "node:crypto";
import { planesIn } from "../../snapshot/controlPlanes";
import { isUnread, type Read } from "../../snapshot/snapshot";
import type { Finding } from "../finding";
import { findingsOf, notChecked } from "../findings";
import { meshConfigOf, spiffeId, trustDomainOf } from "../meshConfig";
import { meshRoots, ROOT_CONFIG_MAP } from "./certificates";
import { validationOf } from "./define";
import type { MeshState, ProxyCertificate } from "./state";
import { beginOf, chainFault, endOf, orderFault, parsePem, type Roots, uriNames } from "./x509";

/** What a workload's certificate must have. */
export interface ExpectedCertificate {
  readonly spiffeId: string;
  readonly roots: Roots;
  /** In milliseconds. */
  readonly now: number;
}

/** The verdict about a proxy's certificate. */
export type CertificateVerdict =
  | { readonly kind: "fine"; readonly text: string }
  | { readonly kind: "fault"; readonly text: string }
  | { readonly kind: "unknown"; readonly text: string };

const HOUR_MS = 3_600_000;

/**
 * Returns whether a workload's certificate was issued to the right identity and leads to one of the
 * roots, and how long it is valid.
 *
 * @param issuer the expected issuer, for the text
 */
export function judgeCertificate(
  certificates: readonly X509Certificate[],
  desired: ExpectedCertificate,
  issuer = "the mesh's CA",
): CertificateVerdict {
  const fault = chainFault(certificates, desired.roots, desired.now);
  const [own] = certificates;
  if (fault !== undefined || own === undefined) {
    return { kind: "fault", text: fault ?? "there is none" };
  }
  const names = uriNames(own);
  if (!names.includes(desired.spiffeId)) {
    const text = `its name is ${names.join(", ") || "none"} and not ${desired.spiffeId}`;
    return { kind: "fault", text };
  }
  const hours = Math.round((endOf(own) - beginOf(own)) / HOUR_MS);
  const text = `issued by ${issuer} to ${desired.spiffeId} for ${hours} h, until ${own.validTo}`;
  return { kind: "fine", text };
}

/** What is expected from the certificate of every proxy in a mesh. */
export interface MeshCertificates {
  /** Of the mesh's own CA. */
  readonly roots: readonly X509Certificate[];
  readonly trustDomain: string;
  /** In milliseconds. */
  readonly now: number;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * If the CA is not Istio's, only the proxies have its root. The certificate of a proxy is compared with
 * the roots that the same proxy trusts.
 */
function judgeByItself(
  chain: string,
  roots: string,
  otherCa: string,
  desired: ExpectedIdentity,
): CertificateVerdict {
  const certificates = parsePem(chain);
  const own = { certificates: parsePem(roots), title: "the roots that the proxy itself trusts" };
  const fault = orderFault(certificates);
  if (fault !== undefined) {
    return { kind: "fault", text: fault };
  }
  const verdict = judgeCertificate(certificates, { ...desired, roots: own }, otherCa);
  const compared = `order and signatures of its ${countOf(certificates.length, "certificate")} lead to one of ${countOf(own.certificates.length, "root")} that the proxy itself trusts; ${otherCa}'s own root is not in the cluster to compare with`;
  return verdict.kind === "fine" ? { kind: "fine", text: `${verdict.text}; ${compared}` } : verdict;
}

type ExpectedIdentity = Omit<ExpectedCertificate, "roots">;

/** Checks a proxy's certificate against the mesh's roots, or for another CA against those that it trusts. */
export function judgeProxy(
  { namespace, serviceAccount, chain, roots, otherCa }: ProxyCertificate,
  mesh: MeshCertificates,
): CertificateVerdict {
  if (isUnread(chain)) {
    return { kind: "unknown", text: chain.unread };
  }
  const desired = {
    spiffeId: spiffeId(mesh.trustDomain, namespace, serviceAccount),
    now: mesh.now,
  };
  if (otherCa !== undefined) {
    return isUnread(roots)
      ? { kind: "unknown", text: roots.unread }
      : judgeByItself(chain, roots, otherCa, desired);
  }
  if (mesh.roots.length === 0) {
    return {
      kind: "unknown",
      text: `there is no ConfigMap ${ROOT_CONFIG_MAP} beside a control plane`,
    };
  }
  const own = { certificates: mesh.roots, title: "the mesh's root certificates" };
  return judgeCertificate(parsePem(chain), { ...desired, roots: own });
}

/** Returns the finding of a verdict. */
export function certificateFinding(
  check: string,
  object: string,
  verdict: CertificateVerdict,
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

type Parts = Pick<Read<MeshState>, "configMaps" | "workloads" | "now">;

function meshOf({ configMaps, workloads, now }: Parts): MeshCertificates {
  const [plane] = planesIn(workloads);
  const config = plane === undefined ? {} : meshConfigOf(plane, configMaps);
  return { roots: meshRoots(configMaps), trustDomain: trustDomainOf(config), now };
}

function findingOf(check: string, proxy: ProxyCertificate, mesh: MeshCertificates): Finding {
  const { namespace, pod } = proxy;
  const fix = `have it get a new one: kubectl -n ${namespace} delete pod ${pod}; should that not do, read the log of its proxy and of istiod for "CSR"`;
  return certificateFinding(check, `Pod ${namespace}/${pod}`, judgeProxy(proxy, mesh), fix);
}

/** Checks that gateways have a certificate of the mesh's CA. */
export function checkGatewayCertificates(
  state: Parts & Pick<Read<MeshState>, "gatewayCertificates">,
): Finding[] {
  const mesh = meshOf(state);
  return state.gatewayCertificates.map((proxy) => findingOf("gateway-certificate", proxy, mesh));
}

/** Checks one workload of each namespace in the same way. Only faults are reported one by one. */
export function checkWorkloadCertificates(
  state: Parts & Pick<Read<MeshState>, "workloadCertificates">,
): Finding[] {
  const check = "workload-certificate";
  const mesh = meshOf(state);
  const all = state.workloadCertificates.map((proxy) => findingOf(check, proxy, mesh));
  const fine = all.filter(({ severity }) => severity === "ok");
  const [first] = fine;
  return first === undefined
    ? all
    : [
        ...all.filter(({ severity }) => severity !== "ok"),
        fine.length === 1
          ? first
          : findingsOf(check).ok(
              "proxies",
              `${fine.length} proxies, one of each namespace, are fine; the first, ${first.object}: ${first.reason}`,
            ),
      ];
}

export const gatewayCertificates = validationOf({
  id: "gateway-certificate",
  needs: ["gatewayCertificates", "configMaps", "workloads", "now"],
  run: checkGatewayCertificates,
});

export const workloadCertificates = validationOf({
  id: "workload-certificate",
  needs: ["workloadCertificates", "configMaps", "workloads", "now"],
  run: checkWorkloadCertificates,
});
