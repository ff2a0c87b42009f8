import assert from "node:assert/strict";
import { pathText } from "../../mesh/common/propertyPath";
import { isCrd, objectTitle } from "../../mesh/k8s/objects";
import { minorFacts } from "../../mesh/model/versions";
import { objectFaults } from "../../mesh/objectFaults/objectFaults";
import { useTestCache } from "../support/temporary";
import { builtInCases, foreignCases } from "./builtIn";
import type { Case } from "./cases";
import { compareOutcomes, purposeOf, unintended } from "./compare";
import { fieldCases } from "./fields";
import { isBelow, ON_PURPOSE } from "./onPurpose";
import {
  COMPARED,
  istioctl,
  type Outcome,
  ours,
  type Side,
  sideOf,
  toolsForCompared,
  withFiles,
} from "./tools";

/** istioctl takes half a second of one core a run. */
const CONCURRENCY = 2;

/** Starts at most {@link CONCURRENCY} at a time; results by position. */
function startLimited<T>(jobs: readonly (() => Promise<T>)[]): Promise<T>[] {
  const lanes: Promise<unknown>[] = Array.from({ length: CONCURRENCY }, () => Promise.resolve());
  return jobs.map((job, index) => {
    const lane = index % CONCURRENCY;
    const result = (lanes[lane] as Promise<unknown>).then(job);
    lanes[lane] = result.catch(() => undefined);
    return result;
  });
}

const API_SERVER = /the API server would refuse/;

/** Inputs whose objects istioctl prints and the API server refuses. */
const INVALID: readonly string[] = [
  // An autoscaler with a minimum above its maximum.
  'spec: a quoted whole number of values: "123"',
  "spec: --set of a number: 123",
  "spec: --set of a number: 010",
  "spec: --set of a number: 1_000",
  // Requests above the limits of the gateway's chart.
  "k8s: resources of pilot and a gateway",
  // A traffic policy of a Service inside the cluster.
  "k8s: service of pilot and a gateway",
  "k8s: every field of pilot",
  // A DaemonSet has no replicas and no strategy.
  "k8s: every field of cni",
  "k8s: every field of ztunnel",
  // Again a traffic policy of a Service inside the cluster.
  "k8s: every field of ingress gateway",
  // An autoscaler without a spec.
  "k8s: every field null",
  // Again that traffic policy.
  "k8s: with a revision in the names",
  // The container's port becomes the name.
  "gateway: a named targetPort",
  "patch: a map in a text",
];

const isInvalid = (one: Outcome) => "refusal" in one && API_SERVER.test(one.refusal);

/** What the oldest Kubernetes that a version runs on would refuse of the objects. */
function faultsOf(one: Outcome, version: string): string[] {
  const objects = "objects" in one ? Object.values(one.objects) : [];
  const kubernetesVersion = minorFacts(version).minKubernetes;
  return objectFaults(objects, { kubernetesVersion, crds: objects.filter(isCrd) }).map(
    ({ object, segments, reason }) => `${objectTitle(object)} ${pathText(segments)} ${reason}`,
  );
}

function casesOf(version: string): Case[] {
  return [...builtInCases(version), ...foreignCases(), ...fieldCases()];
}

for (const version of COMPARED) {
  describe(`conformance with istioctl ${version}`, () => {
    const cases = casesOf(version).map(withFiles);
    const count = { equal: 0, refused: 0, objects: 0 };
    const purposes = new Set<string>();
    const invalid: string[] = [];
    let side: Side;
    let theirs: Promise<Outcome>[];
    let undo: () => void;

    before(async function () {
      const { home } = await toolsForCompared(this);
      process.env.PULUMI_HOME ??= home;
      undo = useTestCache();
      side = sideOf(version);
      theirs = startLimited(cases.map((one) => () => istioctl(side, one)));
      for (const result of theirs) {
        result.catch(() => undefined);
      }
    });

    after(() => {
      undo?.();
      const { equal, refused, objects } = count;
      console.log(
        `    istioctl ${version}: ${equal} of ${cases.length} inputs equal (${refused} refused by both), ` +
          `${objects} objects compared, ${purposes.size} kinds of differences on purpose`,
      );
    });

    for (const [index, one] of cases.entries()) {
      it(one.name, async () => {
        const [mine, expected] = await Promise.all([ours(side, one), theirs[index]]);
        assert.ok(expected);
        const differences = compareOutcomes(mine, expected);
        const unmeant = unintended(differences);
        assert.deepEqual(unmeant, []);
        assert.equal("refusal" in mine || !one.name.startsWith("refused: "), true);
        assert.deepEqual(faultsOf(mine, version), []);
        invalid.push(...(isInvalid(mine) ? [one.name] : []));
        count.equal++;
        for (const difference of differences) {
          purposes.add(purposeOf(difference)?.reason ?? "");
        }
        count.refused += "refusal" in expected ? 1 : 0;
        count.objects += "objects" in expected ? Object.keys(expected.objects).length : 0;
      });
    }

    it("the API server would refuse the objects of these inputs and of no others", () => {
      assert.deepEqual(invalid, INVALID);
    });

    it("every difference that is meant is there still", () => {
      const gone = ON_PURPOSE.filter(
        ({ reason, below }) => isBelow(version, below) && !purposes.has(reason),
      );
      assert.deepEqual(gone, []);
    });
  });
}
