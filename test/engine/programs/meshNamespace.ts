import { Config } from "@pulumi/pulumi";
import { MeshNamespace } from "../../../components/mesh/meshNamespace";
import { targetProvider } from "../../../components/pulumi/target";
import type { MeshNamespaceInputs } from "../../../mesh/model/meshNamespaceInputs";

interface Program {
  readonly kubeconfig: string;
  readonly namespaces: readonly Omit<MeshNamespaceInputs, "target">[];
}

const { kubeconfig, namespaces } = new Config("mesh").requireObject<Program>("program");
const target = { kind: "cluster", kubeconfig } as const;
const kubernetes = targetProvider("cluster", target);

for (const inputs of namespaces) {
  new MeshNamespace(inputs.namespace, { ...inputs, target }, { providers: { kubernetes } });
}
