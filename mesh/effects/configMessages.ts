import { isDeepStrictEqual } from "node:util";
import { isObject, type Json, type JsonObject } from "../common/json";
import { groupBy, someOf } from "../common/lists";
import type { Sentence } from "../common/sentence";
import type { Labels } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { isSelector, matches } from "../k8s/selector";
import { listAt } from "../k8s/workload";
import type { ObjectEffects, WebhookEffects } from "../model/effects";
import { changedKeys, compareMaps } from "./compare";
import { inputValue, say, type Told, warn } from "./sentences";

/** Who names a provider in the cluster, beside the objects of the mesh. */
export type ProviderUsers = Readonly<Record<string, readonly string[]>>;

/** What the cluster says of the configuration that a step changes. */
export interface LiveConfig {
  /** @default nothing is known of the cluster */
  readonly providerUsers?: ProviderUsers;
  /** The labels of each namespace. @default nothing is known of the cluster */
  readonly namespaces?: Readonly<Record<string, Labels>>;
}

/** Returns the revision of a ConfigMap by its name: `istio-1-29-1`, or `istio` for the default. */
function revisionIn(title: string, prefix: string): string {
  const name = title.split("/").at(-1) ?? "";
  return name === prefix ? "default" : name.slice(prefix.length + 1);
}

/** A setting that decides what traffic may do, with its default and what its values mean. */
interface TrafficSetting {
  readonly path: string;
  readonly otherwise: Json;
  /** By value, or one for every change. */
  readonly meaning: Readonly<Record<string, string>> | string;
}

const TRAFFIC: readonly TrafficSetting[] = [
  {
    path: "outboundTrafficPolicy.mode",
    otherwise: "ALLOW_ANY",
    meaning: {
      REGISTRY_ONLY: "requests to hosts that the mesh does not know are refused from now on",
      ALLOW_ANY: "requests to hosts that the mesh does not know are let through from now on",
    },
  },
  {
    path: "enableAutoMtls",
    otherwise: true,
    meaning: {
      true: "proxies use mutual TLS where the other side has it",
      false: "proxies send plain text unless a DestinationRule says otherwise",
    },
  },
  {
    path: "meshMTLS.minProtocolVersion",
    otherwise: "TLSV1_2",
    meaning: { TLSV1_3: "clients with older TLS can no longer talk to workloads" },
  },
  {
    path: "trustDomain",
    otherwise: "cluster.local",
    meaning:
      "policies that name the old identities no longer match, unless trustDomainAliases has the old domain",
  },
  {
    path: "rootNamespace",
    otherwise: "istio-system",
    meaning: "mesh-wide policies and telemetry are read from there",
  },
];

function trafficMessages(before: JsonObject, after: JsonObject): string[] {
  return TRAFFIC.flatMap(({ path, otherwise, meaning }) => {
    const [from, to] = [getPath(before, path) ?? otherwise, getPath(after, path) ?? otherwise];
    if (isDeepStrictEqual(from, to)) {
      return [];
    }
    const means = typeof meaning === "string" ? meaning : meaning[String(to)];
    const effect = means === undefined ? "" : `: ${means}`;
    // The words of a setting that has only a few tell nothing of anybody.
    const isWord = (value: Json) =>
      value === otherwise || (typeof meaning !== "string" && Object.hasOwn(meaning, String(value)));
    const text = (value: Json) => (isWord(value) ? String(value) : inputValue(String(value)));
    return [`${path} becomes ${text(to)} (before: ${text(from)})${effect}`];
  });
}

function isWatched(labels: Labels, selectors: readonly Json[]): boolean {
  const takes = (selector: Json) => matches(selector, labels);
  // istiod ignores a list with a selector that it cannot read.
  return selectors.length === 0 || !selectors.every(isSelector) || selectors.some(takes);
}

/** Returns whether a step changes which namespaces some istiod watches. */
export function changesDiscovery(before: ObjectEffects, after: ObjectEffects): boolean {
  return compareMaps(before.meshConfigs, after.meshConfigs).both.some(
    ([, old, now]) => !isDeepStrictEqual(old.discoverySelectors, now.discoverySelectors),
  );
}

function discoveryMessages(
  before: JsonObject,
  after: JsonObject,
  namespaces: LiveConfig["namespaces"],
): string[] {
  const [from, to] = [listAt(before, "discoverySelectors"), listAt(after, "discoverySelectors")];
  if (isDeepStrictEqual(from, to)) {
    return [];
  }
  if (to.length === 0) {
    return ["discoverySelectors is removed: istiod watches every namespace again"];
  }
  if (namespaces === undefined) {
    return [
      "discoverySelectors changes: proxies lose the Services and policies of namespaces that no selector matches",
    ];
  }
  const lost = Object.entries(namespaces)
    .filter(([, labels]) => isWatched(labels, from) && !isWatched(labels, to))
    .map(([name]) => name);
  return [
    lost.length === 0
      ? "discoverySelectors changes: istiod still watches every namespace that it watches now"
      : `discoverySelectors changes: istiod no longer watches ${someOf(lost)}, so proxies lose the Services and policies there`,
  ];
}

function providersOf(config: JsonObject): Record<string, JsonObject> {
  const named = listAt(config, "extensionProviders").filter(({ name }) => typeof name === "string");
  return Object.fromEntries(named.map((provider) => [String(provider.name), provider]));
}

function defaultUsers(config: JsonObject): Record<string, string[]> {
  const defaults = isObject(config.defaultProviders) ? config.defaultProviders : {};
  const users: Record<string, string[]> = {};
  for (const [kind, names] of Object.entries(defaults)) {
    for (const name of Array.isArray(names) ? names.map(String) : []) {
      users[name] = [...(users[name] ?? []), `defaultProviders.${kind}`];
    }
  }
  return users;
}

/** Returns the providers of the mesh config that a step takes away or changes. */
export function changedProviders(before: ObjectEffects, after: ObjectEffects): string[] {
  return compareMaps(before.meshConfigs, after.meshConfigs).both.flatMap(([, old, now]) => {
    const [from, to] = [providersOf(old), providersOf(now)];
    return changedKeys(from, to).filter((name) => Object.hasOwn(from, name));
  });
}

/** istiod generates a rule that denies all for a policy of action CUSTOM whose provider is unknown. */
function withoutProvider(users: readonly string[]): string {
  return users.some((user) => user.startsWith("AuthorizationPolicy "))
    ? ": requests that the AuthorizationPolicy covers are refused from now on"
    : "";
}

function providerMessages(before: JsonObject, after: JsonObject, users: ProviderUsers): string[] {
  const { removed, both } = compareMaps(providersOf(before), providersOf(after));
  const usersOf = (name: string) => [
    ...new Set([...(users[name] ?? []), ...(defaultUsers(after)[name] ?? [])]),
  ];
  const used = (name: string, link: "but" | "and") =>
    usersOf(name).length === 0
      ? ""
      : `, ${link} ${someOf(usersOf(name))} ${usersOf(name).length === 1 ? "names" : "name"} it`;
  return [
    ...removed.map(
      ([name]) =>
        `extension provider ${name} is removed${used(name, "but")}${withoutProvider(usersOf(name))}`,
    ),
    ...both
      .filter(([, old, now]) => !isDeepStrictEqual(old, now))
      .map(([name]) => `extension provider ${name} changes${used(name, "and")}`),
  ];
}

/** Fields with sentences of their own. */
const SPOKEN_OF = [
  ...TRAFFIC.map(({ path }) => path.split(".")[0]),
  "discoverySelectors",
  "extensionProviders",
  "defaultConfig",
];

const isScalar = (value: Json | undefined) =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

/** A text that is empty would not be seen. */
const shown = (value: Json | undefined) => (value === "" ? '""' : String(value));

function otherMessages(before: JsonObject, after: JsonObject): string[] {
  const keys = changedKeys(before, after).filter((key) => !SPOKEN_OF.includes(key));
  const parts = keys.filter((key) => after[key] !== undefined && !isScalar(after[key]));
  return [
    ...keys
      .filter((key) => isScalar(after[key]))
      .map((key) => `${key} becomes ${inputValue(shown(after[key]))}`),
    ...keys.filter((key) => after[key] === undefined).map((key) => `${key} is removed`),
    ...(parts.length === 0
      ? []
      : [`${someOf(parts)} ${parts.length === 1 ? "changes" : "change"}`]),
  ];
}

function proxyConfig(before: JsonObject, after: JsonObject): Sentence[] {
  const [from, to] = [before, after].map(({ defaultConfig }) =>
    isObject(defaultConfig) ? defaultConfig : {},
  );
  const keys = changedKeys(from ?? {}, to ?? {});
  return keys.length === 0
    ? []
    : [say(`proxies take the new defaultConfig (${someOf(keys)}) when their pods restart.`)];
}

/** Returns what a step changes by the mesh config of one control plane, without its name. */
function changesOf(old: JsonObject, now: JsonObject, { providerUsers, namespaces }: LiveConfig) {
  const warnings = [
    ...trafficMessages(old, now),
    ...discoveryMessages(old, now, namespaces),
    ...providerMessages(old, now, providerUsers ?? {}),
  ];
  return [
    ...warnings.map((text) => warn(`${text}.`)),
    ...otherMessages(old, now).map((text) => say(`${text}, for all proxies at once.`)),
    ...proxyConfig(old, now),
  ];
}

/**
 * Returns what a step changes for the traffic of the mesh by the mesh config that istiod reads. What
 * is the same for several control planes is one sentence.
 */
function meshConfigMessages(
  before: ObjectEffects,
  after: ObjectEffects,
  live: LiveConfig,
): Sentence[] {
  const providerUsers = { ...after.providerUsers, ...live.providerUsers };
  const { both } = compareMaps(before.meshConfigs, after.meshConfigs);
  const changes = both.flatMap(([title, old, now]) =>
    changesOf(old, now, { ...live, providerUsers }).map((change) => ({ title, change })),
  );
  return [...groupBy(changes, ({ change }) => change.text)].map(([text, group]) => {
    const planes = group.map(({ title }) => revisionIn(title, "istio"));
    const prefix =
      planes.length === Object.keys(after.meshConfigs).length
        ? "mesh config"
        : `mesh config of ${planes.length === 1 ? "control plane" : "control planes"} ${someOf(planes)}`;
    const warning = group.some(({ change }) => change.warning);
    return { text: `${prefix}: ${text}`, warning };
  });
}

/** Settings of waypoints alone, which istiod deploys itself. */
const isOfWaypoints = (setting: string) => setting.startsWith("values.global.waypoint.");

interface InjectorChange {
  readonly revision: string;
  readonly what: string;
}

function planesText(changes: readonly InjectorChange[], verb: string): string {
  const [plane, ...more] = changes.map(({ revision }) => revision);
  return more.length === 0
    ? `control plane ${plane} ${verb}s`
    : `control planes ${someOf([String(plane), ...more])} ${verb}`;
}

function injectorMessages(before: ObjectEffects, after: ObjectEffects, told: Told): Sentence[] {
  const { both } = compareMaps(before.injectors, after.injectors);
  const changes = both
    .map(([title, old, now]) => ({
      revision: revisionIn(title, "istio-sidecar-injector"),
      settings: changedKeys(old, now),
    }))
    .filter(({ revision }) => !told.hasProxies(revision));
  const sentences = (
    isOwn: (setting: string) => boolean,
    text: (group: readonly InjectorChange[], what: string) => string,
  ) => {
    const own = changes
      .map(({ revision, settings }) => ({ revision, what: someOf(settings.filter(isOwn)) }))
      .filter(({ what }) => what !== "");
    return [...groupBy(own, ({ what }) => what)].map(([what, group]) => say(text(group, what)));
  };
  return [
    ...sentences(
      (setting) => !isOfWaypoints(setting),
      (group, what) =>
        `${planesText(group, "inject")} changed proxies into new pods (${what}). Running pods keep theirs until they restart.`,
    ),
    ...sentences(
      isOfWaypoints,
      (group, what) =>
        `${planesText(group, "restart")} the pods of waypoints with other settings (${what}).`,
    ),
  ];
}

/** What becomes of the CA bundle by which the API server trusts a webhook. */
function bundleText(before: string | undefined, after: string | undefined): string {
  if (after === undefined) {
    return "the inputs no longer set its CA bundle: the one in the cluster stays until istiod writes its own";
  }
  return before === undefined
    ? "its CA bundle comes from the inputs from now on, and istiod no longer writes it"
    : "the inputs set another CA bundle: the API server no longer trusts certificates of the one before";
}

function bundleMessages(before: ObjectEffects, after: ObjectEffects): Sentence[] {
  const known = Object.keys(after.webhooks).filter((title) =>
    Object.hasOwn(before.webhooks, title),
  );
  const changes = known
    .map((title) => ({ title, from: before.caBundles[title], to: after.caBundles[title] }))
    .filter(({ from, to }) => from !== to);
  return [...groupBy(changes, ({ from, to }) => bundleText(from, to))].map(([text, group]) =>
    warn(`${someOf(group.map(({ title }) => title))}: ${text}.`),
  );
}

function webhookMessages(before: ObjectEffects, after: ObjectEffects, told: Told): Sentence[] {
  const configurations = compareMaps(before.webhooks, after.webhooks);
  const isUntold = ([title]: readonly [string, unknown]) => !told.hasWebhooks(title);
  const matches = (whom: WebhookEffects) =>
    [...new Set(Object.values(whom))].map(inputValue).join(", or ");
  return [
    ...configurations.removed
      .filter(isUntold)
      .map(([title, whom]) =>
        warn(
          title.startsWith("Validating")
            ? `${title} is deleted: istiod no longer checks Istio configuration when somebody applies it.`
            : `${title} is deleted: it injects no proxy any more into pods of ${matches(whom)}.`,
        ),
      ),
    ...configurations.added
      .filter(isUntold)
      .map(([title, whom]) => say(`${title} is new, for ${matches(whom)}.`)),
    ...configurations.both.flatMap(([title, old, now]) => {
      const { added, removed, both } = compareMaps(old, now);
      return [
        ...removed.map(([name]) => say(`${title}: webhook ${name} is removed.`)),
        ...added.map(([name, whom]) =>
          say(`${title}: webhook ${name} is new, for ${inputValue(whom)}.`),
        ),
        ...both
          .filter(([, from, to]) => from !== to)
          .map(([name, from, to]) =>
            warn(
              `${title}: webhook ${name} is for ${inputValue(to)} from now on (before: ${inputValue(from)}).`,
            ),
          ),
      ];
    }),
    ...bundleMessages(before, after),
  ];
}

const MODES: Readonly<Record<string, string>> = {
  STRICT: "workloads refuse plain text from now on",
  PERMISSIVE: "workloads accept both plain text and mutual TLS from now on",
  DISABLE: "workloads accept only plain text from now on",
};

/** What holds for a namespace without a mode of its own. */
const MESH_WIDE_MODE =
  "the mode of the mesh-wide PeerAuthentication holds, or PERMISSIVE if there is none";

function mutualTlsMessages(before: ObjectEffects, after: ObjectEffects): Sentence[] {
  const { added, removed, both } = compareMaps(before.mutualTls, after.mutualTls);
  const becomes = (title: string, mode: string) =>
    warn(`${title} becomes ${mode}: ${MODES[mode] ?? MESH_WIDE_MODE}.`);
  return [
    ...added.map(([title, mode]) => becomes(title, mode)),
    ...both.filter(([, from, to]) => from !== to).map(([title, , to]) => becomes(title, to)),
    ...removed.map(([title, mode]) => warn(`${title} (${mode}) is deleted: ${MESH_WIDE_MODE}.`)),
  ];
}

/** Returns what a step changes in the configuration by which istiod, proxies and webhooks work. */
export function configMessages(
  before: ObjectEffects,
  after: ObjectEffects,
  { told, live }: { readonly told: Told; readonly live: LiveConfig },
): Sentence[] {
  return [
    ...mutualTlsMessages(before, after),
    ...meshConfigMessages(before, after, live),
    ...injectorMessages(before, after, told),
    ...webhookMessages(before, after, told),
  ];
}
