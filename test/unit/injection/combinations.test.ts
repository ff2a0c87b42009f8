import assert from "node:assert/strict";
import { deactivateDefaultInjector } from "../../../mesh/injection/deactivate";
import { checkInjection, matchingWebhooks } from "../../../mesh/injection/match";
import { injectionWebhooks } from "../../../mesh/injection/webhooks";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { NEW, OLD } from "../../../toolchain/versions";
import {
  COMBINATIONS,
  type Combination,
  configurations,
  describeCombination,
  documented,
  INSTALLATIONS,
  type Installation,
  labelsFor,
} from "./scenarios";

function expectedKind(combination: Combination, installation: Installation, wanted: string) {
  const revision = documented(combination, installation);
  const target = installation.names[wanted === "" ? "default" : wanted];
  return revision === undefined ? "none" : revision === target ? "ok" : "wrongRevision";
}

describe("who injects a pod, for every combination of the labels", () => {
  for (const installation of INSTALLATIONS) {
    it(`${installation.title}: as Istio documents it`, () => {
      const webhooks = injectionWebhooks(installation.webhooks);
      for (const combination of COMBINATIONS) {
        const matching = matchingWebhooks(webhooks, labelsFor(combination));
        const expected = documented(combination, installation);
        const revisions = matching.map(({ revision }) => revision);
        assert.deepEqual(
          revisions,
          expected === undefined ? [] : [expected],
          describeCombination(combination),
        );
      }
    });

    for (const wanted of [NEW, OLD, "prod", "default", ""]) {
      it(`${installation.title}: the answer to a gateway that names ${wanted || "nothing"}`, () => {
        for (const combination of COMBINATIONS) {
          const { webhooks } = installation;
          const answer = checkInjection({ webhooks, revision: wanted, ...labelsFor(combination) });
          const kind = expectedKind(combination, installation, wanted);
          assert.equal(answer.kind, kind, describeCombination(combination));
        }
      });
    }
  }
});

type State = readonly [title: string, webhooks: readonly K8sObject[]];

/** What the cluster has between two steps of a move; each step is one write of one object. */
const STATES: readonly State[] = [
  ["the old revision only", configurations("old", "prod-old", "tag-default-old")],
  ["both, tags on the old", configurations("old", "new", "prod-old", "tag-default-old")],
  ["both, prod moved", configurations("old", "new", "prod-new", "tag-default-old")],
  ["both, default moved", configurations("old", "new", "prod-old", "tag-default-new")],
  ["both, tags moved", configurations("old", "new", "prod-new", "tag-default-new")],
  ["the new revision only", configurations("new", "prod-new", "tag-default-new")],
  ["from the default revision: both", configurations("default", "new")],
  [
    "from the default revision: deactivated",
    [...deactivateDefaultInjector(configurations("default")), ...configurations("new")],
  ],
  [
    "from the default revision: replaced by the tag",
    [
      ...deactivateDefaultInjector(configurations("default")),
      ...configurations("new", "tag-default-new"),
    ],
  ],
];

describe("at most one webhook matches any pod in every intermediate state of a move", () => {
  for (const [title, state] of STATES) {
    it(title, () => {
      const webhooks = injectionWebhooks(state);
      for (const combination of COMBINATIONS) {
        const matching = matchingWebhooks(webhooks, labelsFor(combination));
        assert.ok(matching.length <= 1, describeCombination(combination));
      }
    });
  }

  it("no pod of a namespace that names the tag is left without injection while the tag moves", () => {
    const moves = STATES.slice(0, 6);
    for (const [title, state] of moves) {
      const at = labelsFor({ namespaceRevision: "prod" });
      assert.equal(matchingWebhooks(injectionWebhooks(state), at).length, 1, title);
    }
  });

  it("a namespace changes hands at one write: with both labels the old injector keeps it", () => {
    const webhooks = injectionWebhooks(configurations("default", "new"));
    const revisionsAt = (labels: Parameters<typeof labelsFor>[0]) =>
      matchingWebhooks(webhooks, labelsFor(labels)).map(({ revision }) => revision);
    assert.deepEqual(revisionsAt({ injection: "enabled" }), ["default"]);
    assert.deepEqual(revisionsAt({ injection: "enabled", namespaceRevision: NEW }), ["default"]);
    assert.deepEqual(revisionsAt({ namespaceRevision: NEW }), [NEW]);
  });
});
