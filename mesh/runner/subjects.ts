import type { GatewaySubject } from "../gates/promql";
import { deploymentName } from "../gateway/plan";
import type { GatewayFacts, GatewayRevisionFacts, MeshFacts } from "../model/facts";
import type { UpgradePlan } from "../upgrade/types";

/** A tag stands for its revision. */
function revisionOf({ revision }: GatewayRevisionFacts, { tags }: MeshFacts): string {
  return tags[revision] ?? revision;
}

function servesWith(gateway: GatewayFacts, one: GatewayRevisionFacts): boolean {
  const { traffic, active } = gateway;
  return traffic === "active" ? active === one.revision : one.weight > 0 && one.pods > 0;
}

function subjectOf(gateway: GatewayFacts, facts: MeshFacts, revision: string): GatewaySubject[] {
  const { namespace, name, inputs, revisions } = gateway;
  const serving = revisions
    .map((one, index) => ({ one, workload: deploymentName(inputs, index) }))
    .filter(({ one }) => servesWith(gateway, one));
  const isNew = ({ one }: { one: GatewayRevisionFacts }) => revisionOf(one, facts) === revision;
  const [own, other] = [serving.find(isNew), serving.find((each) => !isNew(each))];
  return own === undefined
    ? []
    : [
        {
          namespace,
          gateway: name,
          newRevision: revision,
          newWorkload: own.workload,
          ...(other !== undefined && {
            oldRevision: revisionOf(other.one, facts),
            oldWorkload: other.workload,
          }),
        },
      ];
}

/**
 * Returns the gateways whose pods of the new revision have traffic in a stage. Those that the stage moves
 * come alone, because what was good before has been measured before.
 *
 * @example gatewaySubjects(plan, "gateway-web-10")[0].newWorkload // "web-1-31-0"
 */
export function gatewaySubjects({ stages, revision }: UpgradePlan, name: string): GatewaySubject[] {
  const stage = stages.find((one) => one.name === name);
  if (stage === undefined) {
    return [];
  }
  const { facts, gateways } = stage;
  const own = facts.gateways.filter(
    (one) => gateways.length === 0 || gateways.includes(`${one.namespace}/${one.name}`),
  );
  return own.flatMap((gateway) => subjectOf(gateway, facts, revision));
}
