import { uniqueBy } from "../../common/lists";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { type Binding, holds, type RoleHeld } from "./policies";
import { commandAt, type PolicyPlace, placesOf, placeTitle, projectOf } from "./policyPlaces";
import type { RoleNeed } from "./projectRoles";

const found = findingsOf("gcp-iam");

/** A policy, or why it may not be read. */
export type ReadPolicy =
  | { readonly kind: "read"; readonly bindings: readonly Binding[] }
  | { readonly kind: "refused"; readonly reason: string };

/** Returns the policies to read, each once. */
export function policiesFor(needs: readonly RoleNeed[]): PolicyPlace[] {
  const places = needs.flatMap(({ place }) => placesOf(place));
  return uniqueBy(places, placeTitle);
}

function lacks(need: RoleNeed, held: RoleHeld, hasFoundation: boolean): Finding {
  const { place, role, member, why, severity, grant = role } = need;
  const title = placeTitle(place);
  if (held === "conditional") {
    const reason = `${member} has ${role} under a condition only, which is not evaluated here; without the role, ${why}`;
    return found.warning(title, reason, "look whether the condition holds for the mesh");
  }
  const reason = `${member} lacks ${role}: ${why}`;
  const command = `${commandAt(place)} --member='${member}' --role=${grant}`;
  const isStacks = hasFoundation && grant === role && place.kind !== "repository";
  return isStacks
    ? found.info(
        title,
        `${reason}, until the stack's foundation grants it`,
        `pulumi up; if it has been granted before: pulumi up --refresh, or ${command}`,
      )
    : found.of(severity, title, reason, command);
}

function unread(place: PolicyPlace, reason: string): Finding {
  const { project } = projectOf(place);
  return found.warning(
    placeTitle(place),
    `its roles are not checked: ${reason}`,
    `have an administrator run: gcloud projects add-iam-policy-binding ${project} --condition=None --member=user:YOU --role=roles/iam.securityReviewer`,
  );
}

/** Roles that are not held. If a policy may not be read, its roles are reported as not checked. */
export function checkRoles(
  needs: readonly RoleNeed[],
  policies: ReadonlyMap<string, ReadPolicy>,
  hasFoundation: boolean,
): Finding[] {
  const findings = needs.flatMap((need): Finding[] => {
    const read = placesOf(need.place).map((place) => ({
      place,
      policy: policies.get(placeTitle(place)),
    }));
    const bindings = read.flatMap(({ policy }) => (policy?.kind === "read" ? policy.bindings : []));
    const held = holds(bindings, need.role, [need.member, ...(need.wider ?? [])]);
    if (held === "yes") {
      return [];
    }
    const refused = read.flatMap(({ place, policy }) =>
      policy?.kind === "refused" ? [unread(place, policy.reason)] : [],
    );
    return refused.length > 0 ? refused : [lacks(need, held, hasFoundation)];
  });
  return uniqueBy(findings);
}
