import type { Sentence } from "../common/sentence";
import { type GatewayFacts, gatewayTitle, type MeshFacts } from "../model/facts";
import { isManagedRevision } from "./dataPlane";

/** Returns what the current setting means. */
function meaning(managed: boolean | undefined): string {
  if (managed === undefined) {
    return "the control plane's own setting decides again whether Google replaces pods whose proxies are out of date.";
  }
  return managed
    ? "Google replaces pods whose proxies are out of date (managed data plane)."
    : "Google leaves pods whose proxies are out of date as they are (no managed data plane).";
}

function sentence(owner: string, managed: boolean | undefined, replaced = ""): Sentence {
  const warning = managed === true || replaced !== "";
  return { text: `${owner}: ${meaning(managed)}${replaced}`, warning };
}

/** The setting is part of the pod template, so existing pods are replaced. */
function replacedPods(before: GatewayFacts | undefined, after: GatewayFacts): string {
  const names = after.revisions
    .map(({ revision }) => revision)
    .filter(isManagedRevision)
    .filter((name) =>
      before?.revisions.some(({ revision, pods }) => revision === name && pods > 0),
    );
  return names.length === 0 ? "" : ` Its pods of ${names.join(", ")} are replaced once for that.`;
}

function gatewayWords(before: GatewayFacts | undefined, after: GatewayFacts): Sentence[] {
  const { managedDataPlane } = after.inputs;
  return before?.inputs.managedDataPlane === managedDataPlane
    ? []
    : [sentence(`gateway ${gatewayTitle(after)}`, managedDataPlane, replacedPods(before, after))];
}

/** Returns the messages about changes of Google's managed data plane. */
export function dataPlaneMessages(before: MeshFacts, after: MeshFacts): Sentence[] {
  const gateways = new Map(before.gateways.map((gateway) => [gatewayTitle(gateway), gateway]));
  const namespaces = new Map(before.namespaces.map((namespace) => [namespace.name, namespace]));
  return [
    ...after.gateways.flatMap((gateway) =>
      gatewayWords(gateways.get(gatewayTitle(gateway)), gateway),
    ),
    ...after.namespaces.flatMap(({ name, managedDataPlane }) =>
      namespaces.get(name)?.managedDataPlane === managedDataPlane
        ? []
        : [sentence(`namespace ${name}`, managedDataPlane)],
    ),
  ];
}
