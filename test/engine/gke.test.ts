import assert from "node:assert/strict";
import { previewRecorded, recordedAnswers } from "../../examples/gke/preview";
import { type Recorded, startRecordedProvider } from "../../examples/gke/recordedProvider";
import { NEW, NEWEST } from "../../toolchain/versions";
import { TestStack } from "../support/stack";
import { temporaryFolder } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

describe("a stack with mesh:gke, on the real engine", () => {
  let provider: { readonly port: number; stop(): void };
  const inherited = process.env.PULUMI_DEBUG_PROVIDERS;

  before(async () => {
    provider = await startRecordedProvider(recordedAnswers());
    process.env.PULUMI_DEBUG_PROVIDERS = `gcp:${provider.port}`;
  });

  after(() => {
    provider.stop();
    if (inherited === undefined) {
      delete process.env.PULUMI_DEBUG_PROVIDERS;
    } else {
      process.env.PULUMI_DEBUG_PROVIDERS = inherited;
    }
  });

  it("makes the foundation first, and the mesh has what follows from the cluster", async function () {
    const stack = await TestStack.create(await toolsFor(this), "gke", {
      "mesh:profile": "minimal",
      "mesh:version": NEWEST,
      "mesh:gke": {
        project: "shop-prod",
        location: "europe-west1",
        cluster: { kind: "existing", name: "prod" },
      },
    });
    const { output, changes } = await stack.preview([], { GOOGLE_OAUTH_ACCESS_TOKEN: "a-token" });
    const names = changes.map(({ type, name }) => `${type} ${name}`);
    const rule = names.indexOf("gcp:compute/firewall:Firewall gke:istiod");
    const istiod = names.findIndex((name) => /apps\/v1:Deployment .*istiod/.test(name));
    assert.ok(rule >= 0 && istiod > rule, names.join("\n"));
    assert.ok(
      names.some((name) => name.includes("kube-system/istio-cni-node")),
      output,
    );
  });
});

describe("the GKE example against recorded look-ups, on the real engine", () => {
  let tools: Tools;

  before(async function () {
    tools = await toolsFor(this);
  });

  async function preview(
    recorded?: Recorded,
    config: Readonly<Record<string, string>> = {},
    env: NodeJS.ProcessEnv = {},
  ) {
    let output = "";
    const state = temporaryFolder("gke-state");
    const { home, charts } = tools;
    const onOutput = (chunk: string) => {
      output += chunk;
    };
    const code = await previewRecorded(
      { state, home, charts, config, env, onOutput, limitSeconds: 50 },
      recorded,
    );
    return { code, output };
  }

  it("previews the foundation, then the mesh", async () => {
    const { code, output } = await preview();
    assert.equal(code, 0, output);
    for (const line of [
      /\+ +gcp:compute:Firewall gke:istiod create/,
      /= +gcp:gkehub:Membership gke:membership import/,
      /\+ +gcp:gkehub:Feature gke:mesh-feature create/,
      /\+ +gcp:dns:RecordSet gke:shop\.example\.com\. create/,
      /hub +: "europe-west1-docker\.pkg\.dev\/shop-prod\/mesh\/istio"/,
      /command +: "gke-gcloud-auth-plugin"/,
      /= 1 to import/,
    ]) {
      assert.match(output, line);
    }
    const rule = output.indexOf("gke:istiod create");
    const istiod = output.indexOf(`istiod-${NEW} create`);
    assert.ok(rule > 0 && istiod > rule, "istiod comes after the firewall rule");
    assert.doesNotMatch(output, /gcp:gkehub:Membership gke:membership update/);
    assert.doesNotMatch(output, /IAMBinding|IAMPolicy|CaPool|clientKey/);
  });

  it("without credentials and with a guide's project, says both before anything is looked up", async () => {
    const nowhere = { HOME: temporaryFolder("home"), GCE_METADATA_HOST: "127.0.0.1:1" };
    const unset = { GOOGLE_OAUTH_ACCESS_TOKEN: "", GOOGLE_APPLICATION_CREDENTIALS: "" };
    const { code, output } = await preview(
      undefined,
      { project: "my-project", cluster: "other" },
      { ...nowhere, ...unset },
    );
    assert.notEqual(code, 0);
    assert.match(
      output,
      /credentials: there are none.*; fix: gcloud auth application-default login/,
    );
    assert.match(output, /project: is a placeholder.*"my-project".*gcloud config set project ID/);
    assert.doesNotMatch(output, /not recorded|gcp:compute:Firewall|ControlPlane/);
  });

  it("a cluster that is not there ends the preview, with the look-up that failed", async () => {
    const { code, output } = await preview(undefined, { cluster: "other" });
    assert.notEqual(code, 0);
    assert.match(output, /not recorded: gcp:container\/getCluster:getCluster .*name=other/);
    assert.doesNotMatch(output, /gcp:compute:Firewall|servicemesh:index:ControlPlane/);
  });

  it("what is wrong with the cluster ends it before anything is created", async () => {
    const recorded = recordedAnswers();
    const key = Object.keys(recorded.lookUps).find((text) => text.includes("getCluster")) ?? "";
    const cluster = { ...recorded.lookUps[key], workloadIdentityConfigs: [] };
    const { code, output } = await preview({
      ...recorded,
      lookUps: { ...recorded.lookUps, [key]: cluster },
    });
    assert.notEqual(code, 0);
    assert.match(output, /telemetry: needs Workload Identity, which is off in prod; fix: gcloud/);
    assert.doesNotMatch(output, /gcp:projects:Service/);
  });
});
