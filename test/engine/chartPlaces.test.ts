import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { dump, load } from "js-yaml";
import { openCluster } from "../../adapters/cluster/cluster";
import { chartsFolder } from "../../toolchain/setup";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { copyOfProject } from "../support/checkout";
import { copyOfHome } from "../support/home";
import { type IstioPlaces, serveIstioPlaces } from "../support/istioPlaces";
import { filesBelow } from "../support/manifests";
import { DEV_OBJECTS } from "../support/newestObjects";
import { pattern } from "../support/pattern";
import { type Finished, mesh, run, TSX } from "../support/run";
import { TestStack } from "../support/stack";
import { temporaryFolder } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

const archive = (version: string) => `/releases/${version}/istio-${version}-linux-amd64.tar.gz`;

/** PATH without the folders that have Go. */
function pathWithoutGo(): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return [dirname(process.execPath), ...folders]
    .filter((folder) => !existsSync(join(folder, "go")))
    .join(delimiter);
}

/** Charts as users get them who have the internet, and no Go and no clone with charts in it. */
describe("charts from stand-ins for Istio's places", () => {
  let tools: Tools;
  let places: IstioPlaces;

  before(async function () {
    tools = await toolsFor(this);
    places = await serveIstioPlaces({
      [PREVIOUS]: chartsFolder(PREVIOUS),
      [NEWEST]: chartsFolder(NEWEST),
    });
  });
  after(() => places?.stop());

  const environment = (): NodeJS.ProcessEnv => ({
    ...places.env,
    PATH: pathWithoutGo(),
    SERVICE_MESH_CACHE: temporaryFolder("cache"),
  });

  it("no Go is on PATH", async () => {
    const { code } = await run("sh", ["-c", "command -v go"], { cwd: "/", env: environment() });
    assert.notEqual(code, 0);
  });

  describe("npm start in a clone without charts", () => {
    let folder: string;
    let env: NodeJS.ProcessEnv;
    let started: Finished;

    before(async function () {
      this.timeout(0);
      folder = copyOfProject({ charts: false });
      env = { ...environment(), PULUMI_HOME: copyOfHome(tools.home) };
      places.requests.length = 0;
      const args = ["--require", TSX, join(folder, "toolchain", "start.ts")];
      started = await run(process.execPath, args, { cwd: folder, env });
    });

    it("previews and creates the whole mesh, gateways too", () => {
      assert.equal(started.code, 0, started.output);
      const rendered = filesBelow(join(folder, "rendered", "dev"));
      assert.equal(rendered.length, DEV_OBJECTS);
      assert.ok(rendered.some((file) => file.includes("istio-ingressgateway")));
    });

    it("gets the charts of one version, its release archive once, and nothing from Go", () => {
      assert.deepEqual(readdirSync(join(folder, ".toolchain", "charts")), [NEWEST]);
      assert.equal(places.requests.filter((path) => path === archive(NEWEST)).length, 1);
      assert.match(
        started.stderr,
        pattern`fetching the release archive of Istio ${NEWEST} from http`,
      );
      assert.doesNotMatch(started.output, /Go modules$/m);
    });

    it("an upgrade beside it fetches the charts of the second version, and says so", async () => {
      const file = join(folder, "Pulumi.dev.yaml");
      const stack = load(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
      stack.config["mesh:revisions"] = [{ revision: NEW }, { revision: OLD, version: PREVIOUS }];
      writeFileSync(file, dump(stack));
      places.requests.length = 0;
      const preview = await run(tools.pulumi, ["preview", "--stack", "dev", "--non-interactive"], {
        cwd: folder,
        env: {
          ...env,
          PULUMI_BACKEND_URL: `file://${join(folder, ".state")}`,
          PULUMI_CONFIG_PASSPHRASE: "",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        },
      });
      assert.equal(preview.code, 0, preview.output);
      assert.match(preview.output, pattern`istiod-${OLD}`);
      assert.deepEqual(
        places.requests.filter((path) => path.includes(NEWEST)),
        [],
      );
      assert.ok(places.requests.some((path) => path.includes(PREVIOUS)));
    });
  });

  describe("a stack on a real API server", () => {
    let api: ApiServer;

    before(async function () {
      this.timeout(0);
      // No istiod runs, so nothing answers its webhooks.
      api = await startKwokCluster({ webhooks: false });
    });
    after(() => api?.stop());

    it("a profile with a gateway is installed", async () => {
      const stack = await TestStack.create(tools, "official", {
        "mesh:version": NEWEST,
        "mesh:revision": NEW,
        "mesh:target": "cluster",
        "mesh:kubeconfig": api.kubeconfig,
        // Nobody gives load balancers an address here.
        "mesh:set": ["values.gateways.istio-ingressgateway.type=ClusterIP"],
      });
      stack.configure({ "mesh:charts": undefined });
      places.requests.length = 0;
      const flags = ["up", "--yes", "--skip-preview", "--stack", stack.name];
      const up = await stack.pulumi(flags, environment());
      assert.equal(up.code, 0, up.output);
      assert.match(up.output, pattern`fetching the release archive of Istio ${NEWEST}`);
      const cluster = openCluster({ kind: "cluster", kubeconfig: api.kubeconfig });
      const path = "/apis/apps/v1/namespaces/istio-system/deployments/istio-ingressgateway";
      assert.equal((await cluster.call("GET", path)).status, 200);
    });
  });

  describe("the command", () => {
    const generate = (env: NodeJS.ProcessEnv, ...flags: readonly string[]) =>
      mesh(["manifest", "generate", ...flags], { env: { ...env, PULUMI_HOME: tools.home } });

    it("renders what set-up's charts give, and asks nobody the second time", async () => {
      const env = environment();
      const fetched = await generate(env);
      assert.equal(fetched.code, 0, fetched.output);
      const own = await generate(env, "--charts", tools.charts);
      assert.equal(fetched.stdout, own.stdout);
      assert.match(fetched.stdout, /name: istio-ingressgateway/);
      places.requests.length = 0;
      const again = await generate(env);
      assert.equal(again.stdout, fetched.stdout);
      assert.deepEqual([again.stderr, places.requests], ["", []]);
    });

    it("with a mirror that lacks a chart, says what is missing and the flag that helps", async () => {
      const env = { ...environment(), SERVICE_MESH_CHARTS: "", SERVICE_MESH_RELEASES: "" };
      const mirror = ["--charts", places.charts];
      const without = await generate(env, ...mirror);
      assert.equal(without.code, 2);
      assert.match(without.stderr, /has no chart "istio-ingress".*--releases for mesh/);
      const helped = await generate(env, ...mirror, "--releases", places.releases);
      assert.equal(helped.code, 0, helped.stderr);
      assert.match(helped.stdout, /name: istio-ingressgateway/);
    });
  });
});
