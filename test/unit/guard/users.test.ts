import assert from "node:assert/strict";
import { formatProblem } from "../../../mesh/common/problem";
import { checkRemoval, describeUsers, usersOfRevision } from "../../../mesh/guard/users";
import { type GatewayFacts, type MeshFacts, NO_MESH } from "../../../mesh/model/facts";
import { NEW, NEWEST, OLD } from "../../../toolchain/versions";

function gateway(name: string, ...revisions: readonly string[]): GatewayFacts {
  const facts: Partial<GatewayFacts> = {
    name,
    namespace: "edge",
    kind: "ingress",
    traffic: "shared",
    revisions: revisions.map((revision) => ({ revision, weight: 1, pods: 1 })),
    serviceType: "LoadBalancer",
    drainSeconds: 30,
  };
  return facts as GatewayFacts;
}

const plane = (revision: string) => ({ revision, version: NEWEST });
const space = (name: string, revision: string) => ({ name, revision, restarts: false });

const BEFORE: MeshFacts = {
  controlPlanes: [plane(OLD), plane(NEW)],
  gateways: [gateway("ingress", OLD, NEW)],
  tags: { prod: OLD },
  namespaces: [space("shop", "prod"), space("pay", OLD), space("new", NEW)],
};

function reasons(after: Partial<MeshFacts>, before: MeshFacts = BEFORE): string[] {
  return checkRemoval(before, { ...before, ...after }).map(formatProblem);
}

describe("who uses a revision", () => {
  it("tags, then gateways, namespaces and proxies, also through a tag", () => {
    const proxies = [
      { name: "old/app-1", revision: OLD },
      { name: "new/app-2", revision: NEW },
    ];
    assert.deepEqual(usersOfRevision(OLD, { ...BEFORE, proxies }), [
      { kind: "tag", name: "prod" },
      { kind: "gateway", name: "edge/ingress" },
      { kind: "namespace", name: "shop", tag: "prod" },
      { kind: "namespace", name: "pay" },
      { kind: "proxy", name: "old/app-1" },
    ]);
  });

  it("the default revision has two names", () => {
    const facts = { ...NO_MESH, tags: { prod: "" }, namespaces: [space("shop", "default")] };
    assert.deepEqual(usersOfRevision("", facts), usersOfRevision("default", facts));
    assert.equal(usersOfRevision("", facts).length, 2);
  });

  it("a tag default takes the name over from the default revision", () => {
    const namespaces = [space("shop", "default")];
    const facts = { ...NO_MESH, tags: { default: NEW }, namespaces };
    assert.deepEqual(usersOfRevision("", facts), []);
    assert.deepEqual(usersOfRevision(NEW, facts), [
      { kind: "tag", name: "default" },
      { kind: "namespace", name: "shop", tag: "default" },
    ]);
  });

  it("a message names ten and counts the rest", () => {
    const users = Array.from({ length: 12 }, (_, i) => ({
      kind: "proxy" as const,
      name: `a/${i}`,
    }));
    assert.match(describeUsers(users), /proxy a\/9 and 2 more \(12 in all\)$/);
    assert.doesNotMatch(describeUsers(users.slice(0, 10)), /more/);
  });
});

describe("what the inputs still name cannot be removed", () => {
  it("a revision with users is refused at preview, and they are listed", () => {
    const [problem = "", ...others] = reasons({ controlPlanes: [plane(NEW)] });
    assert.deepEqual(others, []);
    assert.equal(
      problem,
      "inputs: revisions: the control plane is removed while it is used by tag prod, gateway edge/ingress, " +
        `namespace shop (tag prod), namespace pay (got "${OLD}"); ` +
        "fix: move these to another revision first, in an update of their own",
    );
  });

  it("once everything has moved, it goes", () => {
    const moved: MeshFacts = {
      ...BEFORE,
      gateways: [gateway("ingress", NEW)],
      tags: { prod: NEW },
      namespaces: [space("shop", "prod"), space("pay", NEW)],
    };
    assert.deepEqual(reasons({ controlPlanes: [plane(NEW)] }, moved), []);
  });

  it("a tag that a namespace names", () => {
    assert.match(
      reasons({ tags: {} })[0] ?? "",
      /the tag is removed while it is used by namespace shop/,
    );
    assert.deepEqual(reasons({ tags: {}, namespaces: [] }), []);
  });

  it("the default tag goes when the default revision takes the name", () => {
    const before: MeshFacts = {
      ...NO_MESH,
      controlPlanes: [plane(NEW), plane("")],
      tags: { default: NEW },
      namespaces: [space("shop", "default")],
    };
    assert.deepEqual(reasons({ tags: {} }, before), []);
    const alone = { ...before, controlPlanes: [plane(NEW)] };
    assert.match(reasons({ tags: {} }, alone)[0] ?? "", /used by namespace shop/);
  });

  it("revisions that the mesh never had are none of its business", () => {
    assert.deepEqual(reasons({ namespaces: [space("shop", "asm-managed")] }), []);
    assert.deepEqual(checkRemoval(NO_MESH, BEFORE), []);
  });
});
