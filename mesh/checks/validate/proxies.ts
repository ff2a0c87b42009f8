import type { JsonObject } from "../../common/json";
import { annotationsOf } from "../../k8s/istioLabels";
import { isReady, nameOf, namespaceOf } from "../../k8s/workload";
import { planesIn } from "../../snapshot/controlPlanes";
import { injectedRevision, proxySkew } from "../../snapshot/proxies";
import { isUnread, type Read } from "../../snapshot/snapshot";
import type { ConnectedProxy, SyncAnswer } from "../../snapshot/sync";
import type { Finding } from "../finding";
import { findingsOf, notChecked } from "../findings";
import { validationOf } from "./define";
import type { MeshState } from "./state";

const sync = findingsOf("proxy-sync");

const idOf = ({ namespace, pod }: Pick<ConnectedProxy, "namespace" | "pod">) =>
  `${namespace}/${pod}`;

interface Connected extends ConnectedProxy {
  readonly revision: string;
}

function connected(answers: readonly SyncAnswer[]): Connected[] {
  return answers.flatMap(({ proxies, revision }) =>
    isUnread(proxies) ? [] : proxies.map((proxy) => ({ ...proxy, revision })),
  );
}

function staleFinding(proxy: Connected): Finding {
  return sync.warning(
    `Pod ${idOf(proxy)}`,
    `was sent configuration (${proxy.stale.join(", ")}) by istiod ${proxy.revision} that it has not taken: STALE`,
    `read its log for "rejected": kubectl -n ${proxy.namespace} logs ${proxy.pod} -c istio-proxy`,
  );
}

/** Returns pods with a ready proxy that is connected to no istiod. */
function lost(pods: readonly JsonObject[], all: readonly Connected[], asked: readonly string[]) {
  const known = new Set(all.map(idOf));
  return pods.filter((pod) => {
    const revision = injectedRevision(annotationsOf(pod));
    const id = idOf({ namespace: namespaceOf(pod), pod: nameOf(pod) });
    return revision !== undefined && asked.includes(revision) && isReady(pod) && !known.has(id);
  });
}

function lostFinding(pod: JsonObject): Finding {
  const [namespace, name] = [namespaceOf(pod), nameOf(pod)];
  return sync.warning(
    `Pod ${namespace}/${name}`,
    "has a proxy that is connected to no istiod: it serves by the configuration that it has",
    `read its log for "xds": kubectl -n ${namespace} logs ${name} -c istio-proxy; its way to istiod's port 15012 may be closed`,
  );
}

/** Checks that every proxy is connected and has accepted its configuration. */
export function checkSync(state: Pick<Read<MeshState>, "sync" | "pods">): Finding[] {
  const silent = state.sync.flatMap(({ pod, proxies }) =>
    isUnread(proxies) ? [notChecked("proxy-sync", `Pod ${pod}`, proxies.unread)] : [],
  );
  const all = connected(state.sync);
  const answering = state.sync.filter(({ proxies }) => !isUnread(proxies));
  // A proxy is only unconnected if all istiod pods of its revision have answered.
  const asked = answering
    .map(({ revision }) => revision)
    .filter((each) =>
      state.sync.every(({ revision, proxies }) => revision !== each || !isUnread(proxies)),
    );
  const stale = all.filter((proxy) => proxy.stale.length > 0).map(staleFinding);
  const gone = lost(state.pods, all, asked).map(lostFinding);
  const faults = [...silent, ...stale, ...gone];
  const fine = all.filter((proxy) => proxy.stale.length === 0).length;
  return answering.length === 0
    ? faults
    : [...faults, sync.ok("proxies", `${fine} of ${all.length} that are connected are SYNCED`)];
}

const skew = findingsOf("proxy-version");

function versionFinding(proxy: Connected, plane: string): Finding[] {
  const relation = proxySkew(proxy.version, plane);
  if (relation === undefined || relation.kind === "same") {
    return [];
  }
  const { kind, broken, mended } = relation;
  const object = `Pod ${idOf(proxy)}`;
  const distance = `its proxy is of ${proxy.version} and its control plane ${proxy.revision} of ${plane}`;
  return broken === undefined
    ? [skew.info(object, `${distance}; a restart of its workload brings them together`)]
    : [
        skew.error(
          object,
          `${distance}; rule: ${broken.text} (${broken.source})`,
          mended !== undefined
            ? `upgrade the control plane ${proxy.revision} to ${mended} or newer, or restart the workload, so that it gets the proxy of ${plane}`
            : kind === "behind"
              ? `restart its workload, so that it gets the proxy of ${plane}`
              : `upgrade the control plane ${proxy.revision} to ${proxy.version} first`,
        ),
      ];
}

/** Checks that the versions of proxies fit the control plane that they are connected to. */
export function checkProxyVersions(state: Pick<Read<MeshState>, "sync" | "workloads">): Finding[] {
  const versions = new Map(
    planesIn(state.workloads).map(({ revision, version }) => [revision, version]),
  );
  const all = connected(state.sync);
  const findings = all.flatMap((proxy) =>
    versionFinding(proxy, versions.get(proxy.revision) ?? ""),
  );
  return findings.length > 0 || all.length === 0
    ? findings
    : [skew.ok("proxies", "all are of the version of their control plane")];
}

export const proxySync = validationOf({
  id: "proxy-sync",
  needs: ["sync", "pods"],
  run: checkSync,
});

export const proxyVersions = validationOf({
  id: "proxy-version",
  needs: ["sync", "workloads"],
  run: checkProxyVersions,
});
