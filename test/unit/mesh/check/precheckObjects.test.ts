import assert from "node:assert/strict";
import { checkExisting } from "../../../../mesh/checks/precheck/existing";
import {
  checkLeftovers,
  goneRevisions,
  leftovers,
  objectsOfRevision,
} from "../../../../mesh/checks/precheck/leftovers";
import {
  isOldComponents,
  oldComponentObjects,
  oldPilotUsers,
} from "../../../../mesh/checks/precheck/oldComponents";
import { checkInjectionLabels, checkOverlaps } from "../../../../mesh/checks/precheck/overlaps";
import {
  deniedFindings,
  grantCommand,
  grantsOf,
  namesFromCrds,
  type Permission,
  targetsOf,
  VERBS,
  verbsOf,
} from "../../../../mesh/checks/precheck/permissions";
import { rightsOfSteps } from "../../../../mesh/checks/precheck/stepRights";
import { checkDeletions, checkNodes, namespacesOf } from "../../../../mesh/checks/precheck/stuck";
import type { GoneRevision } from "../../../../mesh/checks/precheck/types";
import { checkWebhookServices } from "../../../../mesh/checks/precheck/webhookServices";
import { runPrechecks } from "../../../../mesh/checks/registry";
import type { JsonObject } from "../../../../mesh/common/json";
import { type K8sObject, objectTitle } from "../../../../mesh/k8s/objects";
import { minorOf } from "../../../../mesh/model/minors";
import type { ServiceMeshInputs } from "../../../../mesh/model/serviceMeshInputs";
import type { RevisionUser } from "../../../../mesh/snapshot/users";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../../toolchain/versions";
import {
  deployment,
  desiredMesh,
  injector,
  istiod,
  liveWith,
  namespace,
  object,
  texts,
} from "./precheckSupport";

const RBAC = "rbac.authorization.k8s.io/v1";

describe("precheck: permissions", () => {
  const target = { group: "apps", resource: "deployments", namespace: "istio-system" };

  it("names every verb that is missing of one kind in one place, and the command that grants it", () => {
    const denied = ["create", "patch"].map((verb) => ({ ...target, verb }));
    const nodes = { verb: "list", group: "", resource: "nodes", namespace: "" };
    assert.deepEqual(texts(deniedFindings("ci", [...denied, nodes], [])), [
      "error deployments.apps: ci may not create, patch deployments.apps in the namespace istio-system; " +
        "fix: have an administrator run: kubectl create clusterrolebinding istio-installer --clusterrole=cluster-admin --user=ci",
      "error nodes: ci may not list nodes in the whole cluster; " +
        "fix: have an administrator run: kubectl create clusterrolebinding istio-installer --clusterrole=cluster-admin --user=ci",
    ]);
  });

  it("says which step needs a right, once for each right", () => {
    const eviction = { verb: "create", group: "", resource: "pods/eviction", namespace: "shop" };
    const list = { verb: "list", group: "", resource: "pods", namespace: "" };
    const found = deniedFindings(
      "ci",
      [
        { ...eviction, step: "a restart" },
        { ...list, step: "one step" },
        { ...list, step: "another step" },
      ],
      [],
    );
    assert.deepEqual(
      found.map(({ reason }) => reason),
      [
        "ci may not create pods/eviction in the namespace shop, as a restart needs",
        "ci may not list pods in the whole cluster, as one step needs",
      ],
    );
  });

  it("a take-over is tried as an update, which is a verb of its own", () => {
    assert.deepEqual(verbsOf("none"), VERBS);
    assert.deepEqual(verbsOf("namespaces"), VERBS);
    assert.deepEqual(verbsOf("all"), [...VERBS, "update"]);
  });

  describe("rights that steps need", () => {
    /** Such as `create pods/eviction shop`, each once and sorted. */
    function rightsOf(inputs: Partial<ServiceMeshInputs>, objects: K8sObject[] = []): string[] {
      const { plan } = desiredMesh(inputs);
      const rights = rightsOfSteps({ plan, objects }).map(({ verb, group, resource, namespace }) =>
        [verb, group === "" ? resource : `${resource}.${group}`, namespace].join(" ").trim(),
      );
      return [...new Set(rights)].sort();
    }

    const USERS = [
      "list daemonsets.apps",
      "list deployments.apps",
      "list mutatingwebhookconfigurations.admissionregistration.k8s.io",
      "list namespaces",
      "list pods",
      "list statefulsets.apps",
    ];

    /** The rights of a mesh beside those that every control plane needs. */
    const moreOf = (inputs: Partial<ServiceMeshInputs>) =>
      rightsOf(inputs).filter((right) => !USERS.includes(right));

    it("a control plane goes only when nobody in the cluster uses it", () => {
      assert.deepEqual(rightsOf({}), USERS);
    });

    it("a stack of gateways alone scales them, and looks for their injector", () => {
      const gateway = { name: "web", namespace: "edge", revisions: [{ revision: NEW }] };
      const inputs = { profile: "empty", gateways: [gateway] };
      assert.deepEqual(rightsOf(inputs), [
        "get namespaces",
        "list deployments.apps istio-system",
        "list mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "list pods istio-system",
        "patch deployments/scale.apps edge",
      ]);
    });

    it("a restart patches workloads, and evicts pods only on request", () => {
      const shop = { name: "shop", revision: NEW };
      const workloads = ["daemonsets", "deployments", "statefulsets"];
      const restarts = ["get", "list", "patch"].flatMap((verb) =>
        workloads.map((one) => `${verb} ${one}.apps shop`),
      );
      assert.deepEqual(moreOf({ namespaces: [shop] }), []);
      assert.deepEqual(
        moreOf({ namespaces: [{ ...shop, restart: {} }] }),
        [...restarts, "list pods shop"].sort(),
      );
      assert.deepEqual(
        moreOf({ namespaces: [{ ...shop, restart: { others: "evict" } }] }),
        [...restarts, "list pods shop", "create pods/eviction shop"].sort(),
      );
    });

    it("another stack's node agent may be in any namespace", () => {
      const agent = object("apps/v1", "DaemonSet", "kube-system/istio-cni-node");
      const inputs = { profile: "empty", revision: "" };
      assert.deepEqual(rightsOf(inputs, [agent]), [
        "list daemonsets.apps",
        "list pods kube-system",
        "watch pods kube-system",
      ]);
    });

    it("what Pulumi's provider watches until workloads and load balancers are ready", () => {
      const inputs = { profile: "empty", revision: "" };
      const service = (name: string, type: string, annotations = {}) =>
        object("v1", "Service", `edge/${name}`, {
          metadata: { name, namespace: "edge", annotations },
          spec: { type },
        });
      const skipped = { "pulumi.com/skipAwait": "true" };
      assert.deepEqual(
        rightsOf(inputs, [
          service("inside", "ClusterIP"),
          service("skipped", "LoadBalancer", skipped),
        ]),
        [],
      );
      assert.deepEqual(rightsOf(inputs, [service("web", "LoadBalancer"), deployment("edge/web")]), [
        "list endpoints edge",
        "list persistentvolumeclaims edge",
        "list pods edge",
        "list replicasets.apps edge",
        "watch endpoints edge",
        "watch persistentvolumeclaims edge",
        "watch pods edge",
        "watch replicasets.apps edge",
      ]);
    });

    it("a control plane of Google's is asked for by its resource, or only waited for", () => {
      const resource = "controlplanerevisions.mesh.cloud.google.com istio-system";
      const inputs = { profile: "empty", revision: "" };
      assert.deepEqual(moreOf({ ...inputs, managed: { channel: "regular" } }), [`get ${resource}`]);
      assert.deepEqual(
        moreOf({ ...inputs, managed: { channel: "regular", provisioning: "resource" } }),
        [
          "get customresourcedefinitions.apiextensions.k8s.io",
          ...VERBS.map((verb) => `${verb} ${resource}`),
        ].sort(),
      );
    });
  });

  it("grants to a service account by its own flag", () => {
    assert.match(
      grantCommand("system:serviceaccount:ci:deployer"),
      /--serviceaccount=ci:deployer$/,
    );
  });

  it("asks for each kind and place once, also for kinds that a CRD only brings", () => {
    const crd = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "g", {
      spec: { group: "networking.istio.io", names: { kind: "Gateway", plural: "gateways" } },
    });
    const named = namesFromCrds([crd]);
    const gateways = ["one", "two"].map((name) =>
      object("networking.istio.io/v1", "Gateway", `shop/${name}`),
    );
    assert.deepEqual(targetsOf([...gateways, object("v1", "Odd", "shop/x")], named), [
      { group: "networking.istio.io", resource: "gateways", namespace: "shop" },
    ]);
  });

  it("what a role grants are questions: verbs, groups, resources, names and paths", () => {
    const role = object(RBAC, "Role", "istio-system/r", {
      rules: [
        {
          apiGroups: ["", "apps"],
          resources: ["pods"],
          verbs: ["get", "list"],
          resourceNames: ["a"],
        },
        { nonResourceURLs: ["/metrics"], verbs: ["get"] },
      ],
    });
    const grants = grantsOf([role, deployment("istio-system/d")]);
    assert.equal(grants.length, 5);
    assert.deepEqual(grants[0], {
      role: "Role istio-system/r",
      access: { verb: "get", group: "", resource: "pods", namespace: "istio-system", name: "a" },
    });
    assert.deepEqual(grants[4]?.access, { verb: "get", path: "/metrics" } satisfies Permission);
    assert.match(
      texts(deniedFindings("ci", [], grants)).join(),
      /^error Role istio-system\/r: ci may not make it, since it grants what ci may not do: get pods, get pods\.apps, list pods, list pods\.apps, get \/metrics;/,
    );
  });
});

describe("precheck: which webhooks there will be", () => {
  const own = injector(NEW);

  it("a planned revision beside another one, and its own webhook again, are fine", () => {
    const live = liveWith({
      mutatingWebhooks: [injector(OLD), own],
      namespaces: [namespace("shop", { "istio.io/rev": OLD }), namespace("plain")],
    });
    assert.deepEqual(texts(checkOverlaps(desiredMesh({}, [own]), live)), []);
    assert.deepEqual(texts(checkInjectionLabels(desiredMesh({}, [own]), live)), []);
  });

  it("a tag of somebody else's beside the planned default revision is an error that names both", () => {
    const desired = desiredMesh({ revision: "" }, [injector("default")]);
    const live = liveWith({
      mutatingWebhooks: [injector(OLD, "default")],
      namespaces: [namespace("shop", { "istio-injection": "enabled" })],
    });
    const [text = "", ...others] = texts(checkOverlaps(desired, live));
    assert.deepEqual(others, []);
    assert.match(
      text,
      /^error MutatingWebhookConfiguration istio-sidecar-injector istio-revision-tag-default: more than one webhook/,
    );
    assert.match(
      text,
      /namespace shop.*; fix: give this control plane a revision of its own.*; or, if nothing needs the other one any more: kubectl delete mutatingwebhookconfiguration istio-revision-tag-default$/,
    );
  });

  it("what the stack has and the plan has not goes with the update", () => {
    const managedFields = [
      { manager: "pulumi-service-mesh/o/p/s", operation: "Apply", fieldsV1: {} },
    ];
    const tag = injector(OLD, "default");
    const going = { ...tag, metadata: { ...tag.metadata, managedFields } } as K8sObject;
    const desired = desiredMesh({ revision: "" }, [injector("default")]);
    assert.deepEqual(checkOverlaps(desired, liveWith({ mutatingWebhooks: [going] })), []);
  });

  it("a namespace that asks for a revision which nobody has is named, but for Google's channels", () => {
    const live = liveWith({
      namespaces: [
        namespace("old", { "istio.io/rev": "1-20-0" }),
        namespace("g", { "istio.io/rev": "asm-managed" }),
      ],
    });
    assert.deepEqual(texts(checkInjectionLabels(desiredMesh({}, [own]), live)), [
      "warning Namespace old: has the label istio.io/rev=1-20-0, but no webhook is of a revision or tag of that name, so its pods get no proxy; " +
        `there are: ${NEW}; fix: kubectl label namespace old istio.io/rev=${NEW} --overwrite, then restart its workloads`,
    ]);
  });
});

describe("precheck: webhooks without a Service", () => {
  const validator = (failurePolicy: string) =>
    object(
      "admissionregistration.k8s.io/v1",
      "ValidatingWebhookConfiguration",
      "istiod-default-validator",
      {
        webhooks: [
          {
            name: "validation.istio.io",
            failurePolicy,
            clientConfig: { service: { namespace: "istio-system", name: "istiod" } },
          },
        ],
      },
    );

  it("is an error where it refuses, a warning where it lets pass", () => {
    const [refuses, ignores] = ["Fail", "Ignore"].map((policy) =>
      texts(
        checkWebhookServices(desiredMesh(), liveWith({ validatingWebhooks: [validator(policy)] })),
      ).join(),
    );
    assert.match(
      refuses ?? "",
      /^error ValidatingWebhookConfiguration istiod-default-validator: calls the Service istio-system\/istiod, which does not exist: what it matches is refused.*fix: kubectl delete validatingwebhookconfiguration istiod-default-validator$/,
    );
    assert.match(ignores ?? "", /^warning .*does nothing any more/);
  });

  it("is fine where the Service is there, or comes, or the webhook is repaired", () => {
    const live = liveWith({ validatingWebhooks: [validator("Fail")] });
    const service = object("v1", "Service", "istio-system/istiod");
    assert.deepEqual(
      checkWebhookServices(desiredMesh(), {
        ...live,
        webhookServices: [{ name: "istio-system/istiod", answers: true }],
      }),
      [],
    );
    assert.deepEqual(checkWebhookServices(desiredMesh({}, [service]), live), []);
  });

  it("the stack's own webhook whose Service is gone is mended by an update that looks", () => {
    const left = validator("Fail");
    const managedFields = [
      { manager: "pulumi-service-mesh/o/p/s", operation: "Apply", fieldsV1: {} },
    ];
    const own = { ...left, metadata: { ...left.metadata, managedFields } } as K8sObject;
    const live = liveWith({ validatingWebhooks: [own] });
    const service = object("v1", "Service", "istio-system/istiod");
    for (const planned of [[validator("Fail")], [validator("Fail"), service]]) {
      const [found] = checkWebhookServices(desiredMesh({}, planned), live);
      assert.equal(found?.severity, "warning");
      assert.match(found?.reason ?? "", /istio-system\/istiod, which does not exist/);
      assert.match(found?.fix ?? "", /^`pulumi up --refresh` writes it/);
    }
  });

  it("what is left of a removed install stays an error where a planned object has its name", () => {
    const live = liveWith({ validatingWebhooks: [validator("Fail")] });
    const service = object("v1", "Service", "istio-system/istiod");
    for (const planned of [[validator("Fail")], [validator("Fail"), service]]) {
      const [found] = checkWebhookServices(desiredMesh({}, planned), live);
      assert.equal(found?.severity, "error");
      assert.equal(
        found?.fix,
        "kubectl delete validatingwebhookconfiguration istiod-default-validator",
      );
    }
    const taken = { ...desiredMesh({}, [validator("Fail"), service]), adopt: "all" as const };
    assert.deepEqual(checkWebhookServices(taken, live), []);
  });

  it("nobody who answers is a warning where somebody should: an istiod of the cluster or the plan", () => {
    const live = liveWith({
      validatingWebhooks: [validator("Fail")],
      webhookServices: [{ name: "istio-system/istiod", answers: false }],
    });
    const withIstiod = { ...live, workloads: [istiod("", NEWEST)] };
    assert.deepEqual(checkWebhookServices(desiredMesh(), live), []);
    for (const [planned, state] of [
      [[], withIstiod],
      [[validator("Fail")], live],
    ] as const) {
      const [found] = checkWebhookServices(desiredMesh({}, planned), state);
      assert.equal(found?.severity, "warning");
      assert.match(
        found?.reason ?? "",
        /^nothing answers at its Service istio-system\/istiod: what it matches is refused .*, also in this update$/,
      );
      assert.match(found?.fix ?? "", /kubectl -n istio-system get deployments -l app=istiod/);
    }
  });

  it("others' webhooks are theirs", () => {
    const other = {
      ...validator("Fail"),
      webhooks: [
        { name: "v.example.com", clientConfig: { service: { namespace: "a", name: "b" } } },
      ],
    };
    assert.deepEqual(
      checkWebhookServices(desiredMesh(), liveWith({ validatingWebhooks: [other] })),
      [],
    );
  });
});

describe("precheck: what an older install left", () => {
  const NO_OLD = { objects: [], users: [] };
  const gone: GoneRevision = { revision: "1-27-0", namespace: "istio-system" };
  const ISTIO = { "app.kubernetes.io/part-of": "istio", "istio.io/rev": "1-27-0" };
  const service = (labels: JsonObject, metadata: JsonObject = {}) =>
    object("v1", "Service", "istio-system/istiod-1-27-0", {
      metadata: { labels, ...metadata },
      spec: { selector: { app: "istiod" } },
    });
  const state = (objects: readonly K8sObject[], users: readonly RevisionUser[] = []) => ({
    gone: [{ ...gone, objects, users }],
    filters: [],
    old: NO_OLD,
  });
  const prunable = (objects: readonly K8sObject[], users?: readonly RevisionUser[]) =>
    leftovers(desiredMesh(), state(objects, users))
      .filter(({ instead }) => instead === undefined)
      .map((one) => objectTitle(one.object));

  it("finds revisions by the objects that charts make for one, and passes over those with an istiod", () => {
    const labelled = [service(ISTIO), injector("1-27-0"), injector(OLD)];
    assert.deepEqual(goneRevisions(labelled, [OLD]), [gone]);
    const role = object(RBAC, "ClusterRole", "istiod-clusterrole-1-27-0-istio-system", {});
    assert.deepEqual(goneRevisions([role], []), [gone]);
    const unnamed = object(RBAC, "ClusterRole", "istiod-clusterrole-istio-system", {});
    assert.deepEqual(goneRevisions([unnamed], []), [{ ...gone, revision: "default" }]);
    const odd = object("v1", "Service", "shop/web", { metadata: { labels: ISTIO } });
    assert.deepEqual(goneRevisions([odd], []), []);
  });

  it("passes over an istiod outside of the cluster: a URL, a Service without a selector, Google's", () => {
    const byUrl = {
      ...injector("1-27-0"),
      webhooks: [{ name: "x", clientConfig: { url: "https://istiod.example" } }],
    };
    assert.deepEqual(goneRevisions([byUrl, service(ISTIO)], []), []);
    const bare = object("v1", "Service", "istio-system/istiod-1-27-0", {
      metadata: { labels: ISTIO },
      spec: {},
    });
    assert.deepEqual(goneRevisions([bare, injector("1-27-0")], []), []);
    assert.deepEqual(goneRevisions([injector("asm-managed")], []), []);
  });

  it("deletes what has a name and a label of Istio's: objects of the revision, and tags that point to it", () => {
    const tag = injector("1-27-0", "stable");
    assert.deepEqual(prunable([service(ISTIO), injector("1-27-0"), tag]), [
      "Service istio-system/istiod-1-27-0",
      "MutatingWebhookConfiguration istio-sidecar-injector-1-27-0",
      "MutatingWebhookConfiguration istio-revision-tag-stable",
    ]);
    assert.match(
      texts(checkLeftovers(desiredMesh(), state([service(ISTIO)]))).join(),
      /^warning Service istio-system\/istiod-1-27-0: is of the control plane 1-27-0, which is gone; fix: .*--prune/,
    );
  });

  it("every object that the charts make for a revision can be found", () => {
    assert.equal(objectsOfRevision(gone).length, 17);
  });

  const managedFields = [
    { manager: "pulumi-service-mesh/o/p/s", operation: "Apply", fieldsV1: {} },
  ];
  for (const [title, object_, users, fix] of [
    ["without a label of Istio's", service({}), [], /look at it, and delete it yourself/],
    ["of a Pulumi stack", service(ISTIO, { managedFields }), [], /of the Pulumi stack o\/p\/s/],
    [
      "of a Helm release",
      service(ISTIO, {
        annotations: {
          "meta.helm.sh/release-name": "istiod",
          "meta.helm.sh/release-namespace": "istio-system",
        },
      }),
      [],
      /helm uninstall istiod --namespace istio-system/,
    ],
    [
      "of a revision that is still named",
      service(ISTIO),
      [{ kind: "namespace", name: "shop" }],
      /move namespace shop to another revision first/,
    ],
  ] as const) {
    it(`keeps one ${title}, and says what to do`, () => {
      assert.deepEqual(prunable([object_], users), []);
      assert.match(texts(checkLeftovers(desiredMesh(), state([object_], users))).join(), fix);
    });
  }

  it("leaves alone what is planned, and what is of another revision or name", () => {
    assert.deepEqual(leftovers(desiredMesh({ revision: "1-27-0" }), state([service(ISTIO)])), []);
    assert.deepEqual(leftovers(desiredMesh({}, [service(ISTIO)]), state([service(ISTIO)])), []);
    const others = [
      service({ ...ISTIO, "istio.io/rev": OLD }),
      object("v1", "Service", "istio-system/web", { metadata: { labels: ISTIO } }),
    ];
    assert.deepEqual(leftovers(desiredMesh(), state(others)), []);
  });

  describe("of parts that Istio no longer has", () => {
    const APPS = "apps/v1";
    const labelled = (labels: JsonObject) => ({ metadata: { labels } });
    const galley = object(APPS, "Deployment", "istio-system/istio-galley", {
      ...labelled({ app: "galley", release: "istio", istio: "galley" }),
    });
    const agent = object(APPS, "DaemonSet", "istio-system/istio-nodeagent", {
      ...labelled({ app: "nodeagent", heritage: "Tiller" }),
    });
    const promsd = object("v1", "ConfigMap", "istio-system/promsd", {
      ...labelled({ app: "promsd", release: "istio" }),
    });
    const role = object(RBAC, "ClusterRole", "istio-citadel-istio-system", {
      ...labelled({ app: "security", "operator.istio.io/component": "Citadel" }),
    });
    const operator = object(APPS, "Deployment", "istio-operator/istio-operator", {
      spec: {
        template: { spec: { containers: [{ name: "operator", command: ["operator", "server"] }] } },
      },
    });
    const found = (objects: readonly K8sObject[], users: readonly string[] = []) =>
      leftovers(desiredMesh(), { gone: [], filters: [], old: { objects, users } });

    it("goes: Galley, Citadel, the node agent, Google's Prometheus, the operator, by labels or command", () => {
      const all = [galley, agent, promsd, role, operator];
      assert.deepEqual(
        found(all).map(({ instead }) => instead),
        all.map(() => undefined),
      );
      assert.match(found([galley])[0]?.reason ?? "", /is of Galley, which Istio no longer has/);
      assert.ok(all.every((one) => isOldComponents(one, "istio-system")));
    });

    it("stays while a proxy asks the pilot of then, but for what proxies do not need", () => {
      const pods = [
        object("v1", "Pod", "shop/cart", {
          spec: {
            containers: [
              {
                name: "istio-proxy",
                args: ["proxy", "sidecar", "--discoveryAddress", "istio-pilot.istio-system:15011"],
              },
            ],
          },
        }),
        object("v1", "Pod", "shop/web", {
          spec: { containers: [{ name: "istio-proxy", args: ["proxy", "sidecar"] }] },
        }),
      ];
      const users = oldPilotUsers(pods);
      assert.deepEqual(users, ["shop/cart"]);
      const [ofGalley, ofPromsd] = found([galley, promsd], users);
      assert.match(ofGalley?.instead ?? "", /^move shop\/cart to a revision first/);
      assert.equal(ofPromsd?.instead, undefined);
    });

    it("stays where only its name is Istio's, or a Helm release has it", () => {
      const banzai = object(APPS, "Deployment", "istio-system/istio-galley", {
        ...labelled({ app: "istio-galley" }),
      });
      assert.match(found([banzai])[0]?.instead ?? "", /none of the labels of Istio's installers/);
      const annotations = { "meta.helm.sh/release-name": "istio" };
      const ofHelm = { ...galley, metadata: { ...galley.metadata, annotations } };
      assert.match(found([ofHelm])[0]?.instead ?? "", /helm uninstall istio/);
      const elsewhere = object(
        APPS,
        "Deployment",
        "shop/istio-galley",
        labelled({ app: "galley" }),
      );
      assert.deepEqual(found([elsewhere]), []);
    });

    it("is looked for by names that no chart of today uses", () => {
      const names = oldComponentObjects("istio-system").map(({ kind, name }) => `${kind} ${name}`);
      const now = objectsOfRevision({ revision: "default", namespace: "istio-system" });
      assert.deepEqual(
        now.filter(({ kind, name }) => names.includes(`${kind} ${name}`)),
        [],
      );
    });
  });

  it("telemetry filters for proxies that nobody can have any more go, others stay", () => {
    const labels = { "install.operator.istio.io/owning-resource": "installed-state" };
    const filter = (name: string) =>
      object("networking.istio.io/v1alpha3", "EnvoyFilter", `istio-system/${name}`, {
        metadata: { labels },
      });
    const filters = [
      "stats-filter-1.16",
      "tcp-metadata-exchange-1.17-canary",
      `stats-filter-${minorOf(PREVIOUS)}`,
      "mine-1.16",
    ].map(filter);
    assert.deepEqual(
      leftovers(desiredMesh(), { gone: [], filters, old: NO_OLD }).map(
        (one) => one.object.metadata.name,
      ),
      ["stats-filter-1.16", "tcp-metadata-exchange-1.17-canary"],
    );
  });
});

describe("precheck: deletions under way, and nodes", () => {
  const stamp = { deletionTimestamp: "2026-01-01T00:00:00Z" };

  it("a namespace that goes is an error with what Kubernetes says of it; others' do not matter", () => {
    const conditions = [
      {
        type: "NamespaceFinalizersRemaining",
        status: "True",
        reason: "SomeFinalizersRemain",
        message: "x in 1",
      },
    ];
    const namespaces = ["istio-system", "other"].map((name) =>
      namespace(name, {}, { metadata: stamp, status: { conditions } }),
    );
    const desired = desiredMesh({}, [deployment("istio-system/istiod")]);
    assert.deepEqual(texts(checkDeletions(desired, liveWith({ namespaces }))), [
      "error Namespace istio-system: is being deleted, and nothing can be made in it: SomeFinalizersRemain: x in 1; " +
        "fix: wait until it is gone; see what holds it: kubectl describe namespace istio-system",
    ]);
  });

  it("an object that a finalizer holds is an error with the command that lets it go", () => {
    const planned = object("v1", "Service", "istio-system/istiod");
    const live = object("v1", "Service", "istio-system/istiod", {
      metadata: { ...stamp, finalizers: ["example.com/lb"] },
    });
    const found = texts(
      checkDeletions(desiredMesh({}, [planned]), liveWith({ existing: [{ planned, live }] })),
    );
    assert.match(
      found.join(),
      /^error Service istio-system\/istiod: is being deleted, and held by the finalizers example\.com\/lb.*kubectl -n istio-system patch service istiod/,
    );
    assert.deepEqual(
      checkDeletions(
        desiredMesh({}, [planned]),
        liveWith({ existing: [{ planned, live: planned }] }),
      ),
      [],
    );
  });

  it("the namespaces are those of the objects, and those that are planned", () => {
    assert.deepEqual(
      namespacesOf([namespace("b"), deployment("a/x"), object(RBAC, "ClusterRole", "c")]),
      ["a", "b"],
    );
  });

  it("no node, or none that takes pods, is a warning", () => {
    assert.match(texts(checkNodes([])).join(), /^warning nodes: the cluster has no node/);
    const cordoned = object("v1", "Node", "n", {
      spec: { unschedulable: true },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    });
    assert.match(
      texts(checkNodes([cordoned])).join(),
      /none of 1 is ready and takes pods; fix: .*: kubectl uncordon n$/,
    );
    const broken = object("v1", "Node", "n", {
      status: { conditions: [{ type: "Ready", status: "False" }] },
    });
    assert.match(texts(checkNodes([broken])).join(), /fix: kubectl get nodes/);
    assert.deepEqual(checkNodes(liveWith().nodes), []);
  });
});

describe("precheck: objects that exist", () => {
  const planned = object("v1", "Service", "istio-system/istiod");
  const by = (manager: string) => ({
    ...planned,
    metadata: {
      ...planned.metadata,
      managedFields: [{ manager, operation: "Apply", apiVersion: "v1", fieldsV1: {} }],
    },
  });
  const existing = (manager: string, own: K8sObject = planned) =>
    liveWith({
      existing: [{ planned: own, live: { ...by(manager), kind: own.kind } as K8sObject }],
    });
  const stack = { project: "mesh", stack: "dev" };

  it("somebody else's is refused with who made it and the mode that takes it over", () => {
    assert.deepEqual(texts(checkExisting(desiredMesh({}, [planned]), existing("istio-operator"))), [
      "error Service istio-system/istiod: exists already, and is not the stack's: installed by istioctl; " +
        "fix: pulumi config set mesh:adopt all takes it over; or delete it first",
    ]);
    assert.deepEqual(
      checkExisting(desiredMesh({}, [planned], { adopt: "all" }), existing("istio-operator")),
      [],
    );
  });

  it("another stack's is refused once the stack is known, its own is not", () => {
    const desired = desiredMesh({}, [planned], { stack });
    assert.deepEqual(checkExisting(desired, existing("pulumi-service-mesh/acme/mesh/dev")), []);
    assert.match(
      texts(checkExisting(desired, existing("pulumi-service-mesh/acme/mesh/prod"))).join(),
      /^error .*installed by Pulumi stack acme\/mesh\/prod/,
    );
  });

  it("without a stack's name, a stack's objects are told of only", () => {
    assert.deepEqual(
      texts(
        checkExisting(desiredMesh({}, [planned]), existing("pulumi-service-mesh/acme/mesh/dev")),
      ),
      [
        "info Pulumi stack acme/mesh/dev: 1 of the objects exist and are its own; --stack says whether it is this one",
      ],
    );
  });

  it("a namespace that is only labelled has to be there, and may be anybody's", () => {
    const desired = desiredMesh({ namespaces: [{ name: "shop", revision: NEW }] }, [
      namespace("shop"),
    ]);
    const there = { ...existing("kubectl", namespace("shop")), namespaces: [namespace("shop")] };
    assert.deepEqual(checkExisting(desired, there), []);
    assert.match(
      texts(checkExisting(desired, liveWith())).join(),
      /^error Namespace shop: does not exist.*kubectl create namespace shop/,
    );
  });
});

describe("precheck: all checks together", () => {
  it("an empty cluster and a mesh that is there already are fine, and each check says so once", () => {
    const own = [injector(NEW), object("v1", "Service", `istio-system/istiod-${NEW}`)];
    for (const live of [
      liveWith(),
      liveWith({
        workloads: [istiod(NEW, NEWEST)],
        mutatingWebhooks: [injector(NEW)],
        webhookServices: [{ name: `istio-system/istiod-${NEW}`, answers: true }],
        values: [
          object("v1", "ConfigMap", `istio-system/values-${NEW}`, {
            metadata: { labels: { "istio.io/rev": NEW } },
            data: { "original-values": "{}" },
          }),
        ],
      }),
    ]) {
      const found = runPrechecks({ ...live, desired: desiredMesh({}, own) });
      assert.deepEqual(
        found.filter(({ severity }) => severity !== "ok"),
        [],
      );
      assert.equal(new Set(found.map(({ check }) => check)).size, found.length);
      assert.ok(found.length > 15);
    }
  });
});
