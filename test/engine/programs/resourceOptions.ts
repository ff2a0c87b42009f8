import * as pulumi from "@pulumi/pulumi";
import { ControlPlane, Gateway, MeshNamespace, ServiceMesh } from "../../../components";
import { targetProvider } from "../../../components/pulumi/target";
import type { MeshInputs } from "../../../mesh/model/meshInputs";
import type { ServiceMeshInputs } from "../../../mesh/model/serviceMeshInputs";

/** A whole mesh, and components without one, all with the same resource options. */
interface Program {
  readonly common: Pick<MeshInputs, "version" | "charts">;
  readonly mesh: Partial<ServiceMeshInputs>;
  /** Where the manifests go. */
  readonly directory: string;
  /** What the names of all components begin with. */
  readonly prefix: string;
  /** What they began with before. */
  readonly formerPrefix?: string;
  readonly options?: Pick<
    pulumi.ComponentResourceOptions,
    "protect" | "retainOnDelete" | "ignoreChanges" | "replaceOnChanges" | "customTimeouts"
  >;
  /** An annotation that a transform gives each Deployment. */
  readonly annotation?: string;
}

const program = new pulumi.Config("mesh").requireObject<Program>("program");
const { common, mesh, directory, prefix, formerPrefix, options, annotation } = program;

const provider = targetProvider("own", { kind: "render", directory });

/** Adds the annotation to Deployments, of whatever component. */
const annotate: pulumi.ResourceTransform = ({ type, props, opts }) => {
  if (type !== "kubernetes:apps/v1:Deployment") {
    return undefined;
  }
  const { metadata } = props;
  const annotations = { ...metadata.annotations, owner: annotation };
  return { props: { ...props, metadata: { ...metadata, annotations } }, opts };
};

function optionsOf(name: string): pulumi.ComponentResourceOptions {
  return {
    ...options,
    providers: { kubernetes: provider },
    ...(annotation !== undefined && { transforms: [annotate] }),
    ...(formerPrefix !== undefined && { aliases: [{ name: `${formerPrefix}-${name}` }] }),
  };
}

new ServiceMesh(`${prefix}-mesh`, { ...common, ...mesh }, optionsOf("mesh"));
new ControlPlane(`${prefix}-plane`, { ...common, revision: "alone" }, optionsOf("plane"));
new Gateway(
  `${prefix}-gateway`,
  { name: "alone", namespace: "edge", protect: false, revisions: [{ revision: "alone" }] },
  optionsOf("gateway"),
);
new MeshNamespace(
  `${prefix}-namespace`,
  { namespace: "alone", revision: "alone" },
  optionsOf("namespace"),
);
