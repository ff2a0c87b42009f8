import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { GkeFoundation, type GkeFoundationArgs } from "../../components/gke";
import type { GkeInputs } from "../../mesh/model/gkeInputs";
import { NEW, NEWEST, OLD } from "../../toolchain/versions";
import { outputValue, type Recording, type Registered, runProgram } from "../support/mocks";

const PROJECT = "my-project";
const NUMBER = "123456789012";
const CA = Buffer.from("a certificate").toString("base64");

/** A private Standard cluster as Google answers; it still has a client key from its early days. */
const PRIVATE = {
  name: "prod",
  network: "projects/host-project/global/networks/shared",
  endpoint: "34.1.2.3",
  enableAutopilot: false,
  allowNetAdmin: false,
  masterVersion: "1.33.4-gke.1172000",
  masterAuths: [
    { clusterCaCertificate: CA, clientCertificate: "Y2xpZW50", clientKey: "cHJpdmF0ZS1rZXk=" },
  ],
  privateClusterConfigs: [
    {
      enablePrivateNodes: true,
      enablePrivateEndpoint: false,
      masterIpv4CidrBlock: "172.16.0.0/28",
      privateEndpoint: "172.16.0.2",
    },
  ],
  workloadIdentityConfigs: [{ workloadPool: `${PROJECT}.svc.id.goog` }],
  fleets: [
    { project: "", membership: "", membershipId: "", membershipLocation: "", preRegistered: false },
  ],
};

const PUBLIC = {
  ...PRIVATE,
  privateClusterConfigs: [{ enablePrivateNodes: false, masterIpv4CidrBlock: "" }],
};

/** Answers of Google Cloud by the function's token; an Error is thrown. */
type Answers = Readonly<Record<string, unknown>>;

const ANSWERS: Answers = {
  "gcp:container/getCluster:getCluster": PRIVATE,
  "gcp:organizations/getProject:getProject": { number: NUMBER },
  "gcp:gkehub/getFeature:getFeature": new Error(
    "projects/my-project/locations/global/features/servicemesh not found",
  ),
  "gcp:dns/getManagedZone:getManagedZone": { dnsName: "example.com." },
};

/** What Google Cloud adds to what it makes. */
const MADE: Readonly<Record<string, Record<string, unknown>>> = {
  "gcp:compute/address:Address": { address: "192.0.2.10" },
  "gcp:compute/globalAddress:GlobalAddress": { address: "192.0.2.20" },
  "gcp:container/cluster:Cluster": {
    endpoint: "34.9.9.9",
    masterAuth: { clusterCaCertificate: CA },
  },
};

const EXISTING: GkeInputs = {
  project: PROJECT,
  location: "europe-west1",
  cluster: { kind: "existing", name: "prod" },
};

interface Run {
  readonly answers?: Answers;
  readonly preview?: boolean;
  readonly opts?: () => pulumi.ComponentResourceOptions;
}

interface Result extends Recording {
  readonly foundation: GkeFoundation;
  /** Tokens of the functions that were called. */
  readonly calls: readonly string[];
}

/** Runs a foundation; `runProgram` echoes calls, so Google Cloud is put in its place. */
async function run(args: GkeFoundationArgs, given: Run = {}): Promise<Result> {
  const { answers = {}, preview = false, opts } = given;
  const calls: string[] = [];
  let foundation: GkeFoundation | undefined;
  const recording = await runProgram(
    () => {
      foundation = new GkeFoundation("gke", args, opts?.());
    },
    {
      preview,
      made: (type) => MADE[type] ?? {},
      call: ({ token }) => {
        calls.push(token);
        const answer = { ...ANSWERS, ...answers }[token];
        if (answer instanceof Error) {
          // Where the engine puts the provider's message.
          throw Object.assign(answer, { details: answer.message });
        }
        assert.ok(answer !== undefined, `nobody answers ${token}`);
        return answer as Record<string, unknown>;
      },
    },
  );
  assert.ok(foundation);
  return { ...recording, foundation, calls };
}

async function runWell(args: Partial<GkeFoundationArgs>, given: Run = {}): Promise<Result> {
  const result = await run({ ...EXISTING, ...args }, given);
  assert.deepEqual(result.errors, []);
  return result;
}

function ofType({ resources }: Recording, type: string): Registered[] {
  return resources.filter((resource) => resource.type.split(":").at(-1) === type);
}

function only(recording: Recording, type: string): Registered {
  const [found, ...others] = ofType(recording, type);
  assert.ok(found, `no ${type}`);
  assert.deepEqual(others, []);
  return found;
}

function services(recording: Recording): string[] {
  return ofType(recording, "Service").map(({ inputs }) => `${inputs.project} ${inputs.service}`);
}

function children({ resources }: Recording): Registered[] {
  return resources.filter(({ type }) => type !== "servicemesh:index:GkeFoundation");
}

class Thing extends pulumi.CustomResource {
  declare readonly value: pulumi.Output<string>;
  constructor(name: string) {
    super("test:index:Thing", name, { value: undefined });
  }
}

describe("GkeFoundation", () => {
  it("an existing cluster is looked up and not touched; without wishes only its API is enabled", async () => {
    const result = await runWell(
      {},
      { answers: { "gcp:container/getCluster:getCluster": PUBLIC } },
    );
    assert.deepEqual(result.calls, ["gcp:container/getCluster:getCluster"]);
    assert.deepEqual(
      children(result).map(({ type }) => type),
      ["gcp:projects/service:Service"],
    );
    assert.deepEqual(services(result), [`${PROJECT} container.googleapis.com`]);
  });

  it("enables what the inputs need, and keeps it on destroy", async () => {
    const result = await runWell({
      telemetry: { reports: ["traces"], workloads: "all" },
      registry: { repository: "mesh", create: false },
    });
    assert.deepEqual(services(result), [
      `${PROJECT} artifactregistry.googleapis.com`,
      `${PROJECT} cloudresourcemanager.googleapis.com`,
      `${PROJECT} cloudtrace.googleapis.com`,
      `${PROJECT} compute.googleapis.com`,
      `${PROJECT} container.googleapis.com`,
    ]);
    for (const { inputs } of ofType(result, "Service")) {
      assert.equal(inputs.disableOnDestroy, false);
    }
  });

  it("leaves the APIs alone where that is asked for", async () => {
    assert.deepEqual(services(await runWell({ apis: "leave" })), []);
  });

  it("a private cluster gets its rule, in the project of its network, after the APIs", async () => {
    const result = await runWell({});
    const rule = only(result, "Firewall");
    assert.deepEqual(rule.inputs, {
      name: "istiod-webhooks-prod",
      project: "host-project",
      network: "projects/host-project/global/networks/shared",
      description:
        "From the control plane of GKE to istiod: webhooks for injection and validation.",
      direction: "INGRESS",
      sourceRanges: ["172.16.0.0/28"],
      allows: [{ protocol: "tcp", ports: ["15017"] }],
    });
    const compute = ofType(result, "Service").find(({ inputs }) =>
      String(inputs.service).startsWith("compute"),
    );
    assert.ok(compute && rule.dependencies.includes(compute.urn));
  });

  it("opens more ports, and only to some nodes, when asked", async () => {
    const tags = only(
      await runWell({
        firewall: { ports: [15014, 8080], targets: { kind: "tags", tags: ["gke-prod-node"] } },
      }),
      "Firewall",
    );
    assert.deepEqual(tags.inputs.allows, [{ protocol: "tcp", ports: ["8080", "15014", "15017"] }]);
    assert.deepEqual(tags.inputs.targetTags, ["gke-prod-node"]);
    const email = "nodes@my-project.iam.gserviceaccount.com";
    const accounts = only(
      await runWell({
        firewall: { targets: { kind: "serviceAccounts", serviceAccounts: [email] } },
      }),
      "Firewall",
    );
    assert.deepEqual(accounts.inputs.targetServiceAccounts, [email]);
    assert.equal(accounts.inputs.targetTags, undefined);
  });

  it("a public cluster gets none, and a wish for one is a warning", async () => {
    const answers = { "gcp:container/getCluster:getCluster": PUBLIC };
    const result = await runWell({ firewall: { ports: [15014] } }, { answers });
    assert.deepEqual(ofType(result, "Firewall"), []);
    assert.match(
      result.warnings.join(),
      /firewall: does nothing: the cluster's nodes are not private/,
    );
  });

  it("what depends on the foundation waits for the rule", async () => {
    const recording = await runProgram(
      () => {
        const foundation = new GkeFoundation("gke", EXISTING);
        new pulumi.ComponentResource("test:index:Mesh", "mesh", {}, { dependsOn: foundation });
      },
      { call: ({ token }) => ANSWERS[token] as Record<string, unknown> },
    );
    const mesh = recording.resources.find(({ name }) => name === "mesh");
    assert.ok(mesh?.dependencies.includes(only(recording, "Firewall").urn));
  });

  it("a private cluster that names no range has to be told one", async () => {
    const [shield] = PRIVATE.privateClusterConfigs;
    const cluster = {
      ...PRIVATE,
      privateClusterConfigs: [{ ...shield, masterIpv4CidrBlock: "" }],
    };
    const answers = { "gcp:container/getCluster:getCluster": cluster };
    const result = await run(EXISTING, { answers });
    assert.match(
      result.errors.join(),
      /firewall\.controlPlaneCidr: is needed: .* fix: .* see https/,
    );
    assert.deepEqual(children(result), []);
    const told = await runWell({ firewall: { controlPlaneCidr: "10.8.0.0/24" } }, { answers });
    assert.deepEqual(only(told, "Firewall").inputs.sourceRanges, ["10.8.0.0/24"]);
  });

  it("roles are given one by one to the cluster's own pods", async () => {
    const result = await runWell({
      telemetry: { reports: ["metrics", "logs", "traces"], workloads: "all" },
    });
    const member =
      `principalSet://iam.googleapis.com/projects/${NUMBER}/locations/global/workloadIdentityPools/` +
      `${PROJECT}.svc.id.goog/kubernetes.cluster/https://container.googleapis.com/v1/projects/` +
      `${PROJECT}/locations/europe-west1/clusters/prod`;
    assert.deepEqual(
      ofType(result, "IAMMember").map(({ inputs }) => inputs),
      ["roles/monitoring.metricWriter", "roles/logging.logWriter", "roles/cloudtrace.agent"].map(
        (role) => ({ project: PROJECT, role, member }),
      ),
    );
  });

  it("or to some service accounts of Kubernetes", async () => {
    const workloads = [{ namespace: "opentelemetry", serviceAccount: "collector" }];
    const result = await runWell({ telemetry: { reports: ["traces"], workloads } });
    assert.equal(
      only(result, "IAMMember").inputs.member,
      `principal://iam.googleapis.com/projects/${NUMBER}/locations/global/workloadIdentityPools/` +
        `${PROJECT}.svc.id.goog/subject/ns/opentelemetry/sa/collector`,
    );
  });

  it("never takes a role from others: no binding and no policy, whatever is asked for", async () => {
    const result = await runWell(EVERYTHING);
    assert.ok(result.resources.length > 15);
    assert.deepEqual(
      result.resources.filter(({ type }) => /binding|policy/i.test(type)).map(({ type }) => type),
      [],
    );
  });

  it("CAS: its API in the pool's project, and two roles on the pool alone", async () => {
    const caPool = "projects/pki-project/locations/europe-west1/caPools/mesh";
    const result = await runWell({ ca: { type: "cas", caPool } });
    assert.ok(services(result).includes("pki-project privateca.googleapis.com"));
    assert.deepEqual(ofType(result, "IAMMember"), []);
    assert.deepEqual(
      ofType(result, "CaPoolIamMember").map(({ inputs }) => inputs),
      ["roles/privateca.workloadCertificateRequester", "roles/privateca.auditor"].map((role) => ({
        caPool,
        role,
        member: `group:${PROJECT}.svc.id.goog:/allAuthenticatedUsers/`,
      })),
    );
    assert.deepEqual(await outputValue(result.foundation.meshInputs.ca as never), {
      type: "cas",
      project: PROJECT,
      caPool,
    });
  });

  for (const ca of [undefined, { type: "istio" }, { type: "plug-in-certs" }, { type: "mesh-ca" }]) {
    it(`nothing about CAS with ${ca?.type ?? "no CA named"}`, async () => {
      const result = await runWell({ ca: ca as never });
      assert.doesNotMatch(JSON.stringify(result.resources), /privateca|CaPool/);
      const services = ofType(result, "Service").map(({ inputs }) => String(inputs.service));
      assert.equal(services.includes("meshca.googleapis.com"), ca?.type === "mesh-ca");
      assert.deepEqual(
        await outputValue(result.foundation.meshInputs.ca as never),
        {
          undefined: undefined,
          istio: { type: "istio" },
          "plug-in-certs": { type: "plug-in-certs" },
          "mesh-ca": { type: "mesh-ca", project: PROJECT },
        }[ca?.type ?? "undefined"],
      );
    });
  }

  it("makes membership and feature where they are missing, and keeps them on destroy", async () => {
    const result = await runWell({ fleet: { mesh: "MANAGEMENT_MANUAL" } });
    const membership = only(result, "Membership");
    const feature = only(result, "Feature");
    const management = only(result, "FeatureMembership");
    assert.deepEqual(membership.inputs, {
      project: PROJECT,
      membershipId: "prod",
      location: "europe-west1",
      endpoint: {
        gkeCluster: {
          resourceLink:
            "//container.googleapis.com/projects/my-project/locations/europe-west1/clusters/prod",
        },
      },
    });
    assert.deepEqual(feature.inputs, {
      project: PROJECT,
      location: "global",
      name: "servicemesh",
    });
    assert.deepEqual(management.inputs.mesh, { management: "MANAGEMENT_MANUAL" });
    for (const resource of [membership, feature, management]) {
      assert.ok(resource.retainOnDelete, resource.name);
      assert.equal(resource.importId, "");
    }
    for (const { urn } of [membership, feature]) {
      assert.ok(management.dependencies.includes(urn));
    }
  });

  it("takes those that are there as they are, by import", async () => {
    const fleets = [
      { project: "fleet-host", membershipId: "prod-eu", membershipLocation: "global" },
    ];
    const answers = {
      "gcp:container/getCluster:getCluster": { ...PRIVATE, fleets },
      "gcp:gkehub/getFeature:getFeature": { name: "servicemesh" },
    };
    const result = await runWell({ fleet: { project: "fleet-host" } }, { answers });
    const membership = only(result, "Membership");
    assert.equal(membership.importId, "projects/fleet-host/locations/global/memberships/prod-eu");
    assert.equal(membership.inputs.membershipId, "prod-eu");
    assert.deepEqual(membership.ignoreChanges, ["authority", "endpoint", "labels"]);
    const feature = only(result, "Feature");
    assert.equal(feature.importId, "projects/fleet-host/locations/global/features/servicemesh");
    assert.deepEqual(ofType(result, "FeatureMembership"), []);
    // Google's service looks into the cluster from the other project.
    assert.deepEqual(only(result, "IAMMember").inputs, {
      project: PROJECT,
      role: "roles/anthosservicemesh.serviceAgent",
      member: `serviceAccount:service-${NUMBER}@gcp-sa-servicemesh.iam.gserviceaccount.com`,
    });
  });

  it("a look-up that may not be made is an error, and not an absence", async () => {
    const answers = {
      "gcp:gkehub/getFeature:getFeature": new Error(
        "googleapi: Error 403: Permission 'gkehub.features.get' denied",
      ),
    };
    const result = await run({ ...EXISTING, fleet: {} }, { answers });
    assert.match(result.errors.join(), /gkehub\.features\.get' denied/);
    assert.deepEqual(children(result), []);
  });

  it("a hub whose API is off has no feature yet", async () => {
    const text =
      "Error 403: GKE Hub API has not been used in project my-project before or it is disabled";
    const answers = { "gcp:gkehub/getFeature:getFeature": new Error(text) };
    assert.equal(only(await runWell({ fleet: {} }, { answers }), "Feature").importId, "");
  });

  it("refuses another fleet than the cluster's", async () => {
    const fleets = [{ project: "other-fleet", membershipId: "p", membershipLocation: "global" }];
    const answers = { "gcp:container/getCluster:getCluster": { ...PRIVATE, fleets } };
    const { errors } = await run({ ...EXISTING, fleet: { membership: "q" } }, { answers });
    assert.match(
      errors.join(),
      /fleet\.project: differs .*\(other-fleet\).* fix: write "other-fleet"/,
    );
    assert.match(
      errors.join(),
      /fleet\.membership: differs from the cluster's own membership \(p\)/,
    );
  });

  it("reserves addresses, protected, and names them", async () => {
    const result = await runWell({
      addresses: [{ name: "web" }, { name: "out", internal: true, subnetwork: "gw" }],
      dns: [{ name: "shop.example.com", zone: "example-com", address: "web" }],
    });
    assert.deepEqual(
      ofType(result, "Address").map(({ inputs }) => inputs),
      [
        { project: PROJECT, name: "web", region: "europe-west1", addressType: "EXTERNAL" },
        {
          project: PROJECT,
          name: "out",
          region: "europe-west1",
          addressType: "INTERNAL",
          subnetwork: "gw",
        },
      ],
    );
    assert.ok(ofType(result, "Address").every(({ protect }) => protect));
    assert.deepEqual(only(result, "RecordSet").inputs, {
      project: PROJECT,
      managedZone: "example-com",
      name: "shop.example.com.",
      type: "A",
      ttl: 60,
      rrdatas: ["192.0.2.10"],
    });
    assert.deepEqual(await outputValue(result.foundation.addresses), {
      web: "192.0.2.10",
      out: "192.0.2.10",
    });
  });

  it("weighs gateways on two revisions by DNS, a weight of 0 kept for the way back", async () => {
    const result = await runWell({
      addresses: [{ name: "web" }],
      dns: [
        {
          name: "shop.example.com",
          zone: "example-com",
          ttlSeconds: 30,
          revisions: [
            { revision: OLD, weight: 0, address: "203.0.113.7" },
            { revision: NEW, address: "web" },
          ],
        },
      ],
    });
    const { inputs } = only(result, "RecordSet");
    assert.deepEqual(inputs.routingPolicy, {
      wrrs: [
        { weight: 0, rrdatas: ["203.0.113.7"] },
        { weight: 100, rrdatas: ["192.0.2.10"] },
      ],
    });
    assert.equal(inputs.rrdatas, undefined);
    assert.equal(inputs.ttl, 30);
  });

  it("a global address is one, and a name outside of its zone is refused", async () => {
    const global = await runWell({
      addresses: [{ name: "edge", scope: "global", protect: false }],
    });
    assert.equal(only(global, "GlobalAddress").protect, false);
    const result = await run({
      ...EXISTING,
      dns: [{ name: "shop.example.org", zone: "example-com", address: "192.0.2.1" }],
    });
    assert.match(result.errors.join(), /dns\[0\]\.name: does not lie in the zone example-com/);
    assert.deepEqual(children(result), []);
  });

  it("the registry becomes the mesh's hub, and outlives the stack", async () => {
    const readers = ["nodes@my-project.iam.gserviceaccount.com"];
    const result = await runWell({ registry: { repository: "mesh", path: "istio", readers } });
    const repository = only(result, "Repository");
    assert.deepEqual(repository.inputs, {
      project: PROJECT,
      location: "europe-west1",
      repositoryId: "mesh",
      format: "DOCKER",
    });
    assert.ok(repository.retainOnDelete);
    const reader = only(result, "RepositoryIamMember");
    assert.equal(reader.inputs.role, "roles/artifactregistry.reader");
    assert.equal(reader.inputs.member, `serviceAccount:${readers[0]}`);
    assert.ok(reader.dependencies.includes(repository.urn));
    const hub = "europe-west1-docker.pkg.dev/my-project/mesh/istio";
    assert.equal(await outputValue(result.foundation.hub), hub);
    assert.equal(await outputValue(result.foundation.meshInputs.hub as never), hub);
  });

  it("says what a mesh on the cluster has to be told", async () => {
    const { foundation } = await runWell({});
    const { meshInputs } = foundation;
    assert.deepEqual(await outputValue(pulumi.output(meshInputs as object)), {
      platform: "gke",
      cni: { environment: "gke" },
      ca: undefined,
      hub: undefined,
      kubernetesVersion: "1.33.4",
    });
    assert.deepEqual(await outputValue(foundation.platform), {
      autopilot: false,
      privateNodes: true,
      managedControlPlane: false,
      workloadPool: "my-project.svc.id.goog",
    });
  });

  it("Autopilot takes no CNI plugin, and refuses sidecars without NET_ADMIN", async () => {
    const autopilot = { ...PUBLIC, enableAutopilot: true };
    const answers = { "gcp:container/getCluster:getCluster": autopilot };
    const refused = await run(EXISTING, { answers });
    assert.match(refused.errors.join(), /Autopilot .* NET_ADMIN.* fix: .*allow-net-admin/);
    assert.deepEqual(children(refused), []);
    const allowed = {
      "gcp:container/getCluster:getCluster": { ...autopilot, allowNetAdmin: true },
    };
    const { foundation } = await runWell({}, { answers: allowed });
    assert.equal(await outputValue(foundation.meshInputs.cni as never), undefined);
    await runWell({ fleet: { mesh: "MANAGEMENT_AUTOMATIC" } }, { answers });
  });

  it("logs in by plugin: no token and no key is in any output or state", async () => {
    const { foundation, resources } = await runWell({});
    const text = await outputValue(foundation.kubeconfig);
    const config = JSON.parse(text);
    assert.equal(config.users[0].user.exec.command, "gke-gcloud-auth-plugin");
    assert.deepEqual(Object.keys(config.users[0].user), ["exec"]);
    assert.deepEqual(config.clusters[0].cluster, {
      server: "https://34.1.2.3",
      "certificate-authority-data": CA,
    });
    const context = "gke_my-project_europe-west1_prod";
    assert.equal(config["current-context"], context);
    assert.deepEqual(await outputValue(foundation.target), {
      kind: "cluster",
      kubeconfig: text,
      context,
    });
    const everything = [JSON.stringify(resources), text].join("\n");
    assert.doesNotMatch(everything, /cHJpdmF0ZS1rZXk=|Y2xpZW50|token|clientKey/i);
  });

  it("a cluster without a public endpoint is reached at its private one", async () => {
    const [shield] = PRIVATE.privateClusterConfigs;
    const cluster = {
      ...PRIVATE,
      privateClusterConfigs: [{ ...shield, enablePrivateEndpoint: true }],
    };
    const answers = { "gcp:container/getCluster:getCluster": cluster };
    const { foundation } = await runWell({}, { answers });
    assert.match(await outputValue(foundation.kubeconfig), /https:\/\/172\.16\.0\.2"/);
  });

  for (const [networkPolicy, fields] of [
    [
      "calico",
      {
        networkPolicy: { enabled: true, provider: "CALICO" },
        addonsConfig: { networkPolicyConfig: { disabled: false } },
      },
    ],
    ["dataplane-v2", { datapathProvider: "ADVANCED_DATAPATH" }],
    [undefined, {}],
  ] as const) {
    it(`network policy ${networkPolicy ?? "is left to Google's default"}`, async () => {
      const cluster = {
        kind: "new",
        name: "prod",
        ...(networkPolicy && { networkPolicy }),
      } as const;
      const { inputs } = only(await runWell({ cluster }), "Cluster");
      const own = ["networkPolicy", "addonsConfig", "datapathProvider"];
      assert.deepEqual(
        Object.fromEntries(Object.entries(inputs).filter(([key]) => own.includes(key))),
        fields,
      );
    });
  }

  it("makes a private Standard cluster with Workload Identity and without a client key", async () => {
    const result = await runWell({
      fleet: {},
      cluster: {
        kind: "new",
        name: "prod",
        privateNodes: { controlPlaneCidr: "172.16.0.16/28" },
        network: "mesh",
        nodePool: { maxNodes: 6 },
      },
    });
    assert.ok(!result.calls.includes("gcp:container/getCluster:getCluster"));
    const cluster = only(result, "Cluster");
    assert.deepEqual(cluster.inputs, {
      project: PROJECT,
      location: "europe-west1",
      name: "prod",
      releaseChannel: { channel: "REGULAR" },
      network: "mesh",
      resourceLabels: { mesh_id: `proj-${NUMBER}` },
      deletionProtection: true,
      masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
      removeDefaultNodePool: true,
      initialNodeCount: 1,
      networkingMode: "VPC_NATIVE",
      workloadIdentityConfig: { workloadPool: "my-project.svc.id.goog" },
      privateClusterConfig: {
        enablePrivateNodes: true,
        enablePrivateEndpoint: false,
        masterIpv4CidrBlock: "172.16.0.16/28",
      },
    });
    const pool = only(result, "NodePool");
    assert.deepEqual(pool.inputs.autoscaling, { minNodeCount: 1, maxNodeCount: 6 });
    assert.deepEqual(
      (pool.inputs.nodeConfig as { machineType: string }).machineType,
      "e2-standard-4",
    );
    const rule = only(result, "Firewall");
    assert.deepEqual(rule.inputs.sourceRanges, ["172.16.0.16/28"]);
    for (const { urn } of [cluster, pool]) {
      assert.ok(rule.dependencies.includes(urn));
      assert.ok(only(result, "Membership").dependencies.includes(urn));
    }
    assert.match(await outputValue(result.foundation.kubeconfig), /https:\/\/34\.9\.9\.9"/);
  });

  it("makes an Autopilot cluster on request; it may have NET_ADMIN, and no node pool", async () => {
    const result = await runWell({
      cluster: {
        kind: "new",
        name: "auto",
        autopilot: true,
        releaseChannel: "RAPID",
        deletionProtection: false,
      },
    });
    const { inputs } = only(result, "Cluster");
    assert.equal(inputs.enableAutopilot, true);
    assert.equal(inputs.allowNetAdmin, true);
    assert.equal(inputs.deletionProtection, false);
    assert.equal(inputs.workloadIdentityConfig, undefined);
    assert.deepEqual(ofType(result, "NodePool"), []);
    assert.deepEqual(ofType(result, "Firewall"), []);
  });

  it("everything that is wrong is told at once; nothing is looked up or registered", async () => {
    const result = await run({
      project: NUMBER,
      location: "Europe",
      cluster: { kind: "new", name: "Prod", privateNodes: { controlPlaneCidr: "172.16.0.1/28" } },
      firewall: { ports: [443 as never] },
      dns: [
        {
          name: "shop",
          zone: "example-com",
          revisions: [{ revision: NEWEST, weight: -1, address: "web" }],
        },
      ],
    });
    const text = result.errors.join("\n");
    for (const pattern of [
      /project: is not a project ID \(got "123456789012"\).* fix: write the ID/,
      /location: is neither a region nor a zone \(got "Europe"\)/,
      /cluster\.name: is not a name/,
      /controlPlaneCidr: is not the first address of its range/,
      /firewall\.ports\[0\]: is not a port/,
      /dns\[0\]\.name: is not a full host name/,
      /dns\[0\]\.revisions\[0\]\.revision: dots are not allowed/,
      /dns\[0\]\.revisions\[0\]\.weight: is not a weight/,
      /dns\[0\]\.revisions\[0\]\.address: is neither in `addresses` nor an IPv4 address/,
    ]) {
      assert.match(text, pattern);
    }
    assert.deepEqual(result.calls, []);
    assert.deepEqual(children(result), []);
  });

  it("registers each of its outputs under the name of the field", async () => {
    const { foundation, outputs } = await runWell({ addresses: [{ name: "web" }] });
    const { kubeconfig, context, target, platform, hub, addresses, meshInputs } = foundation;
    const all = { kubeconfig, context, target, platform, hub, addresses, meshInputs };
    const values = await outputValue(pulumi.output(all));
    const registered = outputs.get(await outputValue(foundation.urn));
    const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
    assert.deepEqual(plain(registered), plain(values));
  });

  it("every arg may be an Output; what is unknown in a preview leaves the outputs unknown", async () => {
    const known = await run({
      project: pulumi.output(PROJECT),
      location: pulumi.output("europe-west1"),
      cluster: pulumi.output({ kind: "existing", name: "prod" } as const),
    });
    assert.deepEqual(known.errors, []);
    only(known, "Firewall");

    const targets: unknown[] = [];
    const unknown = await runProgram(
      () => {
        const project = new Thing("project").value;
        const foundation = new GkeFoundation("gke", { ...EXISTING, project });
        foundation.target.apply((target) => targets.push(target));
      },
      { preview: true },
    );
    assert.deepEqual(unknown.errors, []);
    assert.deepEqual(targets, [], "the target is not known, and not kubectl's own either");
    assert.deepEqual(ofType(unknown, "Service"), []);
    assert.match(unknown.warnings.join(), /known only after the update/);
  });

  it("waits for what it is told to depend on", async () => {
    const result = await runWell(
      { apis: "leave" },
      { opts: () => ({ dependsOn: new Thing("vpc") }) },
    );
    const thing = result.resources.find(({ name }) => name === "vpc");
    assert.ok(thing && only(result, "Firewall").dependencies.includes(thing.urn));
  });
});

const EVERYTHING: Partial<GkeFoundationArgs> = {
  telemetry: { reports: ["metrics", "logs", "traces"], workloads: "all" },
  ca: { type: "cas", caPool: "projects/pki-project/locations/europe-west1/caPools/mesh" },
  fleet: { project: "fleet-host", mesh: "MANAGEMENT_AUTOMATIC" },
  addresses: [{ name: "web" }, { name: "edge", scope: "global" }],
  dns: [{ name: "shop.example.com", zone: "example-com", address: "web" }],
  registry: { repository: "mesh", readers: ["nodes@my-project.iam.gserviceaccount.com"] },
};
