import { Config } from "@pulumi/pulumi";
import { RevisionTag } from "../../../components/mesh/revisionTag";
import { targetProvider } from "../../../components/pulumi/target";
import type { ChartSource } from "../../../mesh/model/meshInputs";

/** Tags by name, each with its revision. */
interface Program {
  readonly kubeconfig: string;
  readonly charts: ChartSource;
  readonly version: string;
  readonly tags: Readonly<Record<string, string>>;
}

const { kubeconfig, charts, version, tags } = new Config("mesh").requireObject<Program>("program");
const provider = targetProvider("cluster", { kind: "cluster", kubeconfig });

for (const [tag, revision] of Object.entries(tags)) {
  new RevisionTag(tag, { tag, revision, version, charts }, { providers: { kubernetes: provider } });
}
