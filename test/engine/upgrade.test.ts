import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump, load } from "js-yaml";
import type { ServiceMeshInputs } from "../../mesh/model/serviceMeshInputs";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { gatewayMesh } from "../support/gatewayMesh";
import { readManifests } from "../support/manifests";
import { pattern } from "../support/pattern";
import { programStack } from "../support/programStack";
import { mesh } from "../support/run";
import { type Step, TestStack, type Update } from "../support/stack";
import { stages } from "../support/stages";
import { type Tools, toolsFor } from "../support/tools";
import { watchEndpoints } from "../support/watchLeast";

/** What happens to Kubernetes objects, as `op kind name`. */
function objectSteps(changes: readonly Step[]): string[] {
  return changes
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ op, type, name }) => `${op} ${type.split(":").at(-1)} ${name}`)
    .sort();
}

/** Few stages, so that the tests go through all of them. */
const upgradeTo = (stage?: string, weights = [10]) => ({
  "mesh:upgrade": { to: NEWEST, ...(stage && { stage }), policy: { weights } },
});

/** Everything but the upgrade stays in the configuration as it is, from the first stage to the last. */
describe("an upgrade by the stage in the configuration", () => {
  const stage = stages();
  let tools: Tools;
  let stack: TestStack;

  before(async function () {
    tools = await toolsFor(this);
    stack = await TestStack.create(tools, "upgrade", {
      "mesh:version": PREVIOUS,
      "mesh:revision": OLD,
      "mesh:profile": "minimal",
      "mesh:tags": { stable: OLD },
      "mesh:gateways": [
        { name: "web", namespace: "edge", replicas: 10, revisions: [{ revision: OLD }] },
        { name: "api", namespace: "api", replicas: 4, revisions: [{ revision: "stable" }] },
      ],
      "mesh:namespaces": [
        { name: "shop", revision: OLD },
        { name: "billing", revision: "stable" },
      ],
    });
    await stack.up();
  });

  /** One edit of the stage: its preview and its update do the same. */
  async function go(name?: string): Promise<Update> {
    stack.configure(upgradeTo(name));
    const preview = await stack.preview();
    const update = await stack.up();
    assert.deepEqual(objectSteps(update.changes), objectSteps(preview.changes));
    return preview;
  }

  async function refused(config: Readonly<Record<string, unknown>>): Promise<string> {
    stack.configure(config);
    const { output } = await stack.failure("preview");
    return output;
  }

  stage("begins with a stage in which nothing changes", async () => {
    const { changes, output } = await go();
    assert.deepEqual(objectSteps(changes), []);
    assert.match(
      output,
      pattern`upgrade to ${NEWEST}, stage 1 of 12, prepare: nothing changes yet`,
    );
    assert.match(output, /The next stage is install\./);
  });

  stage("refuses a stage that it does not have, and one that is not the next", async () => {
    const unknown = await refused(upgradeTo("gateway-wbe-10"));
    assert.match(
      unknown,
      /upgrade\.stage: is no stage of the upgrade .*fix: did you mean "gateway-web-10"/,
    );
    const early = await refused(upgradeTo("gateway-web-10"));
    assert.match(early, /skips stages: the mesh is in prepare, and stages go forward one by one/);
    assert.match(early, /with an update after each: install, then gateway-web-10/);
  });

  stage("installs the new control plane, and touches no gateway", async () => {
    const { changes, output } = await go("install");
    assert.match(output, pattern`stage 2 of 12, install: control plane ${NEW} \(Istio ${NEWEST}\)`);
    const steps = objectSteps(changes);
    assert.ok(steps.some((text) => text.includes(`Deployment mesh-${NEW}:istio-system/istiod-`)));
    assert.deepEqual(
      steps.filter((text) => /edge|api\/|shop|billing/.test(text)),
      [],
    );
  });

  stage("gives the gateway a share, which the command shows too", async () => {
    const { changes, output } = await go("gateway-web-10");
    assert.match(
      output,
      pattern`stage 3 of 12, gateway-web-10: gateway edge/web sends 10 % to ${NEW}`,
    );
    assert.match(
      output,
      pattern`${OLD} 100 % \(10 pods\) → ${OLD} 90 % \(9 pods\), ${NEW} 10 % \(1 pod\)`,
    );
    const deployment = (revision: string) => `mesh-edge-web-${revision}:edge/web-${revision}`;
    assert.deepEqual(objectSteps(changes), [
      `create Deployment ${deployment(NEW)}`,
      `create PodDisruptionBudget ${deployment(NEW)}`,
      `update Deployment ${deployment(OLD)}`,
    ]);
    const args = ["manifest", "generate", "--stack", "upgrade"];
    const { code, stdout } = await mesh(args, {
      cwd: stack.folder,
      env: stack.shell,
    });
    assert.equal(code, 0);
    for (const [revision, pods] of Object.entries({ [OLD]: "9", [NEW]: "1" })) {
      assert.match(
        stdout,
        pattern`name: web-${revision}\n  namespace: edge\nspec:\n  replicas: ${pods}\n`,
      );
    }
  });

  stage("goes back to an earlier stage, and forward again", async () => {
    const { output } = await go("install");
    assert.match(output, /goes back from stage gateway-web-10 to stage 2 of 12, install\./);
    await go("gateway-web-10");
  });

  stage("does not leave the middle without a word when `upgrade` is taken out", async () => {
    const output = await refused({ "mesh:upgrade": undefined });
    assert.match(
      output,
      pattern`the upgrade to ${NEWEST} is in stage gateway-web-10, and these inputs`,
    );
    assert.match(output, pattern`set upgrade to \{ to: ${NEWEST}, stage: gateway-web-10 \} again`);
  });

  for (const [name, words, moves] of [
    ["gateway-web-100", "gateway edge/web sends 100 %", "100 % (10 pods)"],
    ["gateway-api-10", "gateway api/api sends 10 %", "stable 90 % (3 pods)"],
    ["gateway-api-100", "gateway api/api sends 100 %", "deletes 3 pods of stable"],
    ["namespaces-1", "namespace shop moves", `namespace shop moves from ${OLD} to ${NEW}`],
    ["tag-stable", "tag stable points", `tag stable moves from ${OLD} to ${NEW}`],
    ["tag-stable-gateways", "gateway api/api names tag stable again", "stable 100 % (4 pods)"],
    ["node-agents", `the mesh's own version goes to ${NEWEST}`, ""],
    ["remove", `control plane ${OLD} is removed`, `control plane ${OLD} (Istio ${PREVIOUS}) is`],
    ["finish", "the upgrade is done", "It is the last one."],
  ] as const) {
    stage(`goes to ${name}, and says so`, async () => {
      const { output } = await go(name);
      assert.ok(output.includes(`of 12, ${name}: ${words}`), output);
      assert.ok(output.includes(moves), output);
    });
  }

  stage("refuses to go back past the removal in one update, and names the way", async () => {
    const output = await refused(upgradeTo("gateway-web-10"));
    assert.match(output, pattern`control plane ${OLD} would be installed in the update that moves`);
    assert.match(
      output,
      /an update after each: tag-stable, then gateway-api-100, then gateway-web-10/,
    );
    assert.match(
      await refused({ "mesh:upgrade": undefined }),
      pattern`the upgrade to ${NEWEST} is in stage finish, and these inputs would leave it`,
    );
  });

  stage("goes the way back that it names, with the pods of before at its end", async () => {
    for (const name of ["tag-stable", "gateway-api-100", "install", "prepare"]) {
      await go(name);
    }
    const deployments = readManifests(stack.rendered)
      .filter(
        ({ kind, metadata }) => kind === "Deployment" && metadata.namespace !== "istio-system",
      )
      .map(({ metadata }) => metadata.name);
    assert.deepEqual(deployments.sort(), ["api-stable", `web-${OLD}`]);
  });
});

/** Programs have the same input, and the state is theirs alone. */
describe("an upgrade by the input of a program's mesh", () => {
  const stage = stages();
  let tools: Tools;
  let stack: TestStack;

  before(async function () {
    tools = await toolsFor(this);
    stack = await programStack(tools, "twoMeshes");
  });

  /** What the program says of its mesh, whose inputs are not in the configuration. */
  function write(inputs: Omit<ServiceMeshInputs, "profile" | "charts">): void {
    const file = join(stack.folder, "Pulumi.test.yaml");
    const { config: _, ...others } = load(readFileSync(file, "utf8")) as { config: object };
    const charts = { kind: "folder", path: tools.charts };
    const target = { kind: "render", directory: stack.rendered };
    const blue = { profile: "minimal", charts, target, ...inputs };
    writeFileSync(file, dump({ ...others, config: { "shop:meshes": { blue } } }));
  }

  const staged = (name: string) =>
    write({ version: PREVIOUS, revision: OLD, upgrade: { to: NEWEST, stage: name } });

  stage("goes from stage to stage, which the command reads from the state", async () => {
    write({ version: PREVIOUS, revision: OLD });
    await stack.up();
    staged("install");
    const { output } = await stack.preview();
    assert.match(
      output,
      pattern`upgrade to ${NEWEST}, stage 2 of 5, install: control plane ${NEW}`,
    );
    await stack.up();
    const args = ["manifest", "generate", "--stack", "test"];
    const { stdout } = await mesh(args, { cwd: stack.folder, env: stack.shell });
    assert.match(stdout, pattern`name: istiod-${OLD}\n`);
    assert.match(stdout, pattern`name: istiod-${NEW}\n`);
    for (const name of ["node-agents", "remove", "finish"]) {
      staged(name);
      await stack.up();
    }
  });

  stage("ends with the inputs of the last stage, in which nothing changes", async () => {
    write({ version: NEWEST, revision: NEW });
    const { changes, output } = await stack.preview();
    assert.deepEqual(objectSteps(changes), []);
    assert.match(output, /the inputs have no `upgrade` any more/);
    await stack.up();
    assert.deepEqual((await stack.preview()).changes, []);
  });
});

/** On a real API server, where kwok plays the pods. */
describe("the endpoints of a gateway during an upgrade", () => {
  let api: ApiServer;
  let stack: TestStack;

  before(async function () {
    const tags = { "mesh:tags": { stable: OLD } };
    ({ api, stack } = await gatewayMesh(await toolsFor(this), tags));
    stack.configure({
      "mesh:gateways": [
        {
          name: "web",
          namespace: "edge",
          replicas: 3,
          service: { type: "ClusterIP" },
          revisions: [{ revision: "stable" }],
        },
      ],
    });
    await stack.up();
  });

  after(() => api?.stop());

  it("are never fewer than before, forward and back, also when the tag moves that it names", async () => {
    const endpoints = await watchEndpoints(api.kubeconfig, "edge", "web", 3);
    for (const name of [
      "gateway-web-50",
      "gateway-web-100",
      "tag-stable",
      "tag-stable-gateways",
      "tag-stable",
      "gateway-web-100",
      "gateway-web-50",
      "gateway-web-100",
      "tag-stable",
      "tag-stable-gateways",
      "node-agents",
      "remove",
      "finish",
    ]) {
      stack.configure(upgradeTo(name, [50]));
      await stack.up();
    }
    assert.equal(endpoints.value(), 3);
    endpoints.stop();
  });
});
