import type { K8sObject } from "../../mesh/k8s/objects";
import { componentsIn } from "../../mesh/model/component";
import type { MeshInputs } from "../../mesh/model/meshInputs";
import {
  type FormerPlace,
  MeshPart,
  type MeshSource,
  type PartArgs,
  type PartData,
  type SharedMesh,
} from "../objects/meshPart";
import { hiddenIf } from "../pulumi/outputs";
import type * as pulumi from "../pulumi/sdk";

/** What a ServiceMesh adds to its control planes. @internal */
export interface ControlPlaneOptions {
  /**
   * Resources that must exist before istiod starts, such as the CRDs. istiod's permissions and
   * configuration do not wait for them, so the API server can process both at the same time.
   *
   * @default []
   */
  readonly beforeWorkloads?: readonly pulumi.Resource[];
  /** Components that may have contained some of the objects before. @default [] */
  readonly former?: readonly FormerPlace[];
}

function plugInSecret(inputs: MeshInputs | undefined, namespace: string): K8sObject[] {
  const ca = inputs?.ca;
  if (ca?.type !== "plug-in-certs" || ca.caCert === undefined) {
    return [];
  }
  const { caCert, caKey = "", rootCert = "", certChain = "" } = ca;
  return [
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "cacerts", namespace },
      stringData: {
        "ca-cert.pem": caCert,
        "ca-key.pem": caKey,
        "root-cert.pem": rootCert,
        "cert-chain.pem": certChain,
      },
    },
  ];
}

/** A control plane of a mesh. Programs create {@link ControlPlane}. @internal */
export class ControlPlanePart extends MeshPart {
  /** The revision that workloads and gateways name. Empty for Istio's default revision. */
  readonly revision: pulumi.Output<string>;
  /** Istio version. */
  readonly version: pulumi.Output<string>;
  /** The namespace of istiod. */
  readonly namespace: pulumi.Output<string>;
  protected override readonly outputNames = ["revision", "version", "namespace"];
  protected override readonly watched = componentsIn("revision");
  protected override readonly beforeWorkloads: readonly pulumi.Resource[];
  private readonly former: readonly FormerPlace[];

  constructor(
    name: string,
    source: MeshSource,
    opts: pulumi.ComponentResourceOptions | undefined,
    { beforeWorkloads = [], former = [] }: ControlPlaneOptions,
  ) {
    super("servicemesh:index:ControlPlane", name, source, opts);
    this.beforeWorkloads = beforeWorkloads;
    this.former = former;
    this.revision = this.partOutput("revision");
    this.version = this.partOutput("version");
    this.namespace = this.partOutput("namespace");
  }

  protected override async create(name: string, shared: SharedMesh): Promise<PartData> {
    const { mesh, inputs } = shared;
    // Keys are secret even if the program does not say so.
    const secrets = this.registerAll(name, plugInSecret(inputs, mesh?.namespace ?? ""), true);
    const made = [...secrets.made];
    for (const component of componentsIn("revision")) {
      made.push(
        ...(await this.registerRendered(name, shared, component, { former: this.former })).made,
      );
    }
    const outputs = hiddenIf(shared.sensitiveIdentity, {
      revision: mesh?.revision,
      version: mesh?.version,
      namespace: mesh?.namespace,
    });
    return { objects: made.map(({ object }) => object), outputs };
  }
}

/**
 * One revision of the control plane: istiod, its webhooks, configuration and permissions. Several
 * revisions can run side by side.
 *
 * If you pass your own Kubernetes provider, set `enableConfigMapMutable: true`. Without it, an
 * edit deletes istiod's configuration and creates it again.
 *
 * @example
 * const istiod = new ControlPlane("istiod-1-31-0", {
 *   version: "1.31.0",
 *   revision: "1-31-0",
 *   accessLog: { encoding: "JSON" },
 * }, { dependsOn: base });
 * @see https://istio.io/latest/docs/setup/upgrade/canary/
 */
export class ControlPlane extends ControlPlanePart {
  constructor(name: string, args: PartArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, { args }, opts, {});
  }
}
