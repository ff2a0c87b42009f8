import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { NEWEST } from "../../../toolchain/versions";
import { mesh } from "../../support/run";
import { temporaryFolder } from "../../support/temporary";
import { closeServers, serve } from "../charts/server";

/** Every command that asks a cluster, with its exit code for trouble. */
const COMMANDS = [["status"], ["validate"], ["precheck"], ["manifest", "diff", "--cluster"]];

/** A folder with a project and a stack, as a home without a kubeconfig. */
function project(config: Readonly<Record<string, unknown>>): string {
  const folder = temporaryFolder("cli");
  writeFileSync(join(folder, "Pulumi.yaml"), dump({ name: "test", runtime: "nodejs" }));
  const all = { "mesh:version": NEWEST, "mesh:target": "cluster", ...config };
  writeFileSync(join(folder, "Pulumi.prod.yaml"), dump({ config: all }));
  return folder;
}

function kubeconfig(servers: Readonly<Record<string, string>>): string {
  const names = Object.keys(servers);
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: names.map((name) => ({ name, cluster: { server: servers[name] } })),
    users: names.map((name) => ({ name, user: { token: "none" } })),
    contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
    "current-context": names[0],
  });
}

describe("the cluster that a command asks", () => {
  after(closeServers);

  for (const command of COMMANDS) {
    const title = command.join(" ");
    const run = (cwd: string, ...flags: string[]) =>
      mesh([...command, ...flags], { cwd, env: { HOME: cwd, KUBECONFIG: undefined } });

    it(`mesh ${title} without a kubeconfig says where it looked, before anything is fetched`, async () => {
      const { host, requests } = await serve({});
      const folder = project({ "mesh:charts": { kind: "repository", url: `http://${host}` } });
      const { code, stderr } = await run(folder, "--stack", "prod");
      assert.equal(code, 2, stderr);
      assert.match(stderr, /none was found; looked for \$KUBECONFIG \(not set\)/);
      assert.ok(stderr.includes(join(folder, ".kube", "config")), stderr);
      assert.deepEqual(requests, []);
    });

    it(`mesh ${title} with --stack takes the stack's kubeconfig and context`, async () => {
      const folder = project({
        "mesh:kubeconfig": kubeconfig({ one: "https://one.invalid", two: "https://two.invalid" }),
        "mesh:context": "none",
      });
      const own = await run(folder, "--stack", "prod");
      assert.match(own.stderr, /has no context of this name \(got "none"\); allowed: one, two/);
      const flag = await run(folder, "--stack", "prod", "--context", "typed");
      assert.match(flag.stderr, /has no context of this name \(got "typed"\); allowed: one, two/);
    });

    it(`mesh ${title}: the context of a stack with mesh:gke is the one that gcloud writes`, async () => {
      const gke = { project: "shop", location: "europe-west1" };
      const cluster = { kind: "existing", name: "main" };
      const folder = project({ "mesh:gke": { ...gke, cluster } });
      const path = join(folder, "kubeconfig");
      writeFileSync(path, kubeconfig({ dev: "https://dev.invalid" }));
      const { stderr } = await mesh([...command, "--stack", "prod"], {
        cwd: folder,
        env: { HOME: folder, KUBECONFIG: path },
      });
      assert.match(stderr, /got "gke_shop_europe-west1_main"\); allowed: dev/);
      assert.match(
        stderr,
        /gcloud container clusters get-credentials main --location europe-west1/,
      );
    });

    it(`mesh ${title} says first which cluster it looks at, for people only`, async () => {
      const folder = project({ "mesh:charts": { kind: "folder", path: "none" } });
      const path = join(folder, "kubeconfig");
      writeFileSync(path, kubeconfig({ "gke_shop_europe-west1_main": "https://127.0.0.1:1" }));
      const flags = ["--stack", "prod", "--kubeconfig", path];
      const { code, stderr } = await run(folder, ...flags);
      assert.equal(code, 2, stderr);
      assert.match(
        stderr,
        /^looking at context gke_shop_europe-west1_main \(https:\/\/127\.0\.0\.1:1\), cluster main of project shop in europe-west1\n/,
      );
      const json = await run(folder, ...flags, "-o", "json");
      assert.doesNotMatch(json.stderr, /looking at/);
    });

    it(`mesh ${title}: an encrypted kubeconfig is asked for as a flag`, async () => {
      const folder = project({ "mesh:kubeconfig": { secure: "v1:abc" } });
      const { code, stderr } = await run(folder, "--stack", "prod");
      assert.equal(code, 2);
      assert.match(stderr, /mesh:kubeconfig: is encrypted.*fix: --kubeconfig FILE/);
    });
  }

  it("a flag for the cluster is refused where none is asked", async () => {
    const folder = project({ "mesh:target": "render" });
    for (const flag of ["--kubeconfig", "--context"]) {
      const args = ["manifest", "diff", "--stack", "prod", flag, "x"];
      const { code, stderr } = await mesh(args, { cwd: folder });
      assert.equal(code, 2);
      assert.match(stderr, new RegExp(`${flag}: goes with --cluster`));
    }
  });
});
