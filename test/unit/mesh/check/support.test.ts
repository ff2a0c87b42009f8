import assert from "node:assert/strict";
import semver from "semver";
import { support } from "../../../../mesh/checks/precheck/support";
import { supportFindings } from "../../../../mesh/checks/support";
import bulletins from "../../../../mesh/data/securityBulletins.json";
import { minorOf } from "../../../../mesh/model/minors";
import { supportPending } from "../../../../mesh/status/support";
import { desiredMesh, istiod, liveWith, texts } from "./precheckSupport";

const at = (day: string) => Date.parse(`${day}T12:00:00Z`);

const said = (version: string, day: string, user = "control plane a") =>
  texts(supportFindings([{ version, user }], at(day)));

describe("support of Istio versions", () => {
  it("ends after the last day of the table, with its source and the minors that have support", () => {
    assert.deepEqual(said("1.27.9", "2026-04-07"), []);
    const [text = "", ...others] = said("1.27.9", "2026-04-08");
    assert.deepEqual(others, []);
    assert.match(
      text,
      /^info Istio 1\.27\.9: support of 1\.27 ended 2026-04-07 \(https:\/\/istio\.io/,
    );
    assert.match(
      text,
      /used by control plane a; fix: upgrade to a minor with support: 1\.28, 1\.29$/,
    );
  });

  it("a bulletin holds from its first affected patch to the one before that mends it", () => {
    const day = "2026-04-21";
    for (const version of ["1.29.0", "1.29.1"]) {
      assert.match(
        said(version, day).join(),
        /has known vulnerabilities that 1\.29\.2 mends: .*ISTIO-SECURITY-2026-003 \(CVSS 5\.4: CVE-2026-39350\)/,
      );
    }
    assert.deepEqual(said("1.29.2", day), []);
    assert.match(said("1.29.0", day).join(), /2026-003.*2026-001 .*fix: take 1\.29\.2 or a later/);
  });

  it("says where bulletins come from and until when they are known, and none before its day", () => {
    assert.match(
      said("1.29.1", "2026-04-21").join(),
      new RegExp(`bulletins until ${bulletins.asOf}: https://istio.io/latest/news/security/`),
    );
    assert.deepEqual(said("1.29.1", "2026-04-19"), []);
  });

  it("takes the patch that mends all of them", () => {
    assert.match(said("1.29.1", "2026-09-01").join(), /1\.29\.7 mends: .*2026-006.*2026-003/);
  });

  it("says nothing of what it does not know: builds of others, candidates, unknown minors", () => {
    for (const version of ["1.27.0-asm.2", "1.29.0-rc.1", "1.99.0", "latest", ""]) {
      assert.deepEqual(said(version, "2026-12-01"), [], version);
    }
  });

  it("names a version once, with all that use it", () => {
    const uses = ["control plane a", "node agent cni", "control plane a"].map((user) => ({
      version: "1.26.8",
      user,
    }));
    const found = texts(supportFindings(uses, at("2026-03-01")));
    assert.equal(found.length, 1);
    assert.match(found.join(), /used by control plane a, node agent cni;/);
  });
});

describe("support in precheck and status", () => {
  it("precheck looks at what the stack would install, by its images, and at what runs", () => {
    const live = liveWith({
      now: at("2026-04-08"),
      workloads: [istiod("1-27-9", "1.27.9")],
      proxies: [{ namespace: "shop", pod: "a", revision: "1-27-9", version: "1.27.9" }],
    });
    const desired = desiredMesh({ tag: "1.29.0" });
    const found = support.run({ ...live, desired });
    assert.deepEqual(
      found.map(({ severity, object }) => [severity, object]),
      [
        ["info", "Istio 1.29.0"],
        ["info", "Istio 1.27.9"],
      ],
    );
    assert.match(texts(found).join("\n"), /used by control plane 1-27-9, proxies in shop;/);
  });

  it("status looks at what runs, by the same function", () => {
    const found = supportPending(
      {
        revisions: [
          {
            name: "old",
            kind: "istiod",
            version: "1.27.9",
            webhooks: { total: 0, withCaBundle: 0 },
            users: { tags: [], namespaces: 0, workloads: 0, gateways: 0 },
          },
        ],
        agents: [
          { kind: "cni", namespace: "a", name: "b", version: "1.27.9", ready: 1, wanted: 1 },
        ],
        proxies: [{ revision: "old", version: "1.27.9", pods: 2, outdated: false }],
      },
      at("2026-04-08"),
    );
    assert.match(
      texts(found).join(),
      /^info Istio 1\.27\.9: .*used by control plane old, node agent cni, proxies of old/,
    );
  });
});

describe("the security bulletins of this package", () => {
  it("have ranges that are inside of one minor, the newest first", () => {
    for (const { id, date, cves, affected } of bulletins.bulletins) {
      assert.match(id, /^ISTIO-SECURITY-\d{4}-\d{3}$/);
      assert.ok(date <= bulletins.asOf, id);
      assert.ok(cves.length > 0 && cves.every((cve) => /^CVE-\d{4}-\d{4,}$/.test(cve)), id);
      for (const { from, mended } of affected) {
        assert.equal(minorOf(from), minorOf(mended), id);
        assert.ok(semver.lt(from, mended), id);
      }
    }
    const dates = bulletins.bulletins.map(({ date }) => date);
    assert.deepEqual(dates, [...dates].sort().reverse());
  });
});
