/** Inputs of a Telemetry, as plain data. */
export interface TelemetryInputs {
  /**
   * Namespace to which it applies. In the root namespace (`istio-system`), it applies to the whole
   * mesh.
   */
  readonly namespace: string;
  /** Name of the object. @default "default" */
  readonly name?: string;
  /** Labels of the workloads to which it applies. @default all workloads of the namespace */
  readonly matchLabels?: Readonly<Record<string, string>>;
  /** Which requests are logged, and where. */
  readonly accessLogging?: {
    /** Extension providers of the mesh configuration. @default ["envoy"] */
    readonly providers?: readonly string[];
    /** CEL expression that selects the requests to log. @default all */
    readonly filter?: string;
    /** Turns the log off for these workloads. @default false */
    readonly disabled?: boolean;
  };
  /** Which requests are traced, and where the spans go. */
  readonly tracing?: {
    /** Extension providers of the mesh configuration. @default the mesh's default providers */
    readonly providers?: readonly string[];
    /** Share of requests that are traced, in percent (0 to 100). @default the mesh's */
    readonly samplingPercent?: number;
    /** Turns spans off for these workloads. @default false */
    readonly disabled?: boolean;
  };
  /** Where metrics go. */
  readonly metrics?: {
    /**
     * Extension providers of the mesh configuration, such as `prometheus`. Of `stackdriver`, Google's builds alone
     * have the exporter.
     */
    readonly providers: readonly string[];
  };
}
