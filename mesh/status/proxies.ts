import { isOlder, type LiveProxy } from "../snapshot/proxies";
import type { PlaneVersions } from "./namespaces";
import { type Connections, countConnections } from "./sync";
import type { ProxyGroup } from "./types";
import { byText } from "./view";

function grouped(proxies: readonly LiveProxy[]): Map<string, LiveProxy[]> {
  const groups = new Map<string, LiveProxy[]>();
  for (const proxy of proxies) {
    const key = `${proxy.revision} ${proxy.version}`;
    groups.set(key, groups.get(key) ?? []);
    groups.get(key)?.push(proxy);
  }
  return groups;
}

/** Returns proxies grouped by revision and version. */
export function proxyGroups(
  proxies: readonly LiveProxy[],
  versions: PlaneVersions,
  connections: Connections,
): ProxyGroup[] {
  return [...grouped(proxies)]
    .sort(([a], [b]) => byText(a, b))
    .map(([, own]) => {
      const { revision = "", version } = own[0] ?? {};
      return {
        revision,
        ...(version !== undefined && { version }),
        pods: own.length,
        outdated: isOlder(version, versions.get(revision)),
        ...countConnections(own, connections),
      };
    });
}
