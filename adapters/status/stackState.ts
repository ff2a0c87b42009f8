import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { getPath } from "../../mesh/k8s/path";
import { stackPath } from "../../mesh/plan/stackFiles";
import type { StackState } from "../../mesh/status/types";
import { findProject } from "../pulumi/project";

const FILE = "file://";

/** Returns where Pulumi keeps a project's stacks. The login is not read, because that would cost calls. */
function backendUrl(project: JsonObject, env: NodeJS.ProcessEnv): string | undefined {
  const url = env.PULUMI_BACKEND_URL ?? getPath(project, "backend.url");
  return typeof url === "string" && url !== "" ? url : undefined;
}

/** Source: Pulumi `pkg/backend/diy` (massageBlobPath). */
function folderOf(url: string, project: string): string {
  const path = url.slice(FILE.length).split("?")[0] ?? "";
  return path.startsWith("~") ? join(homedir(), path.slice(1)) : resolve(project, path);
}

function readObject(file: string): JsonObject {
  const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
  return isObject(parsed) ? parsed : {};
}

/** Source: Pulumi `pkg/backend/diy` (lockContent). */
function lockIn(folder: string): StackState["lock"] {
  const file = existsSync(folder) && readdirSync(folder).find((name) => name.endsWith(".json"));
  if (file === false || file === undefined) {
    return undefined;
  }
  const { username, hostname, pid, timestamp } = readObject(join(folder, file));
  return {
    by: `${username}@${hostname} (process ${pid})`,
    ...(typeof timestamp === "string" && { since: timestamp }),
  };
}

/** @example nameIn("urn:pulumi:dev::mesh::kubernetes:apps/v1:Deployment::web") // "web" */
function nameIn(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function operationsIn(file: string): string[] {
  const operations = existsSync(file)
    ? getPath(readObject(file), "checkpoint.latest.pending_operations")
    : undefined;
  const all = Array.isArray(operations) ? operations.filter(isObject) : [];
  return all.map(
    (operation) => `${operation.type} ${nameIn(String(getPath(operation, "resource.urn")))}`,
  );
}

/**
 * Reads a stack's lock and unfinished operations from a backend that is a folder (`file://`);
 * `undefined` for any other backend, and for a project that does not say which it has.
 *
 * @param project folder of `Pulumi.yaml`, or one below it
 * @param stack its name, with or without organization and project
 * @example readStackState(process.cwd(), "dev")?.lock?.by // "me@laptop (process 4711)"
 */
export function readStackState(
  project: string,
  stack: string,
  env: NodeJS.ProcessEnv = process.env,
): StackState | undefined {
  const found = findProject(project);
  const url = found && backendUrl(found.settings, env);
  if (found === undefined || url === undefined || !url.startsWith(FILE)) {
    return undefined;
  }
  const folder = join(folderOf(url, found.folder), ".pulumi");
  const { stack: name } = stackPath(stack);
  const place = join(found.name, name);
  const lock = lockIn(join(folder, "locks", "organization", place));
  return {
    stack: name,
    ...(lock !== undefined && { lock }),
    pendingOperations: operationsIn(join(folder, "stacks", `${place}.json`)),
  };
}
