import type { Json, JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { getPath } from "../../../mesh/k8s/path";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";
import { NEW, OLD } from "../../../toolchain/versions";

/** A gateway with one revision; a test names what it changes. */
export function gateway(changes: Partial<GatewayInputs> = {}): GatewayInputs {
  return {
    name: "istio-ingressgateway",
    namespace: "gateways",
    revisions: [{ revision: OLD }],
    ...changes,
  };
}

/** Old and new revision with weights. */
export function canary(old: number, fresh: number, changes: Partial<GatewayInputs> = {}) {
  const revisions = [
    { revision: OLD, weight: old },
    { revision: NEW, weight: fresh },
  ];
  return gateway({ revisions, ...changes });
}

/** The only object of a kind, or the one of the given name. */
export function find(objects: readonly K8sObject[], kind: string, name?: string): K8sObject {
  const found = objects.filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`${found.length} objects of kind ${kind} ${name ?? ""}`);
  }
  return found[0];
}

/** What a dotted path of the object leads to; list items by number. */
export function at(object: K8sObject, path: string): Json | undefined {
  return path
    .split("/")
    .reduce<Json | undefined>(
      (value, part) =>
        Array.isArray(value)
          ? value[Number(part)]
          : getPath(value as JsonObject, escapeRegExp(part)),
      object as Json,
    );
}

function escapeRegExp(key: string): string {
  return key.replaceAll(".", "\\.").replaceAll("|", "/");
}
