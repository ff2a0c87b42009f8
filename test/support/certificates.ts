import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary";

/** A certificate with its key, as files and as text. */
export interface Issued {
  readonly pem: string;
  readonly key: string;
  readonly files: { readonly certificate: string; readonly key: string };
}

export interface Issue {
  /** @example "/O=cluster.local" */
  readonly subject: string;
  /** @default itself */
  readonly by?: Issued;
  /** URI among its names: a workload's. @default none: it is a CA */
  readonly spiffeId?: string;
  /** How long it lives from now on; negative for one that is over. @default 1 */
  readonly days?: number;
}

let count = 0;

function extensions({ spiffeId }: Issue): string {
  return spiffeId === undefined
    ? "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
    : `basicConstraints=critical,CA:FALSE\nsubjectAltName=critical,URI:${spiffeId}\n`;
}

/**
 * Makes a certificate with openssl, its key new each time.
 *
 * @example
 * const root = issue({ subject: "/O=root" });
 * const leaf = issue({ subject: "/", by: root, spiffeId: "spiffe://cluster.local/ns/shop/sa/cart" });
 */
export function issue(wish: Issue): Issued {
  count += 1;
  const folder = temporaryFolder(`certificate-${count}`);
  const [key, request, certificate, extra] = ["key", "csr", "crt", "ext"].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key);
  openssl("req", "-new", "-key", key, "-subj", wish.subject, "-out", request);
  writeFileSync(extra, extensions(wish));
  const signer =
    wish.by === undefined
      ? ["-signkey", key]
      : ["-CA", wish.by.files.certificate, "-CAkey", wish.by.files.key, "-CAcreateserial"];
  const life = ["-days", String(wish.days ?? 1), "-extfile", extra];
  openssl("x509", "-req", "-in", request, ...signer, ...life, "-out", certificate);
  return {
    pem: readFileSync(certificate, "utf8"),
    key: readFileSync(key, "utf8"),
    files: { certificate, key },
  };
}
