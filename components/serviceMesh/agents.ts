import type { ResolvedMesh } from "../../mesh/spec/resolve";
import { Cni } from "../mesh/cni";
import { OverlayGateways } from "../mesh/overlayGateways";
import { Ztunnel } from "../mesh/ztunnel";
import type { MeshPart } from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";
import type { Build, DependsOnParts } from "./build";
import { source } from "./sharedPlan";

function has(mesh: ResolvedMesh | undefined, ...names: readonly string[]): boolean {
  return mesh?.components.some(({ component }) => names.includes(component.name)) ?? false;
}

/** What a cluster has one of, each after the one before: CNI, ztunnel, gateways of overlays. */
export function createAgents(build: Build, dependsOnParts: DependsOnParts): MeshPart[] {
  const { name, target, meshes } = build;
  const { primary } = meshes;
  const { mesh } = primary;
  const parts: [boolean, (opts: pulumi.ComponentResourceOptions) => MeshPart][] = [
    [has(mesh, "cni"), (opts) => new Cni(`${name}-cni`, source(primary), opts)],
    [has(mesh, "ztunnel"), (opts) => new Ztunnel(`${name}-ztunnel`, source(primary), opts)],
    [
      has(mesh, "ingressGateways", "egressGateways"),
      (opts) => new OverlayGateways(`${name}-gateways`, source(primary), opts, { target }),
    ],
  ];
  const made: MeshPart[] = [];
  for (const [wanted, create] of parts) {
    if (wanted) {
      made.push(create(dependsOnParts(...made)));
    }
  }
  return made;
}
