import type { JsonObject } from "../../common/json";
import { groupBy, someOf } from "../../common/lists";
import { getPath, objectAt } from "../../k8s/path";
import { containersOf, listAt, nameOf, PROXY_CONTAINER } from "../../k8s/workload";
import { type LivePlane, planesIn } from "../../snapshot/controlPlanes";
import { type LiveProxy, proxyOf } from "../../snapshot/proxies";
import type { Read } from "../../snapshot/snapshot";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { configName, looseYaml, meshConfigOf } from "../meshConfig";
import { validationOf } from "./define";
import type { MeshState } from "./state";

const report = findingsOf("proxy-ca");

type State = Pick<Read<MeshState>, "pods" | "workloads" | "configMaps">;

const PROVIDER = "CA_PROVIDER";
const ADDRESS = "CA_ADDR";

/** pilot-agent's name for istiod's own CA, which is the default. */
const OWN_PROVIDER = "Citadel";
const OWN_CA = "istiod";

/** Which CA a proxy asks for its certificate. */
interface CaSettings {
  readonly provider: string;
  /** `istiod` for istiod's own, by whichever address. */
  readonly address: string;
}

function caSettings(provider: unknown, address: unknown): CaSettings {
  const isOwn = address === undefined || address === "" || String(address).startsWith(OWN_CA);
  return {
    provider: String(provider ?? OWN_PROVIDER),
    address: isOwn ? OWN_CA : String(address),
  };
}

/** Which CA a pod's proxy asks, and the trust domain that it has been given. */
interface AskedCa extends CaSettings {
  readonly trustDomain: string | undefined;
}

/** Returns the CA of a pod's proxy by its environment, in which the last entry of a name counts. */
export function askedCa(pod: JsonObject): AskedCa {
  const proxy = containersOf(pod).find(({ name }) => name === PROXY_CONTAINER);
  const env = listAt(proxy ?? {}, "env");
  const value = (name: string) => env.filter((each) => each.name === name).at(-1)?.value;
  const trustDomain = value("TRUST_DOMAIN");
  return {
    ...caSettings(value(PROVIDER), value(ADDRESS)),
    trustDomain: typeof trustDomain === "string" ? trustDomain : undefined,
  };
}

/**
 * Returns who issues the certificates of a pod's proxy if it is not the mesh's own CA: Google's Mesh CA
 * or CA Service, for example.
 */
export function otherCaOf(pod: JsonObject): string | undefined {
  const { provider, address } = askedCa(pod);
  if (provider !== OWN_PROVIDER) {
    return provider;
  }
  return address === OWN_CA ? undefined : address;
}

const caTitle = ({ provider, address }: CaSettings) =>
  provider === OWN_PROVIDER ? address : `${provider} at ${address}`;

/**
 * Returns the CA that a control plane's injector gives to new pods: `proxyMetadata` of the mesh
 * configuration wins over the chart's `global.caAddress`. Absent without an injector.
 */
function caOfPlane(plane: LivePlane, { configMaps }: State): string | undefined {
  const name = configName("istio-sidecar-injector", plane.revision);
  const injector = configMaps.find((each) => nameOf(each) === name);
  if (injector === undefined) {
    return undefined;
  }
  const values = looseYaml(getPath(injector, "data.values"));
  const own = objectAt(meshConfigOf(plane, configMaps), "defaultConfig.proxyMetadata");
  return caTitle(caSettings(own[PROVIDER], own[ADDRESS] ?? getPath(values, "global.caAddress")));
}

interface Mismatch {
  readonly proxy: LiveProxy;
  readonly has: string;
  readonly configured: string;
}

function mismatchOf(
  pod: JsonObject,
  configuredFor: ReadonlyMap<string, string | undefined>,
): Mismatch[] {
  const proxy = proxyOf(pod);
  const configured = proxy && configuredFor.get(proxy.revision);
  const has = caTitle(askedCa(pod));
  return proxy === undefined || configured === undefined || has === configured
    ? []
    : [{ proxy, has, configured }];
}

/**
 * Proxies ask the CA that the mesh is configured for. A pod keeps the CA of the moment when it was
 * injected, so after a change it needs a restart; until then two CAs issue certificates in one mesh.
 *
 * @see https://istio.io/latest/docs/reference/commands/pilot-agent/#envvars (CA_ADDR, CA_PROVIDER)
 */
export function checkProxyCa(state: State): Finding[] {
  const configuredFor = new Map(
    planesIn(state.workloads).map((plane) => [plane.revision, caOfPlane(plane, state)]),
  );
  const found = state.pods.flatMap((pod) => mismatchOf(pod, configuredFor));
  const groups = groupBy(found, ({ proxy, has }) => `${proxy.namespace} ${proxy.revision} ${has}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) {
      return [];
    }
    const { proxy, has, configured } = first;
    const pods = someOf(group.map((one) => one.proxy.name));
    return [
      report.warning(
        `Namespace ${proxy.namespace}`,
        `the proxies of ${pods} ask ${has} for their certificates, and revision ${proxy.revision} is configured for ${configured}`,
        `restart these pods, so that they are injected anew; if ${has} is meant, set it for the mesh (caAddress, CA_PROVIDER)`,
      ),
    ];
  });
}

export const proxyCa = validationOf({
  id: "proxy-ca",
  needs: ["pods", "workloads", "configMaps"],
  run: checkProxyCa,
});
