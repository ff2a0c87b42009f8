import { existsSync, readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { load } from "js-yaml";
import { overlayLibrary } from "../adapters/overlays";
import { isObject } from "../mesh/common/json";
import { formatProblem, InvalidInput, type Problem, throwIfAny } from "../mesh/common/problem";
import type { StackName } from "../mesh/k8s/managers";
import { DEFAULT_VERSION } from "../mesh/model/defaultVersion";
import type { ChartSource } from "../mesh/model/meshInputs";
import type { ServiceMeshInputs } from "../mesh/model/serviceMeshInputs";
import { checkVersion } from "../mesh/model/versions";
import {
  readStackConfig,
  type StackConfig,
  stackFile,
  stackProblems,
} from "../mesh/plan/stackConfig";

/** The flags that describe a mesh. */
export interface InputFlags {
  readonly stack?: string;
  readonly istioVersion?: string;
  readonly revision?: string;
  readonly profile?: string;
  readonly set?: readonly string[];
  readonly charts?: string;
  readonly releases?: string;
  readonly kubernetesVersion?: string;
  readonly platform?: "gke";
  readonly istioNamespace?: string;
}

/** Refuses a text that is not an Istio version, before anything depends on it. */
export function checkVersionFlag(version: string): void {
  const finding = checkVersion(version);
  const problem = { source: "--istio-version", path: "", value: version };
  throwIfAny(finding === undefined ? [] : [{ ...problem, ...finding }]);
}

/** A file name without `.yaml` or a slash would be read as an option. */
export function asFile(name: string): string {
  return /(\.ya?ml$|\/)/i.test(name) ? name : `./${name}`;
}

/**
 * Adds the flags that describe a mesh to a command. Files and options go to one list in the order
 * in which they were typed, because a later overlay overrides an earlier one.
 *
 * @param overlays the list that they go to
 */
export function withInputFlags(command: Command, overlays: string[]): Command {
  const append = (value: string, previous: string[] = []) => [...previous, value];
  const keep = (value: string) => void overlays.push(value);
  return command
    .option("-f, --filename <file>", "overlay file with one IstioOperator CR; repeatable", (file) =>
      keep(asFile(file)),
    )
    .option("--option <name>", "built-in overlay by name; repeatable", keep)
    .option("-s, --set <path=value>", "override one field of the spec; repeatable", append)
    .option("-r, --revision <name>", "revision of the control plane (default: Istio's default one)")
    .option("--profile <name>", "profile under the overlays (default: default)")
    .option("--istio-version <version>", `Istio version (default: ${DEFAULT_VERSION})`)
    .option("-i, --istio-namespace <name>", "namespace of the mesh (default: istio-system)")
    .addOption(new Option("--platform <name>", "the cluster's platform").choices(["gke"]))
    .option("--kubernetes-version <version>", "the cluster's version (default: lowest supported)")
    .option("-d, --charts <source>", "folder, Helm repository or oci:// registry of Istio's charts")
    .option("--releases <url>", "mirror of Istio's release archives, for what --charts lacks")
    .option("--stack <name>", "start from the inputs in Pulumi.<name>.yaml");
}

function namedCharts(text: string): ChartSource {
  if (text.startsWith("oci://")) {
    return { kind: "oci", url: text };
  }
  return /^https?:\/\//.test(text)
    ? { kind: "repository", url: text }
    : { kind: "folder", path: text };
}

/**
 * The flags take precedence over the stack's file. A mirror of releases is added to either of
 * them.
 */
export function chartSource(
  { charts, releases }: Pick<InputFlags, "charts" | "releases">,
  stack?: ChartSource,
): ChartSource | undefined {
  const source = charts === undefined ? stack : namedCharts(charts);
  if (releases === undefined) {
    return source;
  }
  return source === undefined
    ? { kind: "repository", releases }
    : ({ ...source, releases } as ChartSource);
}

const PLACEHOLDER = "[secret]";

/** Returns whether a value of a stack's file is a secret, which {@link readStack} cannot read. */
export function isEncrypted(value: string | undefined): boolean {
  return value === PLACEHOLDER;
}

/** Pulumi stores a secret as `{ secure: TEXT }`. Only its engine can decrypt it. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutSecrets);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value);
  const isSecret = entries.length === 1 && typeof entries[0]?.[1] === "string" && "secure" in value;
  return isSecret
    ? PLACEHOLDER
    : Object.fromEntries(entries.map(([key, item]) => [key, withoutSecrets(item)]));
}

/** Warnings that were already printed, because one run may read a stack several times. */
const warned = new Set<string>();

function warnOfSecret(source: string, path: string): void {
  const reason = `is encrypted; ${PLACEHOLDER} stands for it here`;
  const warning = `warning: ${formatProblem({ source, path, reason })}\n`;
  if (!warned.has(warning)) {
    warned.add(warning);
    process.stderr.write(warning);
  }
}

function configText(file: string, key: string, value: unknown): string {
  const readable = withoutSecrets(value);
  if (JSON.stringify(readable) !== JSON.stringify(value)) {
    warnOfSecret(file, key);
  }
  return typeof readable === "string" ? readable : JSON.stringify(readable);
}

function noSuchFile(source: string): Problem {
  const fix = "run mesh in the folder of Pulumi.yaml, with the name of one of its stacks";
  return { source, path: "", reason: "no such file", fix, isUnread: true };
}

/** Reads the configuration in a stack's file. */
export function readStack(stack: string): StackConfig {
  const file = stackFile(stack);
  throwIfAny(existsSync(file) ? [] : [noSuchFile(file)]);
  const texts = Object.entries(stackConfig(file)).map(([key, value]) => [
    key,
    configText(file, key, value),
  ]);
  const read = readStackConfig(Object.fromEntries(texts), stack);
  throwIfAny(stackProblems(read, overlayLibrary()));
  return read;
}

const PROJECT_FILE = "Pulumi.yaml";

/** Returns the name of a stack with its project, which `Pulumi.yaml` in the folder names. */
export function stackName(stack: string): StackName {
  throwIfAny(existsSync(PROJECT_FILE) ? [] : [noSuchFile(PROJECT_FILE)]);
  const { name } = (load(readFileSync(PROJECT_FILE, "utf8")) ?? {}) as { name?: unknown };
  return { project: String(name), stack };
}

function stackConfig(file: string): Record<string, unknown> {
  try {
    const { config } = (load(readFileSync(file, "utf8")) ?? {}) as { config?: unknown };
    return isObject(config) ? config : {};
  } catch (error) {
    const reason = `is not valid YAML: ${(error as Error).message.split("\n")[0]}`;
    throw new InvalidInput([{ source: file, path: "", reason }]);
  }
}

export function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

/** Returns the mesh that the flags describe: the stack's inputs, with typed flags on top. */
export function inputsOf(flags: InputFlags, overlays: readonly string[]): ServiceMeshInputs {
  const stack: Partial<ServiceMeshInputs> =
    flags.stack === undefined ? {} : readStack(flags.stack).inputs;
  const typed = given({
    version: flags.istioVersion,
    revision: flags.revision,
    profile: flags.profile,
    platform: flags.platform,
    namespace: flags.istioNamespace,
    kubernetesVersion: flags.kubernetesVersion,
  });
  return {
    version: DEFAULT_VERSION,
    ...stack,
    ...typed,
    overlays: [...(stack.overlays ?? []), ...overlays],
    set: [...(stack.set ?? []), ...(flags.set ?? [])],
    charts: chartSource(flags, stack.charts),
  };
}
