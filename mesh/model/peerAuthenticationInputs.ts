/** Plain inputs of a PeerAuthentication. */
export interface PeerAuthenticationInputs {
  /** Namespace it holds for; the root namespace (`istio-system`) means the whole mesh. */
  readonly namespace: string;
  /** Name of the object. @default "default" */
  readonly name?: string;
  /** `STRICT` refuses plain text; `PERMISSIVE` takes both; `UNSET` inherits. */
  readonly mode: "STRICT" | "PERMISSIVE" | "DISABLE" | "UNSET";
  /** Labels of the workloads it holds for. @default every workload of the namespace */
  readonly matchLabels?: Readonly<Record<string, string>>;
  /** Other modes for single ports of those workloads, by port number. @default {} */
  readonly portModes?: Readonly<Record<string, "STRICT" | "PERMISSIVE" | "DISABLE" | "UNSET">>;
}
