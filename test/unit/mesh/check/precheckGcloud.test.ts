import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkProject } from "../../../../adapters/checks/precheck/gcloud";
import { bindingsIn, holds } from "../../../../mesh/checks/precheck/policies";
import { projectNeeds, repositoryIn } from "../../../../mesh/checks/precheck/projectNeeds";
import { NEWEST } from "../../../../toolchain/versions";
import { temporaryFolder } from "../../../support/temporary";
import { texts } from "./precheckSupport";

type DesiredProject = Parameters<typeof checkProject>[1];

const MESH: DesiredProject = { mesh: { version: NEWEST }, images: [] };
const CLUSTER = { project: "shop", location: "europe-west1", cluster: "main" };

/** What gcloud refuses, in its words. */
class Refusal {
  constructor(readonly words: string) {}
}

/** A gcloud that answers by its first two words; what it is not told of, it refuses. */
function fakeGcloud(answers: Readonly<Record<string, unknown>>): string {
  const folder = temporaryFolder("gcloud");
  const cases = Object.entries(answers).map(([words, answer]) =>
    answer instanceof Refusal
      ? `"${words}") echo '${answer.words}' >&2; exit 1;;`
      : `"${words}") echo '${JSON.stringify(answer)}';;`,
  );
  const unknown = '*) echo "unexpected: $*" >&2; exit 9;;';
  const script = `#!/bin/sh\ncase "$1 $2" in\n${cases.join("\n")}\n${unknown}\nesac\n`;
  writeFileSync(join(folder, "gcloud"), script);
  chmodSync(join(folder, "gcloud"), 0o755);
  return folder;
}

function kubeconfig(context: string) {
  const content = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: context, context: { cluster: "c", user: "u" } }],
    "current-context": context,
  };
  return { kind: "cluster", kubeconfig: JSON.stringify(content) } as const;
}

const NODES = "12345-compute@developer.gserviceaccount.com";
const ACCOUNT = `serviceAccount:${NODES}`;
const POOL = "projects/12345/locations/global/workloadIdentityPools/shop.svc.id.goog";
const EVERY_WORKLOAD = `principalSet://iam.googleapis.com/${POOL}/kubernetes.cluster/https://container.googleapis.com/v1/projects/shop/locations/europe-west1/clusters/main`;

/** A policy as gcloud prints it. */
const policy = (...bindings: readonly [role: string, ...members: string[]][]) => ({
  bindings: bindings.map(([role, ...members]) => ({ role, members })),
  etag: "BwX",
  version: 1,
});

describe("precheck --gcp", () => {
  const path = process.env.PATH;
  const gke = kubeconfig("gke_shop_europe-west1_main");

  afterEach(() => {
    process.env.PATH = path;
  });

  async function check(
    answers: Readonly<Record<string, unknown>>,
    desired: DesiredProject = MESH,
    target: ReturnType<typeof kubeconfig> = gke,
  ) {
    process.env.PATH = `${fakeGcloud(answers)}:/bin:/usr/bin`;
    return texts(await checkProject(target, desired));
  }

  /** A private cluster whose project has all that a plain mesh needs. */
  const cluster = {
    name: "main",
    network: "net",
    currentMasterVersion: "1.32.4-gke.100",
    privateClusterConfig: { enablePrivateNodes: true, masterIpv4CidrBlock: "172.16.0.0/28" },
    workloadIdentityConfig: { workloadPool: "shop.svc.id.goog" },
    nodePools: [
      {
        name: "default-pool",
        config: { serviceAccount: "default", workloadMetadataConfig: { mode: "GKE_METADATA" } },
      },
    ],
  };
  const apis = (...names: readonly string[]) =>
    names.map((name) => ({ config: { name: `${name}.googleapis.com` } }));
  const rule = (ports: string[], range = "172.16.0.0/28") => ({
    direction: "INGRESS",
    sourceRanges: [range],
    allowed: [{ IPProtocol: "tcp", ports }],
  });
  const nodeRoles = policy(["roles/container.defaultNodeServiceAccount", ACCOUNT]);
  const answers = {
    "container clusters": cluster,
    "services list": apis("container", "compute"),
    "compute firewall-rules": [rule(["443", "15017"])],
    "projects describe": { projectId: "shop", projectNumber: "12345" },
    "projects get-ancestors-iam-policy": [
      { id: "shop", type: "project", policy: nodeRoles },
      { id: "777", type: "organization", policy: policy(["roles/viewer", "domain:x.com"]) },
    ],
  };

  it("a project that has all is fine", async () => {
    assert.deepEqual(await check(answers), [
      "ok Google Cloud project shop: its APIs, firewall, identities and roles fit",
    ]);
  });

  describe("network policy", () => {
    const cni: DesiredProject = { ...MESH, images: [`docker.io/istio/install-cni:${NEWEST}`] };
    const described = (more: object) => ({
      ...answers,
      "container clusters": { ...cluster, ...more },
    });

    it("is asked for where the mesh has the CNI plugin, with both commands", async () => {
      const update = "gcloud container clusters update main --location=europe-west1 --project=shop";
      assert.deepEqual(await check(answers, cni), [
        "warning GKE cluster main: does not enforce network policies, the first step of the guides for the CNI plugin: NetworkPolicy objects have no effect, and nodes that take their network from kubenet do not run the plugin, so that pods start without redirection to their proxies; fix: " +
          `${update} --update-addons=NetworkPolicy=ENABLED, then ${update} --enable-network-policy (this replaces the nodes of all pools)`,
      ]);
    });

    for (const [title, more] of [
      ["Calico", { networkPolicy: { enabled: true, provider: "CALICO" } }],
      ["Dataplane V2", { networkConfig: { datapathProvider: "ADVANCED_DATAPATH" } }],
      ["Autopilot", { autopilot: { enabled: true } }],
    ] as const) {
      it(`${title} enforces it`, async () => {
        assert.match((await check(described(more), cni)).join(), /^ok /);
      });
    }

    it("Calico that is turned off does not", async () => {
      const more = {
        networkPolicy: { enabled: false },
        networkConfig: { datapathProvider: "LEGACY_DATAPATH" },
      };
      assert.match(
        (await check(described(more), cni)).join(),
        /^warning GKE cluster main: does not/,
      );
    });

    it("is not asked for without the plugin, or where the stack's new cluster gets it", async () => {
      const images = [`docker.io/istio/pilot:${NEWEST}`];
      assert.match((await check(answers, { ...MESH, images })).join(), /^ok /);
      const { project, location } = CLUSTER;
      const wanted = { kind: "new", name: "main", networkPolicy: "calico" } as const;
      const own = { ...cni, gke: { project, location, cluster: wanted } };
      assert.doesNotMatch((await check(answers, own)).join(), /network polic/);
    });
  });

  describe("APIs and firewall", () => {
    it("an API that is not enabled is an error with the command that does it", async () => {
      assert.deepEqual(await check({ ...answers, "services list": apis("compute") }), [
        "error Google Cloud project shop: the API container.googleapis.com is not enabled; fix: gcloud services enable container.googleapis.com --project shop",
      ]);
    });

    it("a rule for a range of ports, and a cluster that is not private, are fine", async () => {
      for (const fine of [
        { "compute firewall-rules": [rule(["15000-15020"])] },
        {
          "container clusters": { ...cluster, privateClusterConfig: {} },
          "compute firewall-rules": [],
        },
      ]) {
        assert.match((await check({ ...answers, ...fine })).join(), /^ok /);
      }
    });

    it("a private cluster without one is an error with the command that makes it", async () => {
      for (const rules of [
        [],
        [rule(["443"])],
        [rule(["15017"], "10.0.0.0/8")],
        [{ ...rule(["15017"]), disabled: true }],
      ]) {
        const [text = ""] = await check({ ...answers, "compute firewall-rules": rules });
        assert.match(
          text,
          /^error GKE cluster main: is private.*\(172\.16\.0\.0\/28\).*15017.*fix: gcloud compute firewall-rules create main-istiod-webhook --project shop --network net .*--source-ranges 172\.16\.0\.0\/28 --allow tcp:15017$/,
        );
      }
    });
  });

  describe("roles", () => {
    const ca = {
      type: "cas",
      project: "shop",
      caPool: "projects/pki/locations/europe-west1/caPools/mesh",
    } as const;
    const cas: DesiredProject = { mesh: { version: NEWEST, ca }, images: [] };
    const group = "group:shop.svc.id.goog:/allAuthenticatedUsers/";
    const casRoles = [
      "roles/privateca.workloadCertificateRequester",
      "roles/privateca.auditor",
    ] as const;
    const forCas = {
      ...answers,
      "services list": apis(
        ...["container", "compute", "iamcredentials", "meshconfig", "privateca"],
      ),
      "privateca pools": policy([casRoles[0], group], [casRoles[1], group]),
    };

    it("CA Service: both roles on the pool, or on its project, are fine", async () => {
      assert.match((await check(forCas, cas)).join("\n"), /^ok /);
      const whole = [
        {
          id: "x",
          type: "project",
          policy: policy(...nodeRoles.bindings.map(asEntry), ["roles/privateca.admin", group]),
        },
      ];
      const above = { "privateca pools": policy(), "projects get-ancestors-iam-policy": whole };
      assert.match((await check({ ...forCas, ...above }, cas)).join("\n"), /^ok /);
    });

    const asEntry = ({ role, members }: { role: string; members: string[] }) =>
      [role, ...members] as [string, ...string[]];

    it("CA Service: each that is missing is an error with its command", async () => {
      const found = await check(
        { ...forCas, "privateca pools": policy([casRoles[1], group]) },
        cas,
      );
      assert.deepEqual(found, [
        `error CA pool ${ca.caPool}: ${group} lacks ${casRoles[0]}: CA Service signs no certificate for the workloads; ` +
          `fix: gcloud privateca pools add-iam-policy-binding mesh --location=europe-west1 --project=pki --member='${group}' --role=${casRoles[0]}`,
      ]);
    });

    it("a binding with a condition is a warning", async () => {
      const conditional = {
        bindings: casRoles.map((role) => ({
          role,
          members: [group],
          condition: { expression: "request.time < timestamp(x)" },
        })),
      };
      const found = await check({ ...forCas, "privateca pools": conditional }, cas);
      assert.equal(found.length, 2);
      assert.match(found[0] ?? "", /^warning CA pool .* under a condition only/);
    });

    it("a policy that may not be read is not checked, unless another one has the role", async () => {
      const refused = { ...forCas, "privateca pools": new Refusal("ERROR: PERMISSION_DENIED") };
      const found = await check(refused, cas);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(
        found[0] ?? "",
        /^warning CA pool .*: its roles are not checked: ERROR: PERMISSION_DENIED; fix: .*add-iam-policy-binding pki .*roles\/iam\.securityReviewer$/,
      );
    });

    it("ancestors that may not be read leave the project's own policy", async () => {
      const own = {
        "projects get-ancestors-iam-policy": new Refusal("no"),
        "projects get-iam-policy": nodeRoles,
      };
      assert.match((await check({ ...answers, ...own })).join("\n"), /^ok /);
    });

    it("nodes that may not report are a warning for each role, until GKE 1.34", async () => {
      const bare = { "projects get-ancestors-iam-policy": [] };
      const found = await check({ ...answers, ...bare });
      assert.equal(found.length, 2, found.join("\n"));
      assert.match(
        found[0] ?? "",
        /^warning Google Cloud project shop: serviceAccount:12345-compute@.* lacks roles\/logging\.logWriter: GKE's agents on the nodes of default-pool .*fix: gcloud projects add-iam-policy-binding shop --condition=None --member='serviceAccount:12345.*' --role=roles\/container\.defaultNodeServiceAccount$/,
      );
      const newer = { "container clusters": { ...cluster, currentMasterVersion: "1.34.1-gke.1" } };
      assert.match((await check({ ...answers, ...bare, ...newer })).join("\n"), /^ok /);
    });

    it("nodes pull from Artifact Registry by the repository's policy or the project's", async () => {
      const desired = { ...MESH, images: [`europe-docker.pkg.dev/images/mesh/pilot:${NEWEST}`] };
      const reader = policy(["roles/artifactregistry.reader", ACCOUNT]);
      const fine = { ...answers, "artifacts repositories": reader };
      assert.match((await check(fine, desired)).join("\n"), /^ok /);
      const everybody = policy(["roles/artifactregistry.reader", "allUsers"]);
      assert.match(
        (await check({ ...answers, "artifacts repositories": everybody }, desired)).join("\n"),
        /^ok /,
      );
      assert.match(
        (await check({ ...answers, "artifacts repositories": policy() }, desired)).join("\n"),
        /^warning Artifact Registry images\/europe\/mesh: .*lacks roles\/artifactregistry\.reader: .*only with an imagePullSecret; fix: gcloud artifacts repositories add-iam-policy-binding mesh --location=europe --project=images --member='serviceAccount:12345/,
      );
    });

    it("Google's builds report by themselves: a role for every workload", async () => {
      const desired: DesiredProject = {
        mesh: {
          version: "1.23.3",
          overlays: ["stackdriver"],
          tracing: { provider: "cloud-trace" },
        },
        images: ["gke.gcr.io/asm/proxyv2:1.23.3-asm.2"],
      };
      const enabled = apis(
        ...["container", "compute", "monitoring", "logging", "cloudtrace", "cloudresourcemanager"],
      );
      const found = await check({ ...answers, "services list": enabled }, desired);
      assert.equal(found.length, 3, found.join("\n"));
      assert.match(
        found[0] ?? "",
        /^warning .*principalSet:.*clusters\/main lacks roles\/monitoring\.metricWriter: the proxies' metrics.*fix: gcloud projects add-iam-policy-binding shop/,
      );
      const granted = policy(
        ...["monitoring.metricWriter", "logging.logWriter", "cloudtrace.agent"].map(
          (role) => [`roles/${role}`, EVERY_WORKLOAD] as [string, string],
        ),
        ...nodeRoles.bindings.map(asEntry),
      );
      const whole = [{ id: "shop", type: "project", policy: granted }];
      assert.match(
        (
          await check(
            { ...answers, "services list": enabled, "projects get-ancestors-iam-policy": whole },
            desired,
          )
        ).join("\n"),
        /^ok /,
      );
      assert.match((await check(answers, { ...desired, images: [] })).join("\n"), /^ok /);
    });
  });

  describe("what the stack's foundation makes", () => {
    const foundation: DesiredProject = {
      ...MESH,
      gke: {
        project: "shop",
        location: "europe-west1",
        cluster: { kind: "existing", name: "main" },
        telemetry: {
          reports: ["metrics"],
          workloads: [{ namespace: "mon", serviceAccount: "otel" }],
        },
      },
    };

    it("is no error before the update has made it", async () => {
      const found = await check({ ...answers, "compute firewall-rules": [] }, foundation);
      assert.deepEqual(
        found.map((text) => text.split(" ")[0]),
        ["info", "info", "info", "info"],
        found.join("\n"),
      );
      assert.match(
        found.join("\n"),
        /monitoring\.googleapis\.com is not enabled, until the stack's foundation/,
      );
      assert.match(
        found.join("\n"),
        /lacks roles\/monitoring\.metricWriter: .*fix: pulumi up; if it has been granted before: pulumi up --refresh, or gcloud projects/,
      );
    });

    it("is looked for by the foundation's cluster where the context names none", async () => {
      const found = await check(answers, foundation, kubeconfig("main"));
      assert.ok(
        found.every((text) => !text.includes("does not name it")),
        found.join("\n"),
      );
      assert.match(found.join("\n"), /lacks roles\/monitoring\.metricWriter/);
    });

    it("another cluster's foundation makes nothing for this one", () => {
      const other = { ...foundation, gke: { ...foundation.gke, location: "us-east1" } };
      assert.equal(projectNeeds(CLUSTER, other as DesiredProject).hasFoundation, false);
      assert.equal(projectNeeds(CLUSTER, foundation).hasFoundation, true);
    });
  });

  describe("Workload Identity and fleet", () => {
    const ca = { type: "mesh-ca", project: "shop" } as const;
    const desired: DesiredProject = { mesh: { version: NEWEST, ca }, images: [] };
    const forCa = {
      ...answers,
      "services list": apis(...["container", "compute", "meshca", "iamcredentials", "meshconfig"]),
      "container clusters": { ...cluster, fleet: { project: "12345", membership: "x" } },
    };

    it("a member of a fleet with identities on all nodes is fine", async () => {
      assert.match((await check(forCa, desired)).join("\n"), /^ok /);
    });

    it("a cluster without Workload Identity is an error, where somebody needs it", async () => {
      const { workloadIdentityConfig: _, ...without } = forCa["container clusters"];
      assert.match(
        (await check({ ...forCa, "container clusters": without }, desired)).join("\n"),
        /^error GKE cluster main: Workload Identity is off, and the mesh's certificates need it.*fix: gcloud container clusters update main --location=europe-west1 --project=shop --workload-pool=shop\.svc\.id\.goog$/,
      );
      assert.match((await check({ ...answers, "container clusters": without })).join("\n"), /^ok /);
    });

    it("node pools without it are named, but for Autopilot's", async () => {
      const pools = [...cluster.nodePools, { name: "old", config: { serviceAccount: "default" } }];
      const mixed = { ...forCa["container clusters"], nodePools: pools };
      assert.match(
        (await check({ ...forCa, "container clusters": mixed }, desired)).join("\n"),
        /^warning GKE cluster main: node pools without GKE_METADATA \(old\).*fix: gcloud container node-pools update old --cluster=main --location=europe-west1 --project=shop --workload-metadata=GKE_METADATA \(this replaces its nodes\)$/,
      );
      const autopilot = { ...mixed, autopilot: { enabled: true } };
      assert.match(
        (await check({ ...forCa, "container clusters": autopilot }, desired)).join("\n"),
        /^ok /,
      );
    });

    it("a cluster in no fleet is an error for Mesh CA and managed control planes", async () => {
      assert.match(
        (await check({ ...forCa, "container clusters": cluster }, desired)).join("\n"),
        /^error GKE cluster main: is in no fleet.*fix: gcloud container fleet memberships register main --project=shop --gke-uri=https:\/\/container\.googleapis\.com\/v1\/projects\/shop\/locations\/europe-west1\/clusters\/main --enable-workload-identity$/,
      );
      const managed = { ...MESH, mesh: { ...MESH.mesh, managed: {} } };
      assert.match((await check(answers, managed)).join("\n"), /is in no fleet/);
    });
  });

  describe("what gcloud does not answer", () => {
    it("is a warning in its words, and the rest is checked", async () => {
      const found = await check({
        ...answers,
        "services list": new Refusal("ERROR: permission denied"),
        "compute firewall-rules": new Refusal("ERROR: no firewall for you"),
        "projects describe": new Refusal("ERROR: who"),
      });
      assert.deepEqual(
        found.map((text) => text.replace(/; fix: .*/, "")),
        [
          "warning Google Cloud project shop: its APIs are not checked: ERROR: permission denied",
          "warning Google Cloud project shop: its firewall is not checked: ERROR: no firewall for you",
          "warning Google Cloud project shop: roles of identities that its number names are not checked: gcloud does not describe the project",
        ],
      );
      const [text = ""] = await check({
        ...answers,
        "container clusters": new Refusal("ERROR: 403"),
      });
      assert.match(
        text,
        /^warning GKE cluster main: is not checked: ERROR: 403; fix: gcloud auth login/,
      );
    });

    it("a machine without gcloud, and a context that names no cluster, are warnings", async () => {
      process.env.PATH = temporaryFolder("empty");
      assert.match(
        texts(await checkProject(gke, MESH)).join(),
        /gcloud is not installed; fix: install it/,
      );
      assert.match(
        (await check(answers, MESH, kubeconfig("kind-main"))).join(),
        /the context kind-main does not name it; fix: gcloud container clusters get-credentials/,
      );
    });
  });
});

describe("precheck --gcp: who holds a role", () => {
  const subject = `principal://iam.googleapis.com/${POOL}/subject/ns/mon/sa/otel`;
  const metric = "roles/monitoring.metricWriter";
  const cases: [role: string, member: string, held: string][] = [
    [metric, subject, "yes"],
    ["roles/owner", subject, "yes"],
    ["roles/monitoring.admin", subject, "yes"],
    ["roles/monitoring.viewer", subject, "no"],
    [metric, `principalSet://iam.googleapis.com/${POOL}/*`, "yes"],
    [metric, `principalSet://iam.googleapis.com/${POOL}/namespace/mon`, "yes"],
    [metric, `principalSet://iam.googleapis.com/${POOL}/namespace/other`, "no"],
    [metric, "serviceAccount:shop.svc.id.goog[mon/otel]", "yes"],
    [metric, "serviceAccount:shop.svc.id.goog[mon/other]", "no"],
    [metric, "group:shop.svc.id.goog:/allAuthenticatedUsers/", "yes"],
    [metric, EVERY_WORKLOAD, "yes"],
    [metric, EVERY_WORKLOAD.replace("/main", "/other"), "no"],
  ];
  for (const [role, member, held] of cases) {
    it(`${role} of ${member}: ${held}`, () => {
      const bindings = bindingsIn(policy([role, member]));
      assert.equal(holds(bindings, metric, [subject, EVERY_WORKLOAD]), held);
    });
  }

  it("reads the repository of an image", () => {
    assert.deepEqual(repositoryIn("europe-docker.pkg.dev/shop/mesh/a/pilot:1"), {
      project: "shop",
      location: "europe",
      repository: "mesh",
    });
    assert.equal(repositoryIn("docker.io/istio/pilot:1"), undefined);
  });
});
