import { isObject, type Json, type JsonObject } from "../common/json";
import { type Problem, throwIfAny } from "../common/problem";
import { DEFAULT_REVISION, labelsOf, revisionLabel, TAG_LABEL } from "../k8s/istioLabels";
import { type K8sObject, sortObjects } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { componentsOf } from "../model/component";
import { checkRevision } from "../model/revision";
import { mergeObjects } from "../overlay/merge";
import type { RenderTools } from "../render/render";
import type { ResolvedMesh } from "../spec/resolve";
import type { ComponentPlan } from "../spec/translate";
import { tagValidator, validationUrl } from "./validator";

/** A revision tag: another name for a revision. It can be moved to the next revision. */
export interface TagRequest {
  /**
   * The name of the tag. The tag `default` also takes over namespaces with
   * `istio-injection=enabled`, and validation.
   */
  readonly tag: string;
  /** The revision that it points to. Empty for Istio's default revision. */
  readonly revision: string;
  /** The mesh that the revision belongs to: version, namespace and values. */
  readonly mesh: ResolvedMesh;
  /**
   * Whether the injector of Istio's default revision matches no pod while the tag `default`
   * exists, so that the tag may point to that revision too. @default false
   *
   * @default false
   */
  readonly injectorYields?: boolean;
}

/** istioctl renders every chart under this release name, which labels contain. */
const RELEASE_NAME = "istio";

/** Labels by which `istioctl install` finds what it may prune. It must not prune a tag. */
const INSTALLER_LABEL = "operator.istio.io";

function problem(path: string, value: string, reason: string, fix: string): Problem {
  return { source: "revision tag", path, value, reason, fix };
}

function nameProblems({ tag, revision, injectorYields }: TagRequest): Problem[] {
  const finding = checkRevision(tag);
  if (tag === "") {
    return [problem("tag", tag, "is empty", "name the tag")];
  }
  if (finding !== undefined) {
    const { allowed, fix } = finding;
    const reason = finding.reason.replace("revision", "tag");
    return [{ source: "revision tag", path: "tag", value: tag, reason, allowed, fix }];
  }
  if (tag !== revisionLabel(revision)) {
    return [];
  }
  if (tag === DEFAULT_REVISION && injectorYields) {
    return [];
  }
  return tag === DEFAULT_REVISION
    ? [
        problem(
          "revision",
          revision,
          "the default revision serves istio-injection=enabled itself; with the tag, two webhooks would inject each pod",
          "name a revision, or leave the tag out (values.defaultRevision=default adds the default validator)",
        ),
      ]
    : [
        problem(
          "tag",
          tag,
          "is the name of the revision it points to",
          "give it a name of its own",
        ),
      ];
}

function valueAt(plan: ComponentPlan | undefined, path: string): Json | undefined {
  return plan === undefined ? undefined : getPath(plan.values, path);
}

function planOf(mesh: ResolvedMesh, name: string): ComponentPlan | undefined {
  return mesh.components.find(({ component }) => component.name === name);
}

function collisionProblems({ tag, mesh }: TagRequest): Problem[] {
  const listed = valueAt(planOf(mesh, "pilot"), "revisionTags");
  const defaultRevision = valueAt(planOf(mesh, "base"), "defaultRevision");
  const collisions: [boolean, Problem][] = [
    [
      Array.isArray(listed) && listed.includes(tag),
      problem(
        "values.revisionTags",
        tag,
        "the control plane would make the same tag",
        "take it out of values.revisionTags",
      ),
    ],
    [
      tag === DEFAULT_REVISION && typeof defaultRevision === "string" && defaultRevision !== "",
      problem(
        "values.defaultRevision",
        String(defaultRevision),
        "the base would make the same istiod-default-validator",
        "take values.defaultRevision out; the tag brings the validator and moves it",
      ),
    ],
  ];
  return collisions.filter(([found]) => found).map(([, found]) => found);
}

/** Returns everything that is wrong with a tag, before anything is rendered. */
export function checkTag(request: TagRequest): Problem[] {
  return [...nameProblems(request), ...collisionProblems(request)];
}

/**
 * Removes istioctl's labels, as `istioctl tag` does, so that istioctl treats the object as the
 * user's.
 */
function withoutInstallerLabels(object: K8sObject): K8sObject {
  const kept = Object.entries(labelsOf(object)).filter(([key]) => !key.includes(INSTALLER_LABEL));
  return { ...object, metadata: { ...object.metadata, labels: Object.fromEntries(kept) } };
}

async function renderPart(
  plan: ComponentPlan,
  changes: JsonObject,
  { mesh }: TagRequest,
  tools: RenderTools,
): Promise<K8sObject[]> {
  const { chart, chartFolder } = plan.component;
  const { version, kubernetesVersion } = mesh;
  return tools.helm.render({
    chartPath: await tools.charts.locate({ name: chart, folder: chartFolder, version }),
    namespace: plan.namespace,
    releaseName: RELEASE_NAME,
    values: mergeObjects(plan.values, changes),
    kubernetesVersion,
  });
}

/** Returns the injection URL of an external istiod, if the webhooks call one. */
function injectionUrl(webhook: K8sObject): string | undefined {
  const [first] = Array.isArray(webhook.webhooks) ? webhook.webhooks : [];
  const client = isObject(first) && isObject(first.clientConfig) ? first.clientConfig : {};
  return typeof client.url === "string" ? client.url : undefined;
}

/** The mesh may not contain the base chart. All charts share their values. */
function basePlan(pilot: ComponentPlan, { version }: ResolvedMesh): ComponentPlan {
  const component = componentsOf(version).find(({ name }) => name === "base");
  return { ...pilot, component: component ?? pilot.component };
}

/**
 * Renders the default validator from the chart `base`, because Istio's repository has no chart
 * `default`.
 */
async function renderValidator(
  pilot: ComponentPlan,
  tagWebhook: K8sObject,
  request: TagRequest,
  tools: RenderTools,
): Promise<K8sObject[]> {
  const url = injectionUrl(tagWebhook);
  const changes: JsonObject = {
    defaultRevision: revisionLabel(request.revision),
    ...(url !== undefined && { base: { validationURL: validationUrl(url) } }),
  };
  const objects = await renderPart(basePlan(pilot, request.mesh), changes, request, tools);
  return objects
    .filter(({ kind }) => kind === "ValidatingWebhookConfiguration")
    .map((object) => tagValidator(object, tagWebhook));
}

/**
 * Renders the objects of a revision tag from Istio's own charts. The result is what `istioctl tag
 * generate TAG --revision REVISION` prints, without the `caBundle`, which istiod writes itself.
 *
 * The objects are a webhook, a Service if the version has one, and for the tag `default` also the
 * default validator. Their names depend on the tag alone, so moving the tag updates each of them.
 *
 * @throws InvalidInput if the name is invalid, or if something else creates the same objects
 * @example
 * const objects = await tagObjects({ tag: "stable", revision: "1-31-0", mesh }, tools);
 * objects.map(objectTitle)
 * // ["Service istio-system/istiod-revision-tag-stable", "MutatingWebhookConfiguration istio-revision-tag-stable"]
 * @see Istio `istioctl/pkg/tag` (Generate)
 */
export async function tagObjects(request: TagRequest, tools: RenderTools): Promise<K8sObject[]> {
  throwIfAny(checkTag(request));
  const plan = planOf(request.mesh, "pilot");
  if (plan === undefined) {
    const fix = "leave components.pilot enabled, also where istiod runs elsewhere";
    throwIfAny([problem("components.pilot", "", "the mesh has no control plane to tag", fix)]);
    return [];
  }
  const revision = request.revision === DEFAULT_REVISION ? "" : request.revision;
  const changes = { revision, revisionTags: [request.tag] };
  const objects = await renderPart(plan, changes, request, tools);
  const rendered = objects.filter((object) => labelsOf(object)[TAG_LABEL] === request.tag);
  const webhook = rendered.find(({ kind }) => kind === "MutatingWebhookConfiguration");
  const validators =
    request.tag === DEFAULT_REVISION && webhook !== undefined
      ? await renderValidator(plan, webhook, request, tools)
      : [];
  return sortObjects([...rendered, ...validators].map(withoutInstallerLabels));
}
