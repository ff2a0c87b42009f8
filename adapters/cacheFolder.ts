import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Folder for what can be made or fetched again: chart archives and rendered charts.
 *
 * @default `$SERVICE_MESH_CACHE`, else `$XDG_CACHE_HOME/pulumi-service-mesh`, else
 *   `~/.cache/pulumi-service-mesh`
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return env.SERVICE_MESH_CACHE || join(base, "pulumi-service-mesh");
}
