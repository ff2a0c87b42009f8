/** Inputs of a PeerAuthentication, as plain data. */
export interface PeerAuthenticationInputs {
  /**
   * Namespace to which it applies. In the root namespace (`istio-system`), it applies to the whole
   * mesh.
   */
  readonly namespace: string;
  /** Name of the object. @default "default" */
  readonly name?: string;
  /** `STRICT` refuses plaintext, `PERMISSIVE` accepts both, `UNSET` inherits. */
  readonly mode: "STRICT" | "PERMISSIVE" | "DISABLE" | "UNSET";
  /** Labels of the workloads to which it applies. @default all workloads of the namespace */
  readonly matchLabels?: Readonly<Record<string, string>>;
  /** Different modes for some ports of these workloads, by port number. @default {} */
  readonly portModes?: Readonly<Record<string, "STRICT" | "PERMISSIVE" | "DISABLE" | "UNSET">>;
}
