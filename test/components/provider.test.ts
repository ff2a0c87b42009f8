import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { tokenOf } from "../../provider/components";
import { MeshProvider } from "../../provider/provider";
import { outputValue, type Recording, runProgram } from "../support/mocks";

type Constructed = Awaited<ReturnType<MeshProvider["construct"]>>;

interface Construction extends Recording {
  readonly result: Constructed | undefined;
  /** What `construct` says when it fails. */
  readonly failure: string | undefined;
}

/** Lets the provider create a component, as the engine asks it to. */
async function construct(
  component: string,
  inputs: pulumi.Inputs,
  given: { options?: pulumi.ComponentResourceOptions; preview?: boolean } = {},
): Promise<Construction> {
  let result: Constructed | undefined;
  let failure: string | undefined;
  const provider = new MeshProvider();
  const recording = await runProgram(
    async () => {
      await provider.construct("web", tokenOf(component), inputs, given.options ?? {}).then(
        (made) => {
          result = made;
        },
        (error: Error) => {
          failure = error.message;
        },
      );
    },
    { preview: given.preview ?? false },
  );
  return { ...recording, result, failure };
}

const POLICY = { namespace: "shop", mode: "STRICT" };

describe("the provider", () => {
  it("answers with its schema and version", () => {
    const { schema, version } = new MeshProvider();
    assert.equal((JSON.parse(schema) as { version: string }).version, version);
  });

  it("creates a component with its objects, and returns its outputs", async () => {
    const { resources, result, errors } = await construct("PeerAuthentication", POLICY);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      resources.map(({ type }) => type),
      [tokenOf("PeerAuthentication"), "kubernetes:security.istio.io/v1:PeerAuthentication"],
    );
    const { name, namespace } = result?.state ?? {};
    assert.equal(await outputValue(pulumi.output(name)), "default");
    assert.equal(await outputValue(pulumi.output(namespace)), "shop");
    assert.equal(await outputValue(pulumi.output(result?.urn)), resources[0]?.urn);
  });

  it("refuses a type that it does not have, and names those that it has", async () => {
    const { failure, resources } = await construct("Sidecar", {});
    assert.match(failure ?? "", /no component servicemesh:index:Sidecar; allowed: .*Gateway/);
    assert.deepEqual(resources, []);
  });

  it("says everything that is wrong with the inputs, and creates no object", async () => {
    const { failure, resources } = await construct("PeerAuthentication", {
      mode: "STRIKT",
      spaces: "shop",
    });
    assert.match(failure ?? "", /mode: .*"STRIKT"/);
    assert.match(failure ?? "", /spaces/);
    assert.match(failure ?? "", /namespace/);
    assert.equal(resources.length, 1);
  });

  it("leaves outputs unknown while an input is", async () => {
    const unknown = (pulumi as unknown as { unknown: unknown }).unknown;
    const namespace = pulumi.output(unknown) as pulumi.Output<string>;
    const { resources, result, warnings, failure } = await construct(
      "PeerAuthentication",
      { ...POLICY, namespace },
      { preview: true },
    );
    assert.equal(failure, undefined);
    assert.equal(resources.length, 1);
    assert.match(warnings.join("\n"), /known only after the update/);
    const name = result?.state.name as { isKnown: Promise<boolean> };
    assert.equal(await name.isKnown, false);
  });

  it("keeps a secret input secret, in the objects and in the outputs", async () => {
    const { resources, result } = await construct("PeerAuthentication", {
      ...POLICY,
      namespace: pulumi.secret("shop"),
    });
    assert.ok(resources[1]?.secrets.includes("spec"));
    const name = result?.state.namespace as { isSecret: Promise<boolean> };
    assert.equal(await name.isSecret, true);
  });

  it("passes dependsOn and protect on", async () => {
    const urn = "urn:pulumi:stack::project::kubernetes:core/v1:Namespace::shop";
    const dependsOn = [new pulumi.DependencyResource(urn)];
    const { resources } = await construct("PeerAuthentication", POLICY, {
      options: { dependsOn, protect: true },
    });
    const [component, object] = resources;
    assert.deepEqual(object?.dependencies, [urn]);
    assert.equal(component?.protect, true);
    assert.equal(object?.protect, true);
  });

  it("takes no option for set that the engine sends empty", async () => {
    const unset = {
      aliases: [],
      dependsOn: [],
      protect: false,
      providers: {},
      ignoreChanges: [],
      replaceOnChanges: [],
      customTimeouts: { create: "", update: "", delete: "" },
      retainOnDelete: false,
    };
    const { warnings, errors } = await construct("PeerAuthentication", POLICY, { options: unset });
    assert.deepEqual(errors, []);
    assert.deepEqual(warnings, []);
    const set = { ...unset, ignoreChanges: ["mode"] };
    const told = await construct("PeerAuthentication", POLICY, { options: set });
    assert.match(told.warnings.join("\n"), /ignoreChanges has no effect/);
  });
});
