import { groupBy, someOf } from "../../common/lists";
import type { ImageReference } from "../../k8s/imageReference";
import { coversImage, readPullSecret } from "../../k8s/pullSecret";
import { nameOf } from "../../k8s/workload";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { precheckOf } from "./define";
import { type SecretNeed, secretNeeds } from "./secretNeeds";
import type { DesiredMesh, LiveState } from "./types";

/** The parts of the cluster that the check needs. */
type Live = Pick<LiveState, "pullSecrets" | "namespaces" | "mutatingWebhooks">;

const found = findingsOf("pull-secrets");

/** A Secret that pods name, as far as it could be read. */
interface Seen {
  readonly title: string;
  readonly name: string;
  /** Registries that it has credentials for. */
  readonly registries: readonly string[];
  /** Why the kubelet cannot use it. */
  readonly fault?: string;
}

function seen(need: SecretNeed, name: string, { pullSecrets }: Live): Seen | undefined {
  const { namespace } = need;
  const found = pullSecrets.find((one) => one.namespace === namespace && one.name === name);
  const base = { title: `Secret ${namespace}/${name}`, name, registries: [] };
  if (found === undefined) {
    return undefined; // may not be read, which is a finding of its own
  }
  if (found.secret === undefined) {
    return { ...base, fault: "is not there" };
  }
  const read = readPullSecret(found.secret);
  return read.kind === "unusable"
    ? { ...base, fault: `${read.reason}, which is not read` }
    : { ...base, registries: read.registries };
}

function covers({ registries }: Seen, image: ImageReference): boolean {
  return registries.some((registry) => coversImage(registry, image));
}

function createFix({ namespace, images }: SecretNeed, name: string, isThere: boolean): string {
  const [host = "REGISTRY"] = images.map(({ registry }) => registry);
  const server = host === "docker.io" ? "https://index.docker.io/v1/" : host;
  const create = `kubectl -n ${namespace} create secret docker-registry ${name} --docker-server=${server} --docker-username=USER --docker-password=PASSWORD`;
  return isThere
    ? create
    : `kubectl create namespace ${namespace}, then ${create}, before the update (with mesh:adopt namespaces)`;
}

function wrongEntries({ title, registries }: Seen, need: SecretNeed): Finding[] {
  const hosts = [...new Set(need.images.map(({ registry }) => registry))].join(", ");
  const has =
    registries.length === 0 ? "no credentials" : `credentials for ${registries.join(", ")} only`;
  const reason = `has ${has}, and ${need.user} pulls from ${hosts}`;
  const name = title.split("/").at(-1) ?? "";
  const fix = `kubectl -n ${need.namespace} delete secret ${name}, then ${createFix(need, name, true)}`;
  return [found.of(need.later ? "warning" : "error", title, reason, fix)];
}

function checkNeed(need: SecretNeed, live: Live): Finding[] {
  const secrets = need.names.map((name) => seen(need, name, live));
  const known = secrets.filter((one) => one !== undefined);
  const covered = need.images.some((image) => known.some((one) => covers(one, image)));
  const isThere = live.namespaces.some((one) => nameOf(one) === need.namespace);
  const certain = !need.later && isThere && !covered && known.length === secrets.length;
  const faults = known.flatMap(({ title, name, fault }) =>
    fault === undefined
      ? []
      : [
          found.of(
            certain ? "error" : "warning",
            title,
            `${fault}; ${need.user} should pull with it (imagePullSecrets), and Kubernetes pulls without`,
            createFix(need, name, isThere),
          ),
        ],
  );
  const [usable] = known.filter(({ fault }) => fault === undefined);
  const hasImages = need.images.length > 0;
  return covered || usable === undefined || known.length < secrets.length || !hasImages
    ? faults
    : [...faults, ...wrongEntries(usable, need)];
}

/** Joins the needs for the same Secrets. */
function merged(needs: readonly SecretNeed[]): SecretNeed[] {
  const groups = groupBy(needs, ({ namespace, names, later }) =>
    [namespace, later, ...names].join(" "),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const user = someOf([...new Set(group.map((one) => one.user))]);
    return first === undefined
      ? []
      : [{ ...first, user, images: group.flatMap(({ images }) => images) }];
  });
}

/**
 * Secrets that the mesh names for pulling its images, and that the kubelet would get nothing from: not
 * there, of the wrong type, or without an entry for any registry that the pods pull from.
 *
 * @see https://kubernetes.io/docs/concepts/containers/images/#specifying-imagepullsecrets-on-a-pod
 */
export function checkPullSecrets(desired: DesiredMesh, live: Live): Finding[] {
  const needs = merged(secretNeeds(desired, live));
  const own = needs.filter(({ later }) => !later);
  // These are reported for a workload of the mesh in the same namespace already.
  const others = needs.filter(
    (need) => need.later && !own.some(({ namespace }) => namespace === need.namespace),
  );
  return [...own, ...others].flatMap((need) => checkNeed(need, live));
}

/** Secrets with credentials for an image, and namespaces whose pods have none, for people. */
export function secretsFor(
  image: ImageReference,
  desired: DesiredMesh,
  live: Live,
): readonly string[] {
  const titles = secretNeeds(desired, live).flatMap((need) =>
    need.names
      .map((name) => seen(need, name, live))
      .filter((one) => one !== undefined && covers(one, image))
      .map((one) => one?.title ?? ""),
  );
  return [...new Set(titles)];
}

export const pullSecrets = precheckOf({
  id: "pull-secrets",
  title: "imagePullSecrets",
  fine: "each that is named is there, with an entry for its registry",
  needs: ["desired", "pullSecrets", "namespaces", "mutatingWebhooks"],
  run: ({ desired, ...live }) => checkPullSecrets(desired, live),
});
