import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { shellWord } from "../test/support/shellWord";
import { chartsFolder, extraProgram } from "../toolchain/setup";
import { NEW, NEWEST, OLD, PREVIOUS } from "../toolchain/versions";
import type { MeasuredCommand } from "./measure";
import { OVERLAYS } from "./meshes";
import { ROOT } from "./projects";

function optionFlags(): string[] {
  return OVERLAYS.flatMap((name) => ["-f", join(ROOT, "overlays", "options", `${name}.yaml`)]);
}

function setFlags(...settings: readonly string[]): string[] {
  return settings.flatMap((setting) => ["--set", setting]);
}

/** Runs istioctl of a version with its own charts and the overlays that we use. */
export function istioctl(
  version: string,
  command: readonly string[],
  ...settings: readonly string[]
): MeasuredCommand {
  return {
    program: extraProgram(`istioctl-${version}`),
    args: [
      ...command,
      "--manifests",
      chartsFolder(version),
      ...optionFlags(),
      ...setFlags(...settings),
    ],
    cwd: ROOT,
  };
}

/** The control plane still expects the CNI plugin, which the cluster already has. */
export const WITHOUT_AGENTS = ["components.cni.enabled=false", "values.pilot.cni.enabled=true"];

const GENERATE = ["manifest", "generate"];

/** Returns istioctl's command for a mesh of one revision. */
export function generateSmall(): MeasuredCommand {
  return istioctl(NEWEST, GENERATE, `revision=${NEW}`);
}

/**
 * Returns istioctl's commands for the mesh of two revisions: CRDs, base and one control plane of
 * the new version; the other control plane and the node agents of the old one. Our objects are the
 * same.
 */
export function generateBoth(): MeasuredCommand[] {
  const minimal = "profile=minimal";
  return [
    istioctl(NEWEST, GENERATE, minimal, `revision=${NEW}`, ...WITHOUT_AGENTS),
    istioctl(PREVIOUS, GENERATE, minimal, `revision=${OLD}`, "components.base.enabled=false"),
  ];
}

function onCluster(kubeconfig: string): NodeJS.ProcessEnv {
  return { ...process.env, KUBECONFIG: kubeconfig };
}

/** Installs a revision and waits until it is ready. */
export function installRevision(
  kubeconfig: string,
  version: string,
  revision: string,
  ...settings: readonly string[]
): MeasuredCommand {
  const all = ["profile=minimal", `revision=${revision}`, ...settings];
  return { ...istioctl(version, ["install", "-y"], ...all), env: onCluster(kubeconfig) };
}

export function uninstallRevision(
  kubeconfig: string,
  version: string,
  revision: string,
): MeasuredCommand {
  return {
    program: extraProgram(`istioctl-${version}`),
    args: ["uninstall", "-y", "--revision", revision],
    env: onCluster(kubeconfig),
  };
}

function shellWords({ program, args }: MeasuredCommand): string {
  return [program, ...args].map(shellWord).join(" ");
}

/**
 * Runs `istioctl manifest generate` for both revisions, and `kubectl diff` on the result.
 *
 * @param folder the folder for the manifests; existing files in it are compared too
 */
export function generateAndDiff(kubeconfig: string, folder: string): MeasuredCommand {
  const lines = [
    "set -e",
    ...generateBoth().map(
      (command, index) => `${shellWords(command)} > '${join(folder, `revision-${index}.yaml`)}'`,
    ),
    // Exit code 1 means a difference: the manifests contain fields that istiod writes.
    `'${extraProgram("kubectl")}' diff -f '${folder}' || test $? = 1`,
  ];
  const script = join(folder, "diff.sh");
  writeFileSync(script, `${lines.join("\n")}\n`);
  return { program: "sh", args: [script], env: onCluster(kubeconfig) };
}
