/** Plain inputs of a Telemetry. */
export interface TelemetryInputs {
  /** Namespace it holds for; the root namespace (`istio-system`) means the whole mesh. */
  readonly namespace: string;
  /** Name of the object. @default "default" */
  readonly name?: string;
  /** Labels of the workloads it holds for. @default every workload of the namespace */
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly accessLogging?: {
    /** Extension providers of the mesh configuration. @default ["envoy"] */
    readonly providers?: readonly string[];
    /** CEL expression: which requests are logged. @default all */
    readonly filter?: string;
    /** Turns the log off for these workloads. @default false */
    readonly disabled?: boolean;
  };
  readonly tracing?: {
    /** Extension providers of the mesh configuration. @default the mesh's default providers */
    readonly providers?: readonly string[];
    /** Share of requests that are traced, in percent (0 to 100). @default the mesh's */
    readonly samplingPercent?: number;
    /** Turns spans off for these workloads. @default false */
    readonly disabled?: boolean;
  };
  readonly metrics?: {
    /** Extension providers of the mesh configuration, such as `prometheus` and `stackdriver`. */
    readonly providers: readonly string[];
  };
}
