import type { ChartSource } from "../model/meshInputs";
import type { ServiceMeshInputs } from "../model/serviceMeshInputs";
import { isKubeconfigContent, type StackTarget } from "../model/target";
import { isOverlayFile } from "../overlay/readOverlay";

/** Returns how a path is written from elsewhere. */
export type PathFrom = (path: string) => string;

/** Overlays by name have no path. */
function overlayFrom<T>(overlay: T, from: PathFrom): T | string {
  return typeof overlay === "string" && isOverlayFile(overlay) ? from(overlay) : overlay;
}

function chartsFrom(charts: ChartSource, from: PathFrom): ChartSource {
  if (charts.kind === "folder") {
    return { ...charts, path: from(charts.path) };
  }
  const keyring = charts.verify?.keyring;
  return keyring === undefined
    ? charts
    : { ...charts, verify: { ...charts.verify, keyring: from(keyring) } };
}

/**
 * Returns inputs whose files and folders are written from elsewhere: overlays, charts and keys.
 *
 * @example inputsFrom({ version: "1.31.0", overlays: ["./a.yaml"] }, (path) => join("..", path))
 * // { version: "1.31.0", overlays: ["../a.yaml"] }
 */
export function inputsFrom(inputs: ServiceMeshInputs, from: PathFrom): ServiceMeshInputs {
  const { overlays, revisions, charts } = inputs;
  const all = (list: ServiceMeshInputs["overlays"]) => list?.map((one) => overlayFrom(one, from));
  return {
    ...inputs,
    ...(overlays !== undefined && { overlays: all(overlays) }),
    ...(revisions !== undefined && {
      revisions: revisions.map((revision) =>
        revision.overlays === undefined
          ? revision
          : { ...revision, overlays: all(revision.overlays) },
      ),
    }),
    ...(charts !== undefined && { charts: chartsFrom(charts, from) }),
  };
}

/** Returns a target whose folder or kubeconfig is written from elsewhere. `~` stays. */
export function targetFrom(target: StackTarget, from: PathFrom): StackTarget {
  if (target.kind === "render") {
    return { ...target, directory: from(target.directory) };
  }
  const { kubeconfig } = target;
  return kubeconfig === undefined || isKubeconfigContent(kubeconfig) || kubeconfig.startsWith("~")
    ? target
    : { ...target, kubeconfig: from(kubeconfig) };
}
