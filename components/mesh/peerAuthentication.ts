import type { JsonObject } from "../../mesh/common/json";
import type { PeerAuthenticationInputs } from "../../mesh/model/peerAuthenticationInputs";
import { peerAuthentication } from "../../mesh/spec/meshObjects";
import { registerSingleObject, type SingleObject } from "../objects/singleObject";
import type { ArgsOf } from "../pulumi/inputs";
import { type ObjectName, outputOf, unknownOutputs } from "../pulumi/outputs";
import * as pulumi from "../pulumi/sdk";
import { warnOfUnusedOptions } from "../pulumi/unusedOptions";

function spec(inputs: PeerAuthenticationInputs): JsonObject {
  const { mode, matchLabels, portModes } = inputs;
  const ports = Object.entries(portModes ?? {}).map(([port, own]) => [port, { mode: own }]);
  return {
    mtls: { mode },
    ...(matchLabels !== undefined && { selector: { matchLabels: { ...matchLabels } } }),
    ...(ports.length > 0 && { portLevelMtls: Object.fromEntries(ports) }),
  };
}

const POLICY: SingleObject<PeerAuthenticationInputs> = {
  inputs: "PeerAuthenticationInputs",
  problemOf: ({ portModes, matchLabels }) =>
    portModes !== undefined && matchLabels === undefined
      ? "portModes: needs matchLabels; fix: name the workloads with matchLabels"
      : undefined,
  objectOf: (inputs) =>
    peerAuthentication(inputs.name ?? "default", inputs.namespace, spec(inputs)),
};

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
  /** The namespace of the object. */
  readonly namespace: pulumi.Output<string>;

  constructor(
    name: string,
    args: ArgsOf<PeerAuthenticationInputs>,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("servicemesh:index:PeerAuthentication", name, args as pulumi.Inputs, opts);
    warnOfUnusedOptions(this, opts);
    this.name = outputOf(this.getData(), "name");
    this.namespace = outputOf(this.getData(), "namespace");
  }

  protected override async initialize(
    args: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
    name: string,
  ): Promise<ObjectName | undefined> {
    const given = { name, args: args as ArgsOf<PeerAuthenticationInputs>, opts };
    const outputs = await registerSingleObject(this, given, POLICY);
    this.registerOutputs(outputs ?? unknownOutputs("name", "namespace"));
    return outputs;
  }
}
