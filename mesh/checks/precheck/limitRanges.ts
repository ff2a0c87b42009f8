import { isObject, type Json, type JsonObject } from "../../common/json";
import { patchCommand } from "../../k8s/kubectl";
import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import { listAt } from "../../k8s/workload";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { amountText, type PodContainer, podAmount, thousandths } from "./podResources";

const found = findingsOf("quotas");

/** What is compared with a LimitRange: a container, or a pod as a whole. */
interface Subject {
  readonly title: string;
  readonly requests: JsonObject;
  readonly limits: JsonObject;
  /** A proxy that somebody unknown injects. */
  readonly open: boolean;
}

/** Why a LimitRange refuses something, and what would let it in. */
interface Breach {
  readonly reason: string;
  /** In words. */
  readonly allow: string;
  /** What the bound would have to be; nothing: it has to go. */
  readonly bound?: string;
}

type Rule = (resource: string, bound: Json, subject: Subject) => Breach | undefined;

/** The two amounts, in thousandths, with what was written. */
function amountsOf(resource: string, { requests, limits }: Subject) {
  const [request, limit] = [requests[resource], limits[resource]];
  return { request, limit, asked: thousandths(request), capped: thousandths(limit) };
}

const above: Rule = (resource, bound, subject) => {
  const { request, limit, asked, capped } = amountsOf(resource, subject);
  const most = thousandths(bound);
  if (most === undefined) {
    return undefined;
  }
  if (capped === undefined) {
    const reason = `has no limit of ${resource}, which must be ${bound} at most`;
    return subject.open ? undefined : { reason, allow: `drop max.${resource}` };
  }
  const text = (asked ?? 0) > most ? request : capped > most ? limit : undefined;
  return text === undefined
    ? undefined
    : {
        reason: `asks for ${text} ${resource}, above the most that is allowed (${bound})`,
        allow: `allow ${text} ${resource}`,
        bound: String(text),
      };
};

const below: Rule = (resource, bound, subject) => {
  const { request, asked } = amountsOf(resource, subject);
  const least = thousandths(bound);
  if (least === undefined || (asked !== undefined && asked >= least)) {
    return undefined;
  }
  if (asked === undefined) {
    const reason = `asks for no ${resource}, which must be ${bound} at least`;
    return subject.open ? undefined : { reason, allow: `drop min.${resource}` };
  }
  return {
    reason: `asks for ${request} ${resource}, below the least that is allowed (${bound})`,
    allow: `allow ${request} ${resource}`,
    bound: String(request),
  };
};

const ratio: Rule = (resource, bound, subject) => {
  const { request, limit, asked, capped } = amountsOf(resource, subject);
  const most = thousandths(bound);
  if (most === undefined || (subject.open && (asked === undefined || capped === undefined))) {
    return undefined;
  }
  const [wanted, allowed] = [asked ?? 0, capped ?? 0];
  if (wanted > 0 && allowed > 0 && (allowed / wanted) * 1000 <= most) {
    return undefined;
  }
  const text = `limit ${limit ?? "none"}, request ${request ?? "none"}`;
  return {
    reason: `may use more than ${bound} times the ${resource} that it asks for (${text})`,
    allow: `raise maxLimitRequestRatio.${resource}`,
    ...(wanted > 0 && allowed > 0 && { bound: String(Math.ceil(allowed / wanted)) }),
  };
};

/** The namespace's default limit is below what the container asks for. */
const crossed: Rule = (resource, bound, subject) => {
  const { request, limit, asked, capped } = amountsOf(resource, subject);
  const isDefault = capped !== undefined && capped === thousandths(bound);
  return isDefault && asked !== undefined && asked > capped
    ? {
        reason: `asks for ${request} ${resource}, above the limit that it gets by default (${limit})`,
        allow: `raise default.${resource} to ${request}`,
        bound: String(request),
      }
    : undefined;
};

const RULES: Readonly<Record<string, Rule>> = {
  max: above,
  min: below,
  maxLimitRequestRatio: ratio,
  default: crossed,
};

/** A breach, and the bound that it is of: the field of the limit, and in it the resource. */
interface Broken extends Breach {
  readonly field: string;
  readonly resource: string;
}

/** The first breach of each resource: the others follow from it. */
function breaches(limit: JsonObject, subject: Subject): Broken[] {
  const broken = new Map<string, Broken>();
  for (const [field, rule] of Object.entries(RULES)) {
    const bounds = limit[field];
    for (const [resource, bound] of Object.entries(isObject(bounds) ? bounds : {})) {
      const breach = rule(resource, bound, subject);
      if (breach !== undefined && !broken.has(resource)) {
        broken.set(resource, { ...breach, field, resource });
      }
    }
  }
  return [...broken.values()];
}

/** @param index of the limit in the LimitRange */
function allowFix(
  range: K8sObject,
  index: number,
  { allow, field, resource, bound }: Broken,
): string {
  const path = `/spec/limits/${index}/${field}/${resource.replaceAll("/", "~1")}`;
  const change: JsonObject =
    bound === undefined ? { op: "remove", path } : { op: "replace", path, value: bound };
  return `${allow}: ${patchCommand(identityOf(range), [change])}`;
}

/** The pod as a whole, as far as a limit names resources. */
function podSubject(
  limit: JsonObject,
  title: string,
  containers: readonly PodContainer[],
): Subject {
  const fields = ["max", "min", "maxLimitRequestRatio"].map((field) => limit[field]);
  const names = new Set(fields.flatMap((field) => Object.keys(isObject(field) ? field : {})));
  const sums = (kind: "requests" | "limits") =>
    Object.fromEntries(
      [...names].flatMap((name) => {
        const sum = podAmount(containers, kind, name);
        return sum === undefined ? [] : [[name, amountText(name, sum)]];
      }),
    );
  const open = containers.some((one) => one.open);
  return { title, requests: sums("requests"), limits: sums("limits"), open };
}

function subjectsOf(
  limit: JsonObject,
  workload: K8sObject,
  containers: readonly PodContainer[],
): Subject[] {
  const owner = objectTitle(workload);
  switch (limit.type) {
    case "Container":
      return containers.map((one) => ({ ...one, title: `the container ${one.name} of ${owner}` }));
    case "Pod":
      return [podSubject(limit, `a pod of ${owner}`, containers)];
    default:
      return [];
  }
}

/**
 * What a LimitRange would refuse of a workload's pods.
 *
 * @param containers as the API server will have them
 * @see https://kubernetes.io/docs/concepts/policy/limit-range/
 */
export function checkRange(
  range: K8sObject,
  workload: K8sObject,
  containers: readonly PodContainer[],
): Finding[] {
  return listAt(range, "spec.limits").flatMap((limit, index) =>
    subjectsOf(limit, workload, containers).flatMap((subject) =>
      breaches(limit, subject).map((broken) =>
        found.error(
          objectTitle(range),
          `${subject.title} ${broken.reason}: Kubernetes refuses its pods`,
          allowFix(range, index, broken),
        ),
      ),
    ),
  );
}
