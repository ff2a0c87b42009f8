/** A stack of a wave, with the folder of its project. */
export interface WaveStack {
  /** As Pulumi's commands take it: `prod`, `acme/prod` or `acme/shop/prod`. */
  readonly stack: string;
  /** The folder of its `Pulumi.yaml`, from the folder of the file with the waves. @default that folder */
  readonly folder?: string;
}

/** Stacks that are upgraded before the stacks of the next wave are. */
export interface Wave {
  /** How messages call the wave. @default its place, such as `wave 2` */
  readonly name?: string;
  /** The stacks, in the order in which they begin. */
  readonly stacks: readonly (string | WaveStack)[];
  /** How many of the stacks are upgraded at the same time. @default 1 */
  readonly atOnce?: number;
  /**
   * Seconds from the last update of the wave to the first one of the next wave, in which a fault may
   * show. @default 0
   */
  readonly soak?: number;
}

/**
 * Several stacks that are upgraded one wave after the other.
 *
 * @example
 * { to: "1.31.0", waves: [{ stacks: ["dev"], soak: 86400 }, { stacks: ["eu", "us"], atOnce: 2 }] }
 */
export interface WavesInputs {
  /** The Istio version to go to. @default what `--to` says */
  readonly to?: string;
  readonly waves: readonly Wave[];
}
