import assert from "node:assert/strict";
import { formatProblem } from "../../../mesh/common/problem";
import {
  checkUpgradePath,
  checkUpgradeStep,
  checkVersionSkew,
  type VersionFindings,
} from "../../../mesh/guard/versions";
import { NO_MESH } from "../../../mesh/model/facts";
import { proxySkew } from "../../../mesh/snapshot/proxies";

const plane = (revision: string, version: string) => ({ revision, version });

function problems(findings: VersionFindings): string[] {
  return findings.problems.map(formatProblem);
}

describe("how far one step may go", () => {
  const fine: readonly [string, string, "in-place" | "revision"][] = [
    ["1.28.2", "1.28.5", "in-place"],
    ["1.28.5", "1.28.2", "in-place"],
    ["1.28.2", "1.29.1", "in-place"],
    ["1.27.0", "1.29.1", "revision"],
    ["1.29.1", "1.27.0", "revision"],
    ["1.22.0-asm.1", "1.23.3-asm.2", "in-place"],
  ];
  for (const [from, to, mode] of fine) {
    it(`${from} to ${to} ${mode} is fine`, () => {
      assert.deepEqual(checkUpgradePath(from, to, mode).problems, []);
    });
  }

  it("in place, an istiod whose configuration the proxies refuse; the patch that mends it is named", () => {
    for (const [from, to, mended] of [
      ["1.29.1", "1.29.4", "1.29.5"],
      ["1.29.1", "1.30.1", "1.30.2"],
      ["1.28.2", "1.29.2", "1.29.5"],
    ] as const) {
      const [text = "", ...others] = problems(checkUpgradePath(from, to, "in-place"));
      assert.deepEqual(others, []);
      assert.match(
        text,
        /sidecars prior to 1\.29\.2 refuse .* \(https:\/\/github\.com\/istio\/istio\/pull\/60486\)/,
      );
      assert.match(text, new RegExp(`fix: take ${mended.replaceAll(".", "\\.")} or a later patch`));
      assert.deepEqual(problems(checkUpgradePath(from, to, "revision")), []);
    }
    for (const [from, to] of [
      ["1.29.2", "1.29.4"],
      ["1.29.1", "1.29.5"],
      ["1.29.1", "1.30.4"],
    ] as const) {
      assert.deepEqual(problems(checkUpgradePath(from, to, "in-place")), []);
    }
  });

  it("proxies and an istiod whose configuration they refuse do not fit, within the rules of skew", () => {
    assert.equal(proxySkew("1.29.1", "1.29.4")?.mended, "1.29.5");
    assert.equal(proxySkew("1.29.1", "1.30.1")?.broken?.source.includes("60486"), true);
    assert.deepEqual(proxySkew("1.29.2", "1.30.1"), { kind: "behind" });
    assert.deepEqual(proxySkew("1.29.1", "1.30.2"), { kind: "behind" });
    assert.equal(proxySkew("1.27.0", "1.30.1")?.mended, undefined);
  });

  it("in place, the release of a build that says of itself that this causes downtime", () => {
    const [text = ""] = problems(checkUpgradePath("1.23.3-asm.2", "1.24.6-asm.1", "in-place"));
    assert.match(
      text,
      /causes downtime.*plan-upgrade\).*fix: install 1\.24\.6-asm\.1 as a revision of its own/,
    );
    assert.deepEqual(problems(checkUpgradePath("1.23.3-asm.2", "1.24.6-asm.1", "revision")), []);
    assert.deepEqual(problems(checkUpgradePath("1.23.3", "1.24.6", "in-place")), []);
    assert.deepEqual(problems(checkUpgradePath("1.24.6-asm.1", "1.25.2-asm.1", "in-place")), []);
  });

  it("in place, two minors are too many; rule, source and the way are named", () => {
    assert.deepEqual(problems(checkUpgradePath("1.27.0", "1.29.1", "in-place")), [
      "inputs: version: 1.27.0 to 1.29.1 are 2 minor versions; " +
        "rule: an in-place upgrade or downgrade goes one minor version at a time " +
        '(https://istio.io/latest/docs/setup/upgrade/in-place/#upgrade-prerequisites) (got "1.29.1"); ' +
        "fix: go by way of 1.28",
    ]);
  });

  it("by revision, three minors are too many", () => {
    const [problem = ""] = problems(checkUpgradePath("1.24.0", "1.29.1", "revision"));
    assert.match(problem, /may jump across two minor versions.*fix: go by way of 1.26, then 1.28/);
    assert.match(
      problems(checkUpgradePath("1.29.1", "1.26.0", "revision"))[0] ?? "",
      /go by way of 1.27/,
    );
  });

  it("down in place is a warning: proxies are ahead for a while", () => {
    const { warnings, problems: none } = checkUpgradePath("1.29.1", "1.28.2", "in-place");
    assert.deepEqual(none, []);
    assert.match(
      warnings.map(formatProblem)[0] ?? "",
      /proxies are ahead until their pods restart/,
    );
  });

  it("a text that is no version is another check's business", () => {
    assert.deepEqual(checkUpgradePath("latest", "1.29.1", "in-place"), {
      problems: [],
      warnings: [],
    });
  });
});

describe("what may run at the same time", () => {
  const controlPlanes = [plane("1-28-2", "1.28.2"), plane("1-29-1", "1.29.1")];

  it("two control planes, a CNI between, gateways of either", () => {
    const findings = checkVersionSkew({
      controlPlanes,
      gateways: [{ name: "edge/ingress", revision: "1-28-2" }],
      cni: "1.28.2",
      kubernetes: "1.30.4",
    });
    assert.deepEqual(findings, { problems: [], warnings: [] });
  });

  it("control planes whose images are three minors apart, on charts that are not", () => {
    const far = [{ ...plane("new", "1.29.1"), image: "1.26.0" }, plane("old", "1.29.1")];
    assert.equal(problems(checkVersionSkew({ controlPlanes: far })).length, 1);
    const [image = ""] = problems(
      checkVersionSkew({ controlPlanes: far.slice(0, 1), cni: "1.29.1" }),
    );
    assert.match(
      image,
      /CNI 1\.29\.1 is 3 minor versions ahead of the control plane new \(1\.26\.0\)/,
    );
  });

  it("control planes three minors apart", () => {
    const far = [plane("new", "1.29.1"), plane("old", "1.26.0")];
    assert.equal(problems(checkVersionSkew({ controlPlanes: far })).length, 1);
  });

  it("a CNI two minors from one of the control planes", () => {
    const [problem = "", ...others] = problems(checkVersionSkew({ controlPlanes, cni: "1.27.0" }));
    assert.deepEqual(others, []);
    assert.match(
      problem,
      /CNI 1.27.0 is 2 minor versions behind the control plane 1-29-1 \(1.29.1\); rule: .*cni\/#upgrade.*fix: bring it to 1.29 or one below/,
    );
  });

  it("in ambient mode neither ztunnel nor CNI may be ahead of any control plane", () => {
    const found = problems(checkVersionSkew({ controlPlanes, cni: "1.29.1", ztunnel: "1.29.1" }));
    assert.equal(found.length, 2);
    assert.match(found[0] ?? "", /CNI 1.29.1 is 1 minor version ahead of the control plane 1-28-2/);
    assert.match(found[1] ?? "", /ztunnel .*fix: upgrade the control plane first/);
    assert.deepEqual(
      problems(checkVersionSkew({ controlPlanes, cni: "1.28.2", ztunnel: "1.28.2" })),
      [],
    );
  });

  it("a gateway with an image of its own: one behind, never ahead, also through a tag", () => {
    const check = (revision: string, version: string) =>
      problems(
        checkVersionSkew({
          controlPlanes,
          tags: { prod: "1-28-2" },
          gateways: [{ name: "edge/ingress", revision, version }],
        }),
      );
    assert.deepEqual(check("1-29-1", "1.28.2"), []);
    assert.match(
      check("1-29-1", "1.27.0")[0] ?? "",
      /gateway edge\/ingress 1.27.0 is 2 minor versions behind/,
    );
    assert.match(check("prod", "1.29.1")[0] ?? "", /ahead of the control plane 1-28-2/);
  });

  it("a cluster that is too old", () => {
    const [problem = ""] = problems(checkVersionSkew({ controlPlanes, kubernetes: "1.28.3" }));
    assert.match(
      problem,
      /Istio 1.28.2 needs Kubernetes 1.30 or newer.*fix: upgrade the cluster first/,
    );
  });
});

describe("the step from the last update to this one", () => {
  const step = (before: [string, string][], after: [string, string][]) =>
    problems(
      checkUpgradeStep(
        { ...NO_MESH, controlPlanes: before.map(([r, v]) => plane(r, v)) },
        { ...NO_MESH, controlPlanes: after.map(([r, v]) => plane(r, v)) },
      ),
    );

  it("the same revision changes in place, a new one is a canary", () => {
    assert.equal(step([["stable", "1.27.0"]], [["stable", "1.29.1"]]).length, 1);
    assert.deepEqual(
      step(
        [["1-27-0", "1.27.0"]],
        [
          ["1-27-0", "1.27.0"],
          ["1-29-1", "1.29.1"],
        ],
      ),
      [],
    );
    assert.equal(step([["1-26-0", "1.26.0"]], [["1-29-1", "1.29.1"]]).length, 1);
  });

  it("in place, the image of istiod counts like the version of its charts", () => {
    const step = (before: object, after: object) =>
      checkUpgradeStep(
        { ...NO_MESH, controlPlanes: [{ ...plane("", "1.29.1"), ...before }] },
        { ...NO_MESH, controlPlanes: [{ ...plane("", "1.29.1"), ...after }] },
      );
    assert.match(
      problems(step({}, { image: "1.21.0" })).join(),
      /tag: 1\.29\.1 to 1\.21\.0 are 8 minor versions; rule: an in-place/,
    );
    const down = step({}, { image: "1.28.2" });
    assert.deepEqual(down.problems, []);
    assert.match(down.warnings.map(formatProblem).join(), /tag: 1\.28\.2 is older than 1\.29\.1/);
    assert.match(problems(step({ image: "1.21.0" }, {})).join(), /1\.21\.0 to 1\.29\.1 are 8/);
    assert.deepEqual(step({ image: "1.21.0" }, { image: "1.21.0" }), {
      problems: [],
      warnings: [],
    });
  });

  it("a first install goes anywhere", () => {
    assert.deepEqual(step([], [["", "1.29.1"]]), []);
  });
});
