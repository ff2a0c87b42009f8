import { isObject, type JsonObject } from "../../common/json";
import { matchingWebhooks } from "../../injection/match";
import { type InjectionWebhook, injectionWebhooks } from "../../injection/webhooks";
import { annotationsOf, type Labels, labelsOf, POD_INJECTION_LABEL } from "../../k8s/istioLabels";
import { restartCommand } from "../../k8s/kubectl";
import { getPath } from "../../k8s/path";
import { meets, requirementsOf } from "../../k8s/selector";
import { listAt, nameOf, namespaceOf, podsOf, templateOf, type Workload } from "../../k8s/workload";
import { hasEnded, injectedRevision, isWithoutImage } from "../../snapshot/proxies";
import type { Read } from "../../snapshot/snapshot";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { configName, looseYaml } from "../meshConfig";
import { validationOf } from "./define";
import { workloadTitle } from "./gateways";
import { policyTitle } from "./mutualTls";
import type { MeshState } from "./state";

const report = findingsOf("proxy-missing");

type State = Pick<
  Read<MeshState>,
  "namespaces" | "workloads" | "mutatingWebhooks" | "pods" | "peerAuthentications" | "configMaps"
>;

/** Returns the settings of a revision's injector. */
function injectorConfig({ configMaps }: State, { revision }: InjectionWebhook): JsonObject {
  const name = configName("istio-sidecar-injector", revision);
  const found = configMaps.find((each) => nameOf(each) === name);
  return looseYaml(found === undefined ? undefined : getPath(found, "data.config"));
}

/** Returns whether the injector skips a pod that its webhook matches. */
function isPassedOver(template: JsonObject, config: JsonObject): boolean {
  const labels = labelsOf(template);
  const asked = labels[POD_INJECTION_LABEL] ?? annotationsOf(template)[POD_INJECTION_LABEL];
  const never = listAt(config, "neverInjectSelector").some((selector) => {
    const requirements = requirementsOf(selector);
    return requirements.length > 0 && requirements.every((each) => meets(each, labels));
  });
  return (
    getPath(template, "spec.hostNetwork") === true ||
    asked === "false" ||
    (asked === undefined && (never || config.policy === "disabled"))
  );
}

interface Bare {
  readonly workload: Workload;
  readonly without: number;
  readonly all: number;
}

function bareWorkload(
  workload: Workload,
  webhooks: readonly InjectionWebhook[],
  namespaces: ReadonlyMap<string, Labels>,
  state: State,
): Bare[] {
  const namespace = namespaceOf(workload.object);
  const template = templateOf(workload.object);
  const at = { namespaceLabels: namespaces.get(namespace) ?? {}, podLabels: labelsOf(template) };
  const [webhook, ...others] = matchingWebhooks(webhooks, at);
  if (
    webhook === undefined ||
    others.length > 0 ||
    isPassedOver(template, injectorConfig(state, webhook))
  ) {
    return [];
  }
  const own = state.pods.filter((pod) => namespaceOf(pod) === namespace && !hasEnded(pod));
  const all = podsOf(workload, own);
  // Pods with the image `auto` are reported by another check.
  const without = all.filter(
    (pod) => injectedRevision(annotationsOf(pod)) === undefined && !isWithoutImage(pod),
  );
  return without.length === 0 ? [] : [{ workload, without: without.length, all: all.length }];
}

function bareFinding({ workload, without, all }: Bare, strict: JsonObject | undefined): Finding {
  const { kind, object } = workload;
  const reason = `${without} of its ${all} ${all === 1 ? "pod" : "pods"} have no proxy, though a webhook would inject them now: they came before the label, or while the webhook did not answer`;
  const named = { kind, namespace: namespaceOf(object), name: nameOf(object) };
  const fix = `replace them: ${restartCommand(named)}`;
  return strict === undefined
    ? report.warning(workloadTitle(workload), `${reason}; their traffic passes the mesh by`, fix)
    : report.error(
        workloadTitle(workload),
        `${reason}; they send plaintext, which is refused where mutual TLS is STRICT (${policyTitle(strict)})`,
        fix,
      );
}

/** Checks that pods that ask for a proxy have one. Without it they send plaintext, which STRICT refuses. */
export function checkMissingProxies(state: State): Finding[] {
  const namespaces = new Map(state.namespaces.map((each) => [nameOf(each), labelsOf(each)]));
  const webhooks = injectionWebhooks(state.mutatingWebhooks);
  const strict = state.peerAuthentications.find(
    (policy) => isObject(policy.spec) && getPath(policy, "spec.mtls.mode") === "STRICT",
  );
  const bare = state.workloads.flatMap((workload) =>
    bareWorkload(workload, webhooks, namespaces, state),
  );
  return bare.length > 0
    ? bare.map((each) => bareFinding(each, strict))
    : [report.ok("pods", "all that ask for a proxy have one")];
}

export const missingProxies = validationOf({
  id: "proxy-missing",
  needs: [
    "namespaces",
    "workloads",
    "mutatingWebhooks",
    "pods",
    "peerAuthentications",
    "configMaps",
  ],
  run: checkMissingProxies,
});
