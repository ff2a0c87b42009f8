import { collecting, type Problem } from "../common/problem";
import { didYouMean } from "../common/suggest";
import { contextName } from "../gke/kubeconfig";
import { DEFAULT_VERSION } from "../model/defaultVersion";
import type { GkeInputs } from "../model/gkeInputs";
import { INPUTS_SOURCE } from "../model/meshInputs";
import type { ServiceMeshInputs } from "../model/serviceMeshInputs";
import type { StackTarget } from "../model/target";
import type { OverlayLibrary } from "../overlay/library";
import { checkInputs, typeNames } from "../schema/checkInputs";
import { type InputSchema, jsonTypes, keySchemas } from "../schema/inputSchema";
import { isInsideGateway, planMesh } from "./meshPlan";

const NAMESPACE = "mesh";
const PREFIX = `${NAMESPACE}:`;

/** The names of the keys, and the types as which their texts are read. */
const KEYS: Readonly<Record<string, InputSchema>> = keySchemas("StackConfiguration");

/** Keys that name a place. An empty text would name none. */
const PLACES = ["renderDirectory", "kubeconfig", "context"];

/** A stack's mesh as its configuration describes it. */
export interface StackConfig {
  readonly inputs: ServiceMeshInputs;
  readonly target: StackTarget;
  /** What to create on Google Cloud around the mesh. Absent if nothing. */
  readonly gke?: GkeInputs;
  readonly problems: readonly Problem[];
}

/** Returns the name of the file with a stack's configuration. */
export function stackFile(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

type Entry = { readonly key: string; readonly value: unknown } | Problem;

/** Returns the command that sets one item of a list, one field of a map, or a boolean. */
function howToSet(key: string, types: readonly string[]): string {
  if (types.includes("boolean")) {
    return `pulumi config set mesh:${key} true`;
  }
  const item = types.includes("object") ? ".FIELD" : "[0]";
  return `pulumi config set --path 'mesh:${key}${item}' VALUE`;
}

function parse(source: string, key: string, text: string): Entry {
  const path = `${PREFIX}${key}`;
  if (!Object.hasOwn(KEYS, key)) {
    const known = Object.keys(KEYS);
    const fix = didYouMean(key, known);
    return { source, path, reason: "unknown key", allowed: known.join(", "), fix };
  }
  const types = jsonTypes(KEYS[key] ?? {});
  if (types.includes("string")) {
    return { key, value: text };
  }
  try {
    return { key, value: JSON.parse(text) };
  } catch {
    const reason = "has the wrong type";
    const fix = howToSet(key, types);
    return { source, path, value: text, reason, allowed: typeNames(types), fix };
  }
}

function isProblem(entry: Entry): entry is Problem {
  return "source" in entry;
}

/**
 * Returns problems of places that are empty, and of values that do not fit the type of their key.
 */
function valueProblems(source: string, values: Readonly<Record<string, unknown>>): Problem[] {
  const empty = PLACES.filter((key) => values[key] === "").map((key) => ({
    source,
    path: `${PREFIX}${key}`,
    reason: "is empty",
    fix: `name one, or pulumi config rm mesh:${key}`,
  }));
  const misfits = checkInputs("StackConfiguration", values)
    .filter(({ path }) => !isInsideGateway(path))
    .map((finding) => ({
      source,
      ...finding,
      path: `${PREFIX}${finding.path}`,
      ...(finding.path === "version" && {
        fix: `pulumi config set mesh:version ${DEFAULT_VERSION}`,
      }),
    }));
  return [...empty, ...misfits];
}

function targetOf(values: Readonly<Record<string, unknown>>, stack: string): StackTarget {
  if (values.target === "cluster") {
    const { kubeconfig, context } = values as { kubeconfig?: string; context?: string };
    return { kind: "cluster", kubeconfig, context };
  }
  const directory = (values.renderDirectory as string | undefined) ?? `rendered/${stack}`;
  return { kind: "render", directory };
}

/** The cluster of a stack, as commands connect to it. */
export type StackCluster = Extract<StackTarget, { kind: "cluster" }>;

/**
 * Returns the cluster that a stack's updates change, or `undefined` if the stack renders to a
 * folder.
 *
 * A stack with `mesh:gke` and neither `mesh:kubeconfig` nor `mesh:context` uses the credentials of
 * the cluster that it creates or looks up. A command does not have them, so it uses the context
 * that gcloud writes for that cluster.
 *
 * @example
 * stackCluster({ target: { kind: "cluster", context: "prod" } }) // { kind: "cluster", context: "prod" }
 */
export function stackCluster({
  target,
  gke,
}: Pick<StackConfig, "target" | "gke">): StackCluster | undefined {
  if (target.kind === "render") {
    return undefined;
  }
  const { project, location, cluster } = gke ?? {};
  const isNamed = target.kubeconfig !== undefined || target.context !== undefined;
  return isNamed || project === undefined || location === undefined || cluster === undefined
    ? target
    : { kind: "cluster", context: contextName(project, location, cluster.name) };
}

/**
 * Reads a mesh from a stack's configuration: every input is a key of the namespace `mesh`.
 *
 * - `mesh:target`: `render` (default) writes manifests, `cluster` applies them
 * - `mesh:renderDirectory`: folder for `render` @default `rendered/STACK`
 * - `mesh:kubeconfig`, `mesh:context`: for `cluster` @default what kubectl would use, or the
 *   cluster of `mesh:gke`
 * - `mesh:gke`: inputs of a `GkeFoundation` @default none is created
 *
 * @param all the configuration as Pulumi passes it: texts, with lists and maps as JSON
 * @example
 * readStackConfig({ "mesh:version": "1.31.0", "mesh:overlays": '["cni-gcp"]' }, "dev").inputs
 */
export function readStackConfig(all: Readonly<Record<string, string>>, stack: string): StackConfig {
  const source = stackFile(stack);
  const entries = Object.entries(all)
    .filter(([key]) => key.startsWith(PREFIX))
    .map(([key, text]) => parse(source, key.slice(PREFIX.length), text));
  const values = Object.fromEntries(
    entries.flatMap((entry) => (isProblem(entry) ? [] : [[entry.key, entry.value]])),
  ) as Record<string, unknown>;
  const { target: _, renderDirectory: __, kubeconfig: ___, context: ____, gke, ...inputs } = values;
  return {
    inputs: inputs as unknown as ServiceMeshInputs,
    target: targetOf(values, stack),
    ...(gke !== undefined && { gke: gke as GkeInputs }),
    problems: [...entries.filter(isProblem), ...valueProblems(source, values)],
  };
}

/**
 * Returns everything that is wrong with a stack's configuration: keys and values that cannot be
 * read, and problems of the inputs that can be.
 *
 * @param library the overlays that the inputs can name
 * @returns an empty list if everything can be read, because planning the mesh then reports its
 * problems
 */
export function stackProblems(
  { problems, inputs }: StackConfig,
  library: OverlayLibrary,
): Problem[] {
  if (problems.length === 0) {
    return [];
  }
  const planned: Problem[] = [];
  collecting(planned, () =>
    planMesh({ ...inputs, version: inputs.version ?? DEFAULT_VERSION }, library),
  );
  const known = problems.map(({ path }) => path);
  const isNew = ({ source, path }: Problem) =>
    source !== INPUTS_SOURCE || !known.includes(`${PREFIX}${path}`);
  return [...problems, ...planned.filter(isNew)];
}
