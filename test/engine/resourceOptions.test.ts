import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { getPath } from "../../mesh/k8s/path";
import { NEWEST } from "../../toolchain/versions";
import { programStack } from "../support/programStack";
import type { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { toolsFor } from "../support/tools";

/** What a component's options do to its resources, on Pulumi's real engine; manifests go to a folder. */
describe("resource options of components", () => {
  const stage = stages();
  let stack: TestStack;
  let program: JsonObject;

  before(async function () {
    const tools = await toolsFor(this);
    stack = await programStack(tools, "resourceOptions");
    program = {
      common: { version: NEWEST, charts: { kind: "folder", path: tools.charts } },
      mesh: {
        revision: "a",
        overlayGateways: [{ name: "istio-ingressgateway", protect: false }],
        tags: { stable: "a" },
        namespaces: [{ name: "shop", revision: "a" }],
        gateways: [
          { name: "web", namespace: "edge", protect: false, revisions: [{ revision: "a" }] },
        ],
      },
      directory: stack.rendered,
      prefix: "first",
    };
  });

  function give(change: JsonObject): void {
    program = { ...program, ...change };
    stack.configure({ "mesh:program": program });
  }

  /** The objects of Kubernetes in the state. */
  async function objects(): Promise<JsonObject[]> {
    const all = getPath(JSON.parse(await stack.stateText()), "deployment.resources");
    assert.ok(Array.isArray(all));
    const own = all.filter(isObject).filter(({ type }) => /^kubernetes:.*:/.test(String(type)));
    assert.ok(own.length > 40, `only ${own.length} objects`);
    return own;
  }

  const manifests = () =>
    readdirSync(stack.rendered, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".yaml"),
    );

  stage("`providers` and `transforms` reach all resources", async () => {
    give({ annotation: "team-a" });
    await stack.up();
    const all = await objects();
    const deployments = all.filter(({ type }) => type === "kubernetes:apps/v1:Deployment");
    const names = deployments.map((own) => getPath(own, "inputs.metadata.name"));
    for (const name of ["istiod-a", "istiod-alone", "web-a", "alone-alone"]) {
      assert.ok(names.includes(name), `${name} is not among ${names.join(", ")}`);
    }
    for (const own of deployments) {
      assert.equal(getPath(own, "inputs.metadata.annotations.owner"), "team-a", String(own.urn));
    }
    const others = all.filter(({ provider }) => !String(provider).includes("::own::"));
    assert.deepEqual(
      others.map(({ urn }) => urn),
      [],
    );
    assert.equal(manifests().length, all.length);
  });

  stage("`protect` keeps all of them from being deleted", async () => {
    give({ options: { protect: true } });
    await stack.up();
    const open = (await objects()).filter(({ protect }) => protect !== true);
    assert.deepEqual(
      open.map(({ urn }) => urn),
      [],
    );
    assert.match((await stack.failure("destroy")).output, /protect/);
  });

  stage("an alias lets a component have another name, and nothing is made anew", async () => {
    give({ options: {}, prefix: "second", formerPrefix: "first" });
    const { changes } = await stack.up();
    const made = changes.filter(({ op }) => op !== "update");
    assert.deepEqual(made, []);
  });

  stage("options without effect are said, each with what does the same", async () => {
    const customTimeouts = { create: "1m" };
    const options = { ignoreChanges: ["version"], replaceOnChanges: ["version"], customTimeouts };
    give({ options, formerPrefix: undefined as never });
    const { output } = await stack.preview();
    // Pulumi prints each while it goes on, and all of them at the end.
    const [, summary = ""] = output.split("Diagnostics:");
    for (const option of Object.keys(options)) {
      const words = new RegExp(`the resource option ${option} has no effect on a component`, "g");
      assert.equal(summary.match(words)?.length, 4, output);
    }
    assert.match(output, /use the input `timeouts`/);
  });

  stage("`retainOnDelete` leaves all objects where they are", async () => {
    give({ options: { retainOnDelete: true } });
    await stack.up();
    const before = manifests();
    await stack.destroy(["--run-program"]);
    assert.deepEqual(manifests(), before);
  });
});
