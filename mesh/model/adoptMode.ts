/**
 * What a stack may do with objects that are in the cluster before it, and that it did not make:
 *
 * - `none`: refuse them, by name and with who installed them
 * - `namespaces`: use Namespaces as they are; refuse the rest
 * - `all`: use Namespaces, and take over everything else
 */
export type AdoptMode = "none" | "namespaces" | "all";

/**
 * What a stack does with parts that a cluster has once:
 *
 * - not given: owns what nobody has, and uses what another stack owns
 * - `own`: also takes over what other stacks own
 * - `use`: never creates or changes one
 */
export type SharedMode = "own" | "use";
