import type { JsonObject } from "../../common/json";
import { calledBy, type InjectionWebhook, injectionWebhooks } from "../../injection/webhooks";
import { labelsOf, REVISION_LABEL } from "../../k8s/istioLabels";
import { getPath } from "../../k8s/path";
import { listAt, nameOf } from "../../k8s/workload";
import { planesIn } from "../../snapshot/controlPlanes";
import { answers, findNamed } from "../../snapshot/services";
import type { Read } from "../../snapshot/snapshot";
import { DEFAULT_VALIDATOR } from "../../snapshot/validators";
import type { Finding } from "../finding";
import { type Findings, findingsOf } from "../findings";
import { validationOf } from "./define";
import { knownRevisions, planeTitle } from "./planes";
import type { MeshState } from "./state";

type WebhookState = Pick<Read<MeshState>, "services" | "endpointSlices">;

/** A webhook of a configuration. */
interface Call {
  /** Of the configuration. */
  readonly object: string;
  readonly webhook: JsonObject;
  readonly revision: string;
}

function hasCaBundle(webhook: JsonObject): boolean {
  const bundle = getPath(webhook, "clientConfig.caBundle");
  return typeof bundle === "string" && bundle !== "";
}

const refuses = ({ failurePolicy }: JsonObject) => failurePolicy !== "Ignore";

/** Returns what keeps a webhook's Service from answering. A URL is outside of the cluster. */
function serviceFault(
  report: Findings,
  { object, webhook }: Call,
  state: WebhookState,
  fix: string,
): Finding[] {
  const called = calledBy(webhook);
  if (called.kind === "url") {
    return [];
  }
  const title = `${called.namespace}/${called.name}`;
  const service = findNamed(state.services, called);
  if (service === undefined) {
    const reason = `the webhook ${webhook.name} points at the Service ${title}, which does not exist`;
    return [report.error(object, reason, fix)];
  }
  return answers(service, state.endpointSlices)
    ? []
    : [
        report.error(
          object,
          `nothing answers at its Service ${title}`,
          `bring up the istiod behind it: kubectl -n ${called.namespace} get deploy -l app=istiod`,
        ),
      ];
}

/** Nobody will write a certificate for a Service that is gone. */
function isServiceThere({ webhook }: Call, { services }: WebhookState): boolean {
  const called = calledBy(webhook);
  return called.kind === "url" || findNamed(services, called) !== undefined;
}

function certificateFault(report: Findings, { object, webhook, revision }: Call): Finding[] {
  const called = calledBy(webhook);
  if (hasCaBundle(webhook) || called.kind === "url") {
    return [];
  }
  const reason = `the webhook ${webhook.name} has no caBundle, so the API server cannot call it`;
  const fix =
    `istiod of revision ${revision} writes it when it is ready: restart it with kubectl ` +
    `-n ${called.namespace} rollout restart deploy -l app=istiod,istio.io/rev=${revision}, or read its log`;
  return [report.error(object, reason, fix)];
}

const ENTRY = /sidecar-injector\.istio\.io$/;
const VALIDATOR = /validation\.istio\.io$/;

function callsOf(kind: string, configuration: JsonObject, names: RegExp): Call[] {
  const object = `${kind} ${nameOf(configuration)}`;
  const revision = labelsOf(configuration)[REVISION_LABEL] ?? "";
  return listAt(configuration, "webhooks")
    .filter(({ name }) => names.test(String(name)))
    .map((webhook) => ({ object, webhook, revision }));
}

/** Several webhooks of one configuration with the same fault have the same fix. It is reported once. */
function once(findings: readonly Finding[]): Finding[] {
  return findings.filter(
    ({ fix }, index) => findings.findIndex((other) => other.fix === fix) === index,
  );
}

const injection = findingsOf("injection-webhook");

function injectorFindings(configuration: JsonObject, state: WebhookState): Finding[] {
  const calls = callsOf("MutatingWebhookConfiguration", configuration, ENTRY);
  const fix = `bring the control plane back, or delete it: kubectl delete mutatingwebhookconfiguration ${nameOf(configuration)}`;
  const faults = calls.flatMap((call) => [
    ...serviceFault(injection, call, state, fix),
    ...(isServiceThere(call, state) ? certificateFault(injection, call) : []),
  ]);
  const [call] = calls;
  return faults.length > 0 || call === undefined
    ? once(faults)
    : [injection.ok(call.object, "the API server can call istiod")];
}

/** Returns control planes without a webhook, which inject nothing. */
function missingInjectors({ mutatingWebhooks, workloads }: InjectorState): Finding[] {
  const revisions = injectionWebhooks(mutatingWebhooks).map(({ revision }) => revision);
  return planesIn(workloads)
    .filter(({ revision }) => !revisions.includes(revision))
    .map((plane) =>
      injection.warning(
        planeTitle(plane),
        "has no injection webhook, so no pod gets its proxy",
        "make it again: `pulumi up --refresh`",
      ),
    );
}

type InjectorState = Pick<
  Read<MeshState>,
  "mutatingWebhooks" | "services" | "endpointSlices" | "workloads"
>;

/** Checks that each control plane has injection webhooks with a certificate and a Service that answers. */
export function checkInjectors(state: InjectorState): Finding[] {
  return [
    ...state.mutatingWebhooks.flatMap((configuration) => injectorFindings(configuration, state)),
    ...missingInjectors(state),
  ];
}

const validation = findingsOf("validation-webhook");

function validatorFix(configuration: JsonObject, revisions: readonly string[]): string {
  const name = nameOf(configuration);
  const [revision] = revisions;
  if (name !== DEFAULT_VALIDATOR || revision === undefined) {
    return `delete it, or bring its control plane back: kubectl delete validatingwebhookconfiguration ${name}`;
  }
  return `point it at a revision that is there (${revisions.join(", ")}): mesh:tags: { default: ${revision} } and \`pulumi up --refresh\`, or istioctl tag set default --revision ${revision} --overwrite`;
}

/** istiod changes `Ignore` to `Fail` once it is ready, so a certificate can only be missing before. */
function validatorFindings(
  configuration: JsonObject,
  state: WebhookState,
  revisions: readonly string[],
): Finding[] {
  const calls = callsOf("ValidatingWebhookConfiguration", configuration, VALIDATOR);
  const faults = calls.flatMap((call) => [
    ...serviceFault(validation, call, state, validatorFix(configuration, revisions)),
    ...certificateFault(validation, call).map(
      (finding): Finding =>
        refuses(call.webhook)
          ? finding
          : {
              ...finding,
              severity: "warning",
              reason: `${finding.reason}; Istio's configuration is taken unchecked`,
            },
    ),
  ]);
  const [call] = calls;
  return faults.length > 0 || call === undefined
    ? once(faults)
    : [validation.ok(call.object, "the API server can call istiod")];
}

/**
 * Checks that validators have a certificate and call a Service that exists. A validator of a removed
 * revision refuses all of Istio's configuration.
 */
export function checkValidators(
  state: Pick<Read<MeshState>, "validatingWebhooks" | "workloads" | "mutatingWebhooks"> &
    WebhookState,
): Finding[] {
  const revisions = knownRevisions(state);
  const found = state.validatingWebhooks.flatMap((configuration) =>
    validatorFindings(configuration, state, revisions),
  );
  const hasDefault = state.validatingWebhooks.some((each) => nameOf(each) === DEFAULT_VALIDATOR);
  const reason =
    "there is none: configuration without the label istio.io/rev is taken unchecked; mesh:tags: { default: REVISION } adds it";
  return hasDefault ? found : [...found, validation.info(DEFAULT_VALIDATOR, reason)];
}

const tagged = findingsOf("revision-tag");

function tagFinding(webhook: InjectionWebhook, tag: string, revisions: readonly string[]): Finding {
  const object = `tag ${tag}`;
  const [revision = "REVISION"] = revisions;
  return revisions.includes(webhook.revision)
    ? tagged.ok(object, `points at the revision ${webhook.revision}`)
    : tagged.error(
        object,
        `points at the revision ${webhook.revision}, which has no istiod; there are: ${revisions.join(", ") || "none"}`,
        `move it: mesh:tags: { ${tag}: ${revision} } and \`pulumi up\`, or istioctl tag set ${tag} --revision ${revision} --overwrite; nothing needs it: kubectl delete mutatingwebhookconfiguration ${webhook.config}`,
      );
}

/** Checks that each tag points at a revision that has an istiod. */
export function checkTags(
  state: Pick<Read<MeshState>, "mutatingWebhooks" | "workloads" | "services">,
): Finding[] {
  const revisions = knownRevisions(state);
  const tags = new Map(
    injectionWebhooks(state.mutatingWebhooks).flatMap((webhook) =>
      webhook.tag === undefined ? [] : [[webhook.tag, webhook] as const],
    ),
  );
  return [...tags].map(([tag, webhook]) => tagFinding(webhook, tag, revisions));
}

export const injectors = validationOf({
  id: "injection-webhook",
  needs: ["mutatingWebhooks", "services", "endpointSlices", "workloads"],
  run: checkInjectors,
});

export const validators = validationOf({
  id: "validation-webhook",
  needs: ["validatingWebhooks", "workloads", "mutatingWebhooks", "services", "endpointSlices"],
  run: checkValidators,
});

export const tags = validationOf({
  id: "revision-tag",
  needs: ["mutatingWebhooks", "workloads", "services"],
  run: checkTags,
});
