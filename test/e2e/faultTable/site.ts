import assert from "node:assert/strict";
import { delimiter, dirname } from "node:path";
import type { Finding } from "../../../mesh/checks/finding";
import type { Json, JsonObject } from "../../../mesh/common/json";
import { getPath } from "../../../mesh/k8s/path";
import { extraProgram } from "../../../toolchain/setup";
import type { Node } from "../../node/node";
import { until } from "../../node/wait";
import type { LiveCluster } from "../../support/liveCluster";
import { mesh, run } from "../../support/run";
import type { TestStack } from "../../support/stack";
import type { Command } from "./fault";

const SETTLED_MS = 120_000;

export const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
export const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
export const ISTIODS = "/apis/apps/v1/namespaces/istio-system/deployments";

const isFault = ({ severity }: Finding) => severity === "error" || severity === "warning";

/** PATH with the programs of set-up: kubectl, and crane, by which precheck asks registries. */
function toolPath(): string {
  return [dirname(extraProgram("kubectl")), process.env.PATH].join(delimiter);
}

/** The mesh that faults are seeded into. */
export class Site {
  constructor(
    readonly node: Node,
    readonly live: LiveCluster,
    readonly stack: TestStack,
  ) {}

  /** All that a command says. */
  async findings(command: Command, flags: readonly string[] = []): Promise<Finding[]> {
    const target = { precheck: ["--stack", this.stack.name], validate: ["--kubeconfig"] }[command];
    const own = command === "validate" ? [...target, this.node.kubeconfig] : target;
    const args = [command, "--json", ...own, ...flags];
    const env = { PATH: toolPath() };
    const { code, stdout, output } = await mesh(args, { cwd: this.stack.folder, env });
    assert.ok(stdout.startsWith("["), output);
    const findings = JSON.parse(stdout) as Finding[];
    const failed = findings.some(({ severity }) => severity === "error");
    assert.equal(code, failed ? 1 : 0, output);
    for (const finding of findings.filter(isFault)) {
      assert.ok(finding.fix, JSON.stringify(finding));
    }
    return findings;
  }

  /** What a command says above info. */
  async faults(command: Command, flags: readonly string[] = []): Promise<Finding[]> {
    return (await this.findings(command, flags)).filter(isFault);
  }

  /** Runs a command line as the cluster's administrator, with the pinned kubectl; it has to end well. */
  async shellWell(line: string): Promise<void> {
    const env = { PATH: toolPath(), KUBECONFIG: this.node.kubeconfig };
    const { code, output } = await run("sh", ["-c", line], { cwd: this.stack.folder, env });
    assert.equal(code, 0, `${line}: ${output}`);
  }

  /** Writes fields of an object, as somebody would by hand. */
  async merge(path: string, change: JsonObject): Promise<void> {
    await this.patch(path, change, "merge");
  }

  async operate(path: string, operations: Json[]): Promise<void> {
    await this.patch(path, operations, "json");
  }

  private async patch(path: string, change: Json, type: "merge" | "json"): Promise<void> {
    const { status, body } = await this.live.cluster.call("PATCH", path, change, type);
    assert.equal(status, 200, JSON.stringify(body));
  }

  async untilGone(path: string): Promise<void> {
    await until(
      async () => (await this.live.cluster.call("GET", path)).status === 404,
      SETTLED_MS,
      () => `${path} is still there`,
    );
  }

  /** Waits until no pod has the label, not even one that is being ended. */
  async untilNoPods(namespace: string, label: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(label)}`;
    let names: Json[] = [];
    await until(
      async () => {
        const { items } = await this.live.get(path);
        names = (items as JsonObject[]).map((pod) => getPath(pod, "metadata.name") ?? null);
        return names.length === 0;
      },
      SETTLED_MS,
      () => `pods are still there: ${names.join(", ")}`,
    );
  }

  /** Waits until a field of an object is as wished. */
  async untilAt(path: string, field: string, isWished: (value: Json) => boolean): Promise<void> {
    let seen: Json = null;
    await until(
      async () => {
        seen = getPath(await this.live.get(path), field) ?? null;
        return isWished(seen);
      },
      SETTLED_MS,
      () => `${path}: ${field} is ${JSON.stringify(seen)}`,
    );
  }
}
