import { isObject, type Json } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import { ON_PURPOSE, type OnPurpose } from "./onPurpose";
import type { Outcome } from "./tools";

/** One field, or a whole object, that is not the same on both sides. */
export interface Difference {
  readonly title: string;
  /** Empty for a whole object. Keys are joined by slashes. */
  readonly path: string;
  readonly ours: Json | undefined;
  readonly theirs: Json | undefined;
}

type Pair = Omit<Difference, "title">;

const escaped = (key: string) => key.replace(/~/g, "~0").replace(/\//g, "~1");

function keysOf(value: object): string[] {
  return Object.keys(value);
}

function compareFields(ours: Json | undefined, theirs: Json | undefined, path: string): Pair[] {
  const bothMaps = isObject(ours) && isObject(theirs);
  const bothLists = Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length;
  if (!bothMaps && !bothLists) {
    return ours === theirs ? [] : [{ path, ours, theirs }];
  }
  const [left, right] = [ours, theirs] as [Record<string, Json>, Record<string, Json>];
  return [...new Set([...keysOf(left), ...keysOf(right)])].flatMap((key) =>
    compareFields(left[key], right[key], path === "" ? escaped(key) : `${path}/${escaped(key)}`),
  );
}

type Objects = Readonly<Record<string, K8sObject>>;

/** Every difference between two sets of objects by title, field by field. */
export function compareObjects(ours: Objects, theirs: Objects): Difference[] {
  const titles = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].sort();
  return titles.flatMap((title) => {
    const pairs = compareFields(ours[title], theirs[title], "");
    return pairs.map((pair) => ({ title, ...pair }));
  });
}

/** The title of a difference where one side refuses what the other one takes. */
export const REFUSAL = "refusal";

/** Every difference between two outcomes. Two refusals are equal, whatever their words. */
export function compareOutcomes(ours: Outcome, theirs: Outcome): Difference[] {
  if ("objects" in ours && "objects" in theirs) {
    return compareObjects(ours.objects, theirs.objects);
  }
  const [mine, other] = [ours, theirs].map((one) => ("refusal" in one ? one.refusal : undefined));
  return mine !== undefined && other !== undefined
    ? []
    : [{ title: REFUSAL, path: "", ours: mine, theirs: other }];
}

/** The row of the table that a difference is in, or `undefined`. */
export function purposeOf(difference: Difference): OnPurpose | undefined {
  return ON_PURPOSE.find(({ covers }) => covers(difference));
}

/** The differences that are not meant, in words. */
export function unintended(differences: readonly Difference[]): string[] {
  return differences
    .filter((difference) => purposeOf(difference) === undefined)
    .map(describeDifference);
}

const SHOWN = 300;

function show(value: Json | undefined): string {
  return (JSON.stringify(value) ?? "absent").slice(0, SHOWN);
}

/** @example "Deployment istio-system/istiod spec/replicas: ours 1, istioctl's absent" */
export function describeDifference({ title, path, ours, theirs }: Difference): string {
  return `${title} ${path}: ours ${show(ours)}, istioctl's ${show(theirs)}`;
}
