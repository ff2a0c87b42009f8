import { groupBy, someOf } from "../../common/lists";
import { newerCrdVersion } from "../../k8s/crd";
import { identityOf, isCrd, type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { listAt } from "../../k8s/workload";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { gateCheckOf } from "./define";
import type { ApiKind, UnservedKind } from "./types";

const found = findingsOf("served-apis");

/** @example kindKey({ apiVersion: "apps/v1", kind: "Deployment" }) // "apps/v1 Deployment" */
const kindKey = ({ apiVersion, kind }: ApiKind) => `${apiVersion} ${kind}`;

/** A newer CRD of the cluster is not changed, so it keeps its versions. */
function isApplied(planned: K8sObject, live: readonly K8sObject[]): boolean {
  const { name } = identityOf(planned);
  const own = live.find((crd) => identityOf(crd).name === name);
  return newerCrdVersion(own, planned) === undefined;
}

function kindsOfCrd(crd: K8sObject): string[] {
  const [group, kind] = [getPath(crd, "spec.group"), getPath(crd, "spec.names.kind")];
  return listAt(crd, "spec.versions")
    .filter(({ served }) => served === true)
    .map(({ name }) => kindKey({ apiVersion: `${group}/${name}`, kind: String(kind) }));
}

/**
 * The kinds that the API server has to serve before an update, once each: all that is rendered, but
 * for what the update's own CRDs bring.
 *
 * @param crds those of the cluster
 * @example neededKinds([istiodService], []) // [{ apiVersion: "v1", kind: "Service" }]
 */
export function neededKinds(objects: readonly K8sObject[], crds: readonly K8sObject[]): ApiKind[] {
  const brought = new Set(
    objects.filter((object) => isCrd(object) && isApplied(object, crds)).flatMap(kindsOfCrd),
  );
  const needed = new Map(
    objects.map(({ apiVersion, kind }) => [kindKey({ apiVersion, kind }), { apiVersion, kind }]),
  );
  return [...needed].filter(([key]) => !brought.has(key)).map(([, kind]) => kind);
}

/** What serves the APIs of a group, if it is none of the mesh's own. */
const PROVIDERS: Readonly<Record<string, string>> = {
  "monitoring.googleapis.com":
    "turn Google's managed Prometheus on (gcloud container clusters update NAME --location=LOCATION " +
    "--enable-managed-prometheus), or take googlePrometheus out of the inputs",
};

function fixFor({ apiVersion, kind, served }: UnservedKind): string {
  const [instead] = served;
  const provider = PROVIDERS[apiVersion.split("/")[0] ?? ""];
  if (instead === undefined && provider !== undefined) {
    return provider;
  }
  return instead === undefined
    ? `install what serves ${apiVersion} (kubectl api-resources lists what there is), or take the objects out of the inputs`
    : `take ${instead}: an overlay that sets the apiVersion of a ${kind} (k8s.overlays) names ${instead}, or goes`;
}

/**
 * Objects of an API version that the API server does not serve: it would refuse each of them, after
 * others are made already.
 *
 * @param objects all that would be applied
 * @param unserved of {@link neededKinds}
 */
export function checkServedApis(
  objects: readonly K8sObject[],
  unserved: readonly UnservedKind[],
): Finding[] {
  const byKind = groupBy(objects, kindKey);
  return unserved.map((one) => {
    const titles = (byKind.get(kindKey(one)) ?? []).map(objectTitle);
    const others =
      one.served.length === 0 ? "nor any other version" : `but ${one.served.join(", ")}`;
    const reason = `the API server does not serve it, ${others}: it would refuse ${someOf(titles)}`;
    return found.error(kindKey(one), reason, fixFor(one));
  });
}

export const servedApis = gateCheckOf({
  id: "served-apis",
  title: "API versions of the mesh",
  fine: "the API server serves each",
  gate: "too",
  needs: ["desired", "unserved"],
  run: ({ desired: { objects }, unserved }) => checkServedApis(objects, unserved),
});
