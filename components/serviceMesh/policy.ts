import type { K8sObject } from "../../mesh/k8s/objects";
import { monitoringObjects, peerAuthenticationObjects } from "../../mesh/spec/meshObjects";
import { MeshPart, type PartData, type SharedMesh } from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";

/** The mesh-wide security policy. It is a part, so that it waits for the control plane. */
export class MeshPolicy extends MeshPart {
  constructor(name: string, shared: SharedMesh, opts: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:MeshPolicy", name, { shared }, opts);
  }

  protected override async create(name: string, { mesh }: SharedMesh): Promise<PartData> {
    const objects: K8sObject[] = mesh === undefined ? [] : peerAuthenticationObjects(mesh);
    return this.registerAll(name, objects, false);
  }
}

/** What has Google's managed Prometheus scrape the mesh. */
export class MeshMonitoring extends MeshPart {
  constructor(name: string, shared: SharedMesh, opts: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:MeshMonitoring", name, { shared }, opts);
  }

  protected override async create(name: string, { mesh }: SharedMesh): Promise<PartData> {
    const objects: K8sObject[] = mesh === undefined ? [] : monitoringObjects(mesh);
    return this.registerAll(name, objects, false);
  }
}
