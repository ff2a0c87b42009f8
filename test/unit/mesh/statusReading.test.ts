import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ApiAnswer, Cluster } from "../../../adapters/cluster/cluster";
import { readStatusSource } from "../../../adapters/status/readStatus";
import { readStackState } from "../../../adapters/status/stackState";
import type { JsonObject } from "../../../mesh/common/json";
import { itemsOf } from "../../../mesh/snapshot/snapshot";
import { LISTS, unreadLists } from "../../../mesh/status/types";
import { OLD, PREVIOUS } from "../../../toolchain/versions";
import { temporaryFolder } from "../../support/temporary";
import { NOW, plane } from "./statusObjects";

type Answers = (path: string, query: URLSearchParams) => ApiAnswer;

/** A cluster that answers by path, and the calls that were made. */
function fakeCluster(answers: Answers): { readonly cluster: Cluster; readonly calls: string[] } {
  const calls: string[] = [];
  const cluster: Cluster = {
    call(_, url) {
      calls.push(url);
      const [path = "", query] = url.split("?");
      return Promise.resolve(answers(path, new URLSearchParams(query)));
    },
  };
  return { cluster, calls };
}

const items = (...objects: readonly JsonObject[]): ApiAnswer => ({
  status: 200,
  body: { items: [...objects] },
});

const refused = (status: number, message: string): ApiAnswer => ({ status, body: { message } });

const FORBIDDEN =
  'pods is forbidden: User "ci" cannot list resource "pods" in API group "" at the cluster scope';

describe("mesh status: reading a cluster", () => {
  it("reads each list once, pods page by page, and nothing for a single pod", async () => {
    const { cluster, calls } = fakeCluster((path, query) => {
      if (path !== "/api/v1/pods") {
        return items();
      }
      const page = Number(query.get("continue") ?? "0");
      const names = Array.from({ length: 500 }, (_, index) => `pod-${page * 500 + index}`);
      return {
        status: 200,
        body: {
          items: names.map((name) => ({ metadata: { name } })),
          metadata: { continue: page < 9 ? String(page + 1) : "" },
        },
      };
    });
    const live = await readStatusSource(cluster, () => NOW);
    assert.equal(itemsOf(live.lists.pods).length, 5_000);
    assert.equal(calls.length, LISTS.length - 1 + 10);
    assert.deepEqual([live.now, unreadLists(live)], [NOW, []]);
  });

  it("a list that is forbidden is named with the fix, and the rest is read", async () => {
    const { cluster } = fakeCluster((path) =>
      path === "/api/v1/pods" ? refused(403, FORBIDDEN) : items({ metadata: { name: "x" } }),
    );
    const live = await readStatusSource(cluster);
    assert.deepEqual(unreadLists(live), [
      {
        list: "pods",
        reason: `/api/v1/pods: ${FORBIDDEN}`,
        fix: "grant ci the verb list on pods in the whole cluster",
      },
    ]);
    assert.equal(itemsOf(live.lists.services).length, 1);
  });

  for (const status of [403, 404]) {
    it(`a cluster that is not Google's answers ${status} for Google's own list`, async () => {
      const { cluster } = fakeCluster((path) =>
        path.endsWith("/controlplanerevisions") ? refused(status, "no") : items(),
      );
      assert.deepEqual(unreadLists(await readStatusSource(cluster)), []);
    });
  }

  it("looks around an istiod that is not ready, and goes on without what that may not read", async () => {
    const { cluster, calls } = fakeCluster((path) => {
      if (path === "/apis/apps/v1/deployments") {
        return items(plane(OLD, PREVIOUS, { ready: 0 }));
      }
      return path.endsWith("/replicasets") ? refused(403, "no") : items();
    });
    const live = await readStatusSource(cluster);
    assert.deepEqual(live.rollouts, []);
    assert.deepEqual(unreadLists(live), []);
    assert.ok(calls.some((path) => path.includes("/namespaces/istio-system/deployments/istiod-")));
  });

  it("a user without any right gets each list with its fix", async () => {
    const { cluster } = fakeCluster(() => refused(403, FORBIDDEN));
    assert.equal(unreadLists(await readStatusSource(cluster)).length, LISTS.length - 1);
  });

  it("credentials that the cluster does not take are one error", async () => {
    const { cluster } = fakeCluster(() => refused(401, "Unauthorized"));
    await assert.rejects(readStatusSource(cluster), /Unauthorized; fix: log in again/);
  });

  it("a cluster that answers nothing is an error", async () => {
    const cluster: Cluster = { call: () => Promise.reject(new Error("connect ECONNREFUSED")) };
    await assert.rejects(
      readStatusSource(cluster),
      /the cluster cannot be read: connect ECONNREFUSED; fix: see whether/,
    );
  });
});

describe("mesh status: reading a stack's backend", () => {
  function project(settings: string): string {
    const folder = temporaryFolder("project");
    writeFileSync(join(folder, "Pulumi.yaml"), settings);
    return folder;
  }

  /** Files as Pulumi's backend on a folder lays them out. */
  function backend(folder: string): void {
    const locks = join(folder, "state/.pulumi/locks/organization/mesh/prod");
    mkdirSync(locks, { recursive: true });
    const timestamp = "2026-01-01T01:00:00Z";
    const lock = { pid: 7, username: "me", hostname: "laptop", timestamp };
    writeFileSync(join(locks, "0d.json"), JSON.stringify(lock));
    const stacks = join(folder, "state/.pulumi/stacks/mesh");
    mkdirSync(stacks, { recursive: true });
    const urn = "urn:pulumi:prod::mesh::mesh:Gateway$kubernetes:apps/v1:Deployment::web::1";
    const latest = { pending_operations: [{ resource: { urn }, type: "updating" }] };
    writeFileSync(join(stacks, "prod.json"), JSON.stringify({ checkpoint: { latest } }));
  }

  it("a folder: its lock and what was begun", () => {
    const folder = project("name: mesh\nruntime: nodejs\nbackend: { url: 'file://./state' }\n");
    backend(folder);
    assert.deepEqual(readStackState(folder, "prod", {}), {
      stack: "prod",
      lock: { by: "me@laptop (process 7)", since: "2026-01-01T01:00:00Z" },
      pendingOperations: ["updating web::1"],
    });
    assert.deepEqual(readStackState(folder, "dev", {}), { stack: "dev", pendingOperations: [] });
  });

  it("any other backend is not asked", () => {
    assert.equal(readStackState(project("name: mesh\nruntime: nodejs\n"), "prod", {}), undefined);
    const elsewhere = project("name: mesh\nruntime: nodejs\nbackend: { url: 's3://bucket' }\n");
    assert.equal(readStackState(elsewhere, "prod", {}), undefined);
    assert.equal(readStackState(temporaryFolder("empty"), "prod", {}), undefined);
  });
});
