import semver from "semver";
import { someOf } from "../../common/lists";
import { annotationsOf } from "../../k8s/istioLabels";
import { type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { listAt, nameOf, namespaceOf } from "../../k8s/workload";
import { runningVersion } from "../../model/facts";
import { MINORS, minorOf } from "../../model/minors";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { precheckOf } from "./define";
import { knownPlanes } from "./livePlanes";
import type { ApiUse, DesiredMesh, GoingApi, LiveState } from "./types";

const found = findingsOf("gateway-api");

/** istioctl's own message about outdated CRDs. */
const OUTDATED = "https://istio.io/latest/docs/reference/config/analysis/ist0156/";

const BUNDLE = "gateway.networking.k8s.io/bundle-version";

/** Names of the CRDs of the Gateway API that some known Istio reads. */
export const GATEWAY_API_CRDS: readonly string[] = Object.keys(MINORS.newest.gatewayApis ?? {});

function served(crd: K8sObject): string[] {
  return listAt(crd, "spec.versions").flatMap(({ name, served: on }) =>
    on === true ? [String(name)] : [],
  );
}

/** Why istiod passes over all objects of a kind. */
interface Unseen {
  readonly reason: string;
  readonly source: string;
  /** The release of the Gateway API to take at least. */
  readonly bundle: string;
}

/** The release that a CRD is of, without the mark of a candidate, as istiod reads it. */
function bundleOf(crd: K8sObject): string | undefined {
  const release = semver.coerce(annotationsOf(crd)[BUNDLE] ?? "");
  return release === null ? undefined : release.version;
}

/** Returns why the istiod of a version reads no object of a CRD, or `undefined` if it does. */
function unseenBy(version: string, crd: K8sObject): Unseen | undefined {
  const name = nameOf(crd);
  const { gatewayApis, gatewayApiMinimum } = MINORS.facts(version);
  const wanted = gatewayApis?.[name];
  const minimum = gatewayApiMinimum?.[name];
  const bundle = bundleOf(crd);
  if (wanted !== undefined && !served(crd).includes(wanted)) {
    return {
      reason: `serves ${served(crd).join(", ")} and not ${wanted}, which Istio ${minorOf(version)} reads`,
      source: minimum?.source ?? OUTDATED,
      bundle: minimum?.bundle ?? "1.1.0",
    };
  }
  if (minimum === undefined || (bundle !== undefined && semver.gte(bundle, minimum.bundle))) {
    return undefined;
  }
  const { source } = minimum;
  const is = bundle === undefined ? `has no annotation ${BUNDLE}` : `is of Gateway API ${bundle}`;
  const reason = `${is}, and Istio ${minorOf(version)} reads it from ${minimum.bundle} on`;
  return { reason, source, bundle: minimum.bundle };
}

/** The first of the planned versions that does not read a CRD, and why. */
function plannedUnseen({ plan }: DesiredMesh, crd: K8sObject) {
  return plan.facts.controlPlanes
    .map((plane) => unseenBy(runningVersion(plane), crd))
    .find((unseen) => unseen !== undefined);
}

/** Returns the kinds of the Gateway API whose objects the planned istiods would not see. */
export function unseenApis(desired: DesiredMesh, crds: readonly K8sObject[]): GoingApi[] {
  return crds
    .filter((crd) => GATEWAY_API_CRDS.includes(nameOf(crd)))
    .filter((crd) => plannedUnseen(desired, crd) !== undefined)
    .flatMap((crd) => {
      const [version] = served(crd);
      return version === undefined
        ? []
        : [
            {
              apiVersion: `${getPath(crd, "spec.group")}/${version}`,
              kind: String(getPath(crd, "spec.names.kind")),
              resource: String(getPath(crd, "spec.names.plural")),
              instead: "",
              kindStays: true,
            },
          ];
    });
}

function objectsOf(crd: K8sObject, uses: readonly ApiUse[]): string[] {
  const kind = getPath(crd, "spec.names.kind");
  return uses
    .filter(({ api }) => api.kind === kind)
    .flatMap(({ objects }) => objects.map((one) => `${namespaceOf(one)}/${nameOf(one)}`));
}

const install = (bundle: string) =>
  `install Gateway API ${bundle} or newer first: kubectl apply --server-side -f https://github.com/kubernetes-sigs/gateway-api/releases/download/v${bundle}/standard-install.yaml`;

/**
 * CRDs of the Gateway API that are too old for the planned Istio: istiod would see none of their
 * objects. An error where there are such objects and a control plane reads them now.
 *
 * @param live `gatewayApiUses` has the objects of {@link unseenApis}
 * @see https://istio.io/latest/news/releases/1.30.x/announcing-1.30/upgrade-notes/
 */
export function checkGatewayApi(
  desired: DesiredMesh,
  live: Pick<LiveState, "crds" | "workloads" | "gatewayApiUses">,
): Finding[] {
  const running = knownPlanes(live.workloads);
  return live.crds
    .filter((crd) => GATEWAY_API_CRDS.includes(nameOf(crd)))
    .flatMap((crd) => {
      const unseen = plannedUnseen(desired, crd);
      if (unseen === undefined) {
        return [];
      }
      const objects = objectsOf(crd, live.gatewayApiUses);
      const isLost =
        objects.length > 0 && running.some(({ version }) => unseenBy(version, crd) === undefined);
      const effect =
        objects.length === 0
          ? "istiod would see no object of it"
          : `istiod would not see ${someOf(objects)}`;
      return [
        found.of(
          isLost ? "error" : "warning",
          objectTitle(crd),
          `${unseen.reason}: ${effect} (${unseen.source})`,
          install(unseen.bundle),
        ),
      ];
    });
}

export const gatewayApi = precheckOf({
  id: "gateway-api",
  title: "CRDs of the Gateway API",
  fine: "the planned Istio reads those that there are",
  needs: ["desired", "crds", "workloads", "gatewayApiUses"],
  run: ({ desired, ...live }) => checkGatewayApi(desired, live),
});
