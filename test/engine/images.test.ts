import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { setupProject } from "../../toolchain/officialCharts";
import { chartsFolder } from "../../toolchain/setup";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import { type IstioPlaces, serveIstioPlaces } from "../support/istioPlaces";
import { killTree } from "../support/killTree";
import { pattern } from "../support/pattern";
import {
  craneFor,
  type Gate,
  ImageMaker,
  type Listening,
  serveFront,
  serveRegistry,
} from "../support/registry";
import { type Finished, mesh, meshCommand, run } from "../support/run";
import { temporaryFolder, testCache } from "../support/temporary";
import { ROOT } from "../support/tools";

/** A mesh of three images, pilot for two platforms. */
const MESH = ["--profile", "minimal", "--option", "cni-gcp"];
const NAMES = ["install-cni", "pilot", "proxyv2"] as const;

interface Row {
  readonly image: string;
  readonly target: string;
  readonly state?: string;
  readonly result?: string;
  readonly digest?: string;
  readonly reason?: string;
}

describe("mesh images list", () => {
  const folder = temporaryFolder("images");
  let env: NodeJS.ProcessEnv;

  before(async function () {
    this.timeout(0);
    const { home } = await setupProject({ istio: ["1.23.2", PREVIOUS, NEWEST] });
    env = { PULUMI_HOME: home };
  });

  const charts = ["--charts", join(ROOT, ".toolchain", "charts")];

  async function list(...flags: readonly string[]): Promise<Record<string, readonly string[]>> {
    const args = ["images", "list", ...charts, "--json", ...flags];
    const { code, stdout, stderr } = await mesh(args, { cwd: folder, env });
    assert.equal(code, 0, stderr);
    const rows = JSON.parse(stdout) as { image: string; users: string[] }[];
    return Object.fromEntries(rows.map(({ image, users }) => [image, users]));
  }

  const names = async (...flags: readonly string[]) => Object.keys(await list(...flags));

  const TEMPLATES = ["gateway", "grpc-agent", "kube-gateway", "sidecar", "waypoint"].map(
    (name) => `injection template ${name}`,
  );

  it("control plane, injected proxies, and the gateways that they stand in for", async () => {
    assert.deepEqual(await list("--profile", "demo"), {
      [`docker.io/istio/pilot:${NEWEST}`]: ["Deployment istio-system/istiod"],
      [`docker.io/istio/proxyv2:${NEWEST}`]: [
        "Deployment istio-system/istio-egressgateway",
        "Deployment istio-system/istio-ingressgateway",
        ...TEMPLATES,
      ],
    });
  });

  it("node agents of an ambient mesh, all distroless as the profile has them", async () => {
    assert.deepEqual(await list("--profile", "ambient"), {
      [`docker.io/istio/install-cni:${NEWEST}-distroless`]: [
        "DaemonSet istio-system/istio-cni-node",
      ],
      [`docker.io/istio/pilot:${NEWEST}-distroless`]: ["Deployment istio-system/istiod"],
      [`docker.io/istio/proxyv2:${NEWEST}-distroless`]: TEMPLATES,
      [`docker.io/istio/ztunnel:${NEWEST}-distroless`]: ["DaemonSet istio-system/ztunnel"],
    });
  });

  // From 1.31 on, the init container takes no image type from the mesh configuration.
  for (const [version, ofInit] of [
    ["1.23.2", []],
    ["1.30.4", []],
    ["1.31.0", ["docker.io/istio/proxyv2:1.31.0"]],
  ] as const) {
    it(`${version}: distroless proxies, and the debug image for pods that ask`, async () => {
      const flags = ["--istio-version", version, "--profile", "minimal"];
      const found = await list(...flags, "--option", "distroless-proxy", "--variant", "debug");
      assert.deepEqual(Object.keys(found), [
        `docker.io/istio/pilot:${version}`,
        ...ofInit,
        `docker.io/istio/proxyv2:${version}-debug`,
        `docker.io/istio/proxyv2:${version}-distroless`,
      ]);
      assert.deepEqual(found[`docker.io/istio/proxyv2:${version}-distroless`], TEMPLATES);
    });
  }

  it("templates that a pod must name come on request", async () => {
    const minimal = ["--profile", "minimal"];
    const all = await names(...minimal, "--all-templates");
    const usual = await names(...minimal);
    assert.deepEqual(
      all.filter((image) => !usual.includes(image)),
      ["busybox:1.28", `docker.io/istio/agentgateway:${NEWEST}`],
    );
  });

  it("a template of the user's own counts, with the images it names", async () => {
    const file = join(folder, "template.yaml");
    const template = "spec:\n  containers:\n  - name: istio-proxy\n    image: example.com/own:1\n";
    const spec = { values: { sidecarInjectorWebhook: { templates: { own: template } } } };
    const head = { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator" };
    writeFileSync(file, JSON.stringify({ ...head, spec }));
    const found = await list("--profile", "minimal", "-f", file);
    assert.deepEqual(found["example.com/own:1"], ["injection template own"]);
  });

  describe("a build of Google's, from an archive laid out as Google's", () => {
    const VERSION = "1.23.3-asm.2";
    const documented = ["install-cni", "mdp", "pilot", "proxyv2"];
    let places: IstioPlaces;
    let project: string;

    before(async () => {
      places = await serveIstioPlaces({ [VERSION]: chartsFolder("1.23.2") });
      project = temporaryFolder("csm");
      const digests = { [`istio-${VERSION}`]: places.digestOf(VERSION) };
      const config = { "mesh:version": VERSION, "mesh:charts": { kind: "repository", digests } };
      writeFileSync(join(project, "Pulumi.yaml"), "name: csm\nruntime: nodejs\n");
      writeFileSync(join(project, "Pulumi.prod.yaml"), JSON.stringify({ config }));
    });
    after(() => places?.stop());

    const imagesWith = (cache: string, ...flags: readonly string[]) =>
      mesh(["images", "list", "--output", "name", ...flags], {
        cwd: project,
        env: { ...env, SERVICE_MESH_CACHE: cache, SERVICE_MESH_RELEASES: places.releases },
      });
    const images = (...flags: readonly string[]) => imagesWith(join(project, "cache"), ...flags);
    const lines = (hub: string) => documented.map((name) => `${hub}/${name}:${VERSION}\n`).join("");

    it("its version alone gives the images that Google documents, no more and no less", async () => {
      const { code, stdout, stderr } = await images("--stack", "prod");
      assert.equal(code, 0, stderr);
      assert.equal(stdout, lines("gke.gcr.io/asm"));
      assert.match(stderr, /fetching the release archive of Istio 1\.23\.3-asm\.2 from http/);
    });

    it("so does any mesh of it, with its own hub if it has one", async () => {
      const flags = ["--option", "cni-gcp", "--set", "hub=registry.example.com/mesh"];
      const { stdout } = await images("--stack", "prod", ...flags);
      assert.equal(stdout, lines("registry.example.com/mesh"));
    });

    it("the canonical service's pair comes on request", async () => {
      const { stdout } = await images("--stack", "prod", "--canonical-service");
      const pair =
        "gcr.io/kubebuilder/kube-rbac-proxy:v0.13.1\n" +
        "gke.gcr.io/asm/canonical-service-controller:1.10.3-asm.16\n";
      assert.equal(stdout, pair + lines("gke.gcr.io/asm"));
    });

    it("without the pin, an archive that Google has not signed is refused", async () => {
      const { code, output } = await imagesWith(join(project, "empty"), "--istio-version", VERSION);
      assert.equal(code, 2);
      assert.match(output, /is not what Google has signed/);
    });
  });

  it("gateways of a stack, each with the proxy of the revision that its tag stands for", async () => {
    const gateway = {
      name: "web",
      namespace: "gateways",
      revisions: [
        { revision: "stable", weight: 1 },
        { revision: "asm-managed", weight: 1 },
      ],
      podAnnotations: { "sidecar.istio.io/proxyImageType": "debug" },
    };
    const config = {
      "mesh:version": NEWEST,
      "mesh:profile": "minimal",
      "mesh:revisions": [{ revision: OLD, version: PREVIOUS }, { revision: NEW }],
      "mesh:tags": { stable: OLD },
      "mesh:gateways": [gateway],
    };
    writeFileSync(join(folder, "Pulumi.two.yaml"), JSON.stringify({ config }));
    const args = ["images", "list", ...charts, "--stack", "two"];
    const { stdout, stderr } = await mesh([...args, "--output", "json"], { cwd: folder, env });
    const rows = JSON.parse(stdout) as { image: string; users: string[] }[];
    assert.deepEqual(
      rows.map(({ image }) => image),
      [
        `docker.io/istio/pilot:${PREVIOUS}`,
        `docker.io/istio/pilot:${NEWEST}`,
        `docker.io/istio/proxyv2:${PREVIOUS}`,
        `docker.io/istio/proxyv2:${PREVIOUS}-debug`,
        `docker.io/istio/proxyv2:${NEWEST}`,
      ],
    );
    assert.deepEqual(rows[3]?.users, ["Deployment gateways/web-stable"]);
    assert.match(
      stderr,
      /Deployment gateways\/web-asm-managed: image: no control plane of this mesh injects its pods/,
    );
  });

  it("as a table, and as names alone", async () => {
    const flags = ["images", "list", ...charts, "--profile", "demo"];
    const table = await mesh(flags, { cwd: folder, env });
    assert.match(table.stdout, /^IMAGE +USED BY\n/);
    assert.match(
      table.stdout,
      new RegExp(
        pattern`^docker\.io/istio/proxyv2:${NEWEST} +Deployment .*egressgateway, Deployment .*, \+5$`,
        "m",
      ),
    );
    const plain = await mesh([...flags, "--output", "name"], { cwd: folder, env });
    assert.equal(
      plain.stdout,
      `docker.io/istio/pilot:${NEWEST}\ndocker.io/istio/proxyv2:${NEWEST}\n`,
    );
  });
});

describe("mesh images mirror", () => {
  const folder = temporaryFolder("images");
  const running: Listening[] = [];
  let env: NodeJS.ProcessEnv;
  let crane: string;
  let make: ImageMaker;
  /** The registry that the images come from, and a new one that they go to. */
  let source: string;
  let target: string;
  let digests: Record<string, string>;

  async function started(server: Promise<Listening>): Promise<string> {
    const listening = await server;
    running.push(listening);
    return listening.address;
  }

  async function fill(address: string): Promise<Record<string, string>> {
    const image = (name: string) => `${address}/istio/${name}:${NEWEST}`;
    return {
      "install-cni": await make.push(image("install-cni")),
      pilot: await make.pushIndex(image("pilot")),
      proxyv2: await make.push(image("proxyv2"), "linux/amd64", 300_000),
    };
  }

  before(async function () {
    const { crane: program, home } = await craneFor(this);
    crane = program;
    env = { PULUMI_HOME: home, DOCKER_CONFIG: temporaryFolder("docker") };
    make = new ImageMaker(crane);
    source = await started(serveRegistry(crane));
    digests = await fill(source);
  });

  beforeEach(async () => {
    target = await started(serveRegistry(crane));
  });

  after(() => Promise.all(running.map((server) => server.stop())));

  const argsFor = (verb: string, from: string, flags: readonly string[]) => [
    ...["images", verb, "--charts", join(ROOT, ".toolchain", "charts")],
    ...[...MESH, "--set", `hub=${from}/istio`, "--crane", crane, ...flags],
  ];

  const images = (verb: string, ...flags: readonly string[]) =>
    mesh(argsFor(verb, source, flags), { cwd: folder, env });

  const mirror = (...flags: readonly string[]) => images("mirror", ...flags);

  const to = (address = target) => ["--to", `${address}/my/mesh`] as const;

  function rowsOf({ stdout, stderr }: Finished): Record<string, Row> {
    const rows = JSON.parse(stdout || assert.fail(stderr)) as Row[];
    return Object.fromEntries(rows.map((row) => [nameIn(row.image), row]));
  }

  const nameIn = (image: string) => image.replace(/^.*\/([^/:]+):.*$/, "$1");

  function all<T>(value: T): Record<string, T> {
    return Object.fromEntries(NAMES.map((name) => [name, value]));
  }

  function each<T>(rows: Record<string, Row>, of: (row: Row) => T): Record<string, T> {
    return Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, of(row)]));
  }

  const at = (name: string, address = target) => `${address}/my/mesh/${name}:${NEWEST}`;

  async function arrived(address = target): Promise<Record<string, string>> {
    const found = await Promise.all(
      NAMES.map(async (name) => [name, await make.digest(at(name, address))] as const),
    );
    return Object.fromEntries(found);
  }

  it("list --digests gives every digest, and the mesh's images are all of them", async () => {
    const { code, stdout } = await images("list", "--digests", "--json");
    assert.equal(code, 0);
    assert.deepEqual(
      each(rowsOf({ stdout } as Finished), ({ digest }) => digest),
      digests,
    );
  });

  it("list --digests says which image has no answer, and gives the others", async () => {
    const flags = ["--digests", "--variant", "debug"];
    const { code, stdout, stderr } = await images("list", ...flags);
    assert.equal(code, 1);
    assert.match(stdout, new RegExp(`pilot:${NEWEST} +${digests.pilot} `));
    assert.match(stdout, new RegExp(`proxyv2:${NEWEST}-debug +no answer `));
    assert.match(stderr, new RegExp(`proxyv2:${NEWEST}-debug: .*UNKNOWN.*; fix: `));
  });

  it("does nothing without --yes but to say what it would do", async () => {
    const { code, stdout, stderr } = await mirror(...to());
    assert.equal(code, 0, stderr);
    for (const name of NAMES) {
      const row = new RegExp(`/istio/${name}:${NEWEST} +${at(name)} +${digests[name]} +to copy`);
      assert.match(stdout, row);
    }
    assert.match(stderr, /3 of 3 images to copy; nothing was done/);
    assert.deepEqual(await make.repositories(target), []);
  });

  it("copies whole indexes with their digests, and says which hub to set", async () => {
    const { code, stdout, stderr } = await mirror(...to(), "--yes");
    assert.equal(code, 0, stderr);
    assert.deepEqual(await arrived(), digests);
    const index = JSON.parse(await make.manifest(at("pilot"))) as { manifests: unknown[] };
    assert.equal(index.manifests.length, 2);
    await make.validate(at("pilot"));
    assert.match(stdout, new RegExp(`\n {2}hub: ${target}/my/mesh\n {2}tag: "${NEWEST}"\n$`));
    assert.match(stderr, /\[3\/3\] /);
  });

  it("the printed overlay makes the mesh pull from the mirror alone", async () => {
    const { stdout } = await mirror(...to());
    const file = join(folder, "mirror.yaml");
    writeFileSync(file, stdout.slice(stdout.indexOf("apiVersion:")));
    const args = ["images", "list", ...MESH, "-f", file, "--output", "name"];
    const charts = ["--charts", join(ROOT, ".toolchain", "charts")];
    const listed = await mesh([...args, ...charts], { cwd: folder, env });
    assert.deepEqual(
      listed.stdout.trim().split("\n"),
      NAMES.map((name) => at(name)),
    );
  });

  it("a rerun writes nothing", async () => {
    const written: string[] = [];
    const gate: Gate = ({ method, url }) => {
      if (!["GET", "HEAD"].includes(method ?? "")) {
        written.push(`${method} ${url}`);
      }
      return false;
    };
    const front = await started(serveFront(target, { gate }));
    assert.equal((await mirror(...to(front), "--yes")).code, 0);
    assert.ok(written.length > 0);
    written.length = 0;
    const again = await mirror(...to(front), "--yes", "--json");
    assert.deepEqual(
      each(rowsOf(again), ({ result }) => result),
      all("present"),
    );
    assert.deepEqual(written, []);
  });

  it("copies by digest: a tag that moves meanwhile does not matter", async () => {
    const asked: string[] = [];
    const gate: Gate = ({ method, url = "" }) => {
      if (method === "GET" && url.includes("/manifests/")) {
        asked.push(url.replace(/^.*\/manifests\//, ""));
      }
      return false;
    };
    const front = await started(serveFront(source, { gate }));
    const args = argsFor("mirror", front, [...to(), "--yes"]);
    const { code, stderr } = await mesh(args, { cwd: folder, env });
    assert.equal(code, 0, stderr);
    // One for each image, and one for each platform of pilot.
    assert.equal(asked.length, 5, asked.join(", "));
    assert.deepEqual(
      asked.filter((reference) => !reference.startsWith("sha256:")),
      [],
    );
  });

  it("takes one platform where one is asked for", async () => {
    const amd64 = await make.digest(`${source}/istio/pilot:${NEWEST}`, "linux/amd64");
    const flags = [...to(), "--image-platform", "linux/amd64", "--yes", "--json"];
    const { code, stderr } = await mirror(...flags);
    assert.equal(code, 0, stderr);
    assert.equal(await make.digest(at("pilot")), amd64);
    assert.notEqual(amd64, digests.pilot);
    assert.deepEqual(
      each(rowsOf(await mirror(...flags)), ({ result }) => result),
      all("present"),
    );
  });

  /** A mirror that stands still in the middle of its last image, until it is let go. */
  async function heldUp(...flags: readonly string[]) {
    const [asked, opened] = [latch(), latch()];
    const gate: Gate = async ({ url = "", method }) => {
      if (method === "GET" && /\/proxyv2\/blobs\//.test(url)) {
        asked.open();
        await opened.wait;
      }
      return false;
    };
    const slow = await started(serveFront(source, { gate }));
    const args = argsFor("mirror", slow, [...flags, "--jobs", "1", "--yes", "--json"]);
    const child = spawn(...meshCommand(args), {
      cwd: folder,
      env: { ...process.env, SERVICE_MESH_CACHE: testCache(), ...env },
    });
    let errors = "";
    child.stderr.on("data", (chunk) => {
      errors += String(chunk);
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    await asked.wait;
    return {
      pid: child.pid ?? assert.fail("it has no process"),
      ended,
      errors: () => errors,
      letGo: opened.open,
      again: () => mesh(args, { cwd: folder, env }),
    };
  }

  const GONE_ON = { "install-cni": "present", pilot: "present", proxyv2: "copied" };

  it("killed half-way, it goes on where it stopped", async () => {
    const held = await heldUp(...to());
    killTree(held.pid);
    await held.ended;
    held.letGo();
    assert.deepEqual((await make.repositories(target)).sort(), [
      "my/mesh/install-cni",
      "my/mesh/pilot",
    ]);
    const rerun = await held.again();
    assert.equal(rerun.code, 0, rerun.stderr);
    assert.deepEqual(
      each(rowsOf(rerun), ({ result }) => result),
      GONE_ON,
    );
    assert.deepEqual(await arrived(), digests);
  });

  it("a signal ends it and what it started, at once", async () => {
    const held = await heldUp(...to());
    process.kill(held.pid, "SIGTERM");
    assert.equal(await held.ended, 130);
    assert.match(held.errors(), /^interrupted; run it again to go on$/m);
    held.letGo();
    assert.ok(!(await make.repositories(target)).includes("my/mesh/proxyv2"));
  });

  it("other content under a tag of the target stays, unless it is to be replaced", async () => {
    const other = await make.push(at("pilot"));
    const refused = await mirror(...to(), "--yes");
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      new RegExp(`pilot:${NEWEST}: .*other content .*${other}.*--overwrite`),
    );
    assert.equal(await make.digest(at("pilot")), other);
    assert.equal(await make.digest(at("proxyv2")), digests.proxyv2);
    assert.equal((await mirror(...to(), "--yes", "--overwrite")).code, 0);
    assert.deepEqual(await arrived(), digests);
  });

  it("a source that is not as pinned is refused, and the others go", async () => {
    const own = await started(serveRegistry(crane));
    await fill(own);
    const from = (verb: string, ...flags: readonly string[]) =>
      mesh(argsFor(verb, own, flags), { cwd: folder, env });
    const pins = join(folder, "pins.json");
    writeFileSync(pins, (await from("list", "--digests", "--json")).stdout);
    const changed = await make.push(`${own}/istio/proxyv2:${NEWEST}`);
    const { code, stderr } = await from("mirror", ...to(), "--pins", pins, "--yes");
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`proxyv2:${NEWEST}: the source has ${changed} where sha256:`));
    assert.deepEqual((await make.repositories(target)).sort(), [
      "my/mesh/install-cni",
      "my/mesh/pilot",
    ]);
  });

  it("a target that has other content than was sent is found out", async () => {
    const wrong = `sha256:${"0".repeat(64)}`;
    let pushed = false;
    const lying = await started(
      serveFront(target, {
        gate: ({ method, url }) => {
          pushed ||= method === "PUT" && /\/pilot\/manifests\//.test(url ?? "");
          return false;
        },
        amend: ({ method, url }, headers) =>
          pushed && method === "HEAD" && /\/pilot\/manifests\/1/.test(url ?? "")
            ? { ...headers, "docker-content-digest": wrong }
            : headers,
      }),
    );
    const { code, stderr } = await mirror(...to(lying), "--yes");
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`pilot:${NEWEST}: the target has ${wrong} where ${digests.pilot}`),
    );
  });

  it("a target that is down is said for each image, with exit code 1", async () => {
    const { code, stderr } = await mirror("--to", "127.0.0.1:1/mesh", "--yes");
    assert.equal(code, 1);
    for (const name of NAMES) {
      assert.match(stderr, new RegExp(`${name}:${NEWEST}: target: .*connection refused.*; fix: `));
    }
  });

  it("a source that is down holds up its own images only", async () => {
    const away = `${source}/istio/pilot=127.0.0.1:1/istio/pilot`;
    const { code, stderr } = await mirror(...to(), "--yes", "--source", away);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`pilot:${NEWEST}: source: .*connection refused`));
    assert.match(stderr, /1 of 3 failed; run it again to go on/);
    assert.equal(await make.digest(at("install-cni")), digests["install-cni"]);
  });

  it("an unknown certificate is refused, and taken with --insecure", async function () {
    const tls = selfSigned();
    if (tls === undefined) {
      this.skip();
    }
    const secured = await started(serveFront(target, { tls }));
    const refused = await mirror(...to(secured), "--yes");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /target: .*(x509|HTTP request to an HTTPS server).*--insecure/);
    const taken = await mirror(...to(secured), "--yes", "--insecure");
    assert.equal(taken.code, 0, taken.stderr);
    assert.deepEqual(await arrived(), digests);
  });

  it("reads Docker's credentials, and says so where there are none", async () => {
    const secret = Buffer.from("me:secret").toString("base64");
    const gate: Gate = ({ headers }, response) => {
      if (headers.authorization === `Basic ${secret}`) {
        return false;
      }
      response.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end();
      return true;
    };
    const closed = await started(serveFront(target, { gate }));
    const refused = await mirror(...to(closed), "--yes");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /401 Unauthorized.*; fix: log in \(docker login/);
    const config = temporaryFolder("docker");
    writeFileSync(
      join(config, "config.json"),
      JSON.stringify({ auths: { [closed]: { auth: secret } } }),
    );
    const args = argsFor("mirror", source, [...to(closed), "--yes"]);
    const taken = await mesh(args, { cwd: folder, env: { ...env, DOCKER_CONFIG: config } });
    assert.equal(taken.code, 0, taken.stderr);
    assert.deepEqual(await arrived(), digests);
  });

  it("--script crane does the same when a shell runs it", async () => {
    const { stdout } = await mirror(...to(), "--script", "crane");
    const file = join(folder, "mirror.sh");
    writeFileSync(file, stdout);
    const PATH = [dirname(crane), process.env.PATH].join(delimiter);
    const { code, output } = await run("sh", [file], { cwd: folder, env: { ...env, PATH } });
    assert.equal(code, 0, output);
    assert.deepEqual(await arrived(), digests);
  });

  it("--script docker pulls by digest, tags and pushes", async () => {
    const { stdout } = await mirror(...to(), "--script");
    const lines = ["pull", "tag", "push"].map((verb) => `^docker ${verb} '.*/pilot[@:].*'$`);
    for (const line of lines) {
      assert.match(stdout, new RegExp(line, "m"));
    }
    assert.ok(stdout.includes(`docker pull '${source}/istio/pilot@${digests.pilot}'\n`), stdout);
  });

  describe("through a bundle", () => {
    const bundle = join(folder, "bundle");
    const out = ["--to-bundle", bundle] as const;
    const blobs = join(bundle, "blobs", "sha256");

    const bringIn = (...flags: readonly string[]) =>
      mesh(["images", "mirror", "--from-bundle", bundle, "--crane", crane, ...flags], {
        cwd: folder,
        env,
      });

    it("out, again, and in, without any of the sources", async () => {
      assert.equal((await mirror(...out)).code, 0);
      assert.ok(!existsSync(bundle));
      const made = await mirror(...out, "--yes");
      assert.equal(made.code, 0, made.stderr);
      assert.equal(
        readFileSync(join(bundle, "oci-layout"), "utf8"),
        '{"imageLayoutVersion":"1.0.0"}\n',
      );
      assert.deepEqual(
        each(rowsOf(await mirror(...out, "--yes", "--json")), ({ result }) => result),
        all("present"),
      );
      const moved = await bringIn(...to(), "--yes");
      assert.equal(moved.code, 0, moved.stderr);
      assert.match(
        moved.stdout,
        new RegExp(`\n {2}hub: ${target}/my/mesh\n {2}tag: "${NEWEST}"\n$`),
      );
      assert.deepEqual(await arrived(), digests);
      await make.validate(at("pilot"));
      assert.deepEqual(
        each(rowsOf(await bringIn(...to(), "--json")), ({ state }) => state),
        all("present"),
      );
    });

    it("killed half-way, it goes on and leaves nothing half-written", async () => {
      const half = join(folder, "half");
      const held = await heldUp("--to-bundle", half);
      killTree(held.pid);
      await held.ended;
      held.letGo();
      writeFileSync(join(half, "blobs", "sha256", `${"a".repeat(64)}123`), "unfinished");
      const rerun = await held.again();
      assert.equal(rerun.code, 0, rerun.stderr);
      assert.deepEqual(
        each(rowsOf(rerun), ({ result }) => result),
        GONE_ON,
      );
      const names = readdirSync(join(half, "blobs", "sha256"));
      assert.deepEqual(
        names.filter((name) => name.length !== 64),
        [],
      );
    });

    it("other OCI tools find the images by name", () => {
      const index = JSON.parse(readFileSync(join(bundle, "index.json"), "utf8")) as {
        manifests: { digest: string; annotations: Record<string, string> }[];
      };
      const named = index.manifests.map(({ digest, annotations }) => [
        nameIn(annotations["org.opencontainers.image.ref.name"] ?? ""),
        digest,
      ]);
      assert.deepEqual(Object.fromEntries(named), digests);
    });

    it("damage is found, goes nowhere, and is mended", async () => {
      const layer = readdirSync(blobs)
        .map((name) => join(blobs, name))
        .find((file) => readFileSync(file).length > 200_000);
      const file = layer ?? assert.fail("the proxy's layer is missing");
      const whole = readFileSync(file);
      writeFileSync(file, Buffer.concat([Buffer.from("damaged"), whole.subarray(7)]));
      const refused = await bringIn(...to(), "--yes");
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /proxyv2:.*the bundle is damaged: sha256:[0-9a-f]{64}; fix: /);
      assert.ok(!(await make.repositories(target)).includes("my/mesh/proxyv2"));
      assert.equal(await make.digest(at("pilot")), digests.pilot);
      const mended = await mirror(...out, "--yes", "--json");
      assert.equal(mended.code, 0, mended.stderr);
      assert.deepEqual(
        each(rowsOf(mended), ({ result }) => result),
        { ...all("present"), proxyv2: "copied" },
      );
      assert.deepEqual(readFileSync(file), whole);
      assert.equal((await bringIn(...to(), "--yes")).code, 0);
      assert.deepEqual(await arrived(), digests);
    });

    it("a folder that is no bundle is refused by name", async () => {
      const empty = join(folder, "empty");
      mkdirSync(empty, { recursive: true });
      const args = ["images", "mirror", "--from-bundle", empty, ...to()];
      const { code, stderr } = await mesh(args, { cwd: folder, env });
      assert.equal(code, 2);
      assert.match(stderr, /empty\/index\.json: is not there; fix: /);
    });
  });

  it("wrong flags are all said at once, and nothing is asked", async () => {
    const none = await mirror("--script", "--yes");
    assert.equal(none.code, 2);
    assert.match(none.stderr, /goes nowhere.*\n.*--script goes from.*\n.*either prints a script/);
    const itself = await mirror("--to", `${source}/istio`, "--source", "docker.io/x=docker.io/y");
    assert.equal(itself.code, 2);
    assert.match(itself.stderr, /docker\.io\/x.*allowed: .*\/istio/);
    assert.match(itself.stderr, /takes this image from there already.*; fix: name where/);
  });
});

/** Something to wait for, once. */
function latch(): { readonly wait: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const wait = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait, open: () => open() };
}

/** A certificate that nobody vouches for; nothing without OpenSSL. */
function selfSigned(): { key: string; cert: string } | undefined {
  const folder = temporaryFolder("tls");
  const [key, cert] = [join(folder, "key"), join(folder, "cert")];
  const flags = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"];
  const names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert];
  try {
    execFileSync("openssl", ["req", ...flags, ...names], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } catch {
    return undefined;
  }
}
