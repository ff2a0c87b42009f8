import { someOf } from "../../common/lists";
import { nearest } from "../../common/suggest";
import type { RegistryFailure } from "../../images/failure";
import { formatReference, type ImageReference, repositoryOf } from "../../k8s/imageReference";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { type ImageNeed, imageNeeds, isOnEveryNode } from "./imageNeeds";
import { secretsFor } from "./pullSecrets";
import type { DesiredMesh, LiveState } from "./types";

const found = findingsOf("images");

/** What a registry says of an image. */
export type ImageAnswer =
  /** Absent where it does not say for what platforms. */
  | { readonly kind: "there"; readonly platforms?: readonly string[] }
  /** `tags` are what the repository has, where it was asked for them. */
  | {
      readonly kind: "failed";
      readonly failure: RegistryFailure;
      readonly tags?: readonly string[];
    };

/** Answers by the full text of an image. */
export type ImageAnswers = ReadonlyMap<string, ImageAnswer>;

/** Istio's own registry, from which mirrors are filled. */
const SOURCE = "docker.io/istio";

/** The path that `hub` names. */
function hubOf(reference: ImageReference): string {
  return repositoryOf(reference).split("/").slice(0, -1).join("/");
}

function missing(need: ImageNeed, reference: ImageReference, answer: ImageAnswer): Finding {
  const tags = answer.kind === "failed" ? (answer.tags ?? []) : [];
  const near = reference.tag === undefined ? undefined : nearest(reference.tag, tags);
  const hub = hubOf(reference);
  const fixes = [
    near === undefined ? "correct hub or tag" : `correct hub or tag (near: ${near})`,
    ...(hub === SOURCE
      ? []
      : [`or put it there: mesh images mirror --to ${hub} --source ${hub}=${SOURCE} --yes`]),
  ];
  const { having } = need;
  const kept = having.length === 0 ? "" : `; nodes that have it already: ${someOf(having)}`;
  const reason = `the registry does not have it; it is for ${someOf(need.users)}${kept}`;
  return found.error(`image ${need.image}`, reason, fixes.join(", "));
}

function denied(
  { image }: ImageNeed,
  { registry }: ImageReference,
  { reason }: RegistryFailure,
  secrets: readonly string[],
): Finding {
  const known = secrets.length > 0;
  const nodes = known
    ? `they have ${someOf(secrets)} with an entry for it`
    : "the mesh names no Secret with an entry for it, so they need credentials of their own";
  const login = `docker login ${registry} here, and look again`;
  const fix = known
    ? login
    : `${login}; for the nodes: kubectl -n NAMESPACE create secret docker-registry NAME --docker-server=${registry} …, and --set 'values.global.imagePullSecrets[0]=NAME'`;
  return found.warning(
    `image ${image}`,
    `the registry does not show it to this machine (${reason}). Whether the nodes may pull it is not known: ${nodes}`,
    fix,
  );
}

function unanswered({ image }: ImageNeed, { reason, fix }: RegistryFailure): Finding {
  return found.warning(
    `image ${image}`,
    `is not checked: its registry did not answer this machine (${reason}); the nodes may reach it all the same`,
    fix ?? "look again later; --no-images leaves registries out",
  );
}

/** Nodes for whose platform there is no image. */
function unsuited(need: ImageNeed, platforms: readonly string[]): Finding[] {
  return [...need.lacking]
    .filter(([platform]) => platform !== "" && !platforms.includes(platform))
    .map(([platform, nodes]) => {
      const [architecture = ""] = (platforms[0] ?? "").split("/").slice(1);
      return found.error(
        `image ${need.image}`,
        `is for ${platforms.join(", ")} only, and its pods (${someOf(need.users)}) may come to nodes of ${platform}: ${someOf(nodes)}`,
        `take an image for ${platform} too (mesh images mirror without --image-platform copies all), or keep the pods away: nodeSelector kubernetes.io/arch: ${architecture}`,
      );
    });
}

function verdict(
  need: ImageNeed,
  answer: ImageAnswer | undefined,
  secrets: readonly string[],
): Finding[] {
  const { reference } = need;
  if (reference === undefined) {
    const fix = "correct hub, tag or image in the inputs";
    return [found.error(`image ${need.image}`, "is not the name of an image", fix)];
  }
  if (answer === undefined) {
    return [];
  }
  if (answer.kind === "there") {
    return answer.platforms === undefined ? [] : unsuited(need, answer.platforms);
  }
  switch (answer.failure.kind) {
    case "missing":
      return [missing(need, reference, answer)];
    case "denied":
      return [denied(need, reference, answer.failure, secrets)];
    default:
      return [unanswered(need, answer.failure)];
  }
}

/** Images of which nothing more has to be proven. */
export type Proven = ReadonlySet<string>;

const NONE: Proven = new Set();

/** Images that a registry has to be asked for, spelled out: those that some node has to pull. */
export function imagesToAsk(
  desired: DesiredMesh,
  live: Pick<LiveState, "nodes" | "namespaces">,
  proven: Proven = NONE,
): ImageReference[] {
  return imageNeeds(desired, live)
    .needs.filter((need) => !isOnEveryNode(need) && !proven.has(need.image))
    .flatMap(({ reference }) => (reference === undefined ? [] : [reference]));
}

function fine(needs: readonly ImageNeed[]): Finding {
  const asked = needs.filter((need) => !isOnEveryNode(need));
  const platforms = [...new Set(asked.flatMap(({ lacking }) => [...lacking.keys()]))];
  const named = platforms.filter((platform) => platform !== "").sort();
  const suffix = named.length === 0 ? "" : `, for ${named.join(" and ")}`;
  const there = needs.length - asked.length;
  const reason = [
    ...(asked.length === 0 ? [] : [`their registries have ${asked.length}${suffix}`]),
    ...(there === 0 ? [] : [`the nodes have ${there}`]),
  ].join("; ");
  return found.ok("images", reason === "" ? "none is pulled" : reason);
}

/**
 * Images that nodes could not pull, by what their registries say. A node that has one, and whose pods
 * do not always ask for it, needs none.
 *
 * @param proven images that nodes have pulled
 */
export function checkImages(
  desired: DesiredMesh,
  live: LiveState,
  answers: ImageAnswers,
  proven: Proven = NONE,
): Finding[] {
  const { needs: all, unknown } = imageNeeds(desired, live);
  const needs = all.filter(({ image }) => !proven.has(image));
  const findings = needs.flatMap((need) => {
    const { reference } = need;
    const secrets = reference === undefined ? [] : secretsFor(reference, desired, live);
    return verdict(need, reference && answers.get(formatReference(reference)), secrets);
  });
  const notKnown = unknown.map(({ user, reason }) =>
    found.info(user, `its image is not checked: ${reason}`),
  );
  return [...(findings.length === 0 ? [fine(needs)] : findings), ...notKnown];
}
