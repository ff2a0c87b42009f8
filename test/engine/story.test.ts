import assert from "node:assert/strict";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import { pattern } from "../support/pattern";
import { type Step, TestStack, type Update } from "../support/stack";
import { stages } from "../support/stages";
import { toolsFor } from "../support/tools";

const GATEWAY = "mesh-istio-gateways-web";

type Weights = Readonly<Record<string, number>>;

function gateway(weights: Weights) {
  const revisions = Object.entries(weights).map(([revision, weight]) => ({ revision, weight }));
  return [{ name: "web", namespace: "istio-gateways", replicas: 10, revisions }];
}

const BOTH = [{ revision: OLD }, { revision: NEW, version: NEWEST }];

function deployment(revision: string): string {
  return `${GATEWAY}-${revision}:istio-gateways/web-${revision}`;
}

/** What happens to Kubernetes objects, as `op kind name`. */
function objectSteps(changes: readonly Step[]): string[] {
  return changes
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ op, type, name }) => `${op} ${type.split(":").at(-1)} ${name}`)
    .sort();
}

/** An upgrade from one revision to the next, told step by step as a platform engineer does it. */
describe("the story of an upgrade", () => {
  const stage = stages();
  let stack: TestStack;

  before(async function () {
    stack = await TestStack.create(await toolsFor(this), "story", {
      "mesh:version": PREVIOUS,
      "mesh:profile": "minimal",
      "mesh:overlays": ["termination-drain-30s"],
      "mesh:revisions": [{ revision: OLD }],
      "mesh:tags": { stable: OLD },
      "mesh:gateways": gateway({ [OLD]: 100 }),
      "mesh:namespaces": [
        { name: "shop", revision: "stable" },
        { name: "cart", revision: OLD },
      ],
    });
  });

  /** One edit: its preview and its update do the same, and only that. */
  async function step(edit: Readonly<Record<string, unknown>>): Promise<Update> {
    stack.configure(edit);
    const preview = await stack.preview();
    const update = await stack.up();
    assert.deepEqual(objectSteps(update.changes), objectSteps(preview.changes));
    const again = await stack.preview();
    assert.deepEqual(again.changes, [], "a second preview has changes");
    return preview;
  }

  stage(`starts with ${OLD} stable`, async () => {
    const { output } = await step({});
    assert.match(output, pattern`control plane ${OLD} \(Istio ${PREVIOUS}\) is installed`);
    assert.match(output, pattern`gateway istio-gateways/web .* ${OLD} 100 % \(10 pods\)`);
    assert.match(output, pattern`tag stable is set to ${OLD}`);
  });

  stage("refuses a gateway on a revision that is not there yet", async () => {
    stack.configure({ "mesh:gateways": gateway({ [OLD]: 90, [NEW]: 10 }) });
    const { output } = await stack.failure("preview");
    assert.match(
      output,
      /gateway web: revisions\[1\]\.revision: no control plane has this revision/,
    );
    stack.configure({ "mesh:gateways": gateway({ [OLD]: 100 }) });
  });

  stage(`installs ${NEW}, and no gateway changes`, async () => {
    const { changes, output } = await step({ "mesh:revisions": BOTH });
    const steps = objectSteps(changes);
    assert.deepEqual(
      steps.filter((text) => text.startsWith("create") && !text.includes(` mesh-${NEW}:`)),
      [],
    );
    assert.deepEqual(
      steps.filter((text) => !text.startsWith("create") && !/ mesh-(base|crds):/.test(text)),
      [],
    );
    assert.ok(!steps.some((text) => text.includes("istio-gateways")), steps.join("\n"));
    assert.match(output, pattern`${NEW} \(Istio ${NEWEST}\) is installed beside ${OLD}`);
    assert.match(
      output,
      pattern`the upgrade from Istio \S+ to \S+ changes a default of control plane ${NEW}: values\.`,
    );
  });

  stage("begins a canary at 10 %: one Deployment more, the Service as it is", async () => {
    const { changes, output } = await step({
      "mesh:gateways": gateway({ [OLD]: 90, [NEW]: 10 }),
    });
    assert.deepEqual(objectSteps(changes), [
      `create Deployment ${deployment(NEW)}`,
      `create PodDisruptionBudget ${deployment(NEW)}`,
      `update Deployment ${deployment(OLD)}`,
    ]);
    assert.match(
      output,
      pattern`${OLD} 90 % \(9 pods\), ${NEW} 10 % \(1 pod\)\. Its Service and address stay`,
    );
  });

  for (const [title, weights] of [
    ["goes to 50 %", { [OLD]: 50, [NEW]: 50 }],
    ["rolls back from 50 %, the new revision kept", { [OLD]: 100, [NEW]: 0 }],
    ["goes to 50 % again", { [OLD]: 50, [NEW]: 50 }],
    ["goes to 100 %, the old revision kept", { [OLD]: 0, [NEW]: 100 }],
  ] as const) {
    stage(`${title}: replicas only`, async () => {
      const { changes } = await step({ "mesh:gateways": gateway(weights) });
      assert.deepEqual(objectSteps(changes), [
        `update Deployment ${deployment(OLD)}`,
        `update Deployment ${deployment(NEW)}`,
      ]);
    });
  }

  stage(
    `refuses to remove ${OLD} while a gateway, a tag and a namespace use it, naming each`,
    async () => {
      stack.configure({ "mesh:revisions": [{ revision: NEW, version: NEWEST }] });
      const { output } = await stack.failure("preview");
      assert.match(output, pattern`gateway web: revisions\[0\]\.revision: .*"${OLD}"`);
      assert.match(output, pattern`tag stable: tags\.stable: .*"${OLD}"`);
      assert.match(output, pattern`namespace cart: revision: .*"${OLD}"`);
      stack.configure({ "mesh:revisions": BOTH });
    },
  );

  stage("cuts over: the old Deployment goes, and nothing else changes", async () => {
    const { changes } = await step({ "mesh:gateways": gateway({ [NEW]: 100 }) });
    assert.deepEqual(objectSteps(changes), [
      `delete Deployment ${deployment(OLD)}`,
      `delete PodDisruptionBudget ${deployment(OLD)}`,
    ]);
  });

  stage("moves the tag: one update of each object, never delete-then-create", async () => {
    const { changes, output } = await step({ "mesh:tags": { stable: NEW } });
    const steps = objectSteps(changes);
    assert.ok(steps.length > 0);
    assert.deepEqual(
      steps.filter((text) => !text.startsWith("update") || !text.includes(" mesh-tag-stable:")),
      [],
    );
    assert.match(output, pattern`tag stable moves from ${OLD} to ${NEW}`);
  });

  stage("moves a namespace: its label only, and says that its pods need a restart", async () => {
    const { changes, output } = await step({
      "mesh:namespaces": [
        { name: "shop", revision: "stable" },
        { name: "cart", revision: NEW },
      ],
    });
    assert.deepEqual(objectSteps(changes), ["update Namespace mesh-namespace-cart:cart"]);
    assert.match(
      output,
      pattern`namespace cart moves from ${OLD} to ${NEW}\. Its pods keep the old proxy`,
    );
  });

  stage(`removes ${OLD}: its own objects, and nothing of the gateway`, async () => {
    const { changes, output } = await step({
      "mesh:revisions": [{ revision: NEW, version: NEWEST }],
      "mesh:version": NEWEST,
    });
    const steps = objectSteps(changes);
    assert.ok(steps.length > 0);
    assert.deepEqual(
      steps.filter((text) => !text.startsWith("delete") || !text.includes(` mesh-${OLD}:`)),
      [],
    );
    assert.match(output, pattern`control plane ${OLD} \(Istio ${PREVIOUS}\) is removed`);
  });

  stage("refuses a change that would cost the gateway its address", async () => {
    stack.configure({
      "mesh:gateways": [{ ...gateway({ [NEW]: 100 })[0], service: { type: "ClusterIP" } }],
    });
    const { output } = await stack.failure("preview");
    assert.match(output, /gateway web: service\.type/);
    stack.configure({ "mesh:gateways": gateway({ [NEW]: 100 }) });
  });
});
