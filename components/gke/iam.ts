import { RepositoryIamMember } from "@pulumi/gcp/artifactregistry/repositoryIamMember";
import { CaPoolIamMember } from "@pulumi/gcp/certificateauthority/caPoolIamMember";
import { IAMMember } from "@pulumi/gcp/projects/iammember";
import type { IamGrant } from "../../mesh/gke/iam";
import type * as pulumi from "../pulumi/sdk";
import { childOptions, type GkeContext } from "./context";

type Options = pulumi.CustomResourceOptions;

/** The name contains the role and the member, so an unchanged grant stays the same resource. */
function grantName(name: string, { role, member }: IamGrant): string {
  return `${name}:${role.replace("roles/", "")}/${member}`;
}

function grantRole(name: string, grant: IamGrant, opts: Options): pulumi.Resource {
  const { role, member } = grant;
  const title = grantName(name, grant);
  switch (grant.kind) {
    case "project":
      return new IAMMember(title, { project: grant.project, role, member }, opts);
    case "caPool":
      return new CaPoolIamMember(title, { caPool: grant.caPool, role, member }, opts);
    default:
      return grant satisfies never;
  }
}

/**
 * Grants each role to each member separately. An IAM binding or policy would remove the grants of
 * others.
 */
export function grantRoles(
  context: GkeContext,
  after: readonly pulumi.Resource[],
): pulumi.Resource[] {
  const { name, plan } = context;
  return plan.grants.map((grant) => grantRole(name, grant, childOptions(context, after)));
}

/** Lets service accounts pull images from a repository. */
export function grantReaders(
  context: GkeContext,
  repository: { readonly project: string; readonly location: string; readonly name: string },
  readers: readonly string[],
  after: readonly pulumi.Resource[],
): pulumi.Resource[] {
  const { project, location, name: id } = repository;
  return readers.map(
    (email) =>
      new RepositoryIamMember(
        `${context.name}:artifactregistry.reader/${email}`,
        {
          project,
          location,
          repository: id,
          role: "roles/artifactregistry.reader",
          member: `serviceAccount:${email}`,
        },
        childOptions(context, after),
      ),
  );
}
