import { Config, secret } from "@pulumi/pulumi";
import { ServiceMesh, type ServiceMeshArgs } from "../../../components";

/** Meshes by the name of the component, without a key that the command could read. */
type Program = Readonly<
  Record<string, ServiceMeshArgs & { readonly hub?: string; readonly gateways?: object[] }>
>;

for (const [name, args] of Object.entries(new Config("shop").requireObject<Program>("meshes"))) {
  const { hub, gateways } = args;
  new ServiceMesh(name, {
    ...args,
    ...(hub !== undefined && { hub: secret(hub) }),
    ...(gateways !== undefined && { gateways: secret(gateways) as ServiceMeshArgs["gateways"] }),
  });
}
