import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import { InvalidInput } from "../../../mesh/common/problem";
import { type GatewayFacts, type MeshFacts, NO_MESH } from "../../../mesh/model/facts";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";
import type { ServiceMeshInputs } from "../../../mesh/model/serviceMeshInputs";
import { countedWorkloads, describeChange } from "../../../mesh/plan/changeMessages";
import { checkRevisions, spreadInputs } from "../../../mesh/plan/controlPlanes";
import { meshGraph } from "../../../mesh/plan/graph";
import { checkStep, planMesh, tagRequests } from "../../../mesh/plan/meshPlan";
import { NEWEST, PREVIOUS } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { overlay } from "../mesh/support";

function gateway(fields: Partial<GatewayFacts>): GatewayFacts {
  return {
    name: "web",
    namespace: "gw",
    kind: "ingress",
    traffic: "shared",
    revisions: [{ revision: "a", weight: 100, pods: 4 }],
    serviceType: "LoadBalancer",
    drainSeconds: 75,
    inputs: { name: "web", namespace: "gw", revisions: [] },
    ...fields,
  };
}

function facts(fields: Partial<MeshFacts>): MeshFacts {
  return { ...NO_MESH, ...fields };
}

function texts(before: MeshFacts, after: MeshFacts): string[] {
  return describeChange(before, after).map(({ text, warning }) => `${warning ? "! " : ""}${text}`);
}

describe("a preview in words", () => {
  const old = { revision: "a", version: PREVIOUS };
  const next = { revision: "b", version: NEWEST };

  it("says nothing when nothing changes", () => {
    const same = facts({ controlPlanes: [old], gateways: [gateway({})], tags: { t: "a" } });
    assert.deepEqual(texts(same, same), []);
  });

  it("says once that everyone can reach an east-west gateway, unless its access says otherwise", () => {
    const eastWest = (changes: Partial<GatewayFacts["inputs"]>) =>
      facts({
        gateways: [
          gateway({
            kind: "east-west",
            inputs: { name: "web", namespace: "gw", kind: "east-west", revisions: [], ...changes },
          }),
        ],
      });
    const isTold = (before: MeshFacts, after: MeshFacts) =>
      /everyone can reach its load balancer/.test(texts(before, after).join());
    const [everyone, some] = [eastWest({}), eastWest({ eastWest: { access: ["10.0.0.0/8"] } })];
    assert.equal(isTold(NO_MESH, everyone), true);
    assert.equal(isTold(some, everyone), true);
    assert.equal(isTold(everyone, everyone), false);
    assert.equal(isTold(NO_MESH, some), false);
    assert.equal(isTold(NO_MESH, eastWest({ service: { type: "ClusterIP" } })), false);
    const annotations = { "service.beta.kubernetes.io/azure-load-balancer-internal": "true" };
    assert.equal(isTold(NO_MESH, eastWest({ service: { annotations } })), false);
  });

  it("tells a new, an upgraded and a removed control plane apart", () => {
    const before = facts({ controlPlanes: [old] });
    assert.match(texts(before, facts({ controlPlanes: [old, next] })).join(), /installed beside a/);
    const upgraded = facts({ controlPlanes: [{ ...old, version: "1.28.3" }] });
    assert.match(
      texts(before, upgraded).join(),
      pattern`^! control plane a is changed in place from Istio ${PREVIOUS}`,
    );
    assert.match(
      texts(before, NO_MESH).join(),
      pattern`control plane a \(Istio ${PREVIOUS}\) is removed`,
    );
  });

  it("warns of what the settings of any control plane contradict, once", () => {
    const overlays = [overlay({ hub: "a.example", values: { global: { hub: "b.example" } } })];
    const revisions = [{ revision: "a" }, { revision: "b" }];
    const { warnings } = planMesh({ version: NEWEST, overlays, revisions }, overlayLibrary());
    assert.deepEqual(
      warnings.map(({ path }) => path),
      ["spec.hub"],
    );
  });

  it("says that gateways alone install no control plane", () => {
    const alone = planMesh(
      { version: NEWEST, revision: "r1", profile: "empty" },
      overlayLibrary(),
    ).facts;
    assert.deepEqual(texts(NO_MESH, alone), [
      "no control plane r1 is installed: this stack uses the one that another stack or installer runs.",
    ]);
  });

  it("takes the control plane that former releases recorded for gateways alone for none", () => {
    const { facts: alone } = planMesh(
      {
        version: NEWEST,
        revision: "r1",
        profile: "empty",
        gateways: [{ name: "web", namespace: "edge", revisions: [{ revision: "r1" }] }],
      },
      overlayLibrary(),
    );
    const { foreignRevisions: _, ...former } = {
      ...alone,
      controlPlanes: [{ revision: "r1", version: NEWEST }],
    };
    assert.doesNotMatch(texts(former, alone).join(), /is removed/);
    assert.deepEqual(checkStep(former, alone).problems, []);
    const had = { ...former, foreignRevisions: [] };
    assert.match(
      texts(had, alone).join(),
      pattern`control plane r1 \(Istio ${NEWEST}\) is removed`,
    );
    assert.match(JSON.stringify(checkStep(had, alone).problems), /used by gateway edge\/web/);
  });

  it("warns of moved weights, and says that Service and address stay", () => {
    const revisions = [
      { revision: "a", weight: 90, pods: 3 },
      { revision: "b", weight: 10, pods: 1 },
    ];
    assert.deepEqual(
      texts(facts({ gateways: [gateway({})] }), facts({ gateways: [gateway({ revisions })] })),
      [
        "! gateway gw/web: a 100 % (4 pods) → a 90 % (3 pods), b 10 % (1 pod). Its Service and address stay.",
      ],
    );
  });

  it("says which pods leave, and how long they have", () => {
    const revisions = [{ revision: "b", weight: 100, pods: 4 }];
    const both = [{ revision: "a", weight: 50, pods: 2 }, ...revisions];
    const words = texts(
      facts({ gateways: [gateway({ revisions: both })] }),
      facts({ gateways: [gateway({ revisions })] }),
    );
    assert.match(
      words[1] ?? "",
      /this update deletes 2 pods of a once the other pods are ready\. Each has 75 s to finish/,
    );
    const one = [{ revision: "a", weight: 50, pods: 1 }, ...revisions];
    const single = texts(
      facts({ gateways: [gateway({ revisions: one })] }),
      facts({ gateways: [gateway({ revisions })] }),
    );
    assert.match(single[1] ?? "", /deletes 1 pod of a .*\. It has 75 s to finish/);
  });

  it("says that the namespace's label moves a gateway, and who restarts its pods", () => {
    const at = (revision: string, restart?: string) =>
      gateway({
        revisions: [{ revision, weight: 100, pods: 4 }],
        inputs: {
          name: "web",
          namespace: "gw",
          injection: "namespace",
          revisions: [{ revision }],
          ...(restart !== undefined && { restart }),
        },
      });
    const move = (after: GatewayFacts, restarts?: boolean) =>
      texts(
        facts({ gateways: [at("a")] }),
        facts({
          gateways: [after],
          ...(restarts && { namespaces: [{ name: "gw", revision: "b", restarts }] }),
        }),
      )[0];
    const start =
      "! the label of namespace gw moves gateway gw/web from a to b. Its pods get the new proxy when they restart: ";
    assert.equal(
      move(at("b")),
      `${start}set \`restart\` of the gateway to another text, or run kubectl -n gw rollout restart deployment/web`,
    );
    assert.equal(
      move(at("b", "now")),
      `${start}this update restarts them, because \`restart\` of the gateway has changed.`,
    );
    assert.equal(
      move(at("b"), true),
      `${start}this update restarts them, because the namespace has \`restart\`.`,
    );
    assert.equal(move(at("a")), undefined);
  });

  it("says that another label decides, and which Deployment takes over", () => {
    const of = (injection: "pod" | "namespace") =>
      facts({
        gateways: [
          gateway({
            inputs: { name: "web", namespace: "gw", injection, revisions: [{ revision: "a" }] },
          }),
        ],
      });
    assert.deepEqual(texts(of("pod"), of("namespace")), [
      "! gateway gw/web: the label of namespace gw decides its revision from now on. Deployment web takes over from web-a. Its Service and address stay.",
    ]);
    assert.deepEqual(texts(of("namespace"), of("pod")), [
      "! gateway gw/web: the pods' own label decides its revision from now on. Deployment web-a takes over from web. Its Service and address stay.",
    ]);
  });

  it("names the active and the warm revision", () => {
    const revisions = [
      { revision: "a", weight: 100, pods: 4 },
      { revision: "b", weight: 100, pods: 4 },
    ];
    const on = (active: string) =>
      facts({ gateways: [gateway({ traffic: "active", active, revisions })] });
    assert.match(
      texts(on("a"), on("b")).join(),
      /a active \(4 pods\), b warm \(4 pods\) → a warm .* b active/,
    );
  });

  it("tells tags and namespaces that move, and who needs a restart", () => {
    const space = { name: "shop", revision: "t", restarts: false };
    const before = facts({
      tags: { t: "a" },
      namespaces: [space, { ...space, name: "cart", revision: "a" }],
    });
    const after = facts({
      tags: { t: "b" },
      namespaces: [space, { ...space, name: "cart", revision: "b", restarts: true }],
    });
    assert.deepEqual(texts(before, after), [
      "tag t moves from a to b. Pods of namespace shop get the new proxy when they restart.",
      "! namespace cart moves from a to b. This update restarts its workloads in batches.",
    ]);
  });
});

/** A mesh of the revisions a and b, with one gateway. */
function withGateway(
  gateway: Omit<GatewayInputs, "name" | "namespace">,
  more: Partial<ServiceMeshInputs> = {},
) {
  const inputs: ServiceMeshInputs = {
    version: NEWEST,
    revisions: [{ revision: "a", version: PREVIOUS }, { revision: "b" }],
    gateways: [{ name: "web", namespace: "gw", ...gateway }],
    ...more,
  };
  return planMesh(inputs, overlayLibrary());
}

describe("the pods of a gateway, as the cluster counts them", () => {
  const at = (weight: number, more: object = { replicas: 10 }) => {
    const both = [
      { revision: "a", weight },
      { revision: "b", weight: 100 - weight },
    ];
    return withGateway({ revisions: both.filter((own) => own.weight > 0), ...more }).facts;
  };
  const said = (before: MeshFacts, after: MeshFacts, pods: Record<string, number>) =>
    describeChange(before, after, { pods }).map(({ text }) => text);

  it("are asked for if a sentence counts them, and no others", () => {
    assert.deepEqual(countedWorkloads(at(90), at(90)), []);
    assert.deepEqual(countedWorkloads(at(90), at(50)), [
      "Deployment gw/web-a",
      "Deployment gw/web-b",
    ]);
  });

  it("are named if they are not what the inputs say", () => {
    const [same] = said(at(90), at(50), { "Deployment gw/web-a": 9, "Deployment gw/web-b": 1 });
    assert.match(same ?? "", /^gateway gw\/web: a 90 % \(9 pods\), b 10 % \(1 pod\) → /);
    const [other] = said(at(90), at(50), { "Deployment gw/web-a": 6 });
    assert.match(other ?? "", /^gateway gw\/web: a 90 % \(6 pods now\), b 10 % \(1 pod\) → a 50 %/);
  });

  it("are named with the bounds of an autoscaler, and those that leave are counted", () => {
    const scaled = { autoscaling: { minReplicas: 2, maxReplicas: 9 } };
    const [moved, leave] = said(at(90, scaled), at(0, scaled), { "Deployment gw/web-a": 7 });
    assert.match(moved ?? "", /a 90 % \(7 pods now, \d to \d by its autoscaler\)/);
    assert.match(leave ?? "", /: this update deletes 7 pods of a once the other pods are ready/);
    const [, unknown] = said(at(90, scaled), at(0, scaled), {});
    assert.match(unknown ?? "", /: this update deletes all pods of a once/);
  });
});

describe("a tag that a gateway's revision names", () => {
  const at = (revision: string, more: object = {}) =>
    planMesh(
      {
        version: NEWEST,
        revisions: [{ revision: "a", version: PREVIOUS }, { revision: "b" }],
        tags: { prod: revision },
        gateways: [{ name: "web", namespace: "gw", revisions: [{ revision: "prod" }], ...more }],
      },
      overlayLibrary(),
    ).facts;

  it("moves, and the gateway's pods are said to keep the old proxy, with the command", () => {
    const [, text] = texts(at("a"), at("b"));
    assert.match(
      text ?? "",
      /^! gateway gw\/web names tag prod\. Its \d pods? keep the old proxy until they restart: set `restart` of the gateway to another text, or run kubectl .*web-prod/,
    );
    const [, restarted] = texts(at("a"), at("b", { restart: "now" }));
    assert.match(
      restarted ?? "",
      /this update restarts them, because `restart` of the gateway has changed\.$/,
    );
  });

  it("is named by a gateway of an overlay too", () => {
    const labels = { "istio.io/rev": "prod" };
    const gateway = { title: "Deployment gw/own", namespace: "gw", selector: {}, labels };
    const workloads = [{ ...gateway, hasPods: true, group: "Deployment gw/own" }];
    const tagged = (revision: string) =>
      facts({ tags: { prod: revision }, podLabels: { workloads, services: [] } });
    const [, text] = texts(tagged("a"), tagged("b"));
    assert.match(
      text ?? "",
      /^! Deployment gw\/own names tag prod\. Its pods keep .*kubectl .*own/,
    );
  });
});

describe("a gateway that its namespace's label injects", () => {
  const plan = (gatewayRevision: string, namespaceRevision?: string) =>
    withGateway(
      { injection: "namespace", revisions: [{ revision: gatewayRevision }] },
      {
        namespaces: [
          { name: "shop", revision: "a" },
          ...(namespaceRevision === undefined ? [] : [{ name: "gw", revision: namespaceRevision }]),
        ],
      },
    );

  it("names the revision of its namespace", () => {
    assert.throws(
      () => plan("a", "b"),
      /gateway web: revisions\[0\].revision: differs from revision b of namespace gw, whose label decides who injects the gateway .*\(got "a"\); allowed: b; fix: write b, or change/,
    );
    assert.doesNotThrow(() => plan("a"), "the cluster may have the label");
  });

  it("comes after its namespace, and other namespaces after it, as ever", () => {
    const graph = meshGraph(plan("b", "b"));
    const ids = graph.map(({ id }) => id).filter((id) => /^(gw|namespace )/.test(id));
    assert.deepEqual(ids, ["namespace gw", "gw/web", "namespace shop"]);
    const own = graph.find(({ id }) => id === "gw/web");
    assert.ok(own?.after.includes("namespace gw"));
  });

  it("keeps its namespace in the mesh", () => {
    const [problem, ...others] = checkStep(plan("b", "b").facts, plan("b").facts).problems;
    assert.deepEqual(others, []);
    assert.match(problem?.reason ?? "", /namespace gw leaves the mesh and loses its label/);
    assert.equal(problem?.path, "injection");
  });
});

describe("control planes side by side", () => {
  const mesh = { version: PREVIOUS, overlays: ["cni-gcp"], set: ["a=1"] };

  it("a tag may name Istio's default revision, as `default` or as nothing", () => {
    for (const revision of ["default", ""]) {
      const plan = planMesh(
        { version: NEWEST, tags: { stable: revision, default: revision } },
        overlayLibrary(),
      );
      const requests = tagRequests(plan).map(({ tag, revision: to }) => `${tag} ${to}`);
      assert.deepEqual(requests, ["stable ", "default "]);
    }
  });

  it("spreads inputs; what is shared takes the newest version, agents the mesh's own", () => {
    const revisions = [
      { revision: "a" },
      { revision: "b", version: NEWEST, overlays: ["strict-mtls"], set: ["b=2"] },
    ];
    const { controlPlanes, shared, primary } = spreadInputs(mesh, revisions);
    assert.deepEqual(controlPlanes, [
      { ...mesh, revision: "a" },
      {
        version: NEWEST,
        revision: "b",
        overlays: ["cni-gcp", "strict-mtls"],
        set: ["a=1", "b=2"],
      },
    ]);
    assert.equal(shared.version, NEWEST);
    assert.deepEqual([primary.version, primary.revision], [PREVIOUS, "a"]);
  });

  it("refuses an empty list and a revision twice", () => {
    assert.equal(checkRevisions([])[0]?.path, "revisions");
    const twice = checkRevisions([{ revision: "a" }, { revision: "a" }]);
    assert.equal(twice[0]?.path, "revisions[1].revision");
  });

  it("reports all that is wrong at once, and once", () => {
    const inputs = {
      version: NEWEST,
      overlays: ["nope"],
      revisions: [{ revision: "a" }, { revision: "b" }],
      tags: { t: "c" },
    };
    assert.throws(
      () => planMesh(inputs, overlayLibrary()),
      (error: InvalidInput) => {
        const sources = error.problems.map(({ source }) => source);
        assert.deepEqual(sources, ["option nope"]);
        return true;
      },
    );
    assert.throws(
      () =>
        planMesh(
          { version: NEWEST, revisions: [{ revision: "a" }], tags: { t: "c" } },
          overlayLibrary(),
        ),
      /tag t: tags\.t: no control plane has this revision/,
    );
  });

  it("reports gateways and namespaces beside what is wrong with the control planes", () => {
    const shop = { name: "shop", revision: "a" };
    const inputs = {
      version: NEWEST,
      overlays: ["nope"],
      revisions: [{ revision: "a" }],
      gateways: [{ name: "web", namespace: "edge", revisions: [] }],
      namespaces: [shop, shop],
    };
    assert.throws(
      () => planMesh(inputs, overlayLibrary()),
      (error: InvalidInput) => {
        const sources = error.problems.map(({ source }) => source);
        assert.deepEqual(sources, ["option nope", "gateway web", "namespace shop"]);
        return true;
      },
    );
  });

  it("knows the mesh's drain also where a tag has the wrong shape", () => {
    const gateway = { name: "web", namespace: "edge", terminationGracePeriodSeconds: 3 };
    const inputs = (drain: number) =>
      ({
        version: NEWEST,
        proxy: { terminationDrainSeconds: drain },
        gateways: [{ ...gateway, revisions: [{ revision: "default", weight: 1 }] }, "x"],
        tags: { t: 5 },
      }) as never;
    const paths = (drain: number): string[] => {
      try {
        planMesh(inputs(drain), overlayLibrary());
        return [];
      } catch (error) {
        return (error as InvalidInput).problems.map(({ path }) => path);
      }
    };
    assert.deepEqual(paths(1), ["tags.t", "gateways[1]"]);
    assert.deepEqual(paths(4), ["tags.t", "gateways[1]", "terminationGracePeriodSeconds"]);
  });

  it("refuses lists and maps of the wrong shape", () => {
    for (const wrong of [
      { revisions: "x" },
      { revisions: [{ revison: "a" }] },
      { revisions: [5] },
      { gateways: {} },
      { tags: { t: 1 } },
      { namespaces: [{ name: "shop" }] },
    ]) {
      assert.throws(
        () => planMesh({ version: NEWEST, ...wrong } as never, overlayLibrary()),
        InvalidInput,
      );
    }
  });
});
