import { Provider } from "@pulumi/kubernetes";
import { Config, secret } from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output";
import { ServiceMesh, type ServiceMeshArgs } from "../../../components";

/** Meshes by the name of the component, without a key that the command could read. */
type Program = Readonly<
  Record<string, ServiceMeshArgs & { readonly hub?: string; readonly gateways?: object[] }>
>;

const config = new Config("shop");

/** Stands for an output of a provider's that only an update has. */
const other = config.get("other");
const later =
  other &&
  new Provider("other", { renderYamlToDirectory: other }).urn.apply(() => unknown as string);

for (const [name, args] of Object.entries(config.requireObject<Program>("meshes"))) {
  const { hub, gateways } = args;
  new ServiceMesh(name, {
    ...args,
    ...(later && { tags: { prod: later } }),
    ...(hub !== undefined && { hub: secret(hub) }),
    ...(gateways !== undefined && { gateways: secret(gateways) as ServiceMeshArgs["gateways"] }),
  });
}
