import assert from "node:assert/strict";
import { overlayLibrary } from "../../adapters/overlays";
import { ServiceMesh, type ServiceMeshArgs } from "../../components";
import {
  ManagedControlPlane,
  type ManagedControlPlaneArgs,
} from "../../components/mesh/managedControlPlane";
import type { JsonObject } from "../../mesh/common/json";
import { InvalidInput } from "../../mesh/common/problem";
import { getPath } from "../../mesh/k8s/path";
import { checkManaged } from "../../mesh/managed/check";
import { decideCrd, decideManaged } from "../../mesh/managed/decide";
import { controlPlaneRevision } from "../../mesh/managed/objects";
import { NO_MESH } from "../../mesh/model/facts";
import { describeChange } from "../../mesh/plan/changeMessages";
import { meshGraph, objectsWithoutCharts } from "../../mesh/plan/graph";
import { checkStep, planMesh } from "../../mesh/plan/meshPlan";
import { NEW, NEWEST } from "../../toolchain/versions";
import { withRealCharts } from "../support/meshProgram";
import { type Recording, type Registered, runProgram } from "../support/mocks";
import { pattern } from "../support/pattern";

const CLUSTER = { kind: "cluster", context: "test" } as const;
const REVISION = "asm-managed";

function create(args: Partial<ManagedControlPlaneArgs> = {}): Promise<Recording> {
  return runProgram(() => new ManagedControlPlane("managed", { target: CLUSTER, ...args }));
}

function named({ resources }: Recording, name: string): Registered {
  const found = resources.find((resource) => resource.name === name);
  assert.ok(found, `no ${name} among ${resources.map((r) => r.name).join(", ")}`);
  return found;
}

const children = ({ resources }: Recording) =>
  resources.filter(({ type }) => !type.startsWith("servicemesh:"));

function conditions(...all: readonly [type: string, status: string, message?: string][]) {
  return {
    status: { conditions: all.map(([type, status, message = ""]) => ({ type, status, message })) },
  };
}

/** As Google's controllers make it: a URL in place of a Service, and no certificate to check. */
function webhook(revision: string): JsonObject {
  return {
    metadata: { name: `istiod-${revision}`, labels: { "istio.io/rev": revision } },
    webhooks: [
      {
        name: "rev.namespace.sidecar-injector.istio.io",
        clientConfig: { url: "https://meshconfig.example.com/inject" },
        namespaceSelector: { matchLabels: { "istio.io/rev": revision } },
        rules: [
          { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] },
        ],
      },
    ],
  };
}

describe("a managed control plane", () => {
  it("of the fleet is only waited for, and guarded", async () => {
    const recording = await create();
    assert.deepEqual(recording.errors, []);
    const [guard, ...others] = children(recording);
    assert.deepEqual(others, []);
    assert.equal(guard?.name, "managed:guard");
    assert.deepEqual(guard.inputs, { input: { revision: REVISION } });
    assert.deepEqual(guard.hooks, ["managed:provisioned"]);
    assert.deepEqual(guard.removalHooks, ["managed:removal"]);
  });

  for (const [channel, revision] of [
    ["rapid", "asm-managed-rapid"],
    ["regular", "asm-managed"],
    ["stable", "asm-managed-stable"],
  ] as const) {
    it(`is asked for by a resource on the channel ${channel}`, async () => {
      const recording = await create({ channel, provisioning: "resource", dataPlane: true });
      assert.deepEqual(recording.errors, []);
      const asked = named(recording, `managed:istio-system/${revision}`);
      assert.equal(asked.type, "kubernetes:mesh.cloud.google.com/v1beta1:ControlPlaneRevision");
      assert.deepEqual(asked.inputs, {
        apiVersion: "mesh.cloud.google.com/v1beta1",
        kind: "ControlPlaneRevision",
        metadata: {
          name: revision,
          namespace: "istio-system",
          labels: { "mesh.cloud.google.com/managed-cni-enabled": "true" },
          annotations: {
            "mesh.cloud.google.com/proxy": '{"managed":"true"}',
            "pulumi.com/skipAwait": "true",
          },
        },
        spec: { type: "managed_service", channel },
      });
      assert.deepEqual(asked.hooks, ["managed:crd"]);
      assert.ok(named(recording, "managed:guard").dependencies.includes(asked.urn));
    });
  }

  it("says that its data plane is not managed, unless it is asked to be", () => {
    const { metadata } = controlPlaneRevision({ provisioning: "resource", cni: false });
    assert.deepEqual(metadata.annotations, {
      "mesh.cloud.google.com/proxy": '{"managed":"false"}',
    });
    assert.deepEqual(metadata.labels, { "mesh.cloud.google.com/managed-cni-enabled": "false" });
  });

  it("everything that is wrong is told at once, and nothing is registered", async () => {
    const recording = await create({ dataPlane: true, timeoutSeconds: 0 });
    const text = recording.errors.join("\n");
    assert.match(
      text,
      /managed\.dataPlane: is of the ControlPlaneRevision.* fix: write `provisioning: resource`/,
    );
    assert.match(text, /managed\.timeoutSeconds: is not a duration \(got 0\)/);
    assert.deepEqual(children(recording), []);
    assert.match(checkManaged({ channel: "regulr" } as never)[0]?.fix ?? "", /"regular"/);
  });

  it("the kubeconfig does not go to the component's state", async () => {
    const kubeconfig = "users: [{name: admin, user: {token: hidden}}]";
    const { resources } = await create({ target: { kind: "cluster", kubeconfig } });
    assert.doesNotMatch(JSON.stringify(resources), /hidden/);
  });
});

describe("when a managed control plane serves", () => {
  const decide = (revision: JsonObject | undefined, ...webhooks: JsonObject[]) =>
    decideManaged({ crd: undefined, revision, webhooks }, REVISION);

  it("waits for the CRD that Google brings", () => {
    assert.equal(decideCrd({ crd: undefined }).kind, "wait");
    assert.equal(decideCrd({ crd: conditions(["Established", "False"]) }).kind, "wait");
    assert.equal(decideCrd({ crd: conditions(["Established", "True"]) }).kind, "ok");
  });

  it("waits for the resource, for Google, and for the webhook; then it is ok", () => {
    const reason = (...args: Parameters<typeof decide>) => {
      const decision = decide(...args);
      assert.equal(decision.kind, "wait");
      return decision.kind === "wait" ? decision.reason : "";
    };
    assert.match(reason(undefined), /asm-managed is not there yet/);
    assert.match(reason({}), /Google has not provisioned asm-managed yet/);
    const busy = conditions(["ProvisioningFinished", "False", "creating"]);
    assert.match(reason(busy), /not provisioned asm-managed yet \(creating\)/);
    const done = conditions(["ProvisioningFinished", "True"]);
    assert.match(reason(done, webhook("asm-managed-rapid")), /injection webhook of asm-managed/);
    assert.equal(decide(done, webhook(REVISION)).kind, "ok");
  });

  it("fails at once when Google has given up", () => {
    const decision = decide(conditions(["Stalled", "True", "the cluster is in no fleet"]));
    assert.equal(decision.kind, "fail");
    assert.match(JSON.stringify(decision), /the cluster is in no fleet/);
  });
});

describe("the move from a control plane in the cluster to Google's, a stack edit at a time", () => {
  const gateway = (...weights: readonly [revision: string, weight: number][]) => [
    {
      name: "web",
      namespace: "istio-gateways",
      replicas: 4,
      revisions: weights.map(([revision, weight]) => ({ revision, weight })),
    },
  ];
  const shop = (revision: string) => [{ name: "shop", revision, restart: {} }];
  const OLD = NEW;
  const common = { version: NEWEST, profile: "minimal" };
  const plane = { revisions: [{ revision: OLD }] };
  const managed = { managed: { channel: "regular" } } as const;

  const STEPS = [
    [
      "1. it is there beside the old one, and nothing moves",
      { ...common, ...plane, ...managed, gateways: gateway([OLD, 100]), namespaces: shop(OLD) },
      [
        /^managed control plane asm-managed \(channel regular\) is waited for, .* No gateway and no workload moves to it by itself\.$/,
        /only during a migration/,
      ],
    ],
    [
      "2. a gateway's canary",
      {
        ...common,
        ...plane,
        ...managed,
        gateways: gateway([OLD, 75], [REVISION, 25]),
        namespaces: shop(OLD),
      },
      [
        pattern`^gateway istio-gateways/web: ${NEW} 100 % .* → .* asm-managed 25 % \(1 pod\)\. Its Service and address stay\.$`,
      ],
    ],
    [
      "3. its cutover",
      {
        ...common,
        ...plane,
        ...managed,
        gateways: gateway([REVISION, 100]),
        namespaces: shop(OLD),
      },
      [/→ asm-managed 100 % \(4 pods\)/, pattern`this update deletes 3 pods of ${NEW} once`],
    ],
    [
      "4. the namespaces",
      {
        ...common,
        ...plane,
        ...managed,
        gateways: gateway([REVISION, 100]),
        namespaces: shop(REVISION),
      },
      [
        pattern`^namespace shop moves from ${NEW} to asm-managed\. This update restarts its workloads in batches\.$`,
      ],
    ],
    [
      "5. the old one goes",
      {
        ...common,
        revisions: [],
        ...managed,
        gateways: gateway([REVISION, 100]),
        namespaces: shop(REVISION),
      },
      [pattern`^control plane ${NEW} \(Istio ${NEWEST}\) is removed\.$`],
    ],
  ] as const;

  const start = planMesh(
    {
      ...common,
      ...plane,
      gateways: gateway([OLD, 100]),
      namespaces: shop(OLD),
    },
    overlayLibrary(),
  );
  STEPS.reduce((before, [title, inputs, expected]) => {
    const after = planMesh(inputs, overlayLibrary()).facts;
    it(title, () => {
      assert.deepEqual(checkStep(before, after).problems, []);
      const texts = describeChange(before, after).map(({ text }) => text);
      assert.equal(texts.length, expected.length, texts.join("\n"));
      for (const [index, pattern] of expected.entries()) {
        assert.match(texts[index] ?? "", pattern);
      }
    });
    return after;
  }, start.facts);

  it("the old one may not go while it is used", () => {
    const inputs = { ...common, revisions: [], ...managed };
    assert.throws(
      () =>
        planMesh(
          { ...inputs, gateways: gateway([REVISION, 100]), namespaces: shop(OLD) },
          overlayLibrary(),
        ),
      (error) =>
        error instanceof InvalidInput &&
        /namespace shop: revision: no control plane/.test(error.message),
    );
  });

  it("nor may Google's", () => {
    const before = planMesh({ ...common, ...managed }, overlayLibrary()).facts;
    const after = planMesh({ ...common, namespaces: shop(REVISION) }, overlayLibrary()).facts;
    const [problem] = checkStep(before, after).problems;
    assert.match(problem?.reason ?? "", /given up while it is used by namespace shop/);
    assert.deepEqual(checkStep(before, NO_MESH).problems, []);
  });

  it("a channel that is not asked for cannot be named, and no tag points to one", () => {
    const text = (inputs: object) => {
      try {
        planMesh({ ...common, ...inputs }, overlayLibrary());
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    };
    assert.match(
      text({ ...managed, namespaces: shop("asm-managed-rapid") }),
      /namespace shop: revision/,
    );
    assert.equal(text({ namespaces: shop("asm-managed-rapid") }), "", "somebody else asked for it");
    assert.match(text({ ...managed, tags: { prod: REVISION } }), /tag prod: tags\.prod/);
    assert.match(text({ revisions: [] }), /revisions: is an empty list/);
  });
});

describe("the managed data plane of a namespace and of a gateway", () => {
  const mesh = { version: NEWEST, profile: "minimal", revisions: [] };
  const managed = { managed: { channel: "regular" } } as const;
  const web = { name: "web", namespace: "gw", revisions: [{ revision: REVISION }] };
  const shop = { name: "shop", revision: REVISION };

  it("is refused where Google runs no control plane; all of it at once, with the fix", () => {
    const inputs = {
      version: NEWEST,
      profile: "minimal",
      revision: NEW,
      gateways: [{ ...web, revisions: [{ revision: NEW }], managedDataPlane: true }],
      namespaces: [
        { name: "shop", revision: NEW, managedDataPlane: false },
        { name: "cart", revision: NEW },
      ],
    };
    assert.throws(
      () => planMesh(inputs, overlayLibrary()),
      (error) => {
        assert.ok(error instanceof InvalidInput);
        const lines = error.message.split("\n");
        assert.equal(lines.length, 2);
        assert.equal(
          lines[0],
          `gateway web: managedDataPlane: is for control planes that Google runs, and the gateway names ${NEW} (got true); ` +
            "allowed: with asm-managed, asm-managed-rapid, asm-managed-stable; fix: leave it out, or have the gateway name one of these",
        );
        assert.match(
          lines[1] ?? "",
          /^namespace shop: managedDataPlane: .* \(got false\); allowed/,
        );
        return true;
      },
    );
  });

  it("of the wrong type, it is refused by its path", () => {
    const namespaces = [{ ...shop, managedDataPlane: "yes" as never }];
    assert.throws(
      () => planMesh({ ...mesh, ...managed, namespaces }, overlayLibrary()),
      /namespaces\[0\]\.managedDataPlane: .*allowed: a boolean/,
    );
    assert.throws(
      () =>
        planMesh(
          { ...mesh, ...managed, gateways: [{ ...web, managedDataPlane: 1 as never }] },
          overlayLibrary(),
        ),
      /gateway web: managedDataPlane: has the wrong type; allowed: a boolean/,
    );
  });

  it("is not said twice in different words", () => {
    const podAnnotations = { "mesh.cloud.google.com/proxy": '{"managed":"false"}' };
    const gateways = [{ ...web, podAnnotations, managedDataPlane: true }];
    assert.throws(
      () => planMesh({ ...mesh, ...managed, gateways }, overlayLibrary()),
      /podAnnotations\.mesh\.cloud\.google\.com\/proxy: would override managedDataPlane; fix: leave/,
    );
  });

  const words = (before: object, after: object) => {
    const facts = (inputs: object) =>
      planMesh({ ...mesh, ...managed, ...inputs }, overlayLibrary()).facts;
    return describeChange(facts(before), facts(after)).map(
      ({ text, warning }) => `${warning ? "! " : ""}${text}`,
    );
  };

  it("a preview says who replaces pods from now on", () => {
    const at = (managedDataPlane?: boolean) => ({ namespaces: [{ ...shop, managedDataPlane }] });
    assert.deepEqual(words(at(), at(true)), [
      "! namespace shop: Google replaces pods whose proxies are out of date (managed data plane).",
    ]);
    assert.deepEqual(words(at(true), at(false)), [
      "namespace shop: Google leaves pods whose proxies are out of date as they are (no managed data plane).",
    ]);
    assert.match(
      words(at(false), at())[0] ?? "",
      /^namespace shop: the control plane's own setting decides again whether Google replaces pods/,
    );
    assert.deepEqual(words(at(true), at(true)), []);
    assert.equal(words({}, at(true)).length, 2, "one that joins says both");
  });

  it("and which pods of a gateway are replaced for the setting itself", () => {
    const at = (managedDataPlane?: boolean) => ({ gateways: [{ ...web, managedDataPlane }] });
    assert.deepEqual(words(at(), at(true)), [
      "! gateway gw/web: Google replaces pods whose proxies are out of date (managed data plane). Its pods of asm-managed are replaced once for that.",
    ]);
    assert.doesNotMatch(words({}, at(true)).join("\n"), /replaced once/, "a new one has none yet");
  });

  it("is in the manifests", () => {
    const plan = planMesh(
      {
        ...mesh,
        ...managed,
        gateways: [{ ...web, managedDataPlane: true }],
        namespaces: [{ ...shop, managedDataPlane: false }],
      },
      overlayLibrary(),
    );
    const annotated = objectsWithoutCharts(meshGraph(plan))
      .map((object): [string, unknown] => {
        const owner = object.kind === "Deployment" ? getPath(object, "spec.template") : object;
        return [object.kind, getPath(owner as JsonObject, "metadata.annotations")];
      })
      .flatMap(([kind, annotations]) =>
        Object.entries((annotations ?? {}) as JsonObject)
          .filter(([key]) => key === "mesh.cloud.google.com/proxy")
          .map(([, value]) => `${kind} ${value}`),
      );
    assert.deepEqual(annotated, ['Deployment {"managed":"true"}', 'Namespace {"managed":"false"}']);
  });
});

describe("a mesh of Google's control plane alone", () => {
  const common = withRealCharts();

  it("has its gateway after the guard, and no control plane of its own", async () => {
    const recording = await runProgram(
      () =>
        new ServiceMesh("mesh", {
          ...common(),
          profile: "minimal",
          revisions: [],
          managed: { channel: "stable" },
          gateways: [
            { name: "web", namespace: "gw", revisions: [{ revision: "asm-managed-stable" }] },
          ],
          target: CLUSTER,
        } as ServiceMeshArgs),
    );
    assert.deepEqual(recording.errors, []);
    const types = recording.resources.map(({ type }) => type);
    assert.ok(!types.includes("servicemesh:index:ControlPlane"));
    const guard = named(recording, "mesh-managed:guard");
    assert.deepEqual(guard.removalHooks, ["mesh:removal"]);
    const deployment = recording.resources.find(({ type }) => type.endsWith(":Deployment"));
    assert.ok(deployment);
    assert.ok(deployment.dependencies.includes(guard.urn));
    assert.ok(deployment.hooks.some((hook) => hook.includes("injection")));
  });
});
