import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { openCluster } from "../adapters/cluster/cluster";
import { requireSnapshot } from "../adapters/cluster/snapshot";
import { overlayLibrary } from "../adapters/overlays";
import { readFailure } from "../adapters/readFailure";
import { renderTools } from "../adapters/renderTools";
import { InvalidInput, throwIfAny } from "../mesh/common/problem";
import {
  type ImageList,
  type ImageOptions,
  type LiveUsers,
  listImages,
  PROXY_VARIANTS,
  type ProxyVariant,
} from "../mesh/images/list";
import { type Pins, readPins } from "../mesh/images/pins";
import { retiredImages } from "../mesh/images/retired";
import type { ServiceMeshInputs } from "../mesh/model/serviceMeshInputs";
import { generateManifests } from "../mesh/plan/generate";
import { planMesh } from "../mesh/plan/meshPlan";
import { findRetired } from "../mesh/schema/retiredPlaces";
import { WORKLOAD_LISTS } from "../mesh/snapshot/snapshot";
import { type ClusterFlags, clusterOf, tellCluster, withClusterFlags } from "./clusterFlags";
import type { InputFlags } from "./inputs";
import { CHART_NEWS, printWarnings } from "./report";

/** The flags of all commands. */
export interface ImageFlags extends InputFlags, ClusterFlags {
  readonly cluster?: boolean;
  readonly variant?: readonly ProxyVariant[];
  readonly canonicalService?: boolean;
  readonly release?: boolean;
  readonly allTemplates?: boolean;
  readonly source?: readonly string[];
  readonly imagePlatform?: string;
  readonly insecureSource?: boolean;
  readonly jobs?: number;
  readonly crane?: string;
}

const PLATFORM = /^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9.]+)?$/;

function platform(text: string): string {
  if (!PLATFORM.test(text)) {
    throw new InvalidArgumentError("Allowed: OS/ARCHITECTURE, such as linux/amd64.");
  }
  return text;
}

const MAX_JOBS = 32;

function jobs(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > MAX_JOBS) {
    throw new InvalidArgumentError(`Allowed: a whole number from 1 to ${MAX_JOBS}.`);
  }
  return count;
}

const append = (value: string, previous: readonly string[] = []) => [...previous, value];

/** Adds the flags that select the images. */
export function withSelectionFlags(command: Command): Command {
  command.option("--cluster", "also what labels of namespaces and workloads of a cluster ask for");
  return withClusterFlags(command, "with --cluster: ")
    .addOption(
      new Option(
        "--variant <name...>",
        "also these variants of the proxy, for pods that ask",
      ).choices(PROXY_VARIANTS),
    )
    .option("--canonical-service", "also what Google's canonical service controller runs")
    .option(
      "--release",
      "also what the release has and this mesh does not use (always for Google's builds)",
    )
    .option(
      "--all-templates",
      "also of injection templates that a pod must name (such as grpc-simple and agentgateway)",
    )
    .option("--source <path=path>", "take images under a path from elsewhere; repeatable", append)
    .option("--insecure-source", "sources may use plain HTTP or unknown certificates")
    .option("--jobs <count>", "images at a time (default: 4)", jobs);
}

/** Adds the flags that select the images and say how crane queries registries. */
export function withImageFlags(command: Command): Command {
  return withSelectionFlags(command)
    .option("--image-platform <os/arch>", "only this platform (default: all)", platform)
    .option("--crane <program>", "the crane to use (default: the one on PATH)");
}

/** Reads who in the cluster may ask for images. @throws InvalidInput for flags without `--cluster` */
async function liveUsers(flags: ImageFlags): Promise<LiveUsers | undefined> {
  if (flags.cluster !== true) {
    const reason = "goes with --cluster";
    const unused = (["kubeconfig", "context"] as const).filter((name) => flags[name] !== undefined);
    throwIfAny(unused.map((name) => ({ source: `--${name}`, path: "", reason })));
    return undefined;
  }
  const target = clusterOf(flags);
  const lists = await requireSnapshot(openCluster(target), ["namespaces", ...WORKLOAD_LISTS]);
  tellCluster(target, "text");
  return { namespaces: lists.namespaces, workloads: WORKLOAD_LISTS.flatMap((id) => lists[id]) };
}

/** Returns what the flags list in addition, for which the cluster is read on request. */
export async function imageOptions(flags: ImageFlags): Promise<ImageOptions> {
  const { variant, canonicalService, release, allTemplates } = flags;
  const live = await liveUsers(flags);
  return {
    ...{ variants: variant, canonicalService, release, documented: true, allTemplates },
    ...(live && { live }),
  };
}

/** Returns the images of the mesh that the inputs describe. */
export async function renderedImages(
  inputs: ServiceMeshInputs,
  options: ImageOptions,
): Promise<ImageList> {
  const { objects, warnings } = await generateManifests(
    planMesh(inputs, overlayLibrary()),
    renderTools(inputs.charts, { news: CHART_NEWS }),
  );
  printWarnings(warnings);
  const list = listImages(objects, options);
  printWarnings(retiredImages(list.images));
  return list;
}

const READ_CLUSTER = "--cluster reads the labels of the cluster's namespaces";

/** Warns about images that could not be determined. */
export function warnOfUnknown({ unknown }: ImageList): void {
  printWarnings(
    unknown.map(({ user, reason, needsCluster }) => ({
      source: user,
      path: "image",
      reason,
      ...(needsCluster === true && { fix: READ_CLUSTER }),
    })),
  );
}

/** Parses `--source OLD=NEW`. */
export function sourcesOf(flags: ImageFlags): Record<string, string> {
  const read = (flags.source ?? []).map((text) => [text, text.split("=")] as const);
  throwIfAny(
    read
      .filter(([, parts]) => parts.length !== 2 || parts.includes(""))
      .map(([value]) => ({
        source: "--source",
        path: "",
        value,
        reason: "is not PATH=PATH",
        allowed: "such as docker.io/istio=quay.io/istio",
      })),
  );
  printWarnings(
    read.flatMap(([text, [, by]]) =>
      findRetired(by).map(({ segments: _, ...found }) => ({
        source: "--source",
        path: text,
        ...found,
      })),
    ),
  );
  return Object.fromEntries(read.map(([, [from = "", by = ""]]) => [from, by]));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = readFailure(error);
    throw new InvalidInput([{ source: file, path: "", reason, isUnread: true }]);
  }
}

/** Reads a file of pins. */
export function pinsIn(file: string): Pins {
  const { pins, problems } = readPins(file, readText(file));
  throwIfAny(problems);
  return pins;
}
