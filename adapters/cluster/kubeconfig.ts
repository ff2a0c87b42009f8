import { readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { load } from "js-yaml";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { InvalidInput, type Problem } from "../../mesh/common/problem";
import { didYouMean } from "../../mesh/common/suggest";
import { contextFix } from "../../mesh/gke/kubeconfig";
import { isKubeconfigContent, type Target } from "../../mesh/model/target";
import { readFailure } from "../readFailure";

export type ClusterTarget = Extract<Target, { kind: "cluster" }>;

interface Named {
  readonly name: string;
}

/** The used part of the client library, whose own types are those of an ES module. */
export interface KubeConfig {
  clusters: Named[];
  users: Named[];
  contexts: Named[];
  loadFromFile(path: string): void;
  loadFromString(content: string): void;
  loadFromCluster(): void;
  loadFromOptions(options: {
    readonly clusters: Named[];
    readonly users: Named[];
    readonly contexts: Named[];
    readonly currentContext: string;
  }): void;
  makePathsAbsolute(root: string): void;
  setCurrentContext(name: string): void;
  getCurrentContext(): string | undefined;
  getContextObject(name: string): { readonly cluster: string } | null;
  getCurrentCluster(): { readonly server: string } | null;
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

interface Client {
  readonly KubeConfig: new () => KubeConfig;
}

/** Where kubeconfigs are searched. Tests set their own places. */
export interface KubeconfigPlaces {
  /** `$KUBECONFIG`: files with `:` between them. */
  readonly variable?: string;
  readonly homeFile: string;
  /** Kubernetes mounts it into every pod that may call the API server. */
  readonly tokenFile: string;
}

function usualPlaces(): KubeconfigPlaces {
  return {
    variable: process.env.KUBECONFIG,
    homeFile: join(homedir(), ".kube", "config"),
    tokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token",
  };
}

function refuse(problem: Problem): never {
  throw new InvalidInput([problem]);
}

function newConfig(): KubeConfig {
  // Loaded only when a cluster is needed, because it takes a third of a second.
  const { KubeConfig: Config } = require("@kubernetes/client-node") as Client;
  return new Config();
}

/** Returns the text of a file, or why it cannot be read. */
type ReadText = { readonly text: string } | { readonly missing: string };

function readText(path: string): ReadText {
  try {
    const text = readFileSync(path, "utf8");
    return text.trim() === "" ? { missing: "is empty" } : { text };
  } catch (error) {
    return { missing: readFailure(error) };
  }
}

/** Parses a kubeconfig. The client library reports missing names as a programming error. */
function parse(source: string, text: string): JsonObject {
  try {
    const parsed: unknown = load(text);
    if (isObject(parsed)) {
      return parsed;
    }
  } catch (error) {
    // The first line says what is wrong and where; the rest quotes the file, which holds secrets.
    const reason = `is not valid YAML: ${(error as Error).message.split("\n")[0]}`;
    return refuse({ source, path: "", reason });
  }
  return refuse({ source, path: "", reason: "is not a kubeconfig", allowed: "kind: Config" });
}

function configIn(source: string, text: string, folder?: string): KubeConfig {
  const config = newConfig();
  const { clusters, users, contexts, ...rest } = parse(source, text);
  // The client library cannot read a list that is null, as `kubectl config` writes it.
  const content = {
    ...rest,
    clusters: clusters ?? [],
    users: users ?? [],
    contexts: contexts ?? [],
  };
  try {
    config.loadFromString(JSON.stringify(content));
  } catch (error) {
    const reason = `is not a valid kubeconfig: ${(error as Error).message}`;
    refuse({ source, path: "", reason });
  }
  if (folder !== undefined) {
    config.makePathsAbsolute(folder);
  }
  return config;
}

function firstOfEachName(lists: readonly (readonly Named[])[]): Named[] {
  const all = lists.flat();
  return all.filter(({ name }, index) => all.findIndex((one) => one.name === name) === index);
}

/**
 * Several files as one, as kubectl has it: of two entries with the same name, and of two current
 * contexts, the first counts.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
 */
function merged(configs: readonly KubeConfig[]): KubeConfig {
  const config = newConfig();
  config.loadFromOptions({
    clusters: firstOfEachName(configs.map(({ clusters }) => clusters)),
    users: firstOfEachName(configs.map(({ users }) => users)),
    contexts: firstOfEachName(configs.map(({ contexts }) => contexts)),
    currentContext: configs.map((one) => one.getCurrentContext()).find((name) => name) ?? "",
  });
  return config;
}

/** A kubeconfig, and what messages call it. */
interface Found {
  readonly source: string;
  readonly config: KubeConfig;
}

const HOW_TO_NAME =
  "name one with --kubeconfig FILE, with $KUBECONFIG, or for a stack: pulumi config set mesh:kubeconfig FILE";

/** Returns what kubectl would use: the files of `$KUBECONFIG`, else the home's, else the pod's account. */
function usualConfig({ variable = "", homeFile, tokenFile }: KubeconfigPlaces): Found {
  const named = variable.split(delimiter).filter((path) => path !== "");
  const paths = named.length > 0 ? named : [homeFile];
  const read = paths.map((path) => ({ path, ...readText(path) }));
  const configs = read.flatMap((one) =>
    "text" in one ? [configIn(`kubeconfig ${one.path}`, one.text, dirname(one.path))] : [],
  );
  if (configs.length > 0) {
    const used = read.flatMap((one) => ("text" in one ? [one.path] : []));
    return { source: `kubeconfig ${used.join(delimiter)}`, config: merged(configs) };
  }
  if (!("missing" in readText(tokenFile))) {
    const config = newConfig();
    config.loadFromCluster();
    return { source: "the pod's service account", config };
  }
  const looked = read.map(
    (one) =>
      `${one.path} (${"missing" in one ? one.missing : ""}${named.length > 0 ? ", from $KUBECONFIG" : ""})`,
  );
  const places = [
    ...(named.length > 0 ? [] : ["$KUBECONFIG (not set)"]),
    ...looked,
    `${tokenFile} (no such file: this is not a pod)`,
  ];
  return refuse({
    source: "kubeconfig",
    path: "",
    reason: `none was found; looked for ${places.join(", ")}`,
    fix: HOW_TO_NAME,
    isUnread: true,
  });
}

/** @example expanded("~/clusters/prod") // "/home/me/clusters/prod", as Pulumi's provider reads it */
function expanded(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

function namedConfig(kubeconfig: string): Found {
  if (isKubeconfigContent(kubeconfig)) {
    const source = "the kubeconfig";
    return { source, config: configIn(source, kubeconfig) };
  }
  const path = expanded(kubeconfig);
  const source = `kubeconfig ${path}`;
  const read = readText(path);
  return "text" in read
    ? { source, config: configIn(source, read.text, dirname(path)) }
    : refuse({ source, path: "", reason: read.missing, fix: HOW_TO_NAME, isUnread: true });
}

/** Returns why a kubeconfig's context does not lead to a cluster. */
function contextProblem({ source, config }: Found): Problem | undefined {
  const known = config.contexts.map(({ name }) => name);
  const allowed = known.length === 0 ? "it has no context at all" : known.join(", ");
  const context = config.getCurrentContext();
  if (context === undefined || context === null || context === "") {
    const fix = "--context NAME, or kubectl config use-context NAME";
    return { source, path: "current-context", reason: "there is none", allowed, fix };
  }
  if (!known.includes(context)) {
    const reason = "the kubeconfig has no context of this name";
    const fix = didYouMean(context, known) ?? contextFix(context);
    return { source, path: "contexts", value: context, reason, allowed, fix };
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    const value = config.getContextObject(context)?.cluster;
    const reason = `the context ${context} names a cluster that the kubeconfig does not have`;
    return { source, path: "clusters", value, reason };
  }
  const { server } = cluster;
  // Tokens and certificates must not be sent over a connection that anybody can read.
  return typeof server === "string" && server.startsWith("https://")
    ? undefined
    : {
        source,
        path: "clusters",
        value: server ?? null,
        reason: `the server of the context ${context} is not an https:// address`,
      };
}

/**
 * Returns the client library's configuration of a cluster and its login.
 *
 * @throws InvalidInput when there is no kubeconfig, with the places where it was looked for, and when
 * its context leads to no cluster
 * @example loadConfig({ kind: "cluster", context: "prod" }).getCurrentCluster()?.server
 */
export function loadConfig(
  { kubeconfig, context }: ClusterTarget,
  places: KubeconfigPlaces = usualPlaces(),
): KubeConfig {
  const found = kubeconfig === undefined ? usualConfig(places) : namedConfig(kubeconfig);
  if (context !== undefined) {
    found.config.setCurrentContext(context);
  }
  const problem = contextProblem(found);
  if (problem !== undefined) {
    refuse(problem);
  }
  return found.config;
}
