import assert from "node:assert/strict";
import {
  graceCommand,
  labelCommand,
  patchCommand,
  restartCommand,
} from "../../../mesh/k8s/kubectl";
import { commandsIn } from "../../e2e/faultTable/fault";

describe("commands of kubectl in fixes", () => {
  const web = { kind: "Service", namespace: "edge", name: "web" };

  it("patch fields, or by operations, with texts that have quotes", () => {
    assert.equal(
      patchCommand(web, { spec: { selector: { app: "web" } } }),
      `kubectl -n edge patch service web --type=merge -p '{"spec":{"selector":{"app":"web"}}}'`,
    );
    assert.equal(
      patchCommand({ ...web, namespace: "" }, [{ op: "remove", path: "/a" }]),
      `kubectl patch service web --type=json -p '[{"op":"remove","path":"/a"}]'`,
    );
    assert.match(patchCommand(web, { note: "it's" }), /'\{"note":"it'\\''s"\}'$/);
  });

  it("label, restart and give time", () => {
    assert.equal(labelCommand("shop", "a", "b"), "kubectl label namespace shop a=b --overwrite");
    assert.equal(labelCommand("shop", "a"), "kubectl label namespace shop a-");
    const cart = { kind: "Deployment", namespace: "shop", name: "cart" };
    assert.equal(restartCommand(cart), "kubectl -n shop rollout restart deployment/cart");
    assert.match(graceCommand(cart, 60), /"terminationGracePeriodSeconds":75/);
  });

  it("are taken out of a fix as they are to be run", () => {
    const cases: readonly (readonly [string, readonly string[]])[] = [
      [
        "kubectl label namespace a b=c --overwrite, then restart its workloads",
        ["kubectl label namespace a b=c --overwrite"],
      ],
      [
        "kubectl label namespace a b-; then kubectl -n a delete pod p",
        ["kubectl label namespace a b-", "kubectl -n a delete pod p"],
      ],
      [
        "kubectl label namespace a b- and kubectl label namespace a c=d --overwrite",
        ["kubectl label namespace a b-", "kubectl label namespace a c=d --overwrite"],
      ],
      [
        `write every object once more (kubectl get x -A -o json | kubectl replace -f -), then kubectl patch crd x -p '{"a":["v1"]}'`,
        [
          "kubectl get x -A -o json | kubectl replace -f -",
          `kubectl patch crd x -p '{"a":["v1"]}'`,
        ],
      ],
      ["move it: `pulumi up`", []],
    ];
    for (const [fix, commands] of cases) {
      assert.deepEqual(commandsIn(fix), commands);
    }
  });
});
