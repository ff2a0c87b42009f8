import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import { formatProblem, InvalidInput, type Problem } from "../../../mesh/common/problem";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";
import type { ServiceMeshInputs } from "../../../mesh/model/serviceMeshInputs";
import type { UpgradePolicy } from "../../../mesh/model/upgradeInputs";
import type { UpgradePlan } from "../../../mesh/upgrade/types";
import { inputsAt, planUpgrade, stageOf } from "../../../mesh/upgrade/upgradePlan";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../toolchain/versions";
import { overlay } from "../mesh/support";
import { THIRD, THIRD_VERSION } from "./arbitrary";

const library = overlayLibrary();

const TYPICAL: ServiceMeshInputs = {
  version: PREVIOUS,
  revision: OLD,
  cni: { enabled: true },
  tags: { stable: OLD },
  gateways: [
    { name: "web", namespace: "edge", replicas: 10, revisions: [{ revision: OLD }] },
    { name: "internal", namespace: "inside", replicas: 4, revisions: [{ revision: "stable" }] },
  ],
  namespaces: [
    { name: "shop", revision: OLD },
    { name: "cart", revision: OLD, restart: { batchSize: 5 } },
    { name: "billing", revision: "stable" },
  ],
};

const MOVED: ServiceMeshInputs = {
  version: NEWEST,
  revision: NEW,
  cni: { enabled: true },
  tags: { stable: NEW },
  gateways: [
    { name: "web", namespace: "edge", replicas: 10, revisions: [{ revision: NEW }] },
    { name: "internal", namespace: "inside", replicas: 4, revisions: [{ revision: "stable" }] },
  ],
  namespaces: [
    { name: "shop", revision: NEW },
    { name: "cart", revision: NEW, restart: { batchSize: 5 } },
    { name: "billing", revision: "stable" },
  ],
};

function upgrade(before: ServiceMeshInputs, policy: UpgradePolicy = {}, to = NEWEST): UpgradePlan {
  return planUpgrade(before, { to, policy }, library);
}

function names({ stages }: UpgradePlan): string[] {
  return stages.map(({ name }) => name);
}

function problemsOf(work: () => unknown): Problem[] {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof InvalidInput, String(error));
    return [...error.problems];
  }
  return assert.fail("nothing was refused");
}

function refusal(before: ServiceMeshInputs, policy: UpgradePolicy = {}, to = NEWEST): string {
  return problemsOf(() => upgrade(before, policy, to))
    .map(formatProblem)
    .join("\n");
}

function gatewayIn(plan: UpgradePlan, stage: string, name = "web"): GatewayInputs | undefined {
  return inputsAt(plan, stage).gateways?.find((gateway) => gateway.name === name);
}

const mesh = (gateway: Partial<GatewayInputs>, more: Partial<ServiceMeshInputs> = {}) => ({
  version: PREVIOUS,
  revision: OLD,
  gateways: [{ name: "web", namespace: "edge", revisions: [{ revision: OLD }], ...gateway }],
  ...more,
});

describe("the upgrade of a typical mesh", () => {
  const plan = upgrade(TYPICAL);

  it("has its stages in order", () => {
    assert.deepEqual(names(plan), [
      "prepare",
      "install",
      "gateway-web-10",
      "gateway-web-50",
      "gateway-web-100",
      "gateway-internal-10",
      "gateway-internal-50",
      "gateway-internal-100",
      "namespaces-1",
      "tag-stable",
      "tag-stable-gateways",
      "node-agents",
      "remove",
      "finish",
    ]);
  });

  it("installs the new control plane beside the old one, and has moving namespaces restart", () => {
    assert.deepEqual(inputsAt(plan, "prepare"), TYPICAL);
    assert.deepEqual(inputsAt(plan, "install"), {
      ...TYPICAL,
      revisions: [{ revision: OLD }, { revision: NEW, version: NEWEST }],
      namespaces: [
        { name: "shop", revision: OLD, restart: {} },
        { name: "cart", revision: OLD, restart: { batchSize: 5 } },
        { name: "billing", revision: "stable", restart: {} },
      ],
    });
  });

  it("moves a gateway by weights, one after the other", () => {
    const at = (percent: number) => gatewayIn(plan, `gateway-web-${percent}`)?.revisions;
    assert.deepEqual(at(10), [
      { revision: OLD, weight: 90 },
      { revision: NEW, weight: 10 },
    ]);
    assert.deepEqual(at(50), [
      { revision: OLD, weight: 50 },
      { revision: NEW, weight: 50 },
    ]);
    assert.deepEqual(at(100), [{ revision: NEW }]);
    assert.deepEqual(
      gatewayIn(plan, "gateway-web-100", "internal"),
      TYPICAL.gateways?.find(({ name }) => name === "internal"),
    );
  });

  it("moves a gateway that names a tag by weights too, and gives it its tag back", () => {
    const at = (stage: string) => gatewayIn(plan, stage, "internal")?.revisions;
    assert.deepEqual(at("gateway-internal-10"), [
      { revision: "stable", weight: 90 },
      { revision: NEW, weight: 10 },
    ]);
    assert.deepEqual(at("gateway-internal-100"), [{ revision: NEW }]);
    assert.deepEqual(at("tag-stable"), [{ revision: NEW }]);
    assert.deepEqual(at("tag-stable-gateways"), [{ revision: "stable" }]);
  });

  it("moves namespaces that name the revision, and those with a tag by the tag alone", () => {
    assert.deepEqual(inputsAt(plan, "namespaces-1").namespaces, [
      { name: "shop", revision: NEW, restart: {} },
      { name: "cart", revision: NEW, restart: { batchSize: 5 } },
      { name: "billing", revision: "stable", restart: {} },
    ]);
    assert.deepEqual(inputsAt(plan, "namespaces-1").tags, { stable: OLD });
    assert.deepEqual(inputsAt(plan, "tag-stable").tags, { stable: NEW });
    assert.deepEqual(stageOf(plan, "tag-stable").namespaces, ["billing"]);
  });

  it("has node agents follow before the old control plane goes", () => {
    const { version, revision, revisions } = inputsAt(plan, "node-agents");
    assert.deepEqual([version, revision], [NEWEST, NEW]);
    assert.deepEqual(revisions, [
      { revision: NEW, version: NEWEST },
      { revision: OLD, version: PREVIOUS },
    ]);
    assert.deepEqual(inputsAt(plan, "remove").revisions, [{ revision: NEW, version: NEWEST }]);
    assert.deepEqual(plan.nodeAgents, ["CNI"]);
  });

  it("ends with what a person would have written", () => {
    assert.deepEqual(inputsAt(plan, "finish"), MOVED);
  });

  it("does not change its inputs", () => {
    const copy = structuredClone(TYPICAL);
    upgrade(TYPICAL);
    assert.deepEqual(TYPICAL, copy);
  });
});

describe("the control planes of an upgrade", () => {
  it("keep their own settings, which the new one gets too", () => {
    const before: ServiceMeshInputs = {
      version: PREVIOUS,
      tag: `${PREVIOUS}-distroless`,
      revisions: [{ revision: OLD, set: ["values.pilot.traceSampling=5"] }],
    };
    const plan = upgrade(before);
    const set = ["values.pilot.traceSampling=5"];
    assert.deepEqual(inputsAt(plan, "install").revisions, [
      { revision: OLD, set },
      { revision: NEW, version: NEWEST, set, tag: `${NEWEST}-distroless` },
    ]);
    assert.deepEqual(inputsAt(plan, "finish"), {
      version: NEWEST,
      tag: `${NEWEST}-distroless`,
      revisions: [{ revision: NEW, set }],
    });
  });

  it("have a name from the version, or from the policy", () => {
    const plan = upgrade({ version: PREVIOUS, revision: OLD }, { revision: "green" });
    assert.deepEqual(names(plan), ["prepare", "install", "node-agents", "remove", "finish"]);
    assert.deepEqual(inputsAt(plan, "finish"), { version: NEWEST, revision: "green" });
  });

  it("of a mesh without a revision get a tag `default` for namespaces that ask for injection alone", () => {
    const plan = upgrade({
      version: PREVIOUS,
      gateways: [{ name: "web", namespace: "edge", revisions: [{ revision: "default" }] }],
      namespaces: [{ name: "shop", revision: "default" }],
    });
    assert.deepEqual(inputsAt(plan, "install").revisions, [
      { revision: "" },
      { revision: NEW, version: NEWEST },
    ]);
    assert.deepEqual(names(plan).slice(5), [
      "namespaces-1",
      "tag-default",
      "node-agents",
      "remove",
      "finish",
    ]);
    assert.deepEqual(inputsAt(plan, "finish"), {
      version: NEWEST,
      revision: NEW,
      tags: { default: NEW },
      gateways: [{ name: "web", namespace: "edge", revisions: [{ revision: NEW }] }],
      namespaces: [{ name: "shop", revision: NEW }],
    });
  });

  it("of older versions are all replaced, unless the policy names some", () => {
    const before: ServiceMeshInputs = {
      version: PREVIOUS,
      revisions: [{ revision: OLD }, { revision: THIRD, version: THIRD_VERSION }],
      namespaces: [
        { name: "shop", revision: OLD },
        { name: "legacy", revision: THIRD },
      ],
    };
    assert.deepEqual(inputsAt(upgrade(before), "finish"), {
      version: NEWEST,
      revisions: [{ revision: NEW }],
      namespaces: [
        { name: "shop", revision: NEW },
        { name: "legacy", revision: NEW },
      ],
    });
    assert.deepEqual(inputsAt(upgrade(before, { from: [OLD] }), "finish"), {
      version: NEWEST,
      revisions: [{ revision: NEW }, { revision: THIRD, version: THIRD_VERSION }],
      namespaces: [
        { name: "shop", revision: NEW },
        { name: "legacy", revision: THIRD },
      ],
    });
  });

  it("that are there already are used as they are", () => {
    const own = { revision: NEW, version: NEWEST, set: ["values.pilot.traceSampling=5"] };
    const before: ServiceMeshInputs = {
      version: PREVIOUS,
      revisions: [{ revision: OLD }, own],
      namespaces: [{ name: "shop", revision: OLD, restart: {} }],
    };
    const plan = upgrade(before);
    assert.deepEqual(names(plan), ["prepare", "namespaces-1", "node-agents", "remove", "finish"]);
    assert.deepEqual(inputsAt(plan, "finish").revisions, [own]);
  });
});

describe("the gateways of an upgrade", () => {
  it("with `traffic: active` are switched, and keep the old pods until after the switch", () => {
    const plan = upgrade(mesh({ traffic: "active" }));
    assert.deepEqual(names(plan).slice(2, 5), [
      "gateway-web-0",
      "gateway-web-100",
      "gateway-web-without-old",
    ]);
    const revisions = [{ revision: OLD }, { revision: NEW }];
    const fields = { name: "web", namespace: "edge", traffic: "active" };
    assert.deepEqual(gatewayIn(plan, "gateway-web-0"), { ...fields, active: OLD, revisions });
    assert.deepEqual(gatewayIn(plan, "gateway-web-100"), { ...fields, active: NEW, revisions });
    assert.deepEqual(gatewayIn(plan, "gateway-web-without-old"), {
      ...fields,
      revisions: [{ revision: NEW }],
    });
  });

  it("of one pod have two while both revisions serve", () => {
    const plan = upgrade(mesh({ replicas: 1 }));
    const pods = ["install", "gateway-web-10", "gateway-web-100"].map(
      (stage) => gatewayIn(plan, stage)?.replicas,
    );
    assert.deepEqual(pods, [1, 2, 1]);
  });

  it("keep the share of a revision that stays", () => {
    const revisions = [
      { revision: OLD, weight: 80 },
      { revision: THIRD, weight: 20 },
    ];
    const before = mesh(
      { revisions },
      { revisions: [{ revision: OLD }, { revision: THIRD, version: THIRD_VERSION }] },
    );
    const plan = upgrade(before, { from: [OLD], weights: [25] });
    assert.deepEqual(gatewayIn(plan, "gateway-web-25")?.revisions, [
      { revision: OLD, weight: 60 },
      { revision: THIRD, weight: 20 },
      { revision: NEW, weight: 20 },
    ]);
    assert.deepEqual(gatewayIn(plan, "gateway-web-100")?.revisions, [
      { revision: NEW, weight: 80 },
      { revision: THIRD, weight: 20 },
    ]);
  });

  it("move in the groups and by the shares of the policy", () => {
    const gateways = ["a", "b", "c"].map((name) => ({
      name,
      namespace: name,
      revisions: [{ revision: OLD }],
    }));
    const policy = { gatewayGroups: [["c", "a/a"]], weights: [20] };
    const plan = upgrade({ version: PREVIOUS, revision: OLD, gateways }, policy);
    assert.deepEqual(names(plan).slice(2, 6), [
      "gateways-1-20",
      "gateways-1-100",
      "gateway-b-20",
      "gateway-b-100",
    ]);
    assert.deepEqual(stageOf(plan, "gateways-1-20").gateways, ["a/a", "c/c"]);
  });

  it("of the same name are told apart by their namespaces", () => {
    const gateways = ["a", "b"].map((namespace) => ({
      name: "web",
      namespace,
      revisions: [{ revision: OLD }],
    }));
    const plan = upgrade({ version: PREVIOUS, revision: OLD, gateways }, { weights: [] });
    assert.deepEqual(names(plan).slice(2, 4), ["gateway-a/web-100", "gateway-b/web-100"]);
  });

  it("whose revision the label of a namespace decides move with it", () => {
    const namespaces = [{ name: "edge", revision: OLD }];
    const plan = upgrade(mesh({ injection: "namespace" }, { namespaces }));
    assert.deepEqual(names(plan).slice(1, 3), ["install", "namespaces-1"]);
    assert.deepEqual(gatewayIn(plan, "namespaces-1")?.revisions, [{ revision: NEW }]);
    assert.deepEqual(stageOf(plan, "namespaces-1").gateways, ["edge/web"]);
  });

  it("whose namespace has a tag and is not the mesh's own restart with the tag", () => {
    const plan = upgrade(
      mesh(
        { injection: "namespace", revisions: [{ revision: "stable" }] },
        { tags: { stable: OLD } },
      ),
    );
    assert.equal(gatewayIn(plan, "install")?.restart, undefined);
    assert.equal(gatewayIn(plan, "tag-stable")?.restart, `upgrade to ${NEWEST}`);
  });

  it("that show istiod to other clusters show the new one at last", () => {
    const eastWest = { exposeIstiod: true, istiodRevision: OLD };
    const plan = upgrade(mesh({ kind: "east-west", eastWest }));
    const shown = ["gateway-web-50", "gateway-web-100"].map(
      (stage) => gatewayIn(plan, stage)?.eastWest?.istiodRevision,
    );
    assert.deepEqual(shown, [OLD, NEW]);
  });
});

describe("the namespaces of an upgrade", () => {
  const namespaces = ["a", "b", "c", "d"].map((name) => ({ name, revision: OLD }));

  it("move in groups, then in batches", () => {
    const policy = { namespaceGroups: [["d"]], namespaceBatch: 2 };
    const { stages } = upgrade({ version: PREVIOUS, revision: OLD, namespaces }, policy);
    const moved = stages.filter(({ kind }) => kind === "namespaces");
    assert.deepEqual(
      moved.map((stage) => [stage.name, ...stage.namespaces]),
      [
        ["namespaces-1", "d"],
        ["namespaces-2", "a", "b"],
        ["namespaces-3", "c"],
      ],
    );
  });

  it("do not restart where the policy says so", () => {
    const plan = upgrade({ version: PREVIOUS, revision: OLD, namespaces }, { restart: false });
    assert.deepEqual(inputsAt(plan, "namespaces-1").namespaces?.[0], { name: "a", revision: NEW });
  });
});

describe("an upgrade is refused", () => {
  it("to a version that the mesh has, that is older, or that is none", () => {
    assert.match(refusal(TYPICAL, {}, PREVIOUS), /upgrade\.to: the mesh has this version already/);
    assert.match(refusal(TYPICAL, {}, THIRD_VERSION), /is older than what the mesh has/);
    assert.match(refusal(TYPICAL, {}, "1.31"), /is not a full version/);
  });

  it("to a version that is too far away, by the rule for revisions", () => {
    const far = refusal({ version: THIRD_VERSION, revision: THIRD }, {}, "1.32.0");
    assert.match(far, /in stage install of the upgrade: .* are 3 minor versions.*go by way of/);
  });

  it("where the mesh has no control plane of its own", () => {
    const managed = { version: PREVIOUS, revisions: [], managed: {} };
    assert.match(refusal(managed), /Google runs the control plane asm-managed and upgrades it/);
    const gateways = { version: PREVIOUS, revision: OLD, profile: "empty" };
    assert.match(refusal(gateways), /has no control plane of its own/);
  });

  it("if a setting gives the new control plane another revision", () => {
    const before = { version: PREVIOUS, overlays: [overlay({ revision: OLD })] };
    assert.deepEqual(inputsAt(upgrade(before), "finish").revision, NEW);
    assert.match(
      refusal({ version: PREVIOUS, set: [`revision=${OLD}`] }),
      /a setting or an overlay names another revision/,
    );
  });

  it("if a gateway's revision is the label of a namespace that the mesh does not have", () => {
    assert.match(refusal(mesh({ injection: "namespace" })), /list edge in `namespaces`/);
  });

  it("with all problems of its policy at once", () => {
    const found = refusal(TYPICAL, {
      revision: "1.31.0",
      from: ["1-30-3"],
      weights: [50, 10, 101],
      gatewayGroups: [["wbe"], ["web", "edge/web"]],
      namespaceGroups: [["shops"]],
      namespaceBatch: 0,
      tags: ["stabel"],
    });
    assert.deepEqual(
      found
        .split("\n")
        .map((line) =>
          line.replace(/^inputs: upgrade\.policy\.([\w[\]]+): .*?(fix|allowed): (.*)$/, "$1: $3"),
        ),
      [
        "weights[1]: name the shares from the smallest to the largest",
        "weights[2]: whole numbers from 1 to 100",
        "namespaceBatch: whole numbers from 1",
        'gatewayGroups: web, internal; fix: did you mean "web"?',
        "gatewayGroups: name it once",
        'namespaceGroups: shop, cart, billing; fix: did you mean "shop"?',
        'tags: stable; fix: did you mean "stable"?',
        'revision: lower-case letters, digits and hyphens, at most 56 characters; fix: write "1-31-0"',
        `from[0]: ${OLD}; fix: did you mean "${OLD}"?`,
      ],
    );
  });

  it("to a revision whose name is taken", () => {
    const taken = (revision: string) => refusal(TYPICAL, { revision });
    assert.match(taken(OLD), /is the control plane of Istio/);
    assert.match(taken("stable"), /is the name of a tag/);
    assert.match(taken(""), /is empty/);
  });

  it("at a stage that it does not have, with those that it has", () => {
    const [problem] = problemsOf(() => stageOf(upgrade(TYPICAL), "gateway-web-11"));
    assert.match(problem?.allowed ?? "", /^prepare, install, gateway-web-10, /);
    assert.equal(problem?.fix, 'did you mean "gateway-web-10"?');
  });
});
