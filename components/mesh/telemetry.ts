import type { JsonObject } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import type { TelemetryInputs } from "../../mesh/model/telemetryInputs";
import { EXPORTERS_DROPPED, EXPORTERS_SOURCE } from "../../mesh/spec/googleExporters";
import { registerSingleObject, type SingleObject } from "../objects/singleObject";
import type { ArgsOf } from "../pulumi/inputs";
import { type ObjectName, outputOf, unknownOutputs } from "../pulumi/outputs";
import * as pulumi from "../pulumi/sdk";
import { warnOfUnusedOptions } from "../pulumi/unusedOptions";

const named = (providers: readonly string[]): JsonObject => ({
  providers: providers.map((name) => ({ name })),
});

function accessLogging(input: NonNullable<TelemetryInputs["accessLogging"]>): JsonObject {
  const { providers = ["envoy"], filter, disabled } = input;
  return {
    ...named(providers),
    ...(filter !== undefined && { filter: { expression: filter } }),
    ...(disabled !== undefined && { disabled }),
  };
}

function tracing(input: NonNullable<TelemetryInputs["tracing"]>): JsonObject {
  const { providers, samplingPercent, disabled } = input;
  return {
    ...(providers !== undefined && named(providers)),
    ...(samplingPercent !== undefined && { randomSamplingPercentage: samplingPercent }),
    ...(disabled !== undefined && { disableSpanReporting: disabled }),
  };
}

function telemetryObject(inputs: TelemetryInputs): K8sObject {
  const { matchLabels } = inputs;
  return {
    apiVersion: "telemetry.istio.io/v1",
    kind: "Telemetry",
    metadata: { name: inputs.name ?? "default", namespace: inputs.namespace },
    spec: {
      ...(matchLabels !== undefined && { selector: { matchLabels: { ...matchLabels } } }),
      ...(inputs.accessLogging && { accessLogging: [accessLogging(inputs.accessLogging)] }),
      ...(inputs.tracing && { tracing: [tracing(inputs.tracing)] }),
      ...(inputs.metrics && { metrics: [named(inputs.metrics.providers)] }),
    },
  };
}

function problemOf({ tracing: t }: TelemetryInputs): string | undefined {
  const percent = t?.samplingPercent;
  return percent !== undefined && (percent < 0 || percent > 100)
    ? `tracing.samplingPercent: is not a percentage (got ${percent}); allowed: 0 to 100`
    : undefined;
}

/** The version of the mesh, and the providers in its mesh config, are not known here. */
function warningsOf(inputs: TelemetryInputs): string[] {
  return (["accessLogging", "tracing", "metrics"] as const)
    .filter((field) => inputs[field]?.providers?.includes("stackdriver"))
    .map(
      (field) =>
        `${field}.providers: has stackdriver, to which proxies send nothing unless they are of Google's own builds, or the mesh config has another provider of this name: ${EXPORTERS_DROPPED}; see ${EXPORTERS_SOURCE}`,
    );
}

const TELEMETRY: SingleObject<TelemetryInputs> = {
  inputs: "TelemetryInputs",
  problemOf,
  warningsOf,
  objectOf: telemetryObject,
};

/**
 * Sets what proxies log, trace and measure, for the mesh, a namespace or some workloads.
 *
 * @throws ResourceError when the sampling is not a percentage
 * @example
 * new Telemetry("mesh-default", {
 *   namespace: "istio-system",
 *   accessLogging: { filter: "response.code >= 400" },
 *   tracing: { samplingPercent: 5 },
 * });
 * @see https://istio.io/latest/docs/reference/config/telemetry/
 */
export class Telemetry extends pulumi.ComponentResource<ObjectName | undefined> {
  /** The name of the object. */
  readonly name: pulumi.Output<string>;
  /** The namespace of the object. */
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: ArgsOf<TelemetryInputs>, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:Telemetry", name, args as pulumi.Inputs, opts);
    warnOfUnusedOptions(this, opts);
    this.name = outputOf(this.getData(), "name");
    this.namespace = outputOf(this.getData(), "namespace");
  }

  protected override async initialize(
    args: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
    name: string,
  ): Promise<ObjectName | undefined> {
    const given = { name, args: args as ArgsOf<TelemetryInputs>, opts };
    const outputs = await registerSingleObject(this, given, TELEMETRY);
    this.registerOutputs(outputs ?? unknownOutputs("name", "namespace"));
    return outputs;
  }
}
