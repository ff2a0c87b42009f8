import { X509Certificate } from "node:crypto";

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Returns the certificates of a PEM text, in its order. @throws Error if one of them is invalid */
export function parsePem(text: string): X509Certificate[] {
  return (text.match(BLOCK) ?? []).map((block) => new X509Certificate(block));
}

/** @example titleOfCertificate(root) // "O=cluster.local, serial 5F3A…" */
export function titleOfCertificate({ subject, serialNumber }: X509Certificate): string {
  const name = subject === undefined || subject === "" ? "" : `${subject.replaceAll("\n", ", ")}, `;
  return `${name}serial ${serialNumber}`;
}

export const endOf = ({ validTo }: X509Certificate) => Date.parse(validTo);
export const beginOf = ({ validFrom }: X509Certificate) => Date.parse(validFrom);

/** Returns the URIs among a certificate's alternative names, where Istio puts identities. */
export function uriNames({ subjectAltName = "" }: X509Certificate): string[] {
  return [...subjectAltName.matchAll(/URI:("?)([^",]+)\1/g)].map(([, , uri = ""]) => uri);
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

const isValidAt = (certificate: X509Certificate, now: number) =>
  beginOf(certificate) <= now && now < endOf(certificate);

/**
 * Returns why a chain is not in the order of TLS (its own certificate, then the issuer of each), or
 * `undefined` if it is.
 *
 * @see RFC 5246, 7.4.2
 */
export function orderFault(chain: readonly X509Certificate[]): string | undefined {
  const index = chain.findIndex((each, at) => {
    const next = chain[at + 1];
    return next !== undefined && !isIssuedBy(each, next);
  });
  const [own, next] = [chain[index], chain[index + 1]];
  return own === undefined || next === undefined
    ? undefined
    : `in its chain, ${titleOfCertificate(next)} follows ${titleOfCertificate(own)}, which it has not signed`;
}

/** Root certificates, and what they are called in texts. */
export interface Roots {
  readonly certificates: readonly X509Certificate[];
  /** @example "the mesh's root certificates" */
  readonly title: string;
}

/**
 * Returns why a chain does not lead to one of the roots, or `undefined` if it does. Its own certificate
 * is the first. Signatures and times are checked. A root in the chain must be one of the roots.
 *
 * @param now in milliseconds
 */
export function chainFault(
  chain: readonly X509Certificate[],
  { certificates: roots, title }: Roots,
  now: number,
): string | undefined {
  const [leaf, ...rest] = chain;
  if (leaf === undefined) {
    return "there is no certificate";
  }
  const links = [leaf];
  for (let last = leaf; ; ) {
    const next = rest.find((each) => !links.includes(each) && isIssuedBy(last, each));
    if (next === undefined) {
      break;
    }
    links.push(next);
    last = next;
  }
  const top = links.at(-1) ?? leaf;
  const root = roots.find(
    (each) => each.fingerprint256 === top.fingerprint256 || isIssuedBy(top, each),
  );
  if (root === undefined) {
    return `its issuer (${top.issuer.replaceAll("\n", ", ")}) is none of ${title}`;
  }
  const outdated = [...links, root].find((each) => !isValidAt(each, now));
  return outdated === undefined
    ? undefined
    : `${titleOfCertificate(outdated)} is valid from ${outdated.validFrom} to ${outdated.validTo}`;
}
