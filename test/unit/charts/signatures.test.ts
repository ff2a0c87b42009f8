import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { sha256 } from "../../../adapters/charts/archive";
import { chartLocator } from "../../../adapters/charts/locator";
import type { ChartVerification } from "../../../mesh/model/meshInputs";
import { NEWEST } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { removeFolders, temporaryFolder } from "../mesh/support";
import { type Answer, chartArchive, closeServers, serve } from "./server";

const BASE = { name: "base", folder: "base", version: NEWEST };
const PROVENANCE = Buffer.from("-----BEGIN PGP SIGNED MESSAGE-----\n");

/** Stand-ins for helm and cosign, which write their arguments down and end as they are told. */
class Programs {
  readonly folder = temporaryFolder();
  private readonly calls = join(this.folder, "calls");

  constructor(...names: readonly string[]) {
    for (const name of names) {
      this.write(name, "exit 0");
    }
  }

  write(name: string, end: string): void {
    const file = join(this.folder, name);
    writeFileSync(file, `#!/bin/sh\nprintf '%s\\n' "${name} $*" >> '${this.calls}'\n${end}\n`);
    chmodSync(file, 0o755);
  }

  get called(): string[] {
    return existsSync(this.calls)
      ? readFileSync(this.calls, "utf8")
          .trim()
          .split("\n")
          .filter((line) => line !== "")
      : [];
  }
}

describe("signatures of charts", () => {
  let archive: Buffer;
  before(async () => {
    archive = await chartArchive("base", NEWEST);
    removeFolders();
  });
  afterEach(async () => {
    await closeServers();
    removeFolders();
  });

  const keyring = () => join(temporaryFolder({ "keys.gpg": "a key" }), "keys.gpg");

  interface Scene {
    readonly programs?: Programs;
    readonly cache?: string;
    readonly offline?: boolean;
    readonly digests?: Readonly<Record<string, string>>;
    readonly releases?: string;
    readonly env?: NodeJS.ProcessEnv;
  }

  const open = ({
    programs = new Programs("helm", "cosign"),
    cache = temporaryFolder(),
    ...more
  }: Scene) => ({
    programs,
    cache,
    options: { offline: more.offline, env: { PATH: programs.folder } },
  });

  async function repository(answers: Record<string, Answer> = {}) {
    const entry = {
      version: NEWEST,
      urls: [`base-${NEWEST}.tgz`],
      digest: sha256(archive).slice(7),
    };
    const server = await serve({
      "/charts/index.yaml": dump({ apiVersion: "v1", entries: { base: [entry] } }),
      [`/charts/base-${NEWEST}.tgz`]: archive,
      [`/charts/base-${NEWEST}.tgz.prov`]: PROVENANCE,
      ...answers,
    });
    const url = `http://${server.host}/charts`;
    const scene = (verify: ChartVerification, given: Scene = {}) => {
      const { programs, cache, options } = open(given);
      const { digests, releases } = given;
      const source = { kind: "repository", url, verify, digests, releases } as const;
      const locator = chartLocator(source, cache, options);
      return { programs, cache, locate: (chart = BASE) => locator.locate(chart) };
    };
    return { server, url, scene };
  }

  describe("provenance in a Helm repository", () => {
    it("is fetched, kept beside the archive, and verified by helm with the keyring", async () => {
      const { scene, server } = await repository();
      const keys = keyring();
      const { programs, locate } = scene({ keyring: keys });
      const path = await locate();
      assert.deepEqual(programs.called, [`helm verify ${path} --keyring ${keys}`]);
      assert.deepEqual(readFileSync(`${path}.prov`), PROVENANCE);
      assert.match(path, pattern`base-${NEWEST}\.tgz$`);
      await locate();
      assert.equal(programs.called.length, 1, "once for each archive in one run");
      assert.equal(server.requests.filter((request) => request.endsWith(".prov")).length, 1);
    });

    it("of a kept archive is verified again in the next run, without a request", async () => {
      const { scene, server } = await repository();
      const first = scene({ keyring: keyring() });
      await first.locate();
      const before = server.requests.length;
      const next = scene({ keyring: keyring() }, { cache: first.cache, offline: true });
      next.programs.write(
        "helm",
        "echo 'Error: openpgp: signature made by unknown entity' >&2; exit 1",
      );
      await assert.rejects(
        next.locate(),
        /openpgp: signature made by unknown entity; it was not used/,
      );
      assert.equal(server.requests.length, before);
    });

    it("by somebody else is an error that names the chart, and no other place is tried", async () => {
      const { scene, server } = await repository();
      const { programs, locate } = scene(
        { keyring: keyring() },
        { releases: "http://127.0.0.1:9/releases" },
      );
      programs.write("helm", "echo 'Error: openpgp: signature made by unknown entity' >&2; exit 1");
      await assert.rejects(locate(), (error: Error) => {
        assert.equal(error.name, "SignatureError");
        assert.match(error.message, /charts\.verify\.keyring: helm does not accept/);
        assert.match(
          error.message,
          pattern`the chart "base" ${NEWEST} of http:.*: openpgp: signature made`,
        );
        assert.match(error.message, /fix: find out who signed it/);
        return true;
      });
      const asked = server.requests.length;
      await assert.rejects(locate());
      assert.equal(server.requests.length, asked);
    });

    it("that was corrected since is fetched again", async () => {
      const { scene, server } = await repository();
      const bad = scene({ keyring: keyring() });
      bad.programs.write("helm", "exit 1");
      await assert.rejects(bad.locate());
      await scene({ keyring: keyring() }, { cache: bad.cache }).locate();
      assert.equal(server.requests.filter((request) => request.endsWith(".prov")).length, 2);
    });

    it("is missing: the file that is, and both ways on", async () => {
      const { scene } = await repository({
        [`/charts/base-${NEWEST}.tgz.prov`]: (_request, reply) => reply.writeHead(404).end(),
      });
      const { programs, locate } = scene({ keyring: keyring() });
      await assert.rejects(
        locate(),
        pattern`has no provenance file \(base-${NEWEST}\.tgz\.prov\).*fix: .*helm package --sign.*pin it in \`digests\``,
      );
      assert.deepEqual(programs.called, []);
    });

    it("cannot be had offline if it was not kept", async () => {
      const { scene } = await repository();
      const { cache, locate } = scene({ keyring: keyring() });
      const path = await locate();
      rmSync(`${path}.prov`);
      const next = scene({ keyring: keyring() }, { cache, offline: true });
      await assert.rejects(next.locate(), /signature of the chart "base".*is not on this machine/);
    });

    it("needs helm, and the keyring", async () => {
      const { scene } = await repository();
      await assert.rejects(
        scene({ keyring: keyring() }, { programs: new Programs() }).locate(),
        /helm, which verifies provenance, is not on PATH; fix: install helm/,
      );
      await assert.rejects(
        scene({ keyring: "/gone/keys.gpg" }).locate(),
        /charts\.verify\.keyring: \/gone\/keys\.gpg does not exist; fix: gpg --export/,
      );
    });

    it("is not asked for without the input", async () => {
      const { url, server } = await repository();
      const cache = temporaryFolder();
      await chartLocator({ kind: "repository", url }, cache, { env: { PATH: "" } }).locate(BASE);
      assert.ok(server.requests.every((request) => !request.endsWith(".prov")));
    });
  });

  it("a chart of a release archive has none, so that its digest must be pinned", async () => {
    const { scene } = await repository();
    const ingress = { name: "istio-ingress", folder: "gateways/istio-ingress", version: NEWEST };
    const releases = "http://127.0.0.1:9/releases";
    await assert.rejects(
      scene({ keyring: keyring() }, { releases }).locate(ingress),
      pattern`comes out of Istio's release archive, whose charts are not signed one by one; fix: pin the archive: digests: \{ "istio-${NEWEST}"`,
    );
    const digests = { [`istio-${NEWEST}`]: sha256(archive) };
    await assert.rejects(
      scene({ keyring: keyring() }, { releases, digests }).locate(ingress),
      /cannot reach http:\/\/127\.0\.0\.1:9/,
      "a pinned archive is asked for",
    );
  });

  describe("in a registry", () => {
    const LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
    const PROV = "application/vnd.cncf.helm.chart.provenance.v1.prov";
    const root = "/v2/istio/charts/base";

    async function registry(isSigned = true) {
      const layers = [
        { mediaType: LAYER, digest: sha256(archive) },
        ...(isSigned ? [{ mediaType: PROV, digest: sha256(PROVENANCE) }] : []),
      ];
      const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, layers }));
      const answers: Record<string, Answer> = {
        [`${root}/manifests/${NEWEST}`]: manifest,
        [`${root}/blobs/${sha256(archive)}`]: archive,
        [`${root}/blobs/${sha256(PROVENANCE)}`]: PROVENANCE,
      };
      const server = await serve(answers);
      const scene = (verify: ChartVerification, given: Scene = {}) => {
        const { programs, cache, options } = open(given);
        const source = { kind: "oci", url: `oci://${server.host}/istio/charts`, verify } as const;
        const locator = chartLocator(source, cache, options);
        return { programs, cache, locate: () => locator.locate(BASE) };
      };
      const reference = `${server.host}/istio/charts/base@${sha256(manifest)}`;
      return { server, answers, scene, reference };
    }

    it("provenance is a layer of the chart", async () => {
      const { scene } = await registry();
      const { programs, locate } = scene({ keyring: keyring() });
      const path = await locate();
      assert.match(
        programs.called[0] ?? "",
        pattern`^helm verify .*base-${NEWEST}\.tgz --keyring `,
      );
      assert.deepEqual(readFileSync(`${path}.prov`), PROVENANCE);
    });

    it("a chart without that layer is not signed", async () => {
      const { scene } = await registry(false);
      await assert.rejects(scene({ keyring: keyring() }).locate(), /has no provenance file/);
    });

    it("cosign verifies the very manifest that has the archive, by its digest", async () => {
      const { scene, reference } = await registry();
      const { programs, locate } = scene({ cosign: { key: "cosign.pub" } });
      await locate();
      assert.deepEqual(programs.called, [`cosign verify --key cosign.pub ${reference}`]);
    });

    it("cosign verifies an identity", async () => {
      const { scene, reference } = await registry();
      const cosign = { identity: "ci@example.com", issuer: "https://accounts.google.com" };
      const { programs, locate } = scene({ cosign });
      await locate();
      assert.deepEqual(programs.called, [
        `cosign verify --certificate-identity ci@example.com --certificate-oidc-issuer https://accounts.google.com ${reference}`,
      ]);
    });

    it("what was verified once is not asked for again, unless the signer changes", async () => {
      const { scene, server } = await registry();
      const { cache, programs, locate } = scene({ cosign: { key: "a.pub" } });
      await locate();
      const before = server.requests.length;
      await scene({ cosign: { key: "a.pub" } }, { cache, programs, offline: true }).locate();
      assert.equal(programs.called.length, 1);
      assert.equal(server.requests.length, before);
      const other = scene({ cosign: { key: "b.pub" } }, { cache, programs });
      await other.locate();
      assert.match(programs.called[1] ?? "", /--key b\.pub/);
    });

    it("a refusal is an error with cosign's reason, and is not remembered", async () => {
      const { scene } = await registry();
      const { cache, programs, locate } = scene({ cosign: { key: "a.pub" } });
      programs.write(
        "cosign",
        "echo 'Error: no matching signatures: invalid signature' >&2\n" +
          "echo 'error during command execution: no matching signatures' >&2\nexit 10",
      );
      await assert.rejects(locate(), (error: Error) => {
        assert.equal(error.name, "SignatureError");
        assert.match(
          error.message,
          /base@sha256:\w+\): no matching signatures: invalid signature;/,
        );
        return true;
      });
      programs.write("cosign", "exit 0");
      await scene({ cosign: { key: "a.pub" } }, { cache, programs }).locate();
      assert.equal(programs.called.length, 2);
    });

    it("a kept archive that the registry no longer has under this version is refused", async () => {
      const { scene, answers } = await registry();
      const { cache, programs, locate } = scene({ cosign: { key: "a.pub" } });
      await locate();
      const layers = [{ mediaType: LAYER, digest: sha256(PROVENANCE) }];
      answers[`${root}/manifests/${NEWEST}`] = JSON.stringify({ schemaVersion: 2, layers });
      const other = scene({ cosign: { key: "b.pub" } }, { cache, programs });
      await assert.rejects(other.locate(), /is no longer what was fetched before/);
      assert.equal(programs.called.length, 1);
    });

    it("needs cosign", async () => {
      const { scene } = await registry();
      const { locate } = scene({ cosign: { key: "a.pub" } }, { programs: new Programs() });
      await assert.rejects(locate(), /cosign, which verifies signatures, is not on PATH; fix: /);
    });
  });
});
