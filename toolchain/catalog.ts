import { accessSync, constants, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { SetupUsageError } from "./errors";
import { type Extra, extraSet, type GoProgram, type ModuleFile, type Wheel } from "./extraSets";
import { markFile } from "./mark";
import type { Places } from "./places";
import { versions } from "./versions";

/** A program that `go build` makes. */
export interface GoBinary extends GoProgram {
  /** The full path. */
  readonly output: string;
}

/** Something that set-up provides, and how to tell that it is there. */
export interface Tool {
  readonly kind: "cli" | "provider" | "charts" | "binary" | "moduleFile" | "wheel";
  /** For example `pulumi CLI`. */
  readonly name: string;
  readonly version: string;
  /** The file or folder that the user gets. */
  readonly target: string;
  /** Files that exist if, and only if, the tool is complete. */
  readonly files: readonly string[];
  /** Files that show the tool is incomplete. */
  readonly contradicting: readonly string[];
  /** How many minutes a build takes on 2 cores with empty caches. */
  readonly minutes: number;
  /** A file that says which version `target` has, if its name does not say so. */
  readonly mark?: string;
  /** Set only for the kind of this name. */
  readonly binary?: GoBinary;
  readonly moduleFile?: ModuleFile;
  readonly wheel?: Wheel;
}

/** Returns whether the tool is there. Only looks at files and runs no program. */
export function isComplete(tool: Tool): boolean {
  return tool.files.every(isFilled) && !tool.contradicting.some((file) => existsSync(file));
}

function isFilled(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return isFilled(file);
  } catch {
    return false;
  }
}

/** Returns the tools that are wanted, the longest build first. */
export function toolsFor(
  places: Places,
  wanted: { with?: readonly string[]; istio?: readonly string[] },
): Tool[] {
  const istio = wanted.istio ?? versions.istio.charts;
  const tools = [
    cli(places),
    provider(places),
    ...unique(istio).map((version) => charts(places, version)),
    ...unique(wanted.with ?? []).flatMap((name) =>
      extraSet(name).map((row) => extraTool(places, row)),
    ),
  ];
  // Sets overlap: a cluster with a real node has the API server of one without.
  const once = new Map(tools.map((tool) => [tool.target, tool]));
  return [...once.values()].sort((a, b) => b.minutes - a.minutes);
}

/** `pulumi` itself is installed last, so if it exists, all of its folder does. */
function cli(places: Places): Tool {
  const target = cliPath(places);
  return {
    kind: "cli",
    name: "pulumi CLI",
    version: versions.pulumi,
    target,
    files: [target],
    contradicting: [],
    minutes: 5,
  };
}

export function cliPath(places: Places): string {
  return join(places.cliBin, "pulumi");
}

/** The engine ignores a plugin with a `.partial` file beside its folder. */
function provider(places: Places): Tool {
  const version = versions.kubernetesProvider;
  const folder = join(places.plugins, `resource-kubernetes-v${version}`);
  return {
    kind: "provider",
    name: "Kubernetes provider",
    version,
    target: folder,
    files: [join(folder, providerFile)],
    contradicting: [`${folder}.partial`],
    minutes: 8,
  };
}

export const providerFile = "pulumi-resource-kubernetes";

/**
 * A charts folder gets its name only when it is complete, so it is enough to look for one of its
 * files.
 */
function charts(places: Places, version: string): Tool {
  if (!versions.istio.charts.includes(version)) {
    throw new SetupUsageError(
      `no charts of Istio ${version}: there are ${versions.istio.charts.join(", ")}`,
    );
  }
  const target = join(places.charts, version);
  return {
    kind: "charts",
    name: "Istio charts",
    version,
    target,
    files: [join(target, "charts", "base", "Chart.yaml")],
    contradicting: [],
    minutes: 0,
  };
}

function extraTool(places: Places, row: Extra): Tool {
  const { name, version, minutes, from } = row;
  const target = join(places.bin, row.file);
  const mark = markOf(places, row);
  return {
    kind: from.kind,
    name,
    version,
    target,
    files: mark === undefined ? [target] : [target, mark],
    contradicting: [],
    minutes,
    mark,
    ...originOf(from, target),
  };
}

function originOf(
  from: Extra["from"],
  output: string,
): Pick<Tool, "binary" | "moduleFile" | "wheel"> {
  switch (from.kind) {
    case "binary":
      return { binary: { ...from, output } };
    case "moduleFile":
      return { moduleFile: from };
    case "wheel":
      return { wheel: from };
  }
}

/** Without a mark, a program of an older pin would be taken for the current one. */
function markOf(places: Places, row: Extra): string | undefined {
  return row.file.includes(row.version) ? undefined : markFile(places.bin, row.name, row.version);
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
