import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { chartLocator } from "../../adapters/charts/locator";
import { programOnPath } from "../../adapters/programs";
import type { ChartSource, ChartVerification } from "../../mesh/model/meshInputs";
import { extraProgram } from "../../toolchain/setup";
import { NEWEST } from "../../toolchain/versions";
import { ImageMaker, type Listening, serveRegistry } from "../support/registry";
import { mesh, run } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { ROOT, type Tools, toolsFor } from "../support/tools";

const BASE = { name: "base", folder: "base", version: NEWEST };

async function succeed(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const { code, stdout, output } = await run(program, args, { cwd, env });
  assert.equal(code, 0, `${program} ${args.join(" ")}: ${output}`);
  return stdout;
}

/** A key pair of gpg's, in a home of its own. */
class Signer {
  private readonly home = temporaryFolder("gpg");
  readonly keyring = join(this.home, "public.gpg");
  readonly secrets = join(this.home, "secret.gpg");

  private constructor(
    private readonly gpg: string,
    readonly name: string,
  ) {}

  static async create(gpg: string, name: string): Promise<Signer> {
    const signer = new Signer(gpg, name);
    await signer.call(
      "--quick-gen-key",
      `${name} <${name}@example.com>`,
      "rsa2048",
      "sign",
      "never",
    );
    await signer.call("--output", signer.keyring, "--export");
    await signer.call("--output", signer.secrets, "--export-secret-keys");
    return signer;
  }

  private call(...args: readonly string[]): Promise<string> {
    const flags = ["--batch", "--homedir", this.home, "--pinentry-mode", "loopback"];
    return succeed(this.gpg, [...flags, "--passphrase", "", ...args], this.home);
  }

  /** gpg leaves an agent. */
  async end(): Promise<void> {
    const env = { GNUPGHOME: this.home };
    await run("gpgconf", ["--kill", "all"], { cwd: this.home, env });
  }
}

function serveFolder(folder: string): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, reply) => {
    try {
      reply.end(readFileSync(join(folder, request.url ?? "")));
    } catch {
      reply.writeHead(404).end();
    }
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve({ server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    });
  });
}

describe("signatures, with helm, gpg and cosign themselves", () => {
  const folder = temporaryFolder("signatures");
  const archive = `base-${NEWEST}.tgz`;
  const [ours, theirs] = ["ours.pub", "theirs.pub"].map((name) => join(folder, name)) as [
    string,
    string,
  ];
  let tools: Tools;
  let signer: Signer | undefined;
  let other: Signer | undefined;
  let repository: { readonly server: Server; readonly url: string } | undefined;
  let registry: Listening | undefined;
  let env: NodeJS.ProcessEnv;
  /** Where the registry has the chart. */
  let pushed: string;

  const helm = (...args: readonly string[]) => succeed(extraProgram("helm"), args, folder);
  const cosign = (...args: readonly string[]) =>
    succeed(extraProgram("cosign"), args, folder, { COSIGN_PASSWORD: "" });

  async function makeKey(name: string): Promise<void> {
    await cosign("generate-key-pair", "--output-key-prefix", name);
  }

  before(async function () {
    tools = await toolsFor(this, ["helm", "images", "signatures"]);
    const gpg = programOnPath("gpg");
    if (gpg === undefined) {
      // Nothing else makes OpenPGP keys, and set-up does not provide it.
      this.skip();
    }
    [signer, other] = [await Signer.create(gpg, "charts"), await Signer.create(gpg, "somebody")];
    const chart = join(tools.manifests, "charts", "base");
    const { secrets, name } = signer;
    // Charts in a release have no version of their own.
    const version = ["--version", NEWEST, "--app-version", NEWEST];
    await helm("package", "--sign", "--key", name, "--keyring", secrets, ...version, chart);
    await helm("repo", "index", ".");
    repository = await serveFolder(folder);
    registry = await serveRegistry(extraProgram("crane"));
    // helm pushes the provenance file that lies beside the archive.
    await helm("push", archive, `oci://${registry.address}/charts`, "--plain-http");
    await makeKey("ours");
    await makeKey("theirs");
    const crane = extraProgram("crane");
    const digest = await succeed(
      crane,
      ["digest", `${registry.address}/charts/base:${NEWEST}`],
      folder,
    );
    pushed = `${registry.address}/charts/base@${digest.trim()}`;
    await cosign("sign", "--yes", "--tlog-upload=false", "--key", "ours.key", pushed);
    const programs = [extraProgram("helm"), extraProgram("cosign")].map(dirname);
    env = { ...process.env, PATH: [...programs, process.env.PATH].join(delimiter) };
  });

  after(async () => {
    await signer?.end();
    await other?.end();
    repository?.server.closeAllConnections();
    repository?.server.close();
    await registry?.stop();
  });

  const locate = (source: ChartSource, cache = temporaryFolder("cache")) =>
    chartLocator(source, cache, { env }).locate(BASE);

  const places: readonly (readonly [string, (verify: ChartVerification) => ChartSource])[] = [
    ["a repository", (verify) => ({ kind: "repository", url: repository?.url, verify })],
    ["a registry", (verify) => ({ kind: "oci", url: `oci://${registry?.address}/charts`, verify })],
  ];

  for (const [title, source] of places) {
    it(`a chart of ${title} that the key has signed is used`, async () => {
      const path = await locate(source({ keyring: signer?.keyring }));
      assert.deepEqual(readFileSync(path), readFileSync(join(folder, archive)));
    });

    it(`a chart of ${title} that somebody else has signed is not`, async () => {
      await assert.rejects(
        locate(source({ keyring: other?.keyring })),
        /helm does not accept the signature of the chart "base".*openpgp: signature made by unknown entity/s,
      );
    });
  }

  it("a kept archive that was changed afterwards is refused", async () => {
    const cache = temporaryFolder("cache");
    const verify = { keyring: signer?.keyring };
    const source: ChartSource = { kind: "repository", url: repository?.url, verify };
    const path = await locate(source, cache);
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from("more")]));
    await assert.rejects(locate(source, cache), /sha256 sum does not match/);
  });

  it("cosign accepts the key that has signed a chart, and no other", async () => {
    const source = (key: string): ChartSource => ({
      kind: "oci",
      url: `oci://${registry?.address}/charts`,
      verify: { cosign: { key, ignoreLog: true } },
    });
    assert.match(await locate(source(ours)), new RegExp(`base-${NEWEST}\\.tgz$`));
    await assert.rejects(locate(source(theirs)), /cosign does not accept.*invalid signature/s);
  });

  it("manifest generate refuses a stack whose charts somebody else has signed", async () => {
    const cwd = temporaryFolder("stack");
    writeFileSync(join(cwd, "Pulumi.yaml"), "name: mesh\nruntime: nodejs\n");
    const charts = {
      kind: "repository",
      url: repository?.url,
      verify: { keyring: other?.keyring },
    };
    const config = { "mesh:version": NEWEST, "mesh:profile": "empty", "mesh:charts": charts };
    const overlay = { "mesh:set": ["components.base.enabled=true"] };
    writeFileSync(
      join(cwd, "Pulumi.prod.yaml"),
      JSON.stringify({ config: { ...config, ...overlay } }),
    );
    const { code, output } = await mesh(["manifest", "generate", "--stack", "prod"], {
      cwd,
      env: { ...env, PULUMI_HOME: tools.home },
    });
    assert.notEqual(code, 0, output);
    assert.match(output, /charts\.verify\.keyring: helm does not accept/);
  });

  describe("mesh images verify", () => {
    interface Row {
      readonly image: string;
      readonly result: string;
      readonly signer?: { readonly key: string };
      readonly digests?: readonly string[];
      readonly reason?: string;
    }
    const digests: Record<string, string> = {};
    let hub: string;

    before(async () => {
      hub = `${registry?.address}/istio`;
      const maker = new ImageMaker(extraProgram("crane"));
      for (const name of ["pilot", "proxyv2"]) {
        const image = `${hub}/${name}:${NEWEST}`;
        digests[name] = name === "pilot" ? await maker.pushIndex(image) : await maker.push(image);
      }
      const pilot = `${hub}/pilot@${digests.pilot}`;
      await cosign("sign", "--yes", "--tlog-upload=false", "--key", "ours.key", pilot);
    });

    async function verify(...flags: readonly string[]) {
      const charts = ["--charts", join(ROOT, ".toolchain", "charts"), "--profile", "minimal"];
      const at = ["--source", `docker.io/istio=${hub}`, "--cosign", extraProgram("cosign")];
      const args = ["images", "verify", ...charts, ...at, "--json", ...flags];
      const result = await mesh(args, { cwd: folder, env: { ...env, PULUMI_HOME: tools.home } });
      const rows = result.stdout === "" ? [] : (JSON.parse(result.stdout) as Row[]);
      const row = (name: string) => rows.find(({ image }) => image === `${hub}/${name}:${NEWEST}`);
      return { ...result, row };
    }

    it("says of each image whether the key has signed it, with the digest that it has signed", async () => {
      const { code, row, output } = await verify("--key", ours, "--ignore-log");
      assert.equal(code, 1, output);
      assert.equal(row("pilot")?.result, "signed");
      assert.deepEqual(row("pilot")?.digests, [digests.pilot]);
      assert.equal(row("proxyv2")?.result, "refused");
      assert.match(row("proxyv2")?.reason ?? "", /no signatures found/);
    });

    it("another key has signed none", async () => {
      const { code, row } = await verify("--key", theirs, "--ignore-log");
      assert.equal(code, 1);
      assert.match(row("pilot")?.reason ?? "", /invalid signature/);
    });

    it("is fine once all are signed", async () => {
      const proxy = `${hub}/proxyv2@${digests.proxyv2}`;
      await cosign("sign", "--yes", "--tlog-upload=false", "--key", "ours.key", proxy);
      const { code, output } = await verify("--key", ours, "--ignore-log");
      assert.equal(code, 0, output);
    });

    it("knows no key for images of a registry that is not Istio's", async () => {
      const { code, row } = await verify();
      assert.equal(code, 1);
      assert.equal(row("pilot")?.result, "unknown");
    });
  });

  it("the key of Istio's own images is asked for by its version", async () => {
    const bin = temporaryFolder("bin");
    const calls = join(bin, "calls");
    mkdirSync(bin, { recursive: true });
    const program = join(bin, "cosign");
    writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$*" >> '${calls}'\n`, { mode: 0o755 });
    const charts = ["--charts", join(ROOT, ".toolchain", "charts"), "--profile", "minimal"];
    const args = ["images", "verify", ...charts, "--cosign", program];
    const { code, stdout, output } = await mesh(args, {
      cwd: folder,
      env: { ...env, PULUMI_HOME: tools.home },
    });
    assert.equal(code, 0, output);
    assert.match(
      stdout,
      /docker\.io\/istio\/pilot:\S+ +https:\/\/istio\.io\/misc\/istio-key\.pub +signed/,
    );
    assert.deepEqual(readFileSync(calls, "utf8").trim().split("\n").sort(), [
      `verify --key https://istio.io/misc/istio-key.pub docker.io/istio/pilot:${NEWEST}`,
      `verify --key https://istio.io/misc/istio-key.pub docker.io/istio/proxyv2:${NEWEST}`,
    ]);
  });
});
