import type { JsonObject } from "../../mesh/common/json";
import type { PeerAuthenticationInputs } from "../../mesh/model/peerAuthenticationInputs";
import { peerAuthentication } from "../../mesh/spec/meshObjects";
import { registerObject } from "../objects/kubernetesObject";
import { requireFittingInputs, warnUnknown } from "../objects/meshPart";
import { type ArgsOf, resolveArgs } from "../pulumi/inputs";
import { hiddenIf, type ObjectName, outputOf, unknownOutputs } from "../pulumi/outputs";
import { resourceError } from "../pulumi/resourceError";
import * as pulumi from "../pulumi/sdk";

function spec(inputs: PeerAuthenticationInputs): JsonObject {
  const { mode, matchLabels, portModes } = inputs;
  const ports = Object.entries(portModes ?? {}).map(([port, own]) => [port, { mode: own }]);
  return {
    mtls: { mode },
    ...(matchLabels !== undefined && { selector: { matchLabels: { ...matchLabels } } }),
    ...(ports.length > 0 && { portLevelMtls: Object.fromEntries(ports) }),
  };
}

/**
 * Sets mutual TLS for the mesh, a namespace or some workloads.
 *
 * @throws ResourceError when `portModes` comes without `matchLabels`: Istio ignores it then
 * @example
 * new PeerAuthentication("shop", { namespace: "shop", mode: "PERMISSIVE", matchLabels: { app: "legacy" } });
 * @see https://istio.io/latest/docs/reference/config/security/peer_authentication/
 */
export class PeerAuthentication extends pulumi.ComponentResource<ObjectName | undefined> {
  /** The name of the object. */
  readonly name: pulumi.Output<string>;
  readonly namespace: pulumi.Output<string>;

  constructor(
    name: string,
    args: ArgsOf<PeerAuthenticationInputs>,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("servicemesh:index:PeerAuthentication", name, args as pulumi.Inputs, opts);
    this.name = outputOf(this.getData(), "name");
    this.namespace = outputOf(this.getData(), "namespace");
  }

  protected override async initialize(
    args: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
    name: string,
  ): Promise<ObjectName | undefined> {
    const { value, sensitive } = await resolveArgs(args as ArgsOf<PeerAuthenticationInputs>);
    if (value === undefined) {
      warnUnknown(this);
      this.registerOutputs(unknownOutputs("name", "namespace"));
      return undefined;
    }
    requireFittingInputs("PeerAuthenticationInputs", value, this, sensitive);
    if (value.portModes !== undefined && value.matchLabels === undefined) {
      const fix = "name the workloads with matchLabels";
      throw resourceError(`portModes: needs matchLabels; fix: ${fix}`, this);
    }
    const object = peerAuthentication(value.name ?? "default", value.namespace, spec(value));
    const { dependsOn } = opts;
    registerObject(name, object, { parent: this, dependsOn, sensitive });
    const outputs = hiddenIf(sensitive, {
      name: value.name ?? "default",
      namespace: value.namespace,
    });
    this.registerOutputs(outputs);
    return outputs;
  }
}
