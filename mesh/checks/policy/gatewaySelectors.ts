import { checkGatewaySelectors } from "../../gateway/selector";
import { labelsOf } from "../../k8s/istioLabels";
import { identityOf } from "../../k8s/objects";
import { hasPods } from "../../objectFaults/parts";
import type { DeclaredStack, MeshPolicy, Violation } from "./types";
import { hasOpen, podOf, viewOf, violation } from "./view";

/** A stack without gateways leaves them to others, and then nothing can be said. */
function checkSelectors(stack: DeclaredStack): Violation[] {
  const view = viewOf(stack);
  if (view.gateways.length === 0 || hasOpen(view, hasPods)) {
    return [];
  }
  const gateways = view.gateways.map((gateway) => ({
    ...identityOf(gateway),
    labels: labelsOf(podOf(gateway)),
  }));
  return view.objects.flatMap((object) =>
    checkGatewaySelectors([object], gateways).map((problem) => violation(object, problem)),
  );
}

export const gatewaySelectors: MeshPolicy = {
  name: "gateway-selector",
  level: "advisory",
  description: "A Gateway of Istio's API selects the pods of a gateway, if the stack has gateways.",
  kinds: ["Gateway"],
  run: checkSelectors,
};
