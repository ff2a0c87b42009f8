import { Config } from "@pulumi/pulumi";
import { ServiceMesh, type ServiceMeshArgs, stackUpgrade } from "../../../components";

/** A mesh whose inputs are the program's own, and whose upgrade is that of the configuration. */
interface Program {
  readonly inputs: ServiceMeshArgs;
  /** Whether it takes `mesh:upgrade`. */
  readonly isStaged: boolean;
}

const { inputs, isStaged } = new Config("shop").requireObject<Program>("program");
new ServiceMesh("front", isStaged ? { ...inputs, upgrade: stackUpgrade() } : inputs);
