import assert from "node:assert/strict";
import type { Finding } from "../../../../mesh/checks/finding";
import { otherCaOf } from "../../../../mesh/checks/validate/proxyCa";
import { judgeCertificate, judgeProxy } from "../../../../mesh/checks/validate/proxyCertificates";
import type { MeshState, ProxyCertificate } from "../../../../mesh/checks/validate/state";
import { checkTrust } from "../../../../mesh/checks/validate/trust";
import { validateMesh } from "../../../../mesh/checks/validate/validate";
import { parsePem } from "../../../../mesh/checks/validate/x509";
import type { JsonObject } from "../../../../mesh/common/json";
import type { Read } from "../../../../mesh/snapshot/snapshot";
import { NEW } from "../../../../toolchain/versions";
import { type Issued, issue } from "../../../support/certificates";
import { EDGE, goodMesh, NOW, pem } from "./goodMesh";

type State = Read<MeshState>;

const DAY_MS = 86_400_000;
const WEB = "spiffe://cluster.local/ns/istio-gateways/sa/web";

const isFault = ({ severity }: Finding) => severity === "error" || severity === "warning";

/** What is found of one check in the good mesh with some parts changed. */
function found(check: string, change: (good: State) => Partial<MeshState>): Finding[] {
  const good = goodMesh();
  return validateMesh({ ...good, ...change(good) }).filter((finding) => finding.check === check);
}

describe("certificates of proxies", () => {
  describe("of the mesh's own CA", () => {
    const roots = { certificates: parsePem(pem("root")), title: "the mesh's root certificates" };
    const desired = { spiffeId: WEB, roots, now: NOW };

    it("a workload's certificate, also by way of an intermediate CA", () => {
      for (const chain of [pem("leaf"), pem("chain")]) {
        assert.match(
          judgeCertificate(parsePem(chain), desired).text,
          /issued by the mesh's CA to spiffe:.* for 24 h/,
        );
      }
    });

    it("one of another CA with the same name, of another identity, or out of date", () => {
      const of = (more: Partial<typeof desired>, chain = pem("leaf")) => {
        const { kind, text } = judgeCertificate(parsePem(chain), { ...desired, ...more });
        return kind === "fault" ? text : "fine";
      };
      const other = { ...roots, certificates: parsePem(pem("other")) };
      assert.match(of({ roots: other }), /none of the mesh's root certificates/);
      assert.match(
        of({ spiffeId: "spiffe://cluster.local/ns/a/sa/b" }),
        /its name is .*web and not/,
      );
      assert.match(of({ now: NOW + 2 * DAY_MS }), /is valid from/);
      assert.match(of({}, ""), /there is no certificate/);
    });

    it("a gateway whose certificate is of another CA is an error, and so is a workload's", () => {
      for (const check of ["gateway-certificate", "workload-certificate"]) {
        const [first] = found(check, (good) => ({
          configMaps: good.configMaps.map((each) =>
            "root-cert.pem" in ((each.data ?? {}) as JsonObject)
              ? { ...each, data: { "root-cert.pem": pem("other") } }
              : each,
          ),
        }));
        assert.equal(first?.severity, "error", check);
        assert.match(first?.object ?? "", new RegExp(`^Pod ${EDGE}/web-`));
        assert.match(first?.fix ?? "", /kubectl -n istio-gateways delete pod web-/);
      }
    });

    it("a proxy that cannot be asked is told, and no fault", () => {
      const unread = { unread: "pods/exec is forbidden" };
      const change = (good: State) => ({
        gatewayCertificates: good.gatewayCertificates.map((each) => ({ ...each, chain: unread })),
      });
      const [first] = found("gateway-certificate", change);
      assert.equal(first?.severity, "info");
      assert.equal(first?.reason, "not checked: because pods/exec is forbidden");
      assert.deepEqual(found("trust", change).filter(isFault), []);
    });

    it("several workloads that are fine are one line", () => {
      const [only, ...others] = found("workload-certificate", (good) => ({
        workloadCertificates: [...good.workloadCertificates, ...good.workloadCertificates],
      }));
      assert.deepEqual(others, []);
      assert.match(only?.reason ?? "", /^2 proxies, one of each namespace, are fine; the first, /);
    });
  });

  describe("of a CA that is not Istio's", () => {
    const CA = "meshca.googleapis.com:443";
    let root: Issued;
    let middle: Issued;
    let leaf: Issued;
    let stranger: Issued;

    before(function () {
      this.timeout(60_000);
      root = issue({ subject: "/O=Google/CN=root", days: 3650 });
      middle = issue({ subject: "/O=Google/CN=intermediate", by: root, days: 100 });
      leaf = issue({ subject: "/", by: middle, spiffeId: WEB });
      stranger = issue({ subject: "/O=Google/CN=root", days: 3650 });
    });

    const chainOf = (...certificates: readonly Issued[]) =>
      certificates.map((each) => each.pem).join("");

    function judge(chain: string, roots: string, more: Partial<ProxyCertificate> = {}, days = 0) {
      const proxy = { namespace: EDGE, pod: "web-0", serviceAccount: "web", otherCa: CA };
      // The mesh's own roots have no part in it.
      const mesh = {
        roots: parsePem(pem("root")),
        trustDomain: "cluster.local",
        now: Date.now() + 1000 + days * DAY_MS,
      };
      return judgeProxy({ ...proxy, chain, roots, ...more }, mesh);
    }

    it("is told by the proxy's environment", () => {
      const env = (name: string, value: string) => ({
        spec: { initContainers: [{ name: "istio-proxy", env: [{ name, value }] }] },
      });
      assert.equal(otherCaOf(env("CA_ADDR", `istiod-${NEW}.istio-system.svc:15012`)), undefined);
      assert.equal(otherCaOf({}), undefined);
      assert.equal(otherCaOf(env("CA_ADDR", CA)), CA);
      assert.equal(otherCaOf(env("CA_PROVIDER", "GoogleCAS")), "GoogleCAS");
    });

    it("chain, identity and life are checked against what the proxy trusts, and it is said so", () => {
      for (const chain of [chainOf(leaf, middle), chainOf(leaf, middle, root)]) {
        const { kind, text } = judge(chain, root.pem);
        assert.equal(kind, "fine", text);
        assert.match(text, /^issued by meshca\.googleapis\.com:443 to spiffe:.* for 24 h, until /);
        assert.match(
          text,
          /its [23] certificates lead to one of 1 root that the proxy itself trusts; meshca\.googleapis\.com:443's own root is not in the cluster/,
        );
      }
    });

    it("another root of the same name, none at all, or a link that is missing is a fault", () => {
      const of = (chain: string, roots: string) => {
        const { kind, text } = judge(chain, roots);
        return kind === "fault" ? text : kind;
      };
      const untrusted = /none of the roots that the proxy itself trusts$/;
      assert.match(of(chainOf(leaf, middle), stranger.pem), untrusted);
      assert.match(of(chainOf(leaf, middle), ""), untrusted);
      assert.match(of(leaf.pem, root.pem), untrusted);
      assert.match(of("", root.pem), /there is no certificate/);
    });

    it("an intermediate certificate that another key signed is a fault", () => {
      const forged = issue({ subject: "/O=Google/CN=intermediate", by: stranger });
      const { kind, text } = judge(chainOf(leaf, forged), root.pem);
      assert.equal(kind, "fault");
      assert.match(text, /CN=intermediate, serial \w+ follows serial \w+, which it has not signed/);
    });

    it("a chain out of order is a fault", () => {
      const { kind, text } = judge(chainOf(leaf, root, middle), root.pem);
      assert.equal(kind, "fault");
      assert.match(text, /in its chain, .*CN=root, serial \w+ follows serial/);
    });

    it("another identity, or one that is over, also of the intermediate, is a fault", () => {
      const chain = chainOf(leaf, middle);
      assert.match(
        judge(chain, root.pem, { serviceAccount: "other" }).text,
        /its name is .*sa\/web and not .*sa\/other/,
      );
      assert.match(judge(chain, root.pem, {}, 2).text, /is valid from/);
      const short = issue({ subject: "/O=Google/CN=short", by: root, days: 1 });
      const long = issue({ subject: "/", by: short, spiffeId: WEB, days: 30 });
      assert.match(judge(chainOf(long, short), root.pem, {}, 2).text, /CN=short.* is valid from/);
    });

    it("what cannot be read is not checked", () => {
      const unread = { unread: "pods/exec is forbidden" };
      assert.deepEqual(judge("", "", { chain: unread, roots: unread }), {
        kind: "unknown",
        text: "pods/exec is forbidden",
      });
    });

    it("is one finding of the command, with all in it", () => {
      const [own] = goodMesh().gatewayCertificates;
      const proxy = { ...(own as ProxyCertificate), otherCa: CA };
      const now = Date.now() + 1000;
      const [fine] = found("gateway-certificate", () => ({
        gatewayCertificates: [{ ...proxy, chain: chainOf(leaf, middle), roots: root.pem }],
        now,
      }));
      assert.equal(fine?.severity, "ok");
      const [fault] = found("gateway-certificate", () => ({
        gatewayCertificates: [{ ...proxy, chain: chainOf(leaf, middle), roots: stranger.pem }],
        now,
      }));
      assert.equal(fault?.severity, "error");
      assert.match(
        fault?.fix ?? "",
        /^have it get a new one: kubectl -n istio-gateways delete pod/,
      );
    });

    describe("trust between proxies", () => {
      function proxy(pod: string, chain: string, roots: string): ProxyCertificate {
        return { namespace: "shop", pod, serviceAccount: "web", chain, roots };
      }

      function trust(...proxies: readonly ProxyCertificate[]): Finding[] {
        const [first, ...workloadCertificates] = proxies;
        return checkTrust({
          gatewayCertificates: first === undefined ? [] : [first],
          workloadCertificates,
          now: Date.now() + 1000,
        });
      }

      const good = (pod: string) => proxy(pod, chainOf(leaf, middle), root.pem);

      it("of all that trust the same is fine", () => {
        const [only, ...others] = trust(good("a"), good("b"), good("c"));
        assert.deepEqual(others, []);
        assert.equal(only?.severity, "ok");
        assert.match(only?.reason ?? "", /^the 3 that were asked trust the same root certificate$/);
        assert.deepEqual(trust(good("a")), []);
      });

      it("of one that trusts another root is an error that names both", () => {
        const foreign = issue({ subject: "/", by: stranger, spiffeId: WEB });
        const [only, ...others] = trust(
          good("a"),
          good("b"),
          proxy("c", foreign.pem, stranger.pem),
        );
        assert.deepEqual(others, []);
        assert.equal(only?.severity, "error");
        assert.equal(only?.object, "Pod shop/c");
        assert.match(
          only?.reason ?? "",
          /shop\/c refuses the certificate of shop\/a: its issuer .* none of the roots that shop\/c trusts/,
        );
        assert.match(only?.fix ?? "", /kubectl -n shop delete pod c/);
      });

      it("of one that is refused, though it accepts the others, is an error too", () => {
        const foreign = issue({ subject: "/", by: stranger, spiffeId: WEB });
        const both = chainOf(stranger, root);
        const [only] = trust(good("a"), good("b"), proxy("c", foreign.pem, both));
        assert.equal(only?.severity, "error");
        assert.match(only?.reason ?? "", /shop\/a refuses the certificate of shop\/c/);
      });

      it("of different roots that lead to each other's certificates is told, and no fault", () => {
        const both = chainOf(root, stranger);
        const [only, ...others] = trust(
          good("a"),
          good("b"),
          proxy("c", chainOf(leaf, middle), both),
        );
        assert.deepEqual(others, []);
        assert.equal(only?.severity, "info");
        assert.match(only?.reason ?? "", /shop\/c trust other root certificates .* CA is replaced/);
      });
    });
  });
});
