import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type KubeconfigPlaces, loadConfig } from "../../../adapters/cluster/kubeconfig";
import { InvalidInput, type Problem } from "../../../mesh/common/problem";
import { temporaryFolder } from "../../support/temporary";

const folder = temporaryFolder("kubeconfig");
const nowhere = join(folder, "nowhere");

/** Places where nothing is, but for those that are named. */
function places(more: Partial<KubeconfigPlaces> = {}): KubeconfigPlaces {
  return { homeFile: nowhere, tokenFile: join(folder, "token"), ...more };
}

/** A kubeconfig in which each context has a cluster and a user of its own name. */
function content(names: readonly string[], more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: names.map((name) => ({ name, cluster: { server: `https://${name}.example.com` } })),
    users: names.map((name) => ({ name, user: {} })),
    contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
    ...more,
  });
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function problemOf(load: () => unknown): Problem {
  try {
    load();
  } catch (error) {
    assert.ok(error instanceof InvalidInput, String(error));
    assert.equal(error.problems.length, 1);
    return error.problems[0] as Problem;
  }
  assert.fail("nothing was wrong");
}

const named = (kubeconfig: string, context?: string) => () =>
  loadConfig({ kind: "cluster", kubeconfig, context }, places());
const usual = (where: Partial<KubeconfigPlaces>) => () =>
  loadConfig({ kind: "cluster" }, places(where));

const serverOf = (load: () => ReturnType<typeof loadConfig>) => load().getCurrentCluster()?.server;

describe("a kubeconfig", () => {
  it("that is nowhere: the error names each place, and why nothing is there", () => {
    const { reason, fix } = problemOf(usual({}));
    assert.match(reason, /^none was found; looked for \$KUBECONFIG \(not set\), /);
    assert.match(reason, new RegExp(`${nowhere} \\(no such file\\), .*token \\(no such file`));
    assert.match(fix ?? "", /--kubeconfig FILE/);
  });

  it("of $KUBECONFIG that is nowhere: each entry is named, and the home's file is not read", () => {
    const home = file("home", content(["home"], { "current-context": "home" }));
    const empty = file("empty", "\n");
    const variable = [join(folder, "a"), empty].join(delimiter);
    const { reason } = problemOf(usual({ variable, homeFile: home }));
    assert.match(reason, /\/a \(no such file, from \$KUBECONFIG\)/);
    assert.match(reason, /\/empty \(is empty, from \$KUBECONFIG\)/);
    assert.ok(!reason.includes(home), reason);
  });

  it("of several files: one that is missing is left out, and the first entry of a name counts", () => {
    const one = file("one", content(["a"]));
    const server = "https://second.example.com";
    const two = file(
      "two",
      content(["a", "b"], {
        clusters: ["a", "b"].map((name) => ({ name, cluster: { server } })),
        "current-context": "a",
      }),
    );
    const three = file("three", content(["c"], { "current-context": "c" }));
    const variable = [nowhere, one, two, three].join(delimiter);
    assert.equal(serverOf(usual({ variable })), "https://a.example.com");
  });

  it("of the home folder, without $KUBECONFIG", () => {
    const homeFile = file("home", content(["home"], { "current-context": "home" }));
    assert.equal(serverOf(usual({ homeFile })), "https://home.example.com");
    assert.equal(serverOf(usual({ homeFile, variable: "" })), "https://home.example.com");
  });

  it("that is named and is no file, is empty, or is a folder", () => {
    const reasons = [nowhere, file("empty", ""), folder].map(
      (path) => problemOf(named(path)).reason,
    );
    assert.deepEqual(reasons, ["no such file", "is empty", "is a folder"]);
  });

  it("may be content, and may name certificates beside itself", () => {
    assert.equal(serverOf(named(content(["a"]), "a")), "https://a.example.com");
    mkdirSync(join(folder, "below"), { recursive: true });
    const cluster = { server: "https://a.example.com", "certificate-authority": "ca.crt" };
    const path = file("below/relative", content(["a"], { clusters: [{ name: "a", cluster }] }));
    const { caFile } = named(path, "a")().getCurrentCluster() as unknown as { caFile: string };
    assert.equal(caFile, join(folder, "below", "ca.crt"));
  });

  it("that is no YAML, or something else: without a word of its content", () => {
    const broken = problemOf(named(file("broken", "token: secret: [")));
    assert.match(broken.reason, /^is not valid YAML/);
    const other = problemOf(named(file("other", "secret")));
    assert.match(other.reason, /^is not a kubeconfig/);
    assert.doesNotMatch(JSON.stringify([broken, other]), /token|"secret"/);
  });

  it("without a current context, or without any: those that it has are named", () => {
    const { path, reason, allowed, fix } = problemOf(named(content(["a", "b"])));
    assert.deepEqual([path, reason, allowed], ["current-context", "there is none", "a, b"]);
    assert.match(fix ?? "", /--context NAME/);
    const nulls = "apiVersion: v1\nkind: Config\nclusters: null\ncontexts: null\nusers: null\n";
    assert.equal(problemOf(named(nulls)).allowed, "it has no context at all");
  });

  it("without the context that is asked for: the nearest name, or gcloud's command", () => {
    const near = problemOf(named(content(["prod", "dev"]), "prdo"));
    assert.deepEqual(
      [near.value, near.allowed, near.fix],
      ["prdo", "prod, dev", 'did you mean "prod"?'],
    );
    assert.equal(
      problemOf(named(content(["dev"]), "gke_shop_europe-west1_main")).fix,
      "gcloud container clusters get-credentials main --location europe-west1 --project shop",
    );
  });

  it("whose context names no cluster of it, or one that is not reached over HTTPS", () => {
    const gone = problemOf(named(content(["a"], { clusters: [] }), "a"));
    assert.match(gone.reason, /the context a names a cluster that the kubeconfig does not have/);
    assert.equal(gone.value, "a");
    const plain = [{ name: "a", cluster: { server: "http://localhost:8080" } }];
    const { value, reason } = problemOf(named(content(["a"], { clusters: plain }), "a"));
    assert.equal(value, "http://localhost:8080");
    assert.match(reason, /not an https:\/\/ address/);
  });
});
