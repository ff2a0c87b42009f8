import type { Problem } from "../common/problem";
import { PROXY_CONFIG } from "../k8s/istioLabels";
import { DATA_PLANE } from "../managed/dataPlane";
import type { GatewayComponentInputs, GatewayInputs } from "../model/gatewayInputs";
import { checkRevision, EXAMPLE_REVISION } from "../model/revision";
import { checkSeconds } from "../model/timeouts";
import { adoptWithoutCluster } from "../ownership/adoptWithoutCluster";
import { checkInputs, type InputProblem } from "../schema/checkInputs";
import { checkFields } from "./checkFields";
import { checkGatewayConflicts } from "./gatewayConflicts";
import {
  DEPLOYMENT_LABEL,
  deploymentName,
  drainSeconds,
  gatewayLabels,
  graceSeconds,
  isInjectedByNamespace,
  weightsOf,
} from "./plan";

/** The name of a Service is a DNS label that begins with a letter (RFC 1035). */
const SERVICE_NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Also the limit for a label's value. The Deployment's name is used as one. */
const MAX_NAME = 63;

function checkNames({ name, namespace }: GatewayInputs): InputProblem[] {
  const allowed = `lower-case letters, digits and hyphens, a letter first, at most ${MAX_NAME}`;
  const reason = "is not a name that Kubernetes takes";
  const valid = (text: string, pattern: RegExp) => pattern.test(text) && text.length <= MAX_NAME;
  return [
    ...(valid(name, SERVICE_NAME) ? [] : [{ path: "name", value: name, reason, allowed }]),
    ...(valid(namespace, DNS_LABEL)
      ? []
      : [{ path: "namespace", value: namespace, reason, allowed }]),
  ];
}

function checkDeploymentName(inputs: GatewayInputs, index: number): InputProblem[] {
  const name = deploymentName(inputs, index);
  return name.length <= MAX_NAME
    ? []
    : [
        {
          path: `revisions[${index}].revision`,
          value: name,
          reason: "makes the Deployment's name too long",
          allowed: `at most ${MAX_NAME} characters`,
          fix: "shorten the gateway's name or the revision's",
        },
      ];
}

function checkRevisionName(inputs: GatewayInputs, index: number): InputProblem[] {
  const { revision = "" } = inputs.revisions[index] ?? {};
  const path = `revisions[${index}].revision`;
  if (revision === "") {
    const fix = 'write "default" for Istio\'s default revision';
    return [{ path, value: revision, reason: "is empty", fix }];
  }
  const finding = checkRevision(revision);
  return finding === undefined
    ? checkDeploymentName(inputs, index)
    : [{ path, value: revision, ...finding }];
}

function checkTwice({ revisions }: GatewayInputs): InputProblem[] {
  const names = revisions.map(({ revision }) => revision);
  return names.flatMap((value, index) =>
    names.indexOf(value) === index
      ? []
      : [
          {
            path: `revisions[${index}].revision`,
            value,
            reason: "is given twice",
            fix: "name each revision once, with its weight",
          },
        ],
  );
}

function checkWeights(inputs: GatewayInputs): InputProblem[] {
  const weights = weightsOf(inputs);
  const wrong = weights.flatMap((value, index) =>
    Number.isInteger(value) && value >= 0
      ? []
      : [
          {
            path: `revisions[${index}].weight`,
            value,
            reason: "is not a weight",
            allowed: "whole numbers from 0",
          },
        ],
  );
  const none = weights.every((weight) => weight === 0)
    ? [
        {
          path: "revisions",
          reason: "have no weight above 0, so nothing would serve",
          fix: "give one revision a weight, such as 100",
        },
      ]
    : [];
  return [...wrong, ...none];
}

/**
 * With default weights, a second revision would take half of the traffic in the update that adds
 * it. `active` needs no weights, because it names the revision that serves.
 */
function checkWeightsGiven({ revisions, traffic, active }: GatewayInputs): InputProblem[] {
  if (revisions.length < 2 || (traffic === "active" && active !== undefined)) {
    return [];
  }
  const effect =
    traffic === "active"
      ? "of revisions with equal weights, the first would get all the traffic at once"
      : "by its default weight it would get its part of the traffic at once";
  return revisions.flatMap(({ revision, weight }, index) =>
    weight === undefined
      ? [
          {
            path: `revisions[${index}].weight`,
            reason: `is missing: there are ${revisions.length} revisions, and ${effect}`,
            fix: `give each revision a weight, such as { revision: ${revision}, weight: ${index === 0 ? 90 : 10} }`,
          },
        ]
      : [],
  );
}

function checkGoogleNaming({ naming, revisions }: GatewayInputs): InputProblem[] {
  return naming === "google" && revisions.length > 2
    ? [
        {
          path: "revisions",
          value: revisions.map(({ revision }) => revision),
          reason: "are more than `naming: google` has names for",
          allowed: "at most 2: NAME and NAME-canary",
          fix: "take one away, or use `naming: revision`",
        },
      ]
    : [];
}

/** The label of a namespace is one for all pods of it, so that there is nothing to weigh. */
function checkOneLabel({ revisions }: GatewayInputs): InputProblem[] {
  return revisions.length > 1
    ? [
        {
          path: "revisions",
          value: revisions.map(({ revision }) => revision),
          reason:
            "are more than the label of the namespace can name, which is one for all pods of the gateway (`injection: namespace`)",
          allowed: "one revision",
          fix: "name the one that the label of the namespace names, or write `injection: pod` to have revisions side by side",
        },
      ]
    : [];
}

function checkNaming({ naming, name }: GatewayInputs): InputProblem[] {
  return naming === "revision"
    ? [
        {
          path: "naming",
          value: naming,
          reason: `names Deployments after their revision, but with \`injection: namespace\` there is one, ${name}, which stays when the label of the namespace moves`,
          fix: "leave `naming` out, or write `injection: pod`",
        },
      ]
    : [];
}

function checkRevisions(inputs: GatewayInputs): InputProblem[] {
  if (inputs.revisions.length === 0) {
    const fix = `name at least one, such as { revision: "${EXAMPLE_REVISION}" }`;
    return [{ path: "revisions", reason: "is an empty list", fix }];
  }
  return [
    ...inputs.revisions.flatMap((_, index) => checkRevisionName(inputs, index)),
    ...checkTwice(inputs),
    ...checkWeights(inputs),
    ...(isInjectedByNamespace(inputs)
      ? [...checkOneLabel(inputs), ...checkNaming(inputs)]
      : [...checkWeightsGiven(inputs), ...checkGoogleNaming(inputs)]),
  ];
}

function checkActive(inputs: GatewayInputs): InputProblem[] {
  const { active, traffic, revisions } = inputs;
  if (active === undefined || revisions.length === 0) {
    return [];
  }
  const names = revisions.map(({ revision }) => revision);
  const index = names.indexOf(active);
  const base = { path: "active", value: active };
  if (traffic !== "active") {
    const fix = "write `traffic: active`, or leave `active` out";
    return [{ ...base, reason: "only has an effect with `traffic: active`", fix }];
  }
  if (index === -1) {
    const allowed = names.join(", ");
    return [{ ...base, reason: "names no revision of the gateway", allowed }];
  }
  return weightsOf(inputs)[index] === 0
    ? [
        {
          ...base,
          reason: "names a revision of weight 0, whose few pods would get all the traffic",
          fix: `give ${active} a weight first, such as 100; switch once its pods are there`,
        },
      ]
    : [];
}

/** A proxy that Kubernetes ends during its drain drops what it still serves. */
function checkDrain(inputs: GatewayInputs): InputProblem[] {
  const drain = drainSeconds(inputs);
  const grace = graceSeconds(inputs);
  const path =
    inputs.terminationGracePeriodSeconds === undefined
      ? "terminationDrainSeconds"
      : "terminationGracePeriodSeconds";
  return grace > drain
    ? []
    : [
        {
          path,
          value: path === "terminationDrainSeconds" ? drain : grace,
          reason: `pods are ended after ${grace} s (terminationGracePeriodSeconds), during their drain of ${drain} s`,
          allowed: `terminationGracePeriodSeconds above ${drain}`,
          fix: `set terminationGracePeriodSeconds to ${drain + 30} or more`,
        },
      ];
}

/** Labels that this package sets itself, because its guarantees depend on them. */
const OWN_LABELS = [
  DEPLOYMENT_LABEL,
  "istio.io/rev",
  "sidecar.istio.io/inject",
  "topology.istio.io/network",
];

const OWN_LABEL_FIXES: Readonly<Record<string, string>> = {
  "istio.io/rev": "name the revision in `revisions`",
  "topology.istio.io/network": "use `network`",
};

function checkLabels(inputs: GatewayInputs): InputProblem[] {
  const given = { labels: inputs.labels, "service.selector": inputs.service?.selector };
  const own = Object.entries(given).flatMap(([path, labels]) =>
    OWN_LABELS.filter((label) => labels?.[label] !== undefined).map((label) => ({
      path: `${path}.${label}`,
      value: labels?.[label],
      reason: "is a label that the gateway sets itself",
      fix: OWN_LABEL_FIXES[label] ?? "leave it out",
    })),
  );
  const labels = gatewayLabels(inputs);
  const differing = Object.entries(inputs.labels ?? {})
    .filter(([label, value]) => labels[label] !== value)
    .map(([label, value]) => ({
      path: `labels.${label}`,
      value,
      reason: `differs from service.selector (${labels[label]}), so the Service would find no pod`,
      fix: "give both the same value",
    }));
  return [...own, ...differing];
}

/** Inputs that become an annotation. An annotation given by the user would override them. */
const ANNOTATION_INPUTS = [
  {
    annotation: PROXY_CONFIG,
    input: "terminationDrainSeconds",
    fix: "write terminationDrainDuration into the annotation, and leave the input out",
  },
  {
    annotation: DATA_PLANE,
    input: "managedDataPlane",
    fix: "leave the annotation out; the input sets it where Google runs the control plane",
  },
] as const;

function checkAnnotations(inputs: GatewayInputs): InputProblem[] {
  return ANNOTATION_INPUTS.filter(
    ({ annotation, input }) =>
      inputs.podAnnotations?.[annotation] !== undefined && inputs[input] !== undefined,
  ).map(({ annotation, input, fix }) => ({
    path: `podAnnotations.${annotation}`,
    reason: `would override ${input}`,
    fix,
  }));
}

const CHECKS: readonly ((inputs: GatewayInputs) => InputProblem[])[] = [
  checkNames,
  checkRevisions,
  checkActive,
  checkDrain,
  checkLabels,
  checkAnnotations,
  checkFields,
];

/** Returns the name of a gateway in messages. */
export function gatewaySource(inputs: Pick<GatewayInputs, "name">): string {
  return `gateway ${typeof inputs.name === "string" && inputs.name !== "" ? inputs.name : "?"}`;
}

/**
 * Returns everything that is wrong with one gateway's inputs. Accepts plain data of any shape.
 *
 * @example
 * checkGateway({ name: "ingress", namespace: "gateways", revisions: [{ revision: "1.31.0" }] })[0].fix
 * // 'write "1-31-0"'
 */
export function checkGatewayInputs(inputs: GatewayInputs): Problem[] {
  return problemsOf("GatewayInputs", inputs, CHECKS);
}

/** The same for a gateway that a program declares by itself. */
export function checkGatewayComponent(inputs: GatewayComponentInputs): Problem[] {
  return problemsOf("GatewayComponentInputs", inputs, [
    ...CHECKS,
    ({ timeoutSeconds }) => checkSeconds("timeoutSeconds", timeoutSeconds),
    adoptWithoutCluster,
  ]);
}

function problemsOf<T extends GatewayInputs>(
  type: "GatewayInputs" | "GatewayComponentInputs",
  inputs: T,
  checks: readonly ((inputs: T) => InputProblem[])[],
): Problem[] {
  const misfits = checkInputs(type, inputs);
  const problems = misfits.length > 0 ? misfits : checks.flatMap((check) => check(inputs));
  return problems.map((problem) => ({ source: gatewaySource(inputs ?? {}), ...problem }));
}

/**
 * Returns everything that is wrong with several gateways, each by itself and all together.
 *
 * @example
 * checkGateways([ingress, ingress])[0].reason // "is the name of another gateway in the same namespace"
 */
export function checkAllGatewayInputs(all: readonly GatewayInputs[]): Problem[] {
  const problems = all.map(checkGatewayInputs);
  const sound = all.filter((_, index) => problems[index]?.length === 0);
  return [...problems.flat(), ...checkGatewayConflicts(sound, gatewaySource)];
}
