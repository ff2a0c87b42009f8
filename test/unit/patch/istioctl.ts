import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getKey, isObject, type Json, type JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";
import type { ComponentTarget, K8sOverlay } from "../../../mesh/patch/types";

/** One line of `fixtures/istioctl.jsonl`; see the README next to it. */
export interface Line {
  readonly type: "set" | "strategic" | "settings" | "path" | "tags";
  readonly name: string;
  readonly kind?: string;
  readonly base?: Json;
  readonly patch?: Json;
  readonly component?: ComponentTarget;
  readonly k8s?: JsonObject & { overlays?: K8sOverlay[] };
  readonly set?: string;
  readonly objects?: K8sObject[];
  readonly want?: Json;
  readonly fails?: boolean;
}

const text = readFileSync(join(__dirname, "fixtures", "istioctl.jsonl"), "utf8");
const lines = text
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Line);

/** The recorded lines of one type. */
export function recorded(type: Line["type"]): Line[] {
  return lines.filter((line) => line.type === type);
}

/** A fresh copy of the objects a line is about. */
export function objectsOf(line: Line): K8sObject[] {
  const named = lines.find(({ type, name }) => type === "set" && name === line.set);
  return structuredClone(line.objects ?? named?.objects ?? []);
}

/** A fresh copy of istiod's objects: Deployment, Service, autoscaler, budget and a ConfigMap. */
export function istiodObjects(): K8sObject[] {
  return objectsOf({ type: "settings", name: "", set: "all" });
}

/** istiod as a component. */
export const PILOT: ComponentTarget = {
  resourceKind: "Deployment",
  resourceName: "istiod",
  containerName: "discovery",
  isGateway: false,
};

/** The same value with every part frozen, so that a change to it throws. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

/** The value below some keys, `undefined` where there is none. */
export function getPath(value: Json | undefined, ...keys: string[]): Json | undefined {
  return keys.reduce<Json | undefined>(
    (below, key) => (isObject(below) ? getKey(below, key) : undefined),
    value,
  );
}
