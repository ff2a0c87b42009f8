import {
  Base,
  Cni,
  ControlPlane,
  Crds,
  Gateway,
  ManagedControlPlane,
  MeshNamespace,
  OverlayGateways,
  PeerAuthentication,
  RevisionTag,
  ServiceMesh,
  Telemetry,
  Ztunnel,
} from "../components";
import type * as gke from "../components/gke";

/** The name of the Pulumi package, which starts the type token of every component. */
export const PACKAGE_NAME = "servicemesh";

const GKE_ENTRY = "../components/gke";

/** @throws Error if the package of Pulumi's provider for Google Cloud is not installed */
function gkeFoundation(): typeof gke.GkeFoundation {
  try {
    return (require(GKE_ENTRY) as typeof gke).GkeFoundation;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "MODULE_NOT_FOUND" || !message.includes("@pulumi/gcp")) {
      throw error;
    }
    throw new Error(
      "GkeFoundation needs the npm package @pulumi/gcp, which is not installed beside " +
        "pulumi-service-mesh; fix: npm install -g pulumi-service-mesh @pulumi/gcp",
    );
  }
}

/**
 * The class of every component that programs in other languages can use, by its name.
 *
 * A class is read when it is asked for, because `GkeFoundation` loads `@pulumi/gcp`, which takes
 * seconds and is an optional package.
 */
export const COMPONENTS = {
  Base: () => Base,
  Cni: () => Cni,
  ControlPlane: () => ControlPlane,
  Crds: () => Crds,
  Gateway: () => Gateway,
  GkeFoundation: gkeFoundation,
  ManagedControlPlane: () => ManagedControlPlane,
  MeshNamespace: () => MeshNamespace,
  OverlayGateways: () => OverlayGateways,
  PeerAuthentication: () => PeerAuthentication,
  RevisionTag: () => RevisionTag,
  ServiceMesh: () => ServiceMesh,
  Telemetry: () => Telemetry,
  Ztunnel: () => Ztunnel,
} as const;

export type ComponentName = keyof typeof COMPONENTS;

/**
 * Returns the name of the component that a type token means, or `undefined` if there is none.
 *
 * @example componentOf("servicemesh:index:Gateway") // "Gateway"
 */
export function componentOf(token: string): ComponentName | undefined {
  return (Object.keys(COMPONENTS) as ComponentName[]).find((name) => tokenOf(name) === token);
}

/** @example tokenOf("Gateway") // "servicemesh:index:Gateway" */
export function tokenOf(name: string): string {
  return `${PACKAGE_NAME}:index:${name}`;
}
