import { isObject, type Json, type JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { joinPath, splitPath } from "../common/propertyPath";
import { upgradeSteps } from "../guard/versions";
import { revisionLabel } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import type { MeshFacts } from "../model/facts";
import { INPUTS_SOURCE } from "../model/meshInputs";
import { compareMinors, MINORS, minorOf } from "../model/minors";
import { type NoteOfMinor, notesBetween } from "../model/upgradeNotes";
import { userSetting } from "../overlay/places";
import type { ResolvedMesh } from "../spec/resolve";
import { setVariables } from "./variables";

/** A control plane that comes from another version. */
interface Step {
  /** The version that it comes from. */
  readonly from: string;
  readonly mesh: ResolvedMesh;
  /** The mesh of the node agents. */
  readonly agents: ResolvedMesh;
}

/** What of a planned mesh the changes depend on. */
export interface ChangedMesh {
  readonly controlPlanes: readonly ResolvedMesh[];
  readonly primary: ResolvedMesh;
  readonly facts: MeshFacts;
}

function stepsOf(before: MeshFacts, { controlPlanes, primary, facts }: ChangedMesh): Step[] {
  return upgradeSteps(before, facts).flatMap(({ plane, from }) => {
    const mesh = controlPlanes.find(({ revision }) => revision === plane.revision);
    return mesh === undefined ? [] : [{ from, mesh, agents: primary }];
  });
}

/** A default that differs, by its path in the charts' values. */
interface Changed {
  readonly path: string;
  /** The value of before. */
  readonly before: Json;
}

function leavesOf(values: JsonObject, path = ""): Changed[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const at = joinPath(path, key);
    return isObject(value) ? leavesOf(value, at) : [{ path: at, before: value }];
  });
}

const byMinor = (version: string) => MINORS.facts(version).compatibility;

/** The values that bring the defaults of a minor back. Charts have them for the last few minors. */
function valuesOf(version: string, from: string): JsonObject {
  const [key] = Object.keys(byMinor(version))
    .filter((minor) => compareMinors(minor, minorOf(from)) >= 0)
    .sort(compareMinors);
  return key === undefined || compareMinors(key, minorOf(version)) >= 0
    ? {}
    : (byMinor(version)[key] ?? {});
}

/** What the charts bring back themselves, for the compatibility version of the spec. */
function broughtBack({ document, version }: ResolvedMesh): string[] {
  const wanted =
    getPath(document, "spec.values.compatibilityVersion") ??
    getPath(document, "spec.compatibilityVersion");
  return leavesOf(byMinor(version)[String(wanted ?? "")] ?? {}).map(({ path }) => path);
}

const ENV = "pilot.env.";

/** The name of a variable of istiod, or `undefined` for another value. */
const variableOf = (path: string) => (path.startsWith(ENV) ? path.slice(ENV.length) : undefined);

/** Where an IstioOperator has a value of the charts. */
const placeIn = (path: string) =>
  path.startsWith("meshConfig.") ? `spec.${path}` : `spec.values.${path}`;

function isSet({ mesh, agents }: Step, path: string): boolean {
  const name = variableOf(path);
  return (
    [mesh, agents].some((one) => userSetting(one, placeIn(path)) !== undefined) ||
    (name !== undefined && setVariables(mesh).some((variable) => variable.name === name))
  );
}

const hasPart = ({ components }: ResolvedMesh, name: string) =>
  components.some(({ component }) => component.name === name);

/** Whether the mesh has what a value is about. */
function concerns({ agents }: Step, path: string): boolean {
  const [root] = splitPath(path);
  return (
    (root !== "cni" || hasPart(agents, "cni")) &&
    (!path.includes(".ambient.") || hasPart(agents, "ztunnel"))
  );
}

/** The new default of a variable. `undefined` if it is not known. */
function newDefault(version: string, path: string): string | undefined {
  const name = variableOf(path);
  return name === undefined ? undefined : MINORS.flags(version)?.[name];
}

/** Whether a variable can bring the old default back no more. */
function isGone(version: string, path: string): boolean {
  const [name, flags] = [variableOf(path), MINORS.flags(version)];
  return name !== undefined && flags !== undefined && !Object.hasOwn(flags, name);
}

function changedDefaults(step: Step): Problem[] {
  const { from, mesh } = step;
  const [old, minor] = [minorOf(from), minorOf(mesh.version)];
  const kept = broughtBack(mesh);
  const notes = notesBetween(from, mesh.version);
  return leavesOf(valuesOf(mesh.version, from))
    .filter(({ path }) => concerns(step, path) && !kept.includes(path))
    .filter(({ path }) => !isSet(step, path) && !isGone(mesh.version, path))
    .map(({ path, before }) => {
      const now = newDefault(mesh.version, path);
      const was = JSON.stringify(before);
      const change =
        now === undefined
          ? `is no longer ${was}`
          : `becomes ${JSON.stringify(now)} (before: ${was})`;
      const all = Object.hasOwn(byMinor(mesh.version), old)
        ? `, or compatibilityVersion: "${old}" for every default that has changed`
        : "";
      const see = notes.find(({ settings = [] }) => settings.includes(path))?.source;
      return {
        source: INPUTS_SOURCE,
        path: "version",
        reason: `the upgrade from Istio ${old} to ${minor} changes a default of control plane ${revisionLabel(mesh.revision)}: values.${path} ${change}`,
        fix: `to keep it as it was, set values.${path}: ${was}${all}`,
        ...(see !== undefined && { see }),
      };
    });
}

function isAbout(note: NoteOfMinor, { mesh, agents }: Step): boolean {
  const { when } = note;
  const isOn = (value: Json | undefined) =>
    value !== undefined && value !== null && value !== false && value !== "false";
  return when === undefined || [mesh, agents].some(({ document }) => isOn(getPath(document, when)));
}

/** Notes that no check looks for, and that no changed default and no removed variable stands for. */
function openNotes(step: Step): Problem[] {
  return notesBetween(step.from, step.mesh.version)
    .filter(({ check, settings, removes }) => (check ?? settings ?? removes) === undefined)
    .filter((note) => isAbout(note, step))
    .map(({ minor, title, source }) => ({
      source: INPUTS_SOURCE,
      path: "version",
      reason: `the upgrade notes of Istio ${minor} say: ${title}`,
      see: source,
    }));
}

/** What an upgrade changes by itself. */
export interface UpgradeChanges {
  /** Defaults that differ, with the setting that brings each back. */
  readonly defaults: readonly Problem[];
  /** What Istio's upgrade notes say and nobody can check. */
  readonly notes: readonly Problem[];
}

/**
 * Returns what an upgrade changes though nobody has changed a setting, for each control plane that
 * comes from another version: all minors that are passed on the way count.
 *
 * @param before the control planes of before: those of the last update, or of the cluster
 * @example
 * upgradeChanges(before, plan).defaults[0].fix
 * // 'to keep it as it was, set values.pilot.env.PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS: "false", or …'
 * @see https://istio.io/latest/docs/setup/additional-setup/compatibility-versions/
 */
export function upgradeChanges(before: MeshFacts, mesh: ChangedMesh): UpgradeChanges {
  const steps = stepsOf(before, mesh);
  return { defaults: steps.flatMap(changedDefaults), notes: steps.flatMap(openNotes) };
}
