import type { X509Certificate } from "node:crypto";
import { isUnread, type Read } from "../../snapshot/snapshot";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { validationOf } from "./define";
import type { MeshState, ProxyCertificate } from "./state";
import { chainFault, parsePem } from "./x509";

const report = findingsOf("trust");

/** A proxy with what it presents and what it accepts. */
interface Peer {
  readonly title: string;
  readonly proxy: ProxyCertificate;
  readonly chain: readonly X509Certificate[];
  readonly roots: readonly X509Certificate[];
}

function peerOf(proxy: ProxyCertificate): Peer[] {
  const { namespace, pod, chain, roots } = proxy;
  return isUnread(chain) || isUnread(roots)
    ? []
    : [
        {
          title: `${namespace}/${pod}`,
          proxy,
          chain: parsePem(chain),
          roots: parsePem(roots),
        },
      ];
}

const keyOf = ({ roots }: Peer) =>
  roots
    .map(({ fingerprint256 }) => fingerprint256)
    .sort()
    .join(" ");

/** Peers that trust the same roots; the most numerous first. */
function groupsOf(peers: readonly Peer[]): Peer[][] {
  const groups = new Map<string, Peer[]>();
  for (const peer of peers) {
    groups.set(keyOf(peer), [...(groups.get(keyOf(peer)) ?? []), peer]);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length);
}

/** Why one proxy refuses the certificate of another. */
function refusal(by: Peer, of: Peer, now: number): string | undefined {
  const roots = { certificates: by.roots, title: `the roots that ${by.title} trusts` };
  const fault = chainFault(of.chain, roots, now);
  return fault === undefined
    ? undefined
    : `${by.title} refuses the certificate of ${of.title}: ${fault}`;
}

function firstRefusal(some: readonly Peer[], others: readonly Peer[], now: number) {
  const pairs = some.flatMap((one) => others.map((other) => [one, other] as const));
  return pairs
    .flatMap(([one, other]) => [refusal(one, other, now), refusal(other, one, now)])
    .find((text) => text !== undefined);
}

function groupFinding(group: readonly Peer[], most: readonly Peer[], now: number): Finding[] {
  const [first] = group;
  if (first === undefined) {
    return [];
  }
  const { namespace, pod } = first.proxy;
  const titles = group.map(({ title }) => title).join(", ");
  const fault = firstRefusal(group, most, now);
  return fault === undefined
    ? [
        report.info(
          "proxies",
          `${titles} trust other root certificates than the rest, but each accepts the other's certificate, as while a CA is replaced`,
        ),
      ]
    : [
        report.error(
          `Pod ${namespace}/${pod}`,
          `mutual TLS fails between proxies that trust different root certificates: ${fault}`,
          `have it get the roots of today: kubectl -n ${namespace} delete pod ${pod}; where its CA is meant to be another (CA_ADDR, CA_PROVIDER), add the root of each to meshConfig.caCertificates`,
        ),
      ];
}

/**
 * Proxies accept each other's certificates, whoever issues them: those that were asked trust the same
 * roots, or roots that lead to each other's.
 */
export function checkTrust(
  state: Pick<Read<MeshState>, "gatewayCertificates" | "workloadCertificates" | "now">,
): Finding[] {
  const peers = [...state.gatewayCertificates, ...state.workloadCertificates].flatMap(peerOf);
  const [most = [], ...others] = groupsOf(peers);
  const findings = others.flatMap((group) => groupFinding(group, most, state.now));
  return findings.length > 0 || peers.length < 2
    ? findings
    : [
        report.ok(
          "proxies",
          `the ${peers.length} that were asked trust the same root ${most[0]?.roots.length === 1 ? "certificate" : "certificates"}`,
        ),
      ];
}

export const trust = validationOf({
  id: "trust",
  needs: ["gatewayCertificates", "workloadCertificates", "now"],
  run: checkTrust,
});
