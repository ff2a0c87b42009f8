import { poolProject } from "../../gke/apis";
import type { ImageRepository } from "./projectNeeds";

/** A resource of Google Cloud with a policy. */
export type PolicyPlace =
  | { readonly kind: "project"; readonly project: string }
  | { readonly kind: "caPool"; readonly caPool: string }
  | ({ readonly kind: "repository" } & ImageRepository);

/** @example placeTitle({ kind: "project", project: "shop" }) // "Google Cloud project shop" */
export function placeTitle(place: PolicyPlace): string {
  switch (place.kind) {
    case "project":
      return `Google Cloud project ${place.project}`;
    case "caPool":
      return `CA pool ${place.caPool}`;
    case "repository":
      return `Artifact Registry ${place.project}/${place.location}/${place.repository}`;
  }
}

/** Returns the project of a place. Its roles apply there too. */
export function projectOf(place: PolicyPlace): Extract<PolicyPlace, { kind: "project" }> {
  const project = place.kind === "caPool" ? poolProject(place.caPool) : place.project;
  return { kind: "project", project };
}

/** Returns the places whose policies grant roles at a place. */
export function placesOf(place: PolicyPlace): PolicyPlace[] {
  return place.kind === "project" ? [place] : [place, projectOf(place)];
}

/** Returns the command that grants a role at a place, without role and member. */
export function commandAt(place: PolicyPlace): string {
  switch (place.kind) {
    case "project":
      return `gcloud projects add-iam-policy-binding ${place.project} --condition=None`;
    case "caPool": {
      const [, project, , location, , pool] = place.caPool.split("/");
      return `gcloud privateca pools add-iam-policy-binding ${pool} --location=${location} --project=${project}`;
    }
    case "repository":
      return `gcloud artifacts repositories add-iam-policy-binding ${place.repository} --location=${place.location} --project=${place.project}`;
  }
}
