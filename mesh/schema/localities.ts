import { isObject, type Json, type JsonObject } from "../common/json";

const ANY = "*";

/** Region, zone and subzone. A missing part stands for all. A subzone may contain slashes. */
function levelsOf(locality: string): string[] {
  const [region = "", zone, ...subzone] = locality.split("/");
  const levels = [region, zone, subzone.length > 0 ? subzone.join("/") : undefined];
  return levels.filter((level) => level !== undefined);
}

function isForm(locality: string): boolean {
  const stars = locality.split(ANY).length - 1;
  const named = levelsOf(locality).every((level) => level !== "");
  return named && (stars === 0 || (stars === 1 && locality.endsWith(ANY)));
}

function covers(earlier: readonly string[], later: readonly string[]): boolean {
  for (const [level, name] of later.entries()) {
    const other = earlier[level] ?? ANY;
    if (other === ANY || other !== name) {
      return other === ANY;
    }
  }
  return true;
}

/** Returns what is wrong with localities that must not overlap, in their order. */
function wrongLocalities(localities: readonly string[]): string | undefined {
  const badForm = localities.find((locality) => !isForm(locality));
  if (badForm !== undefined) {
    return `has the locality ${JSON.stringify(badForm)}, which is not REGION/ZONE/SUBZONE with at most one "*", at its end`;
  }
  const overlap = localities.find((later, index) =>
    localities.slice(0, index).some((earlier) => covers(levelsOf(earlier), levelsOf(later))),
  );
  return (
    overlap && `has the locality ${JSON.stringify(overlap)}, which overlaps with one before it`
  );
}

function fromOf({ from }: JsonObject): string {
  return typeof from === "string" ? from : "";
}

/** Their order has no meaning here, so the widest comes first. */
function toOf({ to }: JsonObject): string[] {
  return isObject(to)
    ? Object.keys(to).sort((a, b) => levelsOf(a).length - levelsOf(b).length)
    : [];
}

/**
 * Returns what is wrong with the localities of `localityLbSetting.distribute`.
 *
 * @example
 * wrongDistribution([{ from: "a/*", to: { b: 80, "b/1": 20 } }])
 * // 'has the locality "b/1", which overlaps with one before it'
 * @see Istio `pkg/config/validation/agent` (validateLocalities)
 */
export function wrongDistribution(distribute: Json): string | undefined {
  const rules = Array.isArray(distribute) ? distribute.filter(isObject) : [];
  const lists = [...rules.map(toOf), rules.map(fromOf)];
  return lists.map(wrongLocalities).find((reason) => reason !== undefined);
}
