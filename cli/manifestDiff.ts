import { Command } from "commander";
import { clusterOnly } from "../adapters/cluster/clusterOnly";
import { type LivePair, livePairs } from "../adapters/cluster/liveDiff";
import { InvalidInput, type Problem, throwIfAny } from "../mesh/common/problem";
import { diffObjects, type ObjectDiff } from "../mesh/diff/objects";
import { printObjects } from "../mesh/diff/print";
import { effectMessages } from "../mesh/effects/effectMessages";
import { effectsOf } from "../mesh/effects/effectsOf";
import { type K8sObject, objectTitle } from "../mesh/k8s/objects";
import { DEFAULT_VERSION } from "../mesh/model/defaultVersion";
import type { ServiceMeshInputs } from "../mesh/model/serviceMeshInputs";
import { PREVIOUS_VERSION } from "../mesh/model/versions";
import { type ClusterFlags, openChecked, withClusterFlags } from "./clusterFlags";
import { clusterVersionOf } from "./clusterVersion";
import { paintFor } from "./format";
import { asFile, given, type InputFlags, inputsOf, withInputFlags } from "./inputs";
import { dataText, type OutputFormat, withOutput } from "./output";
import { comparing, flagsOf } from "./report";
import { renderedSide, type Side, sideOf, writtenSide } from "./sides";
import { hasStack, readStack, stackName, targetOf, type WithStack } from "./stack";

interface DiffFlags extends InputFlags, ClusterFlags {
  readonly toIstioVersion?: string;
  readonly toProfile?: string;
  readonly toRevision?: string;
  readonly toSet?: readonly string[];
  readonly cluster?: boolean;
  readonly ignore?: readonly string[];
  readonly output: OutputFormat;
}

interface Call {
  readonly paths: readonly string[];
  readonly flags: DiffFlags;
  /** The overlays of both sides, and those of the second side only. */
  readonly overlays: readonly string[];
  readonly toOverlays: readonly string[];
}

function usage(reason: string, fix: string): never {
  throw new InvalidInput([{ source: flagsOf("manifest diff"), path: "", reason, fix }]);
}

function hasTo({ flags, toOverlays }: Call): boolean {
  const { toIstioVersion, toProfile, toRevision, toSet } = flags;
  return (
    toOverlays.length > 0 ||
    [toIstioVersion, toProfile, toRevision, toSet].some((flag) => flag !== undefined)
  );
}

/**
 * Returns the input of the second side: that of the first with the changes of the `--to-…` flags.
 */
function changedInputs(inputs: ServiceMeshInputs, { flags, toOverlays }: Call): ServiceMeshInputs {
  const { toIstioVersion, toProfile, toRevision, toSet = [] } = flags;
  return {
    ...inputs,
    ...given({ version: toIstioVersion, profile: toProfile, revision: toRevision }),
    overlays: [...(inputs.overlays ?? []), ...toOverlays],
    set: [...(inputs.set ?? []), ...toSet],
  };
}

/** The title of the input in the output. */
const INPUT = "the input";

/** The objects of both sides, and notes about how they were compared. */
interface Compared {
  readonly before: readonly K8sObject[];
  readonly after: readonly K8sObject[];
  readonly title: string;
  readonly note?: string;
}

async function compareSides(a: Side, b: Side): Promise<Compared> {
  const [before, after] = await Promise.all([a.objects(), b.objects()]);
  return { before, after, title: `${a.title} -> ${b.title}` };
}

function approximation(pairs: readonly LivePair[]): string | undefined {
  const reasons = pairs.flatMap(({ approximate }) => approximate ?? []);
  return reasons[0] === undefined
    ? undefined
    : `${reasons.length} objects were compared by the fields that are set: ${reasons[0]}`;
}

async function compareCluster(
  inputs: ServiceMeshInputs,
  flags: ClusterFlags & Pick<DiffFlags, "output">,
): Promise<Compared> {
  const cluster = openChecked(flags, () => renderedSide(INPUT, inputs).check?.());
  const input = renderedSide(INPUT, inputs, clusterVersionOf(cluster));
  const objects = await input.objects();
  const stack = hasStack(flags) ? stackName(flags) : undefined;
  const pairs = await livePairs(cluster, objects, stack);
  const others = await clusterOnly(cluster, pairs, stack);
  return {
    before: [...pairs.flatMap(({ live }) => live ?? []), ...others],
    after: pairs.map(({ next }) => next),
    title: `the cluster -> ${input.title}`,
    note: approximation(pairs),
  };
}

/** Returns a stack's own target: the folder that it is rendered to, or its cluster. */
function compareStack(flags: WithStack<DiffFlags>, inputs: ServiceMeshInputs): Promise<Compared> {
  const target = targetOf(readStack(flags));
  return target.kind === "render"
    ? compareSides(writtenSide(target.directory), renderedSide(INPUT, inputs))
    : compareCluster(inputs, flags);
}

function compare(call: Call): Promise<Compared> {
  const { paths, flags, overlays } = call;
  const inputs = inputsOf(flags, overlays);
  const input = renderedSide(INPUT, inputs);
  const [a, b] = paths;
  if (a !== undefined && b !== undefined) {
    return compareSides(sideOf(a, inputs), sideOf(b, inputs));
  }
  if (a !== undefined) {
    return compareSides(sideOf(a, inputs), input);
  }
  if (hasTo(call)) {
    return compareSides(input, renderedSide("the input, changed", changedInputs(inputs, call)));
  }
  if (flags.cluster) {
    return compareCluster(inputs, flags);
  }
  return hasStack(flags)
    ? compareStack(flags, inputs)
    : usage(
        "there is nothing to compare with",
        "name two sides, or use --to-…, --cluster or --stack",
      );
}

function checkCall(call: Call): void {
  const { paths, flags } = call;
  const others = [
    ...(paths.length > 0 ? ["arguments"] : []),
    ...(hasTo(call) ? ["--to-…"] : []),
    ...(flags.cluster ? ["--cluster"] : []),
  ];
  if (paths.length > 2 || others.length > 1) {
    const what = paths.length > 2 ? "more than two sides" : `${others.join(" and ")} together`;
    usage(`${what} cannot be compared`, "see mesh manifest diff --help");
  }
  throwIfAny(asksCluster(call) ? [] : unusedFlags(flags));
}

/** A stack's own cluster is only used if nothing else to compare with is named. */
function asksCluster(call: Call): boolean {
  const { paths, flags } = call;
  if (flags.cluster === true || paths.length > 0 || hasTo(call) || !hasStack(flags)) {
    return flags.cluster === true;
  }
  return targetOf(readStack(flags)).kind === "cluster";
}

function unusedFlags(flags: DiffFlags): Problem[] {
  const reason = "goes with --cluster, or with the --stack of a cluster alone";
  return (["kubeconfig", "context"] as const)
    .filter((name) => flags[name] !== undefined)
    .map((name) => ({ source: `--${name}`, path: "", reason }));
}

function print(diffs: readonly ObjectDiff[], compared: Compared, output: OutputFormat): void {
  if (compared.note !== undefined) {
    process.stderr.write(`warning: ${compared.note}\n`);
  }
  if (output !== "text") {
    process.stdout.write(dataText(diffs, output));
    return;
  }
  const lines = printObjects(diffs, paintFor(process.stdout));
  process.stdout.write(`${[compared.title, ...lines].join("\n")}\n`);
}

/** Says what the differences do to pods and traffic, on the error stream. */
function tellEffects({ before, after }: Compared, isIgnored: (object: K8sObject) => boolean): void {
  const [old, now] = [before, after].map((objects) =>
    effectsOf(objects.filter((object) => !isIgnored(object))),
  );
  const sentences = old === undefined || now === undefined ? [] : effectMessages(old, now);
  for (const { text, warning } of sentences) {
    process.stderr.write(`${warning ? "warning" : "note"}: ${text}\n`);
  }
}

/**
 * Returns whether a title or a part of it equals a name.
 *
 * @example isNamed("Service istio-system/istiod", "Service") // true
 */
function isNamed(title: string, name: string): boolean {
  return title === name || title.startsWith(`${name} `);
}

async function diff(call: Call): Promise<boolean> {
  checkCall(call);
  const compared = await compare(call);
  const ignored = call.flags.ignore ?? [];
  const isIgnored = (title: string) => ignored.some((name) => isNamed(title, name));
  const diffs = diffObjects(compared.before, compared.after).filter(
    ({ title }) => !isIgnored(title),
  );
  tellEffects(compared, (object) => isIgnored(objectTitle(object)));
  print(diffs, compared, call.flags.output);
  return diffs.length > 0;
}

const HELP = `
A side is a folder or file of manifests, or overlays: files and options with commas between, on top of
the input that the flags describe. With one side or none, the other one is that input.

What the differences do to pods and traffic is said on the error stream: Services that go, pods that
restart and why, and mesh config that changes what traffic may do.

Exit code: 0 equal, 1 different, 2 trouble.

Examples:
  mesh manifest diff a.yaml b.yaml                          # two overlays, rendered
  mesh manifest diff cni-gcp cni-gcp,team.yaml              # what team.yaml adds to an option
  mesh manifest diff --istio-version ${PREVIOUS_VERSION} --to-istio-version ${DEFAULT_VERSION} -f team.yaml
  mesh manifest diff --stack dev --to-istio-version ${DEFAULT_VERSION} --ignore CustomResourceDefinition
  mesh manifest diff --profile default --to-profile ambient
  mesh manifest diff old-manifests/ new-manifests/
  mesh manifest diff old-manifests/ -f team.yaml            # written manifests against an input
  mesh manifest diff --stack dev                            # what an update would change
  mesh manifest diff -f team.yaml --cluster --context prod  # against what runs there

Against a cluster, each object is compared with what a dry run of its server-side apply gives. Objects
that the input's own stack (--stack) has applied and that the input has no more show as removed; others
that only the cluster has, and CRDs, which stay (also newer ones than the input's), are not shown.`;

/** Returns the command `mesh manifest diff`. */
export function diffCommand(): Command {
  const overlays: string[] = [];
  const toOverlays: string[] = [];
  const append = (value: string, previous: string[] = []) => [...previous, value];
  const keep = (value: string) => void toOverlays.push(value);
  const command = new Command("diff")
    .description("what differs between two meshes, object by object, field by field")
    .argument("[side...]", "manifests, or overlays")
    .option("--to-istio-version <version>", "the second side has this Istio version")
    .option("--to-profile <name>", "… this profile")
    .option("--to-revision <name>", "… this revision")
    .option("--to-filename <file>", "… this overlay too; repeatable", (file) => keep(asFile(file)))
    .option("--to-option <name>", "… this built-in overlay too; repeatable", keep)
    .option("--to-set <path=value>", "… this setting too; repeatable", append)
    .option("--cluster", "compare the input with a cluster");
  withClusterFlags(command, "with --cluster: ")
    .option(
      "--ignore <kind>",
      "leave out objects: KIND, or 'KIND NAMESPACE/NAME'; repeatable",
      append,
    )
    .addHelpText("after", HELP);
  withOutput(command);
  return withInputFlags(command, overlays).action((paths: string[], flags: DiffFlags) =>
    comparing(() => diff({ paths, flags, overlays, toOverlays })),
  );
}
