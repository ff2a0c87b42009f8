import assert from "node:assert/strict";
import type { ApiAnswer, Cluster } from "../../../adapters/cluster/cluster";
import { awaitAnswers } from "../../../adapters/cluster/istiodAnswers";
import type { JsonObject } from "../../../mesh/common/json";
import { labelsOf } from "../../../mesh/k8s/istioLabels";
import { NEW } from "../../../toolchain/versions";
import { fakeClock } from "./clock";

const PLANE = { namespace: "istio-system", revision: NEW };

const TAKEN: ApiAnswer = { status: 201, body: {} };
const SILENCE: ApiAnswer = {
  status: 500,
  body: { message: 'failed calling webhook "rev.validation.istio.io": no endpoints available' },
};

/** An API server that gives these answers in turn, the last one for ever. */
function answering(...answers: readonly ApiAnswer[]) {
  const calls: { path: string; body: JsonObject }[] = [];
  const cluster = {
    call: async (_method: string, path: string, body: JsonObject) => {
      calls.push({ path, body });
      return answers[Math.min(calls.length, answers.length) - 1];
    },
  } as unknown as Cluster;
  return { cluster, calls };
}

describe("waiting for istiod's answers", () => {
  it("asks with an object of the revision's that is never stored", async () => {
    const { cluster, calls } = answering(TAKEN);
    assert.equal(await awaitAnswers(cluster, PLANE, fakeClock()), undefined);
    assert.equal(calls.length, 1);
    assert.match(calls[0]?.path ?? "", /namespaces\/istio-system\/.*dryRun=All/);
    assert.deepEqual(labelsOf(calls[0]?.body), { "istio.io/rev": NEW });
  });

  it("goes on at the first answer", async () => {
    const { cluster, calls } = answering(SILENCE, SILENCE, TAKEN);
    assert.equal(await awaitAnswers(cluster, PLANE, fakeClock()), undefined);
    assert.equal(calls.length, 3);
  });

  it("does not wait for what is not istiod's to give", async () => {
    const { cluster, calls } = answering({ status: 403, body: { message: "forbidden" } });
    assert.equal(await awaitAnswers(cluster, PLANE, fakeClock()), undefined);
    assert.equal(calls.length, 1);
  });

  it("gives up after half a minute, with what the API server says", async () => {
    const { cluster } = answering(SILENCE);
    const silence = await awaitAnswers(cluster, PLANE, fakeClock());
    assert.match(silence ?? "", /after 30 s: failed calling webhook/);
  });
});
