import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError, SetupUsageError, setup, versions } from "../../../toolchain/setup";
import { NEWEST } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { fakeMachine, type Machine, offline, program, unfinished, writeCharts } from "./machine";

describe("toolchain: set-up", () => {
  let machine: Machine;
  const cli = () => join(machine.home, "versions", "3.255.0", "bin");
  const plugin = () => join(machine.home, "plugins", "resource-kubernetes-v4.25.0");
  const charts = () => join(machine.project, ".toolchain", "charts", NEWEST);

  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  it("takes the official releases where it can", async () => {
    const fetchCharts = async (_version: string, folder: string) => {
      writeCharts(folder);
      return true;
    };
    const report = await setup(machine.options({ fetchCharts }));
    assert.deepEqual(machine.ran, ["fetch cli", "install plugin"]);
    assert.deepEqual(
      report.tools.map((tool) => tool.source),
      ["official", "official", "official"],
    );
    assert.equal(report.home, machine.home);
    for (const tool of report.tools) {
      assert.ok(existsSync(tool.path), tool.path);
    }
    assert.ok(existsSync(join(cli(), "pulumi-language-nodejs")));
  });

  it("builds from Go modules what the official releases do not give", async () => {
    machine.answers["fetch cli"] = offline;
    const report = await setup(machine.options());
    assert.deepEqual(machine.ran, [
      "fetch cli",
      "go mod download",
      "go build pulumi-resource-kubernetes",
      "go build pulumi-language-nodejs",
      "go build pulumi",
      "go run",
    ]);
    assert.deepEqual(new Set(report.tools.map((tool) => tool.source)), new Set(["go"]));
    for (const name of ["pulumi-resource-pulumi-nodejs", "pulumi-analyzer-policy"]) {
      assert.match(readFileSync(join(cli(), name), "utf8"), /^#!\/bin\/sh/);
    }
    assert.match(
      readFileSync(join(charts(), "profiles/default.yaml"), "utf8"),
      pattern`tag: ${NEWEST}`,
    );
    assert.ok(!existsSync(join(machine.project, ".toolchain", "build")));
  });

  it("tries the official plugin with a CLI that is there already", async () => {
    program(join(cli(), "pulumi"));
    machine.answers["install plugin"] = () => ({ code: undefined, timedOut: true, stderr: "" });
    await setup(machine.options());
    assert.deepEqual(machine.ran.slice(0, 3), [
      "install plugin",
      "go mod download",
      "go build pulumi-resource-kubernetes",
    ]);
  });

  it("falls through when the charts that were fetched are none or not whole", async () => {
    for (const fetchCharts of [
      async () => false,
      async () => true,
      async () => Promise.reject(new Error("no such host")),
    ]) {
      rmSync(charts(), { recursive: true, force: true });
      await setup(machine.options({ fetchCharts }));
      assert.equal(machine.ran.at(-1), "go run");
      assert.ok(existsSync(charts()));
    }
  });

  it("names all that is missing, why, and what helps", async () => {
    machine.remove();
    machine = fakeMachine({ go: false });
    machine.answers["fetch cli"] = offline;
    const fetchCharts = async () => Promise.reject(new Error("no such host"));
    const error = await setup(machine.options({ fetchCharts })).catch((caught) => caught);
    assert.ok(error instanceof SetupError);
    assert.equal(error.failures.length, 3);
    assert.equal(
      error.message,
      [
        "set-up could not provide 3 of 3 tools:",
        "",
        `- Kubernetes provider 4.25.0 (${plugin()})`,
        "    `pulumi plugin install`: not tried, because the pulumi CLI is missing",
        "    Go modules: go was not found on PATH",
        `- pulumi CLI 3.255.0 (${join(cli(), "pulumi")})`,
        "    the official npm package `pulumi`: pulumi: fetch failed",
        "    Go modules: go was not found on PATH",
        `- Istio charts ${NEWEST} (${charts()})`,
        "    the official releases: no such host",
        "    Go modules: go was not found on PATH",
        "",
        "What helps, either of:",
        "  - a network that reaches the official releases of Pulumi and Istio; then run set-up again;",
        "  - Go 1.26 or newer from your package manager, on a network that reaches Go modules;",
        "    set-up then builds what is missing (about 10 minutes on 2 cores, once).",
      ].join("\n"),
    );
  });

  it("keeps what worked when something else failed, and does only the rest next time", async () => {
    machine.answers["fetch cli"] = offline;
    const good = machine.answers["go mod download"];
    machine.answers["go mod download"] = () => ({ code: 1, stderr: "go: no network\n" });
    await assert.rejects(setup(machine.options()), /Kubernetes provider[\s\S]*go: no network/);
    assert.ok(existsSync(join(cli(), "pulumi")));

    machine.ran.length = 0;
    machine.answers["go mod download"] = good;
    machine.answers["install plugin"] = offline;
    await setup(machine.options());
    assert.deepEqual(machine.ran, [
      "install plugin",
      "go mod download",
      "go build pulumi-resource-kubernetes",
    ]);
  });

  it("starts no program when all is there", async () => {
    await setup(machine.options());
    machine.ran.length = 0;
    machine.lines.length = 0;
    const report = await setup(machine.options());
    assert.deepEqual([machine.ran, machine.lines], [[], []]);
    assert.ok(report.tools.every((tool) => tool.source === "present"));
  });

  it("leaves the user's Pulumi files as they are", async () => {
    const files = ["credentials.json", "config.json", "workspaces/x.json", "stacks/dev.json"];
    const content = '{"current":"https://example.com"}';
    for (const file of files) {
      mkdirSync(join(machine.home, file, ".."), { recursive: true });
      writeFileSync(join(machine.home, file), content);
    }
    const homes: (string | undefined)[] = [];
    const login = ({ env }: { env: NodeJS.ProcessEnv }) => {
      homes.push(env.PULUMI_HOME);
      writeFileSync(join(env.PULUMI_HOME ?? "", "credentials.json"), "overwritten");
    };
    for (const kind of ["fetch cli", "install plugin"] as const) {
      const good = machine.answers[kind];
      machine.answers[kind] = (request) => {
        login(request);
        return good(request);
      };
    }
    await setup(machine.options());
    assert.equal(homes.length, 2);
    assert.ok(!homes.includes(machine.home), "official tools work in a home of their own");
    for (const file of files) {
      assert.equal(readFileSync(join(machine.home, file), "utf8"), content);
    }
    assert.deepEqual(unfinished(machine.home), []);
  });

  it("makes a plugin folder anew that the engine takes for unfinished", async () => {
    program(join(plugin(), "pulumi-resource-kubernetes"));
    writeFileSync(`${plugin()}.partial`, "");
    await setup(machine.options());
    assert.ok(machine.ran.includes("install plugin"));
    assert.ok(!existsSync(`${plugin()}.partial`));
  });

  it("builds extra sets only when they are asked for, and again for a new pin", async () => {
    await setup(machine.options());
    machine.ran.length = 0;
    const bin = join(machine.project, ".toolchain", "bin");
    await setup(machine.options({ with: ["istioctl", "apiserver"] }));
    assert.deepEqual(machine.ran.sort(), [
      "go build etcd",
      ...versions.istio.compared.map((version) => `go build istioctl-${version}`).sort(),
      `go build kube-apiserver-${versions.kubernetes.default}`,
    ]);
    machine.ran.length = 0;
    const { compared, programs } = versions.istio;
    const other = `istioctl-${programs.find((version) => !compared.includes(version))}`;
    await setup(machine.options({ with: [other] }));
    assert.deepEqual(machine.ran, [`go build ${other}`], "of one version, by its name");
    machine.ran.length = 0;
    rmSync(join(bin, ".etcd-3.6.5.built")); // as if another version had been built
    await setup(machine.options({ with: ["apiserver"] }));
    assert.deepEqual(machine.ran, ["go build etcd"]);
  });

  it("builds once what two sets have", async () => {
    await setup(machine.options({ with: ["cluster", "node"] }));
    const built = machine.ran.filter((each) => each.startsWith("go build "));
    assert.deepEqual([...new Set(built)], built);
    assert.ok(built.includes("go build etcd"));
  });

  it("gives two builds of one module a copy each", async () => {
    const folders: string[] = [];
    const good = machine.answers["go build"];
    machine.answers["go build"] = (request) => {
      assert.ok(existsSync(join(request.cwd ?? "", "go.mod")));
      folders.push(request.cwd ?? "");
      return good(request);
    };
    await setup(machine.options({ with: ["cluster"] }));
    assert.equal(new Set(folders).size, 5);
  });

  it("refuses sets and versions that it does not know, before anything runs", async () => {
    await assert.rejects(setup(machine.options({ with: ["toString"] })), SetupUsageError);
    await assert.rejects(
      setup(machine.options({ istio: ["9.9.9"] })),
      /no charts of Istio 9\.9\.9/,
    );
    assert.deepEqual(machine.ran, []);
  });
});
