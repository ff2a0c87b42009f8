import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { valid } from "semver";
import { MINORS, minorOf } from "../../../mesh/model/minors";
import { toolsFor } from "../../../toolchain/catalog";
import { setupPlaces } from "../../../toolchain/places";
import {
  chartsFolder,
  extraProgram,
  extraSets,
  pulumiProgram,
  versions,
} from "../../../toolchain/setup";
import { NEWEST, PREVIOUS } from "../../../toolchain/versions";

const project = join(__dirname, "..", "..", "..");
const go = join(project, "toolchain", "go");

describe("toolchain: pinned versions", () => {
  const npm = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  const all = toolsFor(setupPlaces({}, {}), { with: extraSets() });

  it("agree with package.json and the lock file", () => {
    assert.equal(npm.devDependencies.pulumi, versions.pulumi);
    const lock = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8"));
    const locked = lock.packages["node_modules/@pulumi/kubernetes"].version;
    assert.equal(locked, versions.kubernetesProvider);
  });

  it("are whole versions, the default Istio among the ones with charts", () => {
    const { istio, kubernetes, ...others } = versions;
    const lists = [istio.charts, istio.programs, istio.compared, istio.played];
    const single = [...Object.values(others), ...Object.values(kubernetes), istio.default];
    const flat = [...single, ...lists.flat()];
    assert.deepEqual(
      flat.filter((version) => valid(version) !== version),
      [],
    );
    assert.ok(istio.charts.includes(istio.default) && istio.programs.includes(istio.default));
    for (const version of [...istio.compared, ...istio.played]) {
      assert.ok(istio.charts.includes(version) && istio.programs.includes(version), version);
    }
  });

  it("have the lowest Kubernetes that the oldest supported Istio takes", () => {
    // Istio supports a minor until six weeks after the second one that follows it.
    const oldest = MINORS.release(PREVIOUS)?.kubernetes.oldest;
    assert.equal(minorOf(versions.kubernetes.oldest), oldest);
  });

  it("have a pinned Go module each", () => {
    const modules = [
      "pulumi-cli",
      "language-host",
      "kubernetes-provider",
      ...versions.istio.charts.map((version) => `charts/${version}`),
      ...all.flatMap((tool) => tool.binary?.module ?? tool.moduleFile?.module ?? []),
    ];
    for (const module of modules) {
      assert.ok(existsSync(join(go, module, "go.sum")), `${module} has go.sum`);
      const text = readFileSync(join(go, module, "go.mod"), "utf8");
      assert.ok(text.startsWith(`module github.com/pulumi-service-mesh/toolchain/${module}\n`));
    }
  });

  it("stand in the Go modules too", () => {
    const pinned: [string, string, string][] = [
      ["crane", "github.com/google/go-containerregistry", versions.crane],
      ["cosign", "github.com/sigstore/cosign/v2", versions.cosign],
      ["pulumi-cli", "github.com/pulumi/pulumi/pkg/v3", versions.pulumi],
      ["language-host", "github.com/pulumi/pulumi/sdk/v3", versions.pulumi],
      ...Object.values(versions.kubernetes).map((version): [string, string, string] => [
        `kubernetes-${version}`,
        "k8s.io/kubernetes",
        version,
      ]),
      ["etcd", "go.etcd.io/etcd/server/v3", versions.etcd],
      ["kwok", "sigs.k8s.io/kwok", versions.kwok],
      ["helm", "helm.sh/helm/v3", versions.helm],
      ["coredns", "github.com/coredns/coredns", versions.coredns],
    ];
    for (const [module, path, version] of pinned) {
      const text = readFileSync(join(go, module, "go.mod"), "utf8");
      assert.ok(text.includes(`${path} v${version}`), `${module} pins ${path} ${version}`);
    }
  });

  it("put the biggest build first", () => {
    assert.deepEqual(
      all.slice(0, 2).map((tool) => tool.kind),
      ["provider", "cli"],
    );
  });

  it("tell where things are", () => {
    const where = { home: "/h", project: "/p" };
    assert.equal(chartsFolder(undefined, where), `/p/.toolchain/charts/${NEWEST}`);
    assert.equal(chartsFolder("1.26.0", where), "/p/.toolchain/charts/1.26.0");
    assert.equal(pulumiProgram(where), "/h/versions/3.255.0/bin/pulumi");
    assert.equal(extraProgram("etcd", where), "/p/.toolchain/bin/etcd");
  });

  it("take the user's PULUMI_HOME, and none for an empty one", () => {
    assert.equal(setupPlaces({}, { PULUMI_HOME: "/x" }).home, "/x");
    assert.equal(setupPlaces({ home: "/y" }, { PULUMI_HOME: "/x" }).home, "/y");
    assert.match(setupPlaces({}, { PULUMI_HOME: "" }).home, /\.pulumi$/);
  });
});
