import assert from "node:assert/strict";
import { ControlPlane, ServiceMesh, type ServiceMeshArgs } from "../../components";
import { NEWEST } from "../../toolchain/versions";
import { withRealCharts } from "../support/meshProgram";
import { runProgram } from "../support/mocks";
import { pattern } from "../support/pattern";

const TARGET = { kind: "render", directory: "unused" } as const;

const TAGGED = {
  apiVersion: "install.istio.io/v1alpha1",
  kind: "IstioOperator",
  spec: { tag: "1.21.0" },
};

const REASON = pattern`spec\.tag: makes istiod.*minors older than the charts of ${NEWEST}`;

describe("a program whose images are of another minor than its charts", () => {
  const common = withRealCharts();
  const mesh = (args: Partial<ServiceMeshArgs>) =>
    runProgram(
      () => new ServiceMesh("mesh", { ...common(), target: TARGET, ...args } as ServiceMeshArgs),
    );

  it("is refused before the first object", async () => {
    const { errors, resources } = await mesh({ overlays: [TAGGED] });
    assert.match(errors.join(), REASON);
    assert.deepEqual(
      resources.filter(({ type }) => type.startsWith("kubernetes:")),
      [],
    );
  });

  it("is refused as a single component too", async () => {
    const { errors } = await runProgram(
      () => new ControlPlane("plane", { ...common(), overlays: [TAGGED] }),
    );
    assert.match(errors.join(), REASON);
  });

  it("is warned of with allowImageSkew", async () => {
    const { errors, warnings, resources } = await mesh({
      overlays: [TAGGED],
      allowImageSkew: true,
    });
    assert.deepEqual(errors, []);
    assert.match(warnings.join("\n"), REASON);
    assert.ok(resources.some(({ name }) => name.includes("istiod")));
  });
});
