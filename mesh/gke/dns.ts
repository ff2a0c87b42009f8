import { isIPv4 } from "node:net";
import type { Problem } from "../common/problem";
import { weightsOf } from "../gateway/plan";
import type { DnsInputs } from "../model/gkeInputs";
import { INPUTS_SOURCE } from "../model/meshInputs";

/** The answer of a DNS record: one address, or several by weight. The addresses are still names. */
export type DnsAnswer =
  | { readonly kind: "one"; readonly address: string }
  | {
      readonly kind: "weighted";
      readonly items: readonly { readonly weight: number; readonly address: string }[];
    };

export const DEFAULT_TTL_SECONDS = 60;

/** Returns the name with a dot at the end, as Cloud DNS requires. */
export function absoluteName(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}

/**
 * A revision of weight 0 stays in the record, so that moving back only takes an edit of two
 * numbers.
 */
export function answerOf({ address, revisions }: DnsInputs): DnsAnswer {
  if (revisions === undefined) {
    return { kind: "one", address: address ?? "" };
  }
  const weights = weightsOf({ revisions });
  const items = revisions.map((own, index) => ({
    weight: weights[index] ?? 0,
    address: own.address,
  }));
  return { kind: "weighted", items };
}

/** Returns whether an address is an IP address, and not a name from `addresses`. */
export const isWrittenOut = isIPv4;

/** Returns the key of a zone's look-up. */
export function zoneKey({ zone, project }: DnsInputs, owner: string): string {
  return `${project ?? owner}/${zone}`;
}

/**
 * Returns a problem for each record that is not in its zone.
 *
 * @param zones the DNS names by {@link zoneKey}
 */
export function checkZones(
  dns: readonly DnsInputs[],
  owner: string,
  zones: Readonly<Record<string, string>>,
): Problem[] {
  return dns.flatMap((record, index) => {
    const zone = absoluteName(zones[zoneKey(record, owner)] ?? "");
    const name = absoluteName(record.name);
    return name === zone || name.endsWith(`.${zone}`)
      ? []
      : [
          {
            source: INPUTS_SOURCE,
            path: `dns[${index}].name`,
            value: record.name,
            reason: `does not lie in the zone ${record.zone}`,
            allowed: `names that end in ${zone}`,
          },
        ];
  });
}
