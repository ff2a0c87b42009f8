import { type Command, Option } from "commander";
import { overlayLibrary } from "../adapters/overlays";
import { throwIfAny } from "../mesh/common/problem";
import { DEFAULT_VERSION } from "../mesh/model/defaultVersion";
import type { ChartSource } from "../mesh/model/meshInputs";
import type { ServiceMeshInputs } from "../mesh/model/serviceMeshInputs";
import { checkVersion } from "../mesh/model/versions";
import { isOverlayFile } from "../mesh/overlay/readOverlay";
import { stagedInputs } from "../mesh/upgrade/stagedInputs";
import { hasStack, readStack, type StackFlags, withProgramFlag, withStackFlag } from "./stack";

/** The flags that describe a mesh. */
export interface InputFlags extends StackFlags {
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
  return isOverlayFile(name) ? name : `./${name}`;
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
  command
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
    .option("--releases <url>", "mirror of Istio's release archives, for what --charts lacks");
  withStackFlag(command, "start from the inputs of this Pulumi stack");
  return withProgramFlag(command).option(
    "--show-secrets",
    "print secrets of the stack (default: [secret] stands for them)",
  );
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

export function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

/** The inputs of a stack in the stage of its upgrade, if it has one, as an update takes them. */
function stackInputs(flags: InputFlags): Partial<ServiceMeshInputs> {
  if (!hasStack(flags)) {
    return {};
  }
  const { inputs } = readStack(flags);
  return inputs.upgrade === undefined
    ? inputs
    : stagedInputs({ ...inputs, version: inputs.version ?? DEFAULT_VERSION }, overlayLibrary())
        .inputs;
}

/** Returns the mesh that the flags describe: the stack's inputs, with typed flags on top. */
export function inputsOf(flags: InputFlags, overlays: readonly string[]): ServiceMeshInputs {
  const stack = stackInputs(flags);
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
