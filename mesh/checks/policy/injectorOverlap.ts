import { explainSeveral } from "../../injection/explain";
import { injectorOverlaps } from "../../injection/overlap";
import { identityOf } from "../../k8s/objects";
import type { DeclaredStack, MeshPolicy, Violation } from "./types";
import { ofKind, viewOf, violation } from "./view";

function checkOverlap(stack: DeclaredStack): Violation[] {
  const view = viewOf(stack);
  const configurations = ofKind(view.objects, "MutatingWebhookConfiguration");
  return injectorOverlaps(view.webhooks, view.namespaces).flatMap((overlap) => {
    const last = overlap.configs.at(-1);
    const object = configurations.find((one) => identityOf(one).name === last);
    return object === undefined
      ? []
      : [
          violation(object, {
            path: "webhooks",
            value: overlap.webhooks.map(({ webhook }) => webhook),
            reason: overlap.reason,
            allowed: "one webhook for any pod",
            fix: explainSeveral(overlap.webhooks).fix,
          }),
        ];
  });
}

export const injectorOverlap: MeshPolicy = {
  name: "injection-overlap",
  level: "mandatory",
  description: "No two MutatingWebhookConfigurations inject the same pods.",
  kinds: ["MutatingWebhookConfiguration"],
  run: checkOverlap,
};
