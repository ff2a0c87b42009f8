import { homedir } from "node:os";
import { join } from "node:path";
import { versions } from "./versions";

/** The folders that set-up reads and writes. */
export interface Places {
  /** PULUMI_HOME. */
  readonly home: string;
  readonly project: string;
  /** The project's folder for tools, which git ignores. */
  readonly toolchain: string;
  /** The Pulumi CLI and its language host. */
  readonly cliBin: string;
  readonly plugins: string;
  readonly charts: string;
  /** Extra programs. */
  readonly bin: string;
  /** Go modules are copied here to be built, so that the files in git do not change. */
  readonly build: string;
  readonly goModules: string;
  /** Python packages, pinned by their digests. */
  readonly requirements: string;
}

/** The project that contains this file. */
const thisProject = join(__dirname, "..");

export function setupPlaces(
  options: { home?: string; project?: string },
  env: NodeJS.ProcessEnv,
): Places {
  const home = options.home ?? defaultHome(env);
  const project = options.project ?? thisProject;
  const toolchain = join(project, ".toolchain");
  return {
    home,
    project,
    toolchain,
    cliBin: join(home, "versions", versions.pulumi, "bin"),
    plugins: join(home, "plugins"),
    charts: join(toolchain, "charts"),
    bin: join(toolchain, "bin"),
    build: join(toolchain, "build"),
    goModules: join(thisProject, "toolchain", "go"),
    requirements: join(thisProject, "toolchain", "python"),
  };
}

/** An empty PULUMI_HOME counts as unset, as in the npm package `pulumi`. */
function defaultHome(env: NodeJS.ProcessEnv): string {
  const home = env.PULUMI_HOME;
  return home === undefined || home === "" ? join(homedir(), ".pulumi") : home;
}
