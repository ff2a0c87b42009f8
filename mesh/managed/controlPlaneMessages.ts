import type { Sentence } from "../common/sentence";
import type { ControlPlaneFacts, ManagedFacts } from "../model/facts";

const say = (text: string): Sentence => ({ text, warning: false });

/** Google supports both kinds in one cluster only during a migration. */
function beside(planes: readonly ControlPlaneFacts[]): Sentence[] {
  const names = planes.map(({ revision }) => (revision === "" ? "default" : revision)).join(", ");
  return planes.length === 0
    ? []
    : [
        say(
          `Google supports a managed control plane beside one in the cluster (${names}) only during a migration.`,
        ),
      ];
}

function added({ revision, channel, provisioning }: ManagedFacts): Sentence {
  const by =
    provisioning === "fleet" ? "is waited for, because the fleet provides it" : "is asked for";
  return say(
    `managed control plane ${revision} (channel ${channel}) ${by}. No gateway and no workload moves to it by itself.`,
  );
}

/** Returns the messages about changes of a managed control plane. */
export function managedControlPlaneMessages(
  before: ManagedFacts | undefined,
  after: ManagedFacts | undefined,
  planes: readonly ControlPlaneFacts[],
): Sentence[] {
  const same = before?.revision === after?.revision;
  return [
    ...(after !== undefined && !same ? [added(after), ...beside(planes)] : []),
    ...(before !== undefined && !same
      ? [say(`managed control plane ${before.revision} is given up.`)]
      : []),
  ];
}
