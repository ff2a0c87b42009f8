import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { pathText } from "../../mesh/common/propertyPath";
import type { K8sObject } from "../../mesh/k8s/objects";
import { objectFaults } from "../../mesh/objectFaults/objectFaults";
import { type ApiServer, startApiServer } from "../cluster/apiServer";
import { KUBERNETES } from "../cluster/kubernetes";
import { type LiveCluster, liveCluster, pathOf, untilAt } from "../support/liveCluster";
import { KINDS_OF_CRDS, OWN_KINDS } from "../support/objectVerdicts";
import { toolsFor } from "../support/tools";

const NEEDED = ["peerauthentications.security.istio.io", "virtualservices.networking.istio.io"];

function crdsIn(manifests: string): K8sObject[] {
  const file = join(manifests, "charts", "base", "files", "crd-all.gen.yaml");
  const all = loadAll(readFileSync(file, "utf8")) as K8sObject[];
  return all.filter((crd) => NEEDED.includes(String(crd?.metadata?.name)));
}

function isEstablished(crd: { readonly status?: unknown }): boolean {
  const { conditions } = (crd.status ?? {}) as { conditions?: Record<string, string>[] | null };
  return (conditions ?? []).some(({ type, status }) => type === "Established" && status === "True");
}

/** The server's own words, where it refuses an object. */
async function refusal({ cluster }: LiveCluster, object: K8sObject): Promise<string | undefined> {
  const query = "?dryRun=All&fieldManager=test&force=true&fieldValidation=Strict";
  const { status, body } = await cluster.call("PATCH", pathOf(object) + query, object);
  return status < 300 ? undefined : String(body.message);
}

describe("objects that the API server refuses, and those that it takes", () => {
  let crds: readonly K8sObject[];
  let api: ApiServer;
  let live: LiveCluster;

  before(async function () {
    const { manifests } = await toolsFor(this);
    crds = crdsIn(manifests);
    assert.equal(crds.length, NEEDED.length);
    api = await startApiServer();
    live = liveCluster(api.kubeconfig);
    for (const crd of crds) {
      await live.apply(crd);
      await untilAt(live, pathOf(crd), isEstablished);
    }
  });

  after(() => api?.stop());

  for (const { title, object, fault } of [...OWN_KINDS, ...KINDS_OF_CRDS]) {
    it(`${fault === undefined ? "both take" : "both refuse"} ${title}`, async () => {
      const found = objectFaults([object], { kubernetesVersion: KUBERNETES, crds });
      const paths = found.map(({ segments }) => pathText(segments));
      assert.deepEqual(paths, fault === undefined ? [] : [fault], JSON.stringify(found));
      const words = await refusal(live, object);
      assert.equal(words !== undefined, fault !== undefined, words ?? "the server takes it");
    });
  }
});
