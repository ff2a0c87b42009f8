import { isDeepStrictEqual } from "node:util";
import { isObject, type Json, type JsonObject } from "../common/json";
import { groupBy, someOf } from "../common/lists";
import type { Sentence } from "../common/sentence";
import { getPath } from "../k8s/path";
import { listAt } from "../k8s/workload";
import type { ObjectEffects } from "../model/effects";
import { changedKeys, compareMaps } from "./compare";
import { say, type Told, warn } from "./sentences";

/** Who names a provider in the cluster, beside the objects of the mesh. */
export type ProviderUsers = Readonly<Record<string, readonly string[]>>;

/** Returns the revision of a ConfigMap by its name: `istio-1-29-1`, or `istio` for the default. */
function revisionIn(title: string, prefix: string): string {
  const name = title.split("/").at(-1) ?? "";
  return name === prefix ? "default" : name.slice(prefix.length + 1);
}

/** A setting that decides what traffic may do, with its default and what its values mean. */
interface TrafficSetting {
  readonly path: string;
  readonly otherwise: Json;
  readonly meaning: Readonly<Record<string, string>>;
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
    meaning: {},
  },
  { path: "rootNamespace", otherwise: "istio-system", meaning: {} },
];

/** What a change of these means, whatever the value is. */
const MEANINGS: Readonly<Record<string, string>> = {
  trustDomain:
    "policies that name the old identities no longer match, unless trustDomainAliases has the old domain",
  rootNamespace: "mesh-wide policies and telemetry are read from there",
};

function trafficMessages(before: JsonObject, after: JsonObject): string[] {
  return TRAFFIC.flatMap(({ path, otherwise, meaning }) => {
    const [from, to] = [getPath(before, path) ?? otherwise, getPath(after, path) ?? otherwise];
    if (isDeepStrictEqual(from, to)) {
      return [];
    }
    const means = meaning[String(to)] ?? MEANINGS[path];
    const effect = means === undefined ? "" : `: ${means}`;
    return [`${path} becomes ${String(to)} (before: ${String(from)})${effect}`];
  });
}

function discoveryMessages(before: JsonObject, after: JsonObject): string[] {
  const [from, to] = [listAt(before, "discoverySelectors"), listAt(after, "discoverySelectors")];
  if (isDeepStrictEqual(from, to)) {
    return [];
  }
  return [
    to.length === 0
      ? "discoverySelectors goes: istiod watches every namespace again"
      : "discoverySelectors changes: proxies lose the Services and policies of namespaces that no selector takes",
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

function providerMessages(before: JsonObject, after: JsonObject, users: ProviderUsers): string[] {
  const { removed, both } = compareMaps(providersOf(before), providersOf(after));
  const usersOf = (name: string) => [
    ...new Set([...(users[name] ?? []), ...(defaultUsers(after)[name] ?? [])]),
  ];
  const used = (name: string) =>
    usersOf(name).length === 0
      ? ""
      : `, which ${someOf(usersOf(name))} still name${usersOf(name).length === 1 ? "s" : ""}`;
  return [
    ...removed.map(([name]) => `extension provider ${name} goes${used(name)}`),
    ...both
      .filter(([, old, now]) => !isDeepStrictEqual(old, now))
      .map(([name]) => `extension provider ${name} changes${used(name).replace(" still", "")}`),
  ];
}

/** Fields with sentences of their own. */
const SPOKEN_OF = [
  ...TRAFFIC.map(({ path }) => path.split(".")[0]),
  "discoverySelectors",
  "extensionProviders",
  "defaultConfig",
];

function otherMessages(before: JsonObject, after: JsonObject): string[] {
  const keys = changedKeys(before, after).filter((key) => !SPOKEN_OF.includes(key));
  return keys.length === 0 ? [] : [`${someOf(keys)} ${keys.length === 1 ? "changes" : "change"}`];
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

function withPrefix(title: string, all: ObjectEffects["meshConfigs"]): string {
  return Object.keys(all).length === 1
    ? "mesh config"
    : `mesh config of ${revisionIn(title, "istio")}`;
}

/** Returns what a step changes for the traffic of the mesh by the mesh config that istiod reads. */
function meshConfigMessages(
  before: ObjectEffects,
  after: ObjectEffects,
  users: ProviderUsers,
): Sentence[] {
  const all = { ...after.providerUsers, ...users };
  return compareMaps(before.meshConfigs, after.meshConfigs).both.flatMap(([title, old, now]) => {
    const prefix = withPrefix(title, after.meshConfigs);
    const traffic = [...trafficMessages(old, now), ...discoveryMessages(old, now)];
    const providers = providerMessages(old, now, all);
    return [
      ...[...traffic, ...providers].map((text) => warn(`${prefix}: ${text}.`)),
      ...otherMessages(old, now).map((text) => say(`${prefix}: ${text}, for all proxies at once.`)),
      ...proxyConfig(old, now).map(({ text }) => say(`${prefix}: ${text}`)),
    ];
  });
}

function injectorMessages(before: ObjectEffects, after: ObjectEffects, told: Told): Sentence[] {
  const changes = compareMaps(before.injectors, after.injectors).both.flatMap(
    ([title, old, now]) => {
      const revision = revisionIn(title, "istio-sidecar-injector");
      const parts = changedKeys(old, now);
      return parts.length === 0 || told.hasProxies(revision)
        ? []
        : [{ revision, what: someOf(parts) }];
    },
  );
  return [...groupBy(changes, ({ what }) => what)].map(([what, group]) =>
    say(
      `control plane ${someOf(group.map(({ revision }) => revision))} injects other proxies into new pods (${what}). ` +
        "Running pods keep theirs until they restart.",
    ),
  );
}

function webhookMessages(before: ObjectEffects, after: ObjectEffects): Sentence[] {
  return compareMaps(before.webhooks, after.webhooks).both.flatMap(([title, old, now]) => {
    const { added, removed, both } = compareMaps(old, now);
    return [
      ...removed.map(([name]) => say(`${title}: webhook ${name} goes.`)),
      ...added.map(([name, whom]) => say(`${title}: webhook ${name} is new, for ${whom}.`)),
      ...both
        .filter(([, from, to]) => from !== to)
        .map(([name, from, to]) =>
          warn(`${title}: webhook ${name} is for ${to} from now on (before: ${from}).`),
        ),
    ];
  });
}

const MODES: Readonly<Record<string, string>> = {
  STRICT: "workloads refuse plain text from now on",
  PERMISSIVE: "workloads accept plain text beside mutual TLS from now on",
  DISABLE: "workloads accept plain text alone from now on",
};

function mutualTlsMessages(before: ObjectEffects, after: ObjectEffects): Sentence[] {
  const { added, removed, both } = compareMaps(before.mutualTls, after.mutualTls);
  const becomes = (title: string, mode: string) =>
    warn(`${title} becomes ${mode}: ${MODES[mode] ?? "the mode of what is above holds"}.`);
  return [
    ...added.map(([title, mode]) => becomes(title, mode)),
    ...both.filter(([, from, to]) => from !== to).map(([title, , to]) => becomes(title, to)),
    ...removed.map(([title, mode]) =>
      warn(`${title} (${mode}) is deleted: the mode of what is above holds, or PERMISSIVE.`),
    ),
  ];
}

/** Returns what a step changes in the configuration by which istiod, proxies and webhooks work. */
export function configMessages(
  before: ObjectEffects,
  after: ObjectEffects,
  { told, users }: { readonly told: Told; readonly users: ProviderUsers },
): Sentence[] {
  return [
    ...mutualTlsMessages(before, after),
    ...meshConfigMessages(before, after, users),
    ...injectorMessages(before, after, told),
    ...webhookMessages(before, after),
  ];
}
